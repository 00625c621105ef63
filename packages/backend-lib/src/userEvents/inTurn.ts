// The way of a batch that cannot be stored at once: what there is room for is stored, the rest waits. Owns that nothing of a
// user overtakes what the same user has waiting, and that a batch is taken in part in one transaction. What waits, and in
// which order, is heldEvents.ts.

import { sql } from "drizzle-orm";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { ok } from "neverthrow";

import { clock } from "../clock";
import { inTransaction, type Transaction } from "../db";
import {
  askInTransaction,
  holdEvents,
  openQueue,
  type Queue,
} from "../heldEvents";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { readRooms, type Situation, storeWhatFits } from "./rooms";
import { type EventRow, storeReceived, takeReceipts } from "./store";

export interface Outcome {
  readonly storedCount: number;
  /** How many wait for room. */
  readonly heldCount: number;
  /** How many were not kept, since as many waited as may. */
  readonly droppedCount: number;
}

/** When what is stored in turn was processed: later than all that was stored in turn before. */
export function inTurnAt({ storedUntilMs }: Queue): Date {
  return new Date(Math.max(clock().now().getTime(), (storedUntilMs ?? 0) + 1));
}

interface Surroundings {
  readonly situation: Situation;
  /** Somebody waits for what there is room for: the queue has to be looked at. */
  readonly isStale: boolean;
}

type SurroundingsRow = {
  readonly known: string[];
  readonly queued: Record<string, string>;
  readonly usersWait: boolean;
  readonly eventsWait: boolean;
};

/** Read after the lock on the queue: nothing of it changes until the transaction ends. */
async function look(
  tx: Transaction,
  workspaceId: string,
  rows: readonly EventRow[],
): Promise<Surroundings> {
  const users = JSON.stringify([...new Set(rows.map(({ ofUser }) => ofUser))]);
  const waitsFor = (
    resource: string,
  ) => sql`EXISTS (SELECT 1 FROM public."HeldEvent"
    WHERE "workspaceId" = ${workspaceId}::uuid AND "resourceType" = ${resource})`;
  const { rows: found } = await tx.execute<SurroundingsRow>(sql`
    WITH asked AS MATERIALIZED (SELECT jsonb_array_elements_text(${users}::jsonb) AS "userId")
    SELECT (SELECT coalesce(jsonb_agg(asked."userId"), '[]') FROM asked WHERE EXISTS (
              SELECT 1 FROM public."WorkspaceUser" AS known
               WHERE known."workspaceId" = ${workspaceId}::uuid AND known."userId" = asked."userId" OFFSET 0)) AS "known",
           (SELECT coalesce(jsonb_object_agg(asked."userId", first."resourceType"), '{}') FROM asked CROSS JOIN LATERAL (
              SELECT held."resourceType" FROM public."HeldEvent" AS held
               WHERE held."workspaceId" = ${workspaceId}::uuid AND held."userOrAnonymousId" = asked."userId"
               ORDER BY held."id" LIMIT 1) AS first) AS "queued",
           ${waitsFor("users")} AS "usersWait", ${waitsFor("events")} AS "eventsWait"`);
  const {
    known = [],
    queued = {},
    usersWait = false,
    eventsWait = false,
  }: Partial<SurroundingsRow> = found[0] ?? {};
  const rooms = await readRooms(tx);
  return {
    situation: {
      // New users come after those that wait to be ones.
      rooms: { ...rooms, users: usersWait ? 0 : rooms.users },
      known: new Set(known),
      queued: new Map(Object.entries(queued)),
    },
    isStale: (usersWait && rooms.users > 0) || (eventsWait && rooms.events > 0),
  };
}

const bringsTraits = ({ isUser, eventType, properties }: EventRow) =>
  isUser && eventType === "identify" && Object.keys(properties).length > 0;

/**
 * Stores of the rows that are new what there is room for and holds the others, in one transaction. Without `receivedAt` they
 * are processed when their turn has come.
 */
export async function storeInTurn(
  workspaceId: string,
  rows: readonly EventRow[],
  receivedAt: Date | undefined,
): Promise<Outcome> {
  const outcome = inTransaction(async (tx) => {
    const queue = await openQueue(tx, workspaceId);
    const at = receivedAt ?? inTurnAt(queue);
    const messageIds = rows.map(({ messageId }) => messageId);
    const fresh = await takeReceipts(tx, workspaceId, messageIds, at);
    const candidates = rows
      .filter(({ messageId }) => fresh.has(messageId))
      .map((row) => ({
        row,
        ofUser: row.ofUser,
        bringsTraits: bringsTraits(row),
      }));
    const { situation, isStale } = await look(tx, workspaceId, rows);
    const { taken, waiting, refused } = await storeWhatFits(
      tx,
      candidates,
      situation,
      async (inner, chosen) => {
        const stored = chosen.map(({ row }) => row);
        await storeReceived(inner, workspaceId, stored, at);
      },
    );
    const { held, droppedFull } = await holdEvents(tx, {
      workspaceId,
      events: waiting.map(({ item: { row }, resourceType }) => ({
        messageId: row.messageId,
        ofUser: row.ofUser,
        resourceType,
        event: row,
      })),
      waiting: queue.waiting,
      receivedAt: at,
      storedUntil:
        receivedAt === undefined && taken.length > 0 ? at : undefined,
    });
    if (isStale || (held > 0 && refused.has("storage"))) {
      await askInTransaction(tx, workspaceId);
    }
    return ok({
      storedCount: taken.length,
      heldCount: held,
      droppedCount: droppedFull,
    });
  });
  const done = unwrap(await outcome);
  if (done.heldCount + done.droppedCount > 0) {
    tenantEvents.emit("eventsHeld", {
      workspaceId,
      held: done.heldCount,
      droppedFull: done.droppedCount,
    });
  }
  return done;
}
