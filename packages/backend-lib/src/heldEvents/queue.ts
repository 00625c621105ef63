// The queue of one workspace: its lock, who is next in it, and leaving it. Owns that the figures say exactly what the rows do:
// both change in one statement. Joining is holding.ts.

import { type SQL, sql } from "drizzle-orm";

import { type Transaction } from "../db";
import { tenantEvents } from "../multitenancy/tenantEvents";

export interface Queue {
  /** How many events wait. */
  readonly waiting: number;
  /** Processing time of what was stored in turn last, in Unix milliseconds; null: nothing ever was. */
  readonly storedUntilMs: number | null;
}

const QUEUE = sql`"waiting"::float8 AS "waiting",
  (extract(epoch FROM "storedUntil") * 1000)::float8 AS "storedUntilMs"`;

type QueueRow = Queue & Record<string, unknown>;

/** Locks the workspace's queue until the transaction ends; null, without a lock, when it never held an event. */
export async function lockQueue(
  tx: Pick<Transaction, "execute">,
  workspaceId: string,
): Promise<Queue | null> {
  const { rows } = await tx.execute<QueueRow>(sql`
    SELECT ${QUEUE} FROM public."HeldEventFigures"
     WHERE "workspaceId" = ${workspaceId}::uuid FOR UPDATE`);
  return rows[0] ?? null;
}

/** As lockQueue(), and begins the queue when there is none. */
export async function openQueue(
  tx: Pick<Transaction, "execute">,
  workspaceId: string,
): Promise<Queue> {
  await tx.execute(sql`
    INSERT INTO public."HeldEventFigures" ("workspaceId") VALUES (${workspaceId}::uuid)
    ON CONFLICT ("workspaceId") DO NOTHING`);
  return (
    (await lockQueue(tx, workspaceId)) ?? { waiting: 0, storedUntilMs: null }
  );
}

export interface HeldInLine {
  readonly id: string;
  /** Whose turn it waits for. */
  readonly ofUser: string;
  readonly resourceType: string;
  /** It says traits of the user. */
  readonly bringsTraits: boolean;
  readonly isKnown: boolean;
}

/**
 * The next events after the one with the id `after`, in their order, at most `limit`. An event of a user of whom an earlier
 * one still waits at or before `after` is left out: it would overtake. With `onlyKnown` those of users that exist.
 */
export async function nextInLine(
  tx: Pick<Transaction, "execute">,
  {
    workspaceId,
    after,
    limit,
    onlyKnown,
  }: {
    readonly workspaceId: string;
    readonly after: string;
    readonly limit: number;
    readonly onlyKnown: boolean;
  },
): Promise<HeldInLine[]> {
  const isKnown = sql`EXISTS (SELECT 1 FROM public."WorkspaceUser" AS u
     WHERE u."workspaceId" = ${workspaceId}::uuid AND u."userId" = held."userOrAnonymousId" OFFSET 0)`;
  const { rows } = await tx.execute<HeldInLine & Record<string, unknown>>(sql`
    SELECT held."id", held."userOrAnonymousId" AS "ofUser", held."resourceType", ${isKnown} AS "isKnown",
           (held."event" ->> 'eventType' = 'identify' AND held."event" ->> 'isUser' = 'true'
             AND held."event" -> 'properties' <> '{}') AS "bringsTraits"
      FROM public."HeldEvent" AS held
     WHERE held."workspaceId" = ${workspaceId}::uuid AND held."id" > ${after}::uuid
       AND NOT EXISTS (SELECT 1 FROM public."HeldEvent" AS earlier
         WHERE earlier."workspaceId" = ${workspaceId}::uuid AND earlier."id" <= ${after}::uuid
           AND earlier."userOrAnonymousId" = held."userOrAnonymousId" OFFSET 0)
       ${onlyKnown ? sql`AND ${isKnown}` : sql``}
     ORDER BY held."id" LIMIT ${limit}`);
  return rows;
}

