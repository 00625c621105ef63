// Joining the queue. Owns that it is bounded, that ids follow the order of joining whatever the clocks say, and that what is
// turned away leaves no receipt, so that it may be sent again.

import { sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";

import { clock } from "../clock";
import { config } from "../config";
import { type Transaction } from "../db";

export interface NewHeldEvent {
  readonly messageId: string;
  /** Whose turn it waits for. */
  readonly ofUser: string;
  /** What there is no room for. */
  readonly resourceType: string;
  /** As it is to be stored. */
  readonly event: object;
}

export interface HoldInput {
  readonly workspaceId: string;
  /** In their order. */
  readonly events: readonly NewHeldEvent[];
  /** How many wait already. */
  readonly waiting: number;
  readonly receivedAt: Date;
  /** Processing time of what the same transaction has stored; undefined when that was nothing. */
  readonly storedUntil: Date | undefined;
}

/** Unix milliseconds of a version 7 id. */
function msOf(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}

/** Ids later than any that waits, in order. The caller has locked the queue. */
async function nextIds(
  tx: Pick<Transaction, "execute">,
  workspaceId: string,
  count: number,
): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    SELECT "id" FROM public."HeldEvent" WHERE "workspaceId" = ${workspaceId}::uuid ORDER BY "id" DESC LIMIT 1`);
  const last = rows[0]?.id;
  const msecs = Math.max(
    clock().now().getTime(),
    last === undefined ? 0 : msOf(last) + 1,
  );
  return Array.from({ length: count }, (_, seq) => uuidv7({ msecs, seq }));
}

/**
 * Lets the events wait, as many as may, in the queue that the caller has locked. Their receipts are there already; those of
 * the others are taken back.
 */
export async function holdEvents(
  tx: Pick<Transaction, "execute">,
  { workspaceId, events, waiting, receivedAt, storedUntil }: HoldInput,
): Promise<{ held: number; droppedFull: number }> {
  const places = Math.max(0, config().quotaHeldEventsMax - waiting);
  const kept = events.slice(0, places);
  const turnedAway = events.slice(places);
  const ids = await nextIds(tx, workspaceId, kept.length);
  const rows = kept.map((event, at) => ({ ...event, id: ids[at] }));
  await tx.execute(sql`
    WITH joined AS (
      INSERT INTO public."HeldEvent" ("workspaceId", "id", "messageId", "userOrAnonymousId", "resourceType", "event", "receivedAt")
      SELECT ${workspaceId}::uuid, item."id", item."messageId", item."ofUser", item."resourceType", item."event",
             ${receivedAt.toISOString()}::timestamptz
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          AS item("id" uuid, "messageId" text, "ofUser" text, "resourceType" text, "event" jsonb)
       ORDER BY item."id"
    ), forgotten AS (
      DELETE FROM public."UserEventReceipt" WHERE "workspaceId" = ${workspaceId}::uuid AND "messageId" = ANY (ARRAY(
        SELECT jsonb_array_elements_text(${JSON.stringify(turnedAway.map(({ messageId }) => messageId))}::jsonb)))
    )
    UPDATE public."HeldEventFigures"
       SET "waiting" = "waiting" + ${kept.length}, "held" = "held" + ${kept.length},
           "droppedFull" = "droppedFull" + ${turnedAway.length},
           "storedUntil" = greatest("storedUntil", ${storedUntil?.toISOString() ?? null}::timestamptz)
     WHERE "workspaceId" = ${workspaceId}::uuid`);
  return { held: kept.length, droppedFull: turnedAway.length };
}
