// One page of a list of users, each with properties, segments and, when asked for, subscriptions, in one statement. Owns
// that statement and its paging; leaves filters, order and values to the modules beside it.

import { type SQL, sql } from "drizzle-orm";
import {
  DEFAULT_USERS_PAGE_SIZE,
  type GetUsersRequest,
  type GetUsersResponse,
  type InWorkspace,
  type UserResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { db } from "../db";
import { type UnknownUserProperty, userConditions } from "./filters";
import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  type InvalidCursor,
  isBeyond,
  orderBy,
  sortKey,
  type SortProperty,
  type UserOrder,
} from "./order";
import { findProperties, type PropertiesOfPage } from "./properties";
import { subscriptionList } from "./subscriptions";

export interface UnsortableProperty {
  readonly type: "UnsortableProperty";
  readonly message: string;
}

export type GetUsersError =
  InvalidCursor | UnknownUserProperty | UnsortableProperty;

type Request = InWorkspace<GetUsersRequest>;
type Properties = PropertiesOfPage["known"];

interface Row extends Record<string, unknown> {
  id: string;
  sortKey?: string | null;
  values: Record<string, unknown>;
  segments: UserResource["segments"];
  subscriptions?: NonNullable<UserResource["subscriptions"]>;
}

/** The values of the properties as one JSON object by id; what has no value has no entry. */
function valuesObject(shown: PropertiesOfPage["shown"]): SQL {
  const entries = shown.flatMap(({ id, value }) =>
    value === undefined ? [] : [sql`(${id}::text, ${value})`],
  );
  return entries.length === 0
    ? sql`'{}'::jsonb`
    : sql`(SELECT coalesce(jsonb_object_agg(entry.id, entry.value), '{}')
        FROM (VALUES ${sql.join(entries, sql`, `)}) AS entry(id, value) WHERE entry.value IS NOT NULL)`;
}