/** Notes what each of the events waits for now. */
export async function relabel(
  tx: Pick<Transaction, "execute">,
  workspaceId: string,
  events: readonly { readonly id: string; readonly resourceType: string }[],
): Promise<void> {
  if (events.length > 0) {
    await tx.execute(sql`
      UPDATE public."HeldEvent" AS held SET "resourceType" = now_for."resourceType"
        FROM jsonb_to_recordset(${JSON.stringify(events)}::jsonb) AS now_for("id" uuid, "resourceType" text)
       WHERE held."workspaceId" = ${workspaceId}::uuid AND held."id" = now_for."id"`);
  }
}

/** Over a row of "HeldEvent": that it is one of these, of the workspace. */
export function heldEventsById(
  workspaceId: string,
  ids: readonly string[],
): SQL {
  return sql`"workspaceId" = ${workspaceId}::uuid AND "id" = ANY(${sql.param(ids)}::uuid[])`;
}

/** By their ids, or by whose turn they wait for, or by when they came. */
export type WhichHeld =
  | "all"
  | { readonly ids: readonly string[] }
  | { readonly userIds: readonly string[] }
  | { readonly receivedBefore: Date; readonly limit: number };

function matching(workspaceId: string, which: WhichHeld): SQL {
  const own = sql`"workspaceId" = ${workspaceId}::uuid`;
  if (which === "all") {
    return own;
  }
  if ("ids" in which) {
    return heldEventsById(workspaceId, which.ids);
  }
  if ("userIds" in which) {
    return sql`${own} AND "userOrAnonymousId" = ANY (ARRAY(
      SELECT jsonb_array_elements_text(${JSON.stringify(which.userIds)}::jsonb)))`;
  }
  return sql`${own} AND "id" IN (SELECT old."id" FROM public."HeldEvent" AS old
    WHERE old."workspaceId" = ${workspaceId}::uuid AND old."receivedAt" < ${which.receivedBefore.toISOString()}::timestamptz
    ORDER BY old."receivedAt" LIMIT ${which.limit})`;
}

const COUNTED_AS = {
  admitted: sql`"admitted" = f."admitted" + gone.count`,
  droppedAged: sql`"droppedAged" = f."droppedAged" + gone.count`,
  dropped: sql`"dropped" = f."dropped" + gone.count`,
} as const;

export type LeavingAs = keyof typeof COUNTED_AS;

/**
 * Takes events out of the queue, which the caller has locked, and counts them; resolves to how many there were. With
 * `mayComeAgain` their messages are taken for new when they are sent once more.
 */
export async function takeOut(
  tx: Pick<Transaction, "execute">,
  {
    workspaceId,
    which,
    outcome,
    mayComeAgain,
    storedUntil,
  }: {
    readonly workspaceId: string;
    readonly which: WhichHeld;
    readonly outcome: LeavingAs;
    readonly mayComeAgain: boolean;
    readonly storedUntil?: Date;
  },
): Promise<number> {
  const forget = sql`, forgotten AS (
      DELETE FROM public."UserEventReceipt" WHERE "workspaceId" = ${workspaceId}::uuid
         AND "messageId" = ANY (ARRAY(SELECT "messageId" FROM taken)))`;
  const until = storedUntil?.toISOString() ?? null;
  const { rows } = await tx.execute<{ count: number }>(sql`
    WITH taken AS (
      DELETE FROM public."HeldEvent" WHERE ${matching(workspaceId, which)} RETURNING "messageId"
    )${mayComeAgain ? forget : sql``}
    UPDATE public."HeldEventFigures" AS f
       SET "waiting" = f."waiting" - gone.count, ${COUNTED_AS[outcome]},
           "storedUntil" = greatest(f."storedUntil", ${until}::timestamptz)
      FROM (SELECT count(*) AS count FROM taken) AS gone
     WHERE f."workspaceId" = ${workspaceId}::uuid
    RETURNING gone.count::float8 AS count`);
  return rows[0]?.count ?? 0;
}

/** Says aloud that events left the queue; after the commit. */
export function announceLeaving(left: {
  readonly workspaceId: string;
  readonly outcome: LeavingAs;
  readonly count: number;
}): void {
  if (left.count > 0) {
    tenantEvents.emit("heldEventsLeft", left);
  }
}
