// The order of a list of users and the place in it where a page begins. Owns cursors, which come back from clients and
// are not trusted; leaves the values sorted by to propertyValue.ts.

import { type Static, Type } from "@sinclair/typebox";
import { and, or, type SQL, sql } from "drizzle-orm";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type CursorDirection,
  Nullable,
  type SortOrder,
  type UserPropertyIndexType,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

/** `u` the user's id, `s` the property sorted by, `v` the user's value of it. Short, as it travels in URLs. */
const Cursor = Type.Object({
  u: Type.String({ minLength: 1, maxLength: 255 }),
  s: Type.Optional(Type.String()),
  v: Type.Optional(Nullable(Type.String())),
});
export type Cursor = Static<typeof Cursor>;

export interface InvalidCursor {
  readonly type: "InvalidCursor";
  readonly message: string;
}

/** What users are sorted by besides their id: a property, its values as jsonb, and how they compare. */
export interface SortProperty {
  readonly id: string;
  readonly value: SQL;
  readonly type: UserPropertyIndexType;
}

export interface UserOrder {
  readonly property: SortProperty | undefined;
  readonly sortOrder: SortOrder;
  /** Read backwards from the cursor. */
  readonly direction: CursorDirection;
}

const NUMBER = /^-?\d{1,400}(?:\.\d{1,400})?$/;
/** What Postgres cannot store as text. */
const isStorable = (text: string) =>
  !text.includes("\0") && !/\p{Surrogate}/u.test(text);

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor), "utf8").toString("base64");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a cursor that a list in this very order has given out; Err when it is anything else. */
export function decodeCursor(
  text: string,
  property: SortProperty | undefined,
): Result<Cursor, InvalidCursor> {
  const decoded = parseJson(Buffer.from(text, "base64").toString("utf8"));
  const cursor = schemaValidate(decoded, Cursor).unwrapOr(undefined);
  const isOfThisOrder =
    cursor !== undefined &&
    cursor.s === property?.id &&
    (cursor.v !== undefined) === (property !== undefined);
  if (
    !isOfThisOrder ||
    ![cursor.u, cursor.v ?? ""].every(isStorable) ||
    (property?.type === "Number" && !NUMBER.test(cursor.v ?? "0"))
  ) {
    return err({
      type: "InvalidCursor",
      message:
        "cursor: expected one that was given out for a list in this order",
    });
  }
  return ok(cursor);
}

/**
 * What is compared: numbers as such, the rest as text, which sorts dates in ISO 8601 by time. NULL, and so at the end,
 * for values of another type.
 */
export function sortKey({ value, type }: SortProperty): SQL {
  switch (type) {
    case "Number":
      return sql`CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${value})::numeric END`;
    case "Date":
      return sql`CASE WHEN ${value} #>> '{}' ~ '^\\d{4}-\\d{2}-\\d{2}' THEN ${value} #>> '{}' END`;
    case "String":
      return sql`CASE WHEN jsonb_typeof(${value}) = 'string' THEN ${value} #>> '{}' END`;
  }
}

const KEY = sql`u."sortKey"`;
const ID = sql`u."userId"`;

function isAscending({ sortOrder, direction }: UserOrder): boolean {
  return (sortOrder === "asc") === (direction === "after");
}

/** ORDER BY over "sortKey" and "userId". Users without a value come last in either order. */
export function orderBy(order: UserOrder): SQL {
  const way = isAscending(order) ? sql`ASC` : sql`DESC`;
  if (order.property === undefined) {
    return sql`${ID} ${way}`;
  }
  const nulls = order.direction === "after" ? sql`LAST` : sql`FIRST`;
  return sql`${KEY} ${way} NULLS ${nulls}, ${ID} ${way}`;
}

/** True for the users beyond the cursor, in the order's direction; with `inclusive` also for the cursor's own. */
export function isBeyond(
  cursor: Cursor,
  order: UserOrder,
  { inclusive }: { inclusive: boolean },
): SQL | undefined {
  const beyond = isAscending(order) ? sql`>` : sql`<`;
  const isIdBeyond = sql`${ID} ${beyond}${inclusive ? sql`=` : sql``} ${cursor.u}`;
  const { property } = order;
  if (property === undefined) {
    return isIdBeyond;
  }
  const hasNone = sql`${KEY} IS NULL`;
  const { v: value } = cursor;
  if (value === undefined || value === null) {
    const among = and(hasNone, isIdBeyond);
    return order.direction === "after"
      ? among
      : or(sql`${KEY} IS NOT NULL`, among);
  }
  const of =
    property.type === "Number" ? sql`${value}::numeric` : sql`${value}::text`;
  return or(
    sql`${KEY} ${beyond} ${of}`,
    and(sql`${KEY} = ${of}`, isIdBeyond),
    order.direction === "after" ? hasNone : undefined,
  );
}
