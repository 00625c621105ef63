// Held events get their turn. Owns the walk along the queue, oldest first, a part of it in each transaction, and that it ends:
// after a time, so that no workspace holds up the others, and when nothing more fits. The queue is heldEvents.ts.

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { ok } from "neverthrow";

import { inTransaction, type Transaction } from "../db";
import {
  announceLeaving,
  askInTransaction,
  lockQueue,
  nextInLine,
  relabel,
  takeOut,
} from "../heldEvents";
import { inTurnAt } from "./inTurn";
import { readRooms, storeWhatFits } from "./rooms";
import { storeHeld } from "./store";

/** Before every id. */
const BEGINNING = "00000000-0000-0000-0000-000000000000";
const MOST_AT_ONCE = 500;
/** How long one run goes on before others have their turn. */
const RUN_MS = 5_000;
/** How many single events in a run may prove too large for the storage that is left. */
const MOST_TOO_LARGE = 50;

interface Walk {
  /** The id of the last event that was looked at. */
  readonly after: string;
  /** How many are looked at next. */
  readonly limit: number;
  readonly tooLarge: number;
}

interface Step {
  readonly admitted: number;
  /** Where to go on; null: at the end. */
  readonly next: Walk | null;
}

const END: Step = { admitted: 0, next: null };

async function step(
  tx: Transaction,
  workspaceId: string,
  { after, limit, tooLarge }: Walk,
): Promise<Step> {
  const queue = await lockQueue(tx, workspaceId);
  if (queue === null || queue.waiting === 0) {
    return END;
  }
  const rooms = await readRooms(tx);
  const line = await nextInLine(tx, {
    workspaceId,
    after,
    limit,
    onlyKnown: rooms.users < 1,
  });
  const last = line.at(-1);
  if (last === undefined) {
    return END;
  }
  const at = inTurnAt(queue);
  const known = new Set(
    line.flatMap(({ ofUser, isKnown }) => (isKnown ? [ofUser] : [])),
  );
  const { taken, waiting, refused } = await storeWhatFits(
    tx,
    line,
    { rooms, known, queued: new Map() },
    async (inner, chosen) =>
      storeHeld(
        inner,
        workspaceId,
        chosen.map(({ id }) => id),
        at,
      ),
  );
  const admitted =
    taken.length === 0
      ? 0
      : await takeOut(tx, {
          workspaceId,
          which: { ids: taken.map(({ id }) => id) },
          outcome: "admitted",
          mayComeAgain: false,
          storedUntil: at,
        });
  const isTooMuch = refused.has("storage");
  if (isTooMuch && line.length > 1) {
    // Some of them may fit: fewer at once tell which. What was taken is gone from the line.
    return {
      admitted,
      next: { after, tooLarge, limit: Math.ceil(line.length / 2) },
    };
  }
  await relabel(
    tx,
    workspaceId,
    waiting.flatMap(({ item, resourceType }) =>
      item.resourceType === resourceType ? [] : [{ id: item.id, resourceType }],
    ),
  );
  const failures = tooLarge + (isTooMuch ? 1 : 0);
  const isOver =
    line.length < limit ||
    rooms.events - admitted < 1 ||
    failures >= MOST_TOO_LARGE;
  const next = {
    after: last.id,
    tooLarge: failures,
    limit: isTooMuch ? 1 : Math.min(MOST_AT_ONCE, limit * 2),
  };
  return { admitted, next: isOver ? null : next };
}

/**
 * Stores of the workspace's held events those that there is room for, each user's in their order, users in the order of their
 * first. Resolves to how many. When its time is over it asks for another run. May run any number of times, also at once, and
 * may be broken off anywhere.
 */
export async function admitHeld(workspaceId: string): Promise<number> {
  const until = performance.now() + RUN_MS;
  let admitted = 0;
  let walk: Walk | null = {
    after: BEGINNING,
    limit: MOST_AT_ONCE,
    tooLarge: 0,
  };
  while (walk !== null) {
    const from: Walk = walk;
    const done = inTransaction(async (tx) => {
      const stepped = await step(tx, workspaceId, from);
      const isLate = stepped.next !== null && performance.now() > until;
      if (isLate) {
        await askInTransaction(tx, workspaceId);
      }
      return ok(isLate ? { ...stepped, next: null } : stepped);
    });
    const { admitted: count, next } = unwrap(await done);
    announceLeaving({ workspaceId, outcome: "admitted", count });
    admitted += count;
    walk = next;
  }
  return admitted;
}
