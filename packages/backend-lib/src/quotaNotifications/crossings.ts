// The record of crossings: rows that the database itself writes, in the transaction that crossed a threshold. Owns reading
// them, page by page, newest first; cursors come back from clients and are not trusted.

import { type Static, Type } from "@sinclair/typebox";
import { and, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { isQuotaResource } from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  DEFAULT_QUOTA_CROSSINGS_PAGE_SIZE,
  type GetQuotaCrossingsRequest,
  type GetQuotaCrossingsResponse,
  type InWorkspace,
  type QuotaCrossing,
  Uuid,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { db } from "../db";
import { quotaCrossing } from "../db/schema";

/** The last crossing of the page before: when, in Unix milliseconds, and which. */
const Cursor = Type.Tuple([
  Type.Integer({ minimum: 0, maximum: 8_640_000_000_000 }),
  Uuid,
]);

export interface InvalidCursor {
  readonly type: "InvalidCursor";
  readonly message: string;
}

function encodeCursor(cursor: Static<typeof Cursor>): string {
  return Buffer.from(JSON.stringify(cursor), "utf8").toString("base64url");
}

function decodeCursor(
  text: string,
): Result<Static<typeof Cursor>, InvalidCursor> {
  const invalid = err({
    type: "InvalidCursor" as const,
    message: "cursor: expected one that was given out for this list",
  });
  try {
    const decoded: unknown = JSON.parse(
      Buffer.from(text, "base64url").toString("utf8"),
    );
    const cursor = schemaValidate(decoded, Cursor);
    return cursor.isOk() ? ok(cursor.value) : invalid;
  } catch {
    return invalid;
  }
}

/** Throws for a resource that the registry does not know: the database and the code do not belong together. */
function toQuotaCrossing(
  row: typeof quotaCrossing.$inferSelect,
): QuotaCrossing {
  if (!isQuotaResource(row.resourceType)) {
    throw new Error(`There is no resource ${row.resourceType}.`);
  }
  return {
    id: row.id,
    resourceType: row.resourceType,
    scope: row.isPool ? "pool" : "workspace",
    period: row.period === "-infinity" ? null : row.period,
    percent: row.percent,
    used: row.used,
    limit: row.limit,
    crossedAt: row.crossedAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
  };
}

/** The workspace's crossing of this id; null when it has none. */
export async function findCrossing({
  workspaceId,
  id,
}: {
  readonly workspaceId: string;
  readonly id: string;
}): Promise<QuotaCrossing | null> {
  const [row] = await db()
    .select()
    .from(quotaCrossing)
    .where(
      and(eq(quotaCrossing.workspaceId, workspaceId), eq(quotaCrossing.id, id)),
    );
  return row === undefined ? null : toQuotaCrossing(row);
}

/** A page of the workspace's crossings, newest first. Err InvalidCursor when the cursor is not one of this list. */
export async function listCrossings({
  workspaceId,
  resourceType,
  state,
  cursor: text,
  limit = DEFAULT_QUOTA_CROSSINGS_PAGE_SIZE,
}: InWorkspace<GetQuotaCrossingsRequest>): Promise<
  Result<GetQuotaCrossingsResponse, InvalidCursor>
> {
  const cursor = text === undefined ? ok(undefined) : decodeCursor(text);
  if (cursor.isErr()) {
    return err(cursor.error);
  }
  const rows = await db()
    .select()
    .from(quotaCrossing)
    .where(
      and(
        eq(quotaCrossing.workspaceId, workspaceId),
        resourceType && eq(quotaCrossing.resourceType, resourceType),
        state === "crossed" ? isNull(quotaCrossing.resolvedAt) : undefined,
        state === "resolved" ? isNotNull(quotaCrossing.resolvedAt) : undefined,
        cursor.value &&
          sql`(${quotaCrossing.crossedAt}, ${quotaCrossing.id})
            < (${new Date(cursor.value[0]).toISOString()}::timestamptz, ${cursor.value[1]}::uuid)`,
      ),
    )
    .orderBy(desc(quotaCrossing.crossedAt), desc(quotaCrossing.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return ok({
    crossings: page.map(toQuotaCrossing),
    ...(last === undefined
      ? {}
      : { nextCursor: encodeCursor([last.crossedAt.getTime(), last.id]) }),
  });
}
