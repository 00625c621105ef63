// Being told that a quota runs out. The database notices a threshold that is crossed, or left behind, in the transaction that
// does it, keeps it as a row and asks for a job; here the workspace is told. Owns the workspace's settings for it, its
// webhook, and the record of crossings. Leaves what crosses a threshold to the database, and when to try again to the job.

import { randomUUID } from "node:crypto";

import { and, eq } from "drizzle-orm";
import {
  type FieldError,
  type GetQuotaCrossingsRequest,
  type GetQuotaCrossingsResponse,
  type InWorkspace,
  type QuotaCrossing,
  type QuotaCrossingState,
  type QuotaNotifications,
  type QuotaWebhookEvent,
  type RotateQuotaWebhookSecretResponse,
  type TestQuotaWebhookResponse,
  type UpdateQuotaNotificationsRequest,
  type UpdateQuotaNotificationsResponse,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { db } from "./db";
import { tenantJob } from "./db/schema";
import { logger } from "./logger";
import { tenantEvents } from "./multitenancy/tenantEvents";
import {
  findCrossing,
  type InvalidCursor,
  listCrossings,
} from "./quotaNotifications/crossings";
import { deliver } from "./quotaNotifications/delivery";
import {
  readSettings,
  rotateSecret,
  toQuotaNotifications,
  writeGone,
  writeSettings,
} from "./quotaNotifications/settings";
import {
  validateWebhookUrl,
  type WebhookFailure,
  type WebhookRequestNeeds,
} from "./webhookRequest";

/** The URL cannot be a webhook's. */
export interface BadWebhookUrl {
  readonly type: "BadWebhookUrl";
  readonly message: string;
  readonly errors: readonly FieldError[];
}

/** There is no URL to send to. */
export interface NoWebhook {
  readonly type: "NoWebhook";
  readonly message: string;
}

/** Why a workspace could not be told this time; it is to be tried again. */
export interface NotificationFailure {
  readonly type:
    | WebhookFailure["type"]
    /** The event before has not been delivered yet. */
    | "OutOfTurn"
    /** There is nothing to sign with. */
    | "NoSecret"
    /** It was answered with a status that is no success. */
    | "NotAccepted";
  readonly message: string;
}

/** `gone`: the receiver wants no more. `none`: there is no crossing of this id, nobody to tell, or nothing to tell yet. */
export type NotificationOutcome = "delivered" | "gone" | "none";

const GONE = 410;
const SHOWN_CHARACTERS = 1_000;

/** What the workspace has set, without the secret; the defaults where it has set nothing. */
export async function getQuotaNotifications({
  workspaceId,
}: {
  readonly workspaceId: string;
}): Promise<QuotaNotifications> {
  return toQuotaNotifications(await readSettings(workspaceId));
}

/**
 * Sets what is given. The first URL gets a secret, which this answer alone holds. Other thresholds hold at once: usage that
 * is past a new one crosses it. Err BadWebhookUrl, and nothing is changed.
 */
export async function updateQuotaNotifications({
  workspaceId,
  webhookUrl,
  thresholds,
}: InWorkspace<UpdateQuotaNotificationsRequest>): Promise<
  Result<UpdateQuotaNotificationsResponse, BadWebhookUrl>
> {
  if (typeof webhookUrl === "string") {
    const url = validateWebhookUrl(webhookUrl);
    if (url.isErr()) {
      const { message } = url.error;
      return err({
        type: "BadWebhookUrl",
        message: `webhookUrl: ${message}`,
        errors: [{ field: "webhookUrl", message }],
      });
    }
  }
  return writeSettings({ workspaceId, webhookUrl, thresholds });
}

/** Makes another secret, or the first; the answer alone holds it. The one before signs as well for 24 hours more. */
export async function rotateQuotaWebhookSecret({
  workspaceId,
}: {
  readonly workspaceId: string;
}): Promise<RotateQuotaWebhookSecretResponse> {
  return rotateSecret(workspaceId);
}

/** A page of crossings, open and resolved, newest first. Err InvalidCursor. */
export async function listQuotaCrossings(
  request: InWorkspace<GetQuotaCrossingsRequest>,
): Promise<Result<GetQuotaCrossingsResponse, InvalidCursor>> {
  return listCrossings(request);
}

const isAccepted = (status: number) => status >= 200 && status < 300;

/**
 * Sends a signed event of its own kind now, once, and answers what came back. When it is accepted, a webhook that was
 * gone is back. Err NoWebhook when there is no URL.
 */
export async function testQuotaWebhook(
  { workspaceId }: { readonly workspaceId: string },
  needs: WebhookRequestNeeds = {},
): Promise<Result<TestQuotaWebhookResponse, NoWebhook>> {
  const {
    webhookUrl: url,
    secrets,
    disabledAt,
  } = await readSettings(workspaceId);
  if (url === null || secrets.length === 0) {
    return err({
      type: "NoWebhook",
      message: "There is no webhook yet: set webhookUrl first.",
    });
  }
  const webhookId = `msg_${randomUUID()}_test`;
  const sent = await deliver(
    {
      url,
      secrets,
      webhookId,
      event: {
        type: "quota.threshold.test",
        timestamp: clock().now().toISOString(),
        data: { workspaceId, note: "A test: no quota was crossed." },
      },
    },
    needs,
  );
  if (sent.isErr()) {
    const { message } = sent.error;
    return ok({
      delivered: false,
      webhookId,
      status: null,
      body: "",
      problem: message,
    });
  }
  const { status, bodyText } = sent.value;
  const delivered = isAccepted(status);
  if (delivered && disabledAt !== null) {
    await writeGone(workspaceId, null);
  }
  return ok({
    delivered,
    webhookId,
    status,
    body: bodyText.slice(0, SHOWN_CHARACTERS),
    problem: delivered ? null : notAccepted(status),
  });
}

function notAccepted(status: number): string {
  return status >= 300 && status < 400
    ? `The webhook answered ${status}: redirects are not followed. Set the URL that it leads to.`
    : `The webhook answered ${status}: a status from 200 to 299 would say that the event has arrived.`;
}

/** The whole of what the receiver is told, from the record alone: a repeat is the same to the letter. */
function eventOf(
  workspaceId: string,
  { id: crossingId, resolvedAt, ...facts }: QuotaCrossing,
  state: QuotaCrossingState,
): QuotaWebhookEvent | null {
  const data = { workspaceId, crossingId, ...facts };
  if (state === "crossed") {
    return {
      type: "quota.threshold.crossed",
      timestamp: facts.crossedAt,
      data,
    };
  }
  return resolvedAt === null
    ? null
    : {
        type: "quota.threshold.resolved",
        timestamp: resolvedAt,
        data: { ...data, resolvedAt },
      };
}

/** Whether the job that tells of the crossing is neither done nor given up. The key is the one that the database gives it. */
async function isCrossedPending(
  workspaceId: string,
  crossingId: string,
): Promise<boolean> {
  const [job] = await db()
    .select({ state: tenantJob.state })
    .from(tenantJob)
    .where(
      and(
        eq(tenantJob.workspaceId, workspaceId),
        eq(tenantJob.key, `quotaCrossing:${crossingId}:crossed`),
      ),
    );
  return job?.state === "Waiting";
}

/** Says it aloud in this process: in the log, and to those who count. */
function announce(
  workspaceId: string,
  { id: crossingId, resourceType, scope, percent, used, limit }: QuotaCrossing,
  state: QuotaCrossingState,
): void {
  logger().info(
    {
      workspaceId,
      crossingId,
      resourceType,
      scope,
      percent,
      used,
      limit,
      state,
    },
    state === "crossed"
      ? "a quota's threshold was crossed"
      : "a quota's threshold is no longer crossed",
  );
  tenantEvents.emit("quotaCrossed", {
    workspaceId,
    resourceType,
    scope,
    state,
    percent,
  });
}

/**
 * Tells the workspace's webhook of a crossing, or of its end, under an id that stays the same however often it is tried.
 * Of one crossing the end is told after the beginning, or after that was given up. Log and figures are told at the first
 * attempt, with a webhook or without. Err when it is to be tried again.
 */
export async function notifyQuotaCrossing(
  {
    workspaceId,
    crossingId,
    state,
    isFirstAttempt,
  }: {
    readonly workspaceId: string;
    readonly crossingId: string;
    readonly state: QuotaCrossingState;
    readonly isFirstAttempt: boolean;
  },
  needs: WebhookRequestNeeds = {},
): Promise<Result<NotificationOutcome, NotificationFailure>> {
  const crossing = await findCrossing({ workspaceId, id: crossingId });
  const event = crossing && eventOf(workspaceId, crossing, state);
  if (crossing === null || event === null) {
    return ok("none");
  }
  if (isFirstAttempt) {
    announce(workspaceId, crossing, state);
  }
  const {
    webhookUrl: url,
    secrets,
    disabledAt,
  } = await readSettings(workspaceId);
  if (url === null || disabledAt !== null) {
    return ok("none");
  }
  if (secrets.length === 0) {
    return err({
      type: "NoSecret",
      message: "The webhook has no secret to sign with: make one.",
    });
  }
  if (
    state === "resolved" &&
    (await isCrossedPending(workspaceId, crossingId))
  ) {
    return err({
      type: "OutOfTurn",
      message: "That the threshold was crossed has not been delivered yet.",
    });
  }
  const webhookId = `msg_${crossingId}_${state}`;
  const sent = await deliver({ url, secrets, webhookId, event }, needs);
  if (sent.isErr()) {
    const { type, message } = sent.error;
    return err({ type, message });
  }
  const { status } = sent.value;
  if (status === GONE) {
    await writeGone(workspaceId, { url });
    logger().warn(
      { workspaceId, crossingId },
      "a webhook answered 410 Gone and is not used any more",
    );
    return ok("gone");
  }
  return isAccepted(status)
    ? ok("delivered")
    : err({ type: "NotAccepted", message: notAccepted(status) });
}
