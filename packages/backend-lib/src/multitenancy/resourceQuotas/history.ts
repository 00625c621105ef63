// Who changed which limit, page by page. Owns the order and the cursor; the entries are written by the database, in the
// transaction that changes the limit.

import { and, desc, eq, lt, or } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  DEFAULT_QUOTA_HISTORY_PAGE_SIZE,
  type GetQuotaHistoryRequest,
  type GetQuotaHistoryResponse,
  type InvalidAmount,
  QuotaHistoryEntry,
  QuotaResourceType,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { quotaChange } from "../../db/schema";
import { invalidAmount } from "./quotaError";
import { type Reader } from "./states";

interface Cursor {
  readonly changedAt: Date;
  readonly id: string;
}

function toCursor({ changedAt, id }: Cursor): string {
  return Buffer.from(`${changedAt.getTime()} ${id}`).toString("base64url");
}

function parseCursor(text: string): Result<Cursor, InvalidAmount> {
  const [time = "", id = ""] = Buffer.from(text, "base64url")
    .toString("utf8")
    .split(" ");
  return /^\d{1,15}$/.test(time) && isUuid(id)
    ? ok({ changedAt: new Date(Number(time)), id })
    : err(
        invalidAmount([
          { field: "cursor", message: "expected what an answer gave" },
        ]),
      );
}

type ChangeRow = typeof quotaChange.$inferSelect;

function toHistoryEntry({
  workspaceId: _workspaceId,
  ...row
}: ChangeRow): QuotaHistoryEntry[] {
  const resourceType = schemaValidate(row.resourceType, QuotaResourceType);
  if (resourceType.isErr()) {
    return []; // of a newer release
  }
  const actor = schemaValidate(row.actor, QuotaHistoryEntry.properties.actor);
  return [
    {
      ...row,
      resourceType: resourceType.value,
      changedAt: row.changedAt.toISOString(),
      actor: actor.isOk() ? actor.value : null,
    },
  ];
}

/** A page of the changes, newest first. */
export async function readHistory(
  reader: Reader,
  {
    workspaceId,
    resourceType,
    cursor,
    limit = DEFAULT_QUOTA_HISTORY_PAGE_SIZE,
  }: Omit<GetQuotaHistoryRequest, "workspaceId"> & {
    readonly workspaceId: string;
  },
): Promise<Result<GetQuotaHistoryResponse, InvalidAmount>> {
  const after = cursor === undefined ? ok(undefined) : parseCursor(cursor);
  if (after.isErr()) {
    return err(after.error);
  }
  const from = after.value;
  const rows = await reader
    .select()
    .from(quotaChange)
    .where(
      and(
        eq(quotaChange.workspaceId, workspaceId),
        resourceType === undefined
          ? undefined
          : eq(quotaChange.resourceType, resourceType),
        from === undefined
          ? undefined
          : or(
              lt(quotaChange.changedAt, from.changedAt),
              and(
                eq(quotaChange.changedAt, from.changedAt),
                lt(quotaChange.id, from.id),
              ),
            ),
      ),
    )
    .orderBy(desc(quotaChange.changedAt), desc(quotaChange.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return ok({
    changes: page.flatMap(toHistoryEntry),
    ...(rows.length > limit && last !== undefined
      ? { nextCursor: toCursor(last) }
      : {}),
  });
}
