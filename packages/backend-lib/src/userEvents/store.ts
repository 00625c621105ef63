// The one statement by which events are stored. Owns what is written, in which order and under which locks; leaves to
// rows.ts what a client's item means.

import { sql } from "drizzle-orm";

import { db, retrying } from "../db";

/** One event as it is stored; its place in the list given to storeRows is its `position`. */
export interface EventRow {
  readonly messageId: string;
  /** ISO 8601, within what Postgres stores. */
  readonly eventTime: string;
  readonly eventType: string;
  readonly event: string;
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly userOrAnonymousId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>> | null;
  readonly hidden: boolean;
  /** False for an event about a group, whose id does not become a user. */
  readonly isUser: boolean;
}

/** How many traits a user has at most, and how large they are together, in bytes as the database holds them. */
export const MAX_TRAITS = 10_000;
export const MAX_TRAITS_BYTES = 4 * 1024 * 1024;

/**
 * Receipts come first: whoever holds a message's receipt stores it, and a second sender of the same message waits for
 * the first one's commit and then finds it taken. Only what is fresh goes on to events and users. Receipts, and then
 * users, are written in order of their keys, so that batches never wait for each other in a circle.
 *
 * Traits: of a trait's values the latest by event time stays, whatever the order in which batches arrive; `traitTimes`
 * remembers when each was said. What is compared with is the row as it is locked, also when another batch has just made
 * or changed it. Of values said at the same moment the one that comes later stays.
 *
 * A user's traits are bounded, so that keeping them stays cheap: a trait that the user does not have yet is left out once
 * there are MAX_TRAITS, by order of name, and all that a batch says of a user when it would lead beyond MAX_TRAITS_BYTES.
 * What is left out is in the event all the same. Old and new are each taken apart once, never key by key, which would read
 * the whole document for each; a user of whom no trait is said keeps the stored document untouched.
 */
const statement = (
  workspaceId: string,
  rows: string,
  receivedAt: string,
) => sql`
WITH input AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS item(
    "position" integer, "messageId" text, "eventTime" timestamptz(3), "eventType" text, "event" text, "userId" text,
    "anonymousId" text, "userOrAnonymousId" text, "properties" jsonb, "context" jsonb, "hidden" boolean, "isUser" boolean)
), receipt AS (
  INSERT INTO public."UserEventReceipt" ("workspaceId", "messageId", "receivedAt")
  SELECT ${workspaceId}::uuid, "messageId", ${receivedAt}::timestamptz FROM input ORDER BY "messageId"
  ON CONFLICT DO NOTHING
  RETURNING "messageId"
), fresh AS MATERIALIZED (
  SELECT input.* FROM input JOIN receipt USING ("messageId")
), stored AS (
  INSERT INTO public."UserEvent" ("workspaceId", "messageId", "processingTime", "position", "eventTime", "eventType",
    "event", "userId", "anonymousId", "userOrAnonymousId", "properties", "context", "hidden")
  SELECT ${workspaceId}::uuid, "messageId", ${receivedAt}::timestamptz, "position", "eventTime", "eventType",
    "event", "userId", "anonymousId", "userOrAnonymousId", "properties", "context", "hidden"
  FROM fresh ORDER BY "position"
), seen AS (
  SELECT "userOrAnonymousId" AS "userId", bool_and("userId" IS NULL) AS "isAnonymous"
  FROM fresh WHERE "isUser" GROUP BY "userOrAnonymousId"
), said AS (
  SELECT DISTINCT ON ("userOrAnonymousId", trait.key) "userOrAnonymousId" AS "userId", trait.key, trait.value,
    (extract(epoch FROM "eventTime") * 1000)::bigint AS at
  FROM fresh CROSS JOIN LATERAL jsonb_each("properties") AS trait
  WHERE "isUser" AND "eventType" = 'identify'
  ORDER BY "userOrAnonymousId", trait.key, "eventTime" DESC, "position" DESC
), numbered AS (
  SELECT *, row_number() OVER (PARTITION BY "userId" ORDER BY key) AS place FROM said
), merged AS (
  SELECT "userId", jsonb_object_agg(key, value) AS "traits", jsonb_object_agg(key, at) AS "traitTimes"
  FROM numbered WHERE place <= ${MAX_TRAITS} GROUP BY "userId"
  HAVING pg_column_size(jsonb_object_agg(key, value)) <= ${MAX_TRAITS_BYTES}
), person AS (
  INSERT INTO public."WorkspaceUser" AS old
    ("workspaceId", "userId", "isAnonymous", "traits", "traitTimes", "firstSeenAt", "lastSeenAt")
  SELECT ${workspaceId}::uuid, "userId", "isAnonymous", coalesce("traits", '{}'), coalesce("traitTimes", '{}'),
    ${receivedAt}::timestamptz, ${receivedAt}::timestamptz
  FROM seen LEFT JOIN merged USING ("userId") ORDER BY "userId"
  ON CONFLICT ("workspaceId", "userId") DO UPDATE SET
    "isAnonymous" = old."isAnonymous" AND excluded."isAnonymous",
    ("traits", "traitTimes") = (
      SELECT CASE WHEN fits THEN "traits" ELSE old."traits" END,
        CASE WHEN fits THEN "traitTimes" ELSE old."traitTimes" END
      FROM (
        SELECT *, pg_column_size("traits") <= ${MAX_TRAITS_BYTES} AS fits
        FROM (
          SELECT old."traits" || jsonb_object_agg(key, value) AS "traits",
            old."traitTimes" || jsonb_object_agg(key, at) AS "traitTimes"
          FROM (
            SELECT key, new_value.value, new_time.value AS at, old_time.value IS NULL AS "isNew",
              row_number() OVER (PARTITION BY old_time.value IS NULL ORDER BY key) AS place
            FROM jsonb_each(excluded."traits") AS new_value
            JOIN jsonb_each(excluded."traitTimes") AS new_time USING (key)
            LEFT JOIN jsonb_each(old."traitTimes") AS old_time USING (key)
            WHERE (old_time.value::bigint > new_time.value::bigint) IS NOT TRUE
          ) AS news
          WHERE NOT "isNew" OR place <= ${MAX_TRAITS} - (SELECT count(*) FROM jsonb_object_keys(old."traitTimes"))
        ) AS grown
      ) AS checked),
    "firstSeenAt" = least(old."firstSeenAt", excluded."firstSeenAt"),
    "lastSeenAt" = greatest(old."lastSeenAt", excluded."lastSeenAt")
)
SELECT count(*)::integer AS "storedCount" FROM fresh`;

/**
 * Stores the rows that this workspace has not stored before, whole or not at all, in one round trip; resolves to how
 * many those were. `rows` must not name a message twice.
 */
export async function storeRows(
  workspaceId: string,
  rows: readonly EventRow[],
  receivedAt: Date,
): Promise<number> {
  const input = JSON.stringify(
    rows.map((row, position) => ({ ...row, position })),
  );
  const query = statement(workspaceId, input, receivedAt.toISOString());
  const result = await retrying(() =>
    db().execute<{ storedCount: number }>(query),
  );
  return result.rows[0]?.storedCount ?? 0;
}
