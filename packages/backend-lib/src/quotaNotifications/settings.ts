// What a workspace set for being told: the webhook's URL and secret, and the thresholds. Owns keeping them, also that the secret
// leaves only when it was made, and that the one before still signs for a day. Leaves what is sent to delivery.ts.

import { randomBytes } from "node:crypto";

import { type Static, Type } from "@sinclair/typebox";
import { and, eq, type SQL, sql } from "drizzle-orm";
import { QUOTA_WEBHOOK_SECRET_NAME } from "isomorphic-lib/src/constants";
import {
  DEFAULT_QUOTA_THRESHOLDS,
  IsoTimestamp,
  QUOTA_THRESHOLD_NAMES,
  type QuotaNotifications,
  QuotaThresholds,
} from "isomorphic-lib/src/types";
import { ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { type Database, db, inTransaction, type Transaction } from "../db";
import { quotaNotification, secret } from "../db/schema";
import { storedReader } from "../storedJson";

/** Beside the secret, in its row: what is not for the workspace to set. */
const WebhookState = Type.Object({
  /** The secret before this one. */
  previous: Type.Optional(Type.String()),
  previousUntil: Type.Optional(IsoTimestamp),
  /** The URL that answered 410 Gone, and when: another one is tried. */
  goneUrl: Type.Optional(Type.String()),
  goneAt: Type.Optional(IsoTimestamp),
});
type WebhookState = Static<typeof WebhookState>;

const readThresholds = storedReader("QuotaNotification", QuotaThresholds);
const readState = storedReader("Secret", WebhookState);

/** How long the secret before signs as well: receivers take up the new one in between. */
const OVERLAP_MS = 24 * 3_600_000;

export interface StoredSettings {
  readonly webhookUrl: string | null;
  readonly thresholds: QuotaThresholds;
  readonly updatedAt: Date | null;
  readonly hasSecret: boolean;
  /** What signs now, the newest first. */
  readonly secrets: readonly string[];
  /** When this very URL answered 410 Gone. */
  readonly disabledAt: string | null;
}

/** 32 random bytes, written as Standard Webhooks wants: "whsec_" and base64. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

const isOfWebhook = (workspaceId: string): SQL | undefined =>
  and(
    eq(secret.workspaceId, workspaceId),
    eq(secret.name, QUOTA_WEBHOOK_SECRET_NAME),
  );

/** All of it, the secrets included: nothing of this may be answered as it is. */
export async function readSettings(
  workspaceId: string,
  { tx = db() }: { tx?: Pick<Database, "select"> } = {},
): Promise<StoredSettings> {
  const [row] = await tx
    .select()
    .from(quotaNotification)
    .where(eq(quotaNotification.workspaceId, workspaceId));
  const [kept] = await tx
    .select({
      id: secret.id,
      value: secret.value,
      state: secret.configValue,
    })
    .from(secret)
    .where(isOfWebhook(workspaceId));
  const state =
    kept?.state == null ? {} : (readState(kept.id, kept.state) ?? {});
  const value = kept?.value ?? null;
  const webhookUrl = row?.webhookUrl ?? null;
  return {
    webhookUrl,
    thresholds:
      row?.thresholds == null
        ? {}
        : (readThresholds(workspaceId, row.thresholds) ?? {}),
    updatedAt: row?.updatedAt ?? null,
    hasSecret: value !== null,
    secrets: value === null ? [] : [value, ...previousSecret(state)],
    disabledAt:
      webhookUrl !== null && state.goneUrl === webhookUrl
        ? (state.goneAt ?? null)
        : null,
  };
}

function previousSecret({ previous, previousUntil }: WebhookState): string[] {
  const isInForce =
    previousUntil !== undefined && clock().now() < new Date(previousUntil);
  return isInForce && previous !== undefined ? [previous] : [];
}

/** As callers may see them. */
export function toQuotaNotifications({
  webhookUrl,
  thresholds,
  updatedAt,
  hasSecret,
  disabledAt,
}: StoredSettings): QuotaNotifications {
  return {
    webhookUrl,
    hasSecret,
    disabledAt,
    thresholds: { default: [...DEFAULT_QUOTA_THRESHOLDS], ...thresholds },
    updatedAt: updatedAt?.toISOString() ?? null,
  };
}

/** Each list in order, which is how the database goes through them. */
function inOrder(thresholds: QuotaThresholds): QuotaThresholds {
  const sorted: QuotaThresholds = {};
  QUOTA_THRESHOLD_NAMES.forEach((name) => {
    const percents = thresholds[name];
    if (percents !== undefined) {
      sorted[name] = [...percents].sort((a, b) => a - b);
    }
  });
  return sorted;
}

/** Makes a secret if there is none, and forgets that a URL was gone. Resolves to the secret if it was made. */
async function ensureSecret(
  tx: Transaction,
  workspaceId: string,
): Promise<string | undefined> {
  const made = newSecret();
  const [kept] = await tx
    .insert(secret)
    .values({ workspaceId, name: QUOTA_WEBHOOK_SECRET_NAME, value: made })
    .onConflictDoUpdate({
      target: [secret.workspaceId, secret.name],
      set: {
        value: sql`coalesce(${secret.value}, excluded."value")`,
        configValue: sql`${secret.configValue} - 'goneUrl' - 'goneAt'`,
      },
    })
    .returning({ value: secret.value });
  return kept?.value === made ? made : undefined;
}

/** Sets what is given. With a URL there is a secret from then on; `secret` is the one that was made here, if one was. */
export async function writeSettings({
  workspaceId,
  webhookUrl,
  thresholds,
}: {
  readonly workspaceId: string;
  readonly webhookUrl?: string | null;
  readonly thresholds?: QuotaThresholds | null;
}): Promise<Result<QuotaNotifications & { secret?: string }, never>> {
  const changes = {
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(thresholds === undefined
      ? {}
      : { thresholds: thresholds && inOrder(thresholds) }),
  };
  return inTransaction(async (tx) => {
    if (Object.keys(changes).length > 0) {
      await tx
        .insert(quotaNotification)
        .values({ workspaceId, ...changes })
        .onConflictDoUpdate({
          target: quotaNotification.workspaceId,
          set: { ...changes, updatedAt: sql`now()` },
        });
    }
    const made =
      typeof webhookUrl === "string"
        ? await ensureSecret(tx, workspaceId)
        : undefined;
    const settings = await readSettings(workspaceId, { tx });
    return ok({
      ...toQuotaNotifications(settings),
      ...(made === undefined ? {} : { secret: made }),
    });
  });
}

/** Makes another secret, or the first. The one before signs for a day more, so that no message is refused in between. */
export async function rotateSecret(
  workspaceId: string,
): Promise<{ secret: string; previousUntil: string | null }> {
  const made = newSecret();
  const until = new Date(clock().now().getTime() + OVERLAP_MS).toISOString();
  const [kept] = await db()
    .insert(secret)
    .values({ workspaceId, name: QUOTA_WEBHOOK_SECRET_NAME, value: made })
    .onConflictDoUpdate({
      target: [secret.workspaceId, secret.name],
      set: {
        value: sql`excluded."value"`,
        configValue: sql`coalesce(${secret.configValue}, '{}'::jsonb) || jsonb_build_object(
          'previous', ${secret.value}, 'previousUntil', ${until}::text)`,
      },
    })
    .returning({ isFirst: sql<boolean>`${secret.configValue} IS NULL` });
  return { secret: made, previousUntil: kept?.isFirst === true ? null : until };
}

/** Remembers that the receiver at this URL is gone, or with null that it is back. */
export async function writeGone(
  workspaceId: string,
  gone: { readonly url: string } | null,
): Promise<void> {
  const change =
    gone === null
      ? sql`${secret.configValue} - 'goneUrl' - 'goneAt'`
      : sql`coalesce(${secret.configValue}, '{}'::jsonb) || jsonb_build_object(
          'goneUrl', ${gone.url}::text, 'goneAt', ${clock().now().toISOString()}::text)`;
  await db()
    .update(secret)
    .set({ configValue: change })
    .where(isOfWebhook(workspaceId));
}
