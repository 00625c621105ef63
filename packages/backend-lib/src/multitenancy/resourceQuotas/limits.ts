// The words that limits are set by: reading them beside what is in force, and changing some of them at once. Owns which changes
// make sense, the order of edits of one workspace, and its ETag; leaves what follows from a change to the database.

import { createHash } from "node:crypto";

import { and, desc, eq, sql } from "drizzle-orm";
import {
  isQuotaResource,
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import {
  byQuotaField,
  type CeilingExceeded,
  type CeilingForbidden,
  type FieldError,
  type QuotaLayer,
  type SetQuotaLimits,
  type StaleQuota,
  type WorkspaceNotFound,
  type WorkspaceQuota,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Transaction } from "../../db";
import { quotaChange, workspace, workspaceQuota } from "../../db/schema";
import { pathOf, type QuotaEdit } from "./edits";
import { workspaceNotFound } from "./quotaError";
import {
  type Authority,
  COUNTER_ORDER,
  type Reader,
  readStandings,
  standingOf,
} from "./states";

type Words = Record<QuotaLayer, SetQuotaLimits>;

async function readWords(reader: Reader, workspaceId: string): Promise<Words> {
  const rows = await reader
    .select()
    .from(workspaceQuota)
    .where(eq(workspaceQuota.workspaceId, workspaceId))
    .orderBy(workspaceQuota.resourceType);
  const words: Words = { limit: {}, ceiling: {}, children: {}, pool: {} };
  for (const { resourceType, layer, amount } of rows) {
    if (isQuotaResource(resourceType)) {
      words[layer][QUOTA_RESOURCES[resourceType].field] = amount;
    }
  }
  return words;
}

/** The limits in force and the words behind them. */
export async function readQuota(
  reader: Reader,
  workspaceId: string,
  authority: Authority,
): Promise<Result<WorkspaceQuota, WorkspaceNotFound>> {
  const standings = await readStandings(reader, workspaceId, authority);
  if (standings.isErr()) {
    return err(standings.error);
  }
  const [made] = await reader
    .select({ createdAt: workspace.createdAt })
    .from(workspace)
    .where(eq(workspace.id, workspaceId));
  const [last] = await reader
    .select({ changedAt: quotaChange.changedAt })
    .from(quotaChange)
    .where(eq(quotaChange.workspaceId, workspaceId))
    .orderBy(desc(quotaChange.changedAt))
    .limit(1);
  if (made === undefined) {
    return err(workspaceNotFound());
  }
  const words = await readWords(reader, workspaceId);
  const at = (resource: QuotaResource) => standingOf(standings.value, resource);
  return ok({
    workspaceId,
    ...byQuotaField((resource) => at(resource).limit),
    source: byQuotaField((resource) => at(resource).source),
    limits: words.limit,
    ceilings: words.ceiling,
    children: words.children,
    pool: words.pool,
    createdAt: made.createdAt.toISOString(),
    updatedAt: (last?.changedAt ?? made.createdAt).toISOString(),
  });
}

/** The version of what is answered, as If-Match says it: quotes and all. */
export function quotaEtag(quota: WorkspaceQuota): string {
  const digest = createHash("sha256").update(JSON.stringify(quota), "utf8");
  return `"${digest.digest("base64url").slice(0, 22)}"`;
}

/** Edits of one workspace's limits come one after another, until the transaction ends: each sees what the last one did. */
async function takeTurn(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(
    sql`SELECT pg_advisory_xact_lock(hashtextextended('quota:' || ${workspaceId}::text, 0))`,
  );
}

/** The edits that change something. */
function effective(edits: readonly QuotaEdit[], words: Words): QuotaEdit[] {
  return edits.filter(
    ({ layer, resource, amount }) =>
      words[layer][QUOTA_RESOURCES[resource].field] !== amount,
  );
}

function aboveCeiling(
  edits: readonly QuotaEdit[],
  words: Words,
): CeilingExceeded | undefined {
  const ceilings: SetQuotaLimits = { ...words.ceiling };
  for (const { layer, resource, amount } of edits) {
    if (layer === "ceiling") {
      ceilings[QUOTA_RESOURCES[resource].field] = amount;
    }
  }
  const errors: FieldError[] = edits.flatMap((edit) => {
    const { layer, resource, amount } = edit;
    const ceiling = ceilings[QUOTA_RESOURCES[resource].field] ?? null;
    const isAbove =
      layer === "limit" &&
      ceiling !== null &&
      amount !== undefined &&
      (amount === null || amount > ceiling);
    return isAbove
      ? [{ field: pathOf(edit), message: `may be ${ceiling} at most` }]
      : [];
  });
  const [first] = errors;
  return first === undefined
    ? undefined
    : {
        type: "CeilingExceeded",
        message: `${first.field} ${first.message}: a ceiling was set from above. Ask for a higher one, or set less.`,
        errors,
      };
}

async function writeEdit(
  tx: Transaction,
  workspaceId: string,
  { layer, resource, amount }: QuotaEdit,
): Promise<void> {
  if (amount === undefined) {
    await tx
      .delete(workspaceQuota)
      .where(
        and(
          eq(workspaceQuota.workspaceId, workspaceId),
          eq(workspaceQuota.resourceType, resource),
          eq(workspaceQuota.layer, layer),
        ),
      );
    return;
  }
  const { workspaceId: id, resourceType, layer: of } = workspaceQuota;
  await tx
    .insert(workspaceQuota)
    .values({ workspaceId, resourceType: resource, layer, amount })
    .onConflictDoUpdate({
      target: [id, resourceType, of],
      set: { amount, updatedAt: sql`now()` },
    });
}

export interface QuotaEditOptions {
  /** The ETag of what the edit was made of; default: whatever is there. */
  readonly ifMatch?: string;
  /** The actor stands above the workspace. Default: no. */
  readonly mayRaiseCeiling?: boolean;
}

export type QuotaEditError =
  WorkspaceNotFound | CeilingExceeded | CeilingForbidden | StaleQuota;

/** Writes the edits, all or none, and answers what holds then. */
export async function writeEdits(
  tx: Transaction,
  {
    workspaceId,
    edits,
    authority,
    ifMatch,
  }: {
    readonly workspaceId: string;
    readonly edits: readonly QuotaEdit[];
    readonly authority: Authority;
    readonly ifMatch: string | undefined;
  },
): Promise<Result<WorkspaceQuota, QuotaEditError>> {
  await takeTurn(tx, workspaceId);
  const before = await readQuota(tx, workspaceId, authority);
  if (before.isErr()) {
    return err(before.error);
  }
  const etag = quotaEtag(before.value);
  if (ifMatch !== undefined && ifMatch !== etag) {
    return err({
      type: "StaleQuota",
      message:
        "The limits have changed since they were read: read them again, then make the change.",
      etag,
    });
  }
  const { limits: limit, ceilings: ceiling, children, pool } = before.value;
  const words = { limit, ceiling, children, pool };
  const changes = effective(edits, words);
  if (authority === "own" && changes.some(({ layer }) => layer === "ceiling")) {
    return err({
      type: "CeilingForbidden",
      message:
        "A ceiling is set by who stands above the workspace: the operator, or an admin of its parent.",
    });
  }
  const refused = aboveCeiling(edits, words);
  if (refused !== undefined) {
    return err(refused);
  }
  for (const edit of changes) {
    await writeEdit(tx, workspaceId, edit);
  }
  return changes.length === 0
    ? ok(before.value)
    : readQuota(tx, workspaceId, authority);
}

/** The edits that take back the words of these layers. */
export async function resettingEdits(
  tx: Transaction,
  workspaceId: string,
  layers: readonly QuotaLayer[],
): Promise<QuotaEdit[]> {
  const words = await readWords(tx, workspaceId);
  return COUNTER_ORDER.flatMap((resource) =>
    layers
      .filter((layer) => QUOTA_RESOURCES[resource].field in words[layer])
      .map((layer) => ({ layer, resource, amount: undefined })),
  );
}