function segmentList(workspaceId: string): SQL {
  return sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', segment."id", 'name', segment."name")
      ORDER BY segment."name"), '[]')
    FROM public."SegmentAssignment" AS assignment
    JOIN public."Segment" AS segment ON segment."workspaceId" = assignment."workspaceId"
      AND segment."id" = assignment."segmentId"
    WHERE assignment."workspaceId" = ${workspaceId}::uuid AND assignment."userId" = u."userId"
      AND assignment."inSegment" AND segment."resourceType" = 'Declarative')`;
}

function findSortProperty(
  { sortBy }: Request,
  properties: Properties,
): Result<SortProperty | undefined, UnsortableProperty> {
  if (sortBy === undefined || sortBy === "id") {
    return ok(undefined);
  }
  const {
    id,
    value,
    indexType: type,
  } = properties.get(sortBy.toLowerCase()) ?? {};
  return id === undefined || value === undefined || !type
    ? err({
        type: "UnsortableProperty",
        message: "sortBy: expected the id of a user property with an index",
      })
    : ok({ id, value, type });
}

function pageQuery({
  request,
  shown,
  where,
  order,
  beyond,
  limit,
}: {
  request: Request;
  shown: PropertiesOfPage["shown"];
  where: SQL | undefined;
  order: UserOrder;
  beyond: SQL | undefined;
  limit: number;
}): SQL {
  const { property } = order;
  const key =
    property === undefined ? sql`` : sql`, ${sortKey(property)} AS "sortKey"`;
  const subscriptions =
    request.includeSubscriptions === true
      ? sql`, ${subscriptionList(request.workspaceId)} AS "subscriptions"`
      : sql``;
  return sql`WITH keyed AS (
    SELECT u."userId", u."isAnonymous", u."traits"${key} FROM public."WorkspaceUser" AS u WHERE ${where}
  ), page AS (
    SELECT u.* FROM keyed AS u WHERE ${beyond ?? sql`true`} ORDER BY ${orderBy(order)} LIMIT ${limit}
  )
  SELECT u."userId" AS "id"${property === undefined ? sql`` : sql`, u."sortKey"::text AS "sortKey"`},
    ${valuesObject(shown)} AS "values", ${segmentList(request.workspaceId)} AS "segments"${subscriptions}
  FROM page AS u ORDER BY ${orderBy(order)}`;
}

function toUser(row: Row, properties: Properties): UserResource {
  return {
    id: row.id,
    properties: Object.fromEntries(
      Object.entries(row.values).map(([id, value]) => [
        id,
        { name: properties.get(id)?.name ?? "", value },
      ]),
    ),
    segments: row.segments,
    ...(row.subscriptions === undefined
      ? {}
      : { subscriptions: row.subscriptions }),
  };
}

/** Where the pages before and after begin. The page one came from exists; the next in reading exists if a row was over. */
function cursors(
  rows: readonly Row[],
  hasMore: boolean,
  order: UserOrder,
  cameFrom: Cursor | undefined,
): Pick<GetUsersResponse, "nextCursor" | "previousCursor"> {
  const cursorOf = (row: Row | undefined): string | undefined =>
    row === undefined
      ? undefined
      : encodeCursor({
          u: row.id,
          ...(order.property === undefined
            ? {}
            : { s: order.property.id, v: row.sortKey ?? null }),
        });
  const isForwards = order.direction === "after";
  const next =
    (isForwards ? hasMore : cameFrom !== undefined) && cursorOf(rows.at(-1));
  const previous =
    (isForwards ? cameFrom !== undefined : hasMore) && cursorOf(rows[0]);
  return {
    ...(typeof next === "string" ? { nextCursor: next } : {}),
    ...(typeof previous === "string" ? { previousCursor: previous } : {}),
  };
}

const filteredBy = ({ userPropertyFilter = [] }: Request) =>
  userPropertyFilter.map(({ id }) => id);

/** Reads the page that the request asks for. Two round trips: the workspace's properties, then the users; three with a
 *  filter by groups. */
export async function findUsers(
  request: Request,
): Promise<Result<GetUsersResponse, GetUsersError>> {
  const { known, shown } = await findProperties(request.workspaceId, {
    ids: [...filteredBy(request), request.sortBy ?? ""],
  });
  const where = await userConditions(request, known);
  if (where.isErr()) {
    return err(where.error);
  }
  const property = findSortProperty(request, known);
  if (property.isErr()) {
    return err(property.error);
  }
  const { sortOrder = "asc", direction = "after" } = request;
  const order = { property: property.value, sortOrder, direction };
  const cursor =
    request.cursor === undefined
      ? ok(undefined)
      : decodeCursor(request.cursor, property.value);
  if (cursor.isErr()) {
    return err(cursor.error);
  }
  const limit = request.limit ?? DEFAULT_USERS_PAGE_SIZE;
  const query = pageQuery({
    request,
    shown,
    where: where.value,
    order,
    beyond:
      cursor.value &&
      isBeyond(cursor.value, order, {
        inclusive: request.exclusiveCursor === false,
      }),
    limit: limit + 1, // the one that is over tells whether there is more
  });
  const found = (await db().execute<Row>(query)).rows;
  const rows = found.slice(0, limit);
  if (direction === "before") {
    rows.reverse();
  }
  return ok({
    users: rows.map((row) => toUser(row, known)),
    ...cursors(rows, found.length > limit, order, cursor.value),
    userCount: 0,
  });
}

/** How many users the request's filters leave, exactly. One round trip, and one more for a filter by
 *  properties and for one by groups. */
export async function countMatching(
  request: Request,
): Promise<Result<number, UnknownUserProperty>> {
  const { known } = await findProperties(request.workspaceId, {
    ids: filteredBy(request),
    showsNone: true,
  });
  const where = await userConditions(request, known);
  if (where.isErr()) {
    return err(where.error);
  }
  const { rows } = await db().execute<{ count: number }>(
    sql`SELECT count(*)::integer AS "count" FROM public."WorkspaceUser" AS u WHERE ${where.value}`,
  );
  return ok(rows[0]?.count ?? 0);
}
