// The one statement by which events are stored. Owns what is written, in which order and under which locks; leaves to
// rows.ts what a client's item means, and to inTurn.ts what is not stored at once.

import { type SQL, sql } from "drizzle-orm";

import { db, retrying, type Transaction } from "../db";
import { heldEventsById } from "../heldEvents";

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
  /** Whose item it was part of: the user that exists from then on, also for an event about a group. */
  readonly ofUser: string;
}

/** How many traits a user has at most, and how large they are together, in bytes as the database holds them. */
export const MAX_TRAITS = 10_000;
export const MAX_TRAITS_BYTES = 4 * 1024 * 1024;

const ITEM = sql`"messageId" text, "eventTime" timestamptz(3), "eventType" text, "event" text, "userId" text,
    "anonymousId" text, "userOrAnonymousId" text, "properties" jsonb, "context" jsonb, "hidden" boolean, "isUser" boolean,
    "ofUser" text`;

/** The rows as a relation, from JSON. */
function given(rows: readonly EventRow[]): SQL {
  const items = JSON.stringify(
    rows.map((row, position) => ({ ...row, position })),
  );
  return sql`SELECT * FROM jsonb_to_recordset(${items}::jsonb) AS item("position" integer, ${ITEM})`;
}

/** The same from events that were held, without their way through this process. */
function givenByHeld(workspaceId: string, ids: readonly string[]): SQL {
  return sql`SELECT (row_number() OVER (ORDER BY held."id") - 1)::integer AS "position", item.*
    FROM (SELECT "id", "event" FROM public."HeldEvent" WHERE ${heldEventsById(workspaceId, ids)}) AS held
    CROSS JOIN LATERAL jsonb_to_record(held."event") AS item(${ITEM})`;
}

/**
 * Stores `fresh`, and makes or updates its users, in order of their ids, so that batches never wait for each other in a
 * circle.
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
const storing = (workspaceId: string, receivedAt: string) => sql`stored AS (
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
)`;

/**
 * Whether rows of the batch have to queue. Only asked of a workspace that has held events: when one of its users has some, or
 * is new, since new users come after those that wait. An event that came before the last ones were admitted was overtaken
 * by them on its way here, and is stored in turn, so that it is processed later than they were. Whoever learned that an
 * event was accepted finds its commit in the snapshot of this statement: so nothing overtakes what was sent before it.
 * OFFSET 0 keeps each look a look into an index: as a join it would go by statistics, which are stale when a queue grows.
 */
const gate = (
  workspaceId: string,
  sentAt: string | null,
) => sql`gate AS MATERIALIZED (
  SELECT coalesce((
    SELECT CASE WHEN queue."storedUntil" >= ${sentAt}::timestamptz THEN true
      WHEN queue."waiting" = 0 THEN false
      ELSE EXISTS (SELECT 1 FROM input WHERE EXISTS (SELECT 1 FROM public."HeldEvent" AS held
            WHERE held."workspaceId" = ${workspaceId}::uuid AND held."userOrAnonymousId" = input."ofUser" OFFSET 0))
        OR EXISTS (SELECT 1 FROM input WHERE NOT EXISTS (SELECT 1 FROM public."WorkspaceUser" AS known
            WHERE known."workspaceId" = ${workspaceId}::uuid AND known."userId" = input."ofUser" OFFSET 0)) END
    FROM public."HeldEventFigures" AS queue WHERE queue."workspaceId" = ${workspaceId}::uuid), false) AS "mustQueue"
)`;

/**
 * Receipts come first: whoever holds a message's receipt stores it, and a second sender of the same message waits for
 * the first one's commit and then finds it taken. Only what is fresh goes on to events and users. Receipts are written in
 * order of their keys, too.
 */
const statement = (
  workspaceId: string,
  rows: readonly EventRow[],
  { receivedAt, sentAt }: { receivedAt: string; sentAt: string | null },
) => sql`
WITH input AS MATERIALIZED (
  ${given(rows)}
), ${gate(workspaceId, sentAt)}, receipt AS (
  INSERT INTO public."UserEventReceipt" ("workspaceId", "messageId", "receivedAt")
  SELECT ${workspaceId}::uuid, "messageId", ${receivedAt}::timestamptz FROM input
  WHERE NOT (SELECT "mustQueue" FROM gate) ORDER BY "messageId"
  ON CONFLICT DO NOTHING
  RETURNING "messageId"
), fresh AS MATERIALIZED (
  SELECT input.* FROM input JOIN receipt USING ("messageId")
), ${storing(workspaceId, receivedAt)}
SELECT count(*)::integer AS "storedCount", (SELECT "mustQueue" FROM gate) AS "mustQueue" FROM fresh`;

/**
 * Stores the rows that this workspace has not stored before, whole or not at all, in one round trip. `rows` must not name
 * a message twice. With `mustQueue` nothing was stored: some of them may have to wait (inTurn.ts). `isLive` says that
 * `receivedAt` is the present. Rejects as the database does when there is no room (QT429).
 */
export async function storeRows(
  workspaceId: string,
  rows: readonly EventRow[],
  { receivedAt, isLive }: { receivedAt: Date; isLive: boolean },
): Promise<{ storedCount: number; mustQueue: boolean }> {
  const at = receivedAt.toISOString();
  const query = statement(workspaceId, rows, {
    receivedAt: at,
    sentAt: isLive ? at : null,
  });
  const result = await retrying(() =>
    db().execute<{ storedCount: number; mustQueue: boolean }>(query),
  );
  return result.rows[0] ?? { storedCount: 0, mustQueue: false };
}

type Executor = Pick<Transaction, "execute">;

/** Takes the receipts of the messages; resolves to those that were free. */
export async function takeReceipts(
  tx: Executor,
  workspaceId: string,
  messageIds: readonly string[],
  receivedAt: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.execute<{ messageId: string }>(sql`
    INSERT INTO public."UserEventReceipt" ("workspaceId", "messageId", "receivedAt")
    SELECT ${workspaceId}::uuid, item.id, ${receivedAt.toISOString()}::timestamptz
      FROM jsonb_array_elements_text(${JSON.stringify(messageIds)}::jsonb) AS item(id) ORDER BY item.id
    ON CONFLICT DO NOTHING RETURNING "messageId"`);
  return new Set(rows.map(({ messageId }) => messageId));
}

/** Stores rows whose receipts the same transaction has taken. */
export async function storeReceived(
  tx: Executor,
  workspaceId: string,
  rows: readonly EventRow[],
  receivedAt: Date,
): Promise<void> {
  await tx.execute(sql`
    WITH fresh AS MATERIALIZED (${given(rows)}), ${storing(workspaceId, receivedAt.toISOString())}
    SELECT 1 FROM fresh LIMIT 1`);
}

/** Stores held events, in their order, as processed at `receivedAt`. Taking them out of the queue is the caller's. */
export async function storeHeld(
  tx: Executor,
  workspaceId: string,
  ids: readonly string[],
  receivedAt: Date,
): Promise<void> {
  const at = receivedAt.toISOString();
  await tx.execute(sql`
    WITH fresh AS MATERIALIZED (${givenByHeld(workspaceId, ids)}), ${storing(workspaceId, at)}, receipt AS (
      UPDATE public."UserEventReceipt" AS known SET "receivedAt" = ${at}::timestamptz
       WHERE known."workspaceId" = ${workspaceId}::uuid AND known."messageId" = ANY (ARRAY(SELECT "messageId" FROM fresh))
    )
    SELECT 1 FROM fresh LIMIT 1`);
}
