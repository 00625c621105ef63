// FACE of heldEvents/: accepted events that there is no room for yet, and the queue they wait in. Owns their order, the bound
// and the age of the queue, its figures, and what an admin sees and drops. Leaves which events have to wait, and storing
// them when there is room, to userEvents.ts.
//
// Who changes a queue locks the workspace's row of "HeldEventFigures" first, before any row of users or counters: so changes
// of one queue come one after another, and nobody waits in a circle.

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import {
  type AdmitHeldEventsResponse,
  type DropHeldEventsRequest,
  type DropHeldEventsResponse,
  type GetHeldEventsRequest,
  type GetHeldEventsResponse,
  type InWorkspace,
} from "isomorphic-lib/src/types";
import { ok } from "neverthrow";

import { inTransaction } from "./db";
import { askInTransaction } from "./heldEvents/asking";
import { findHeldEvents, readFigures } from "./heldEvents/listing";
import {
  announceLeaving,
  lockQueue,
  takeOut,
  type WhichHeld,
} from "./heldEvents/queue";

export { dropAgedEvents } from "./heldEvents/ageing";
export {
  ADMIT_HELD_EVENTS,
  askInTransaction,
  askWhereThereIsRoom,
} from "./heldEvents/asking";
export {
  holdEvents,
  type HoldInput,
  type NewHeldEvent,
} from "./heldEvents/holding";
export {
  announceLeaving,
  heldEventsById,
  type HeldInLine,
  lockQueue,
  nextInLine,
  openQueue,
  type Queue,
  relabel,
  takeOut,
} from "./heldEvents/queue";

/** A page of the workspace's held events, those that wait the longest first, and the figures of all of them. */
export async function getHeldEvents(
  request: InWorkspace<GetHeldEventsRequest>,
): Promise<GetHeldEventsResponse> {
  const page = await findHeldEvents(request);
  return { ...page, figures: await readFigures(request.workspaceId) };
}

function whichOf(request: InWorkspace<DropHeldEventsRequest>): WhichHeld {
  if ("userId" in request) {
    return { userIds: [request.userId] };
  }
  return "ids" in request ? { ids: request.ids } : "all";
}

/**
 * Drops held events for good: those of a user, those with the ids, or all. Unknown ids are passed over. What was dropped
 * counts as never sent: the same messages may be sent again.
 */
export async function dropHeldEvents(
  request: InWorkspace<DropHeldEventsRequest>,
): Promise<DropHeldEventsResponse> {
  const { workspaceId } = request;
  const work = inTransaction(async (tx) => {
    const queue = await lockQueue(tx, workspaceId);
    return ok(
      queue === null
        ? 0
        : await takeOut(tx, {
            workspaceId,
            which: whichOf(request),
            outcome: "dropped",
            mayComeAgain: true,
          }),
    );
  });
  const count = unwrap(await work);
  announceLeaving({ workspaceId, outcome: "dropped", count });
  return { dropped: count };
}

/**
 * Asks for a look at the workspace's held events in the background, if there are any: call it when there may be room again.
 * Resolves to how many wait.
 */
export async function askToAdmitHeldEvents({
  workspaceId,
}: {
  readonly workspaceId: string;
}): Promise<AdmitHeldEventsResponse> {
  const waiting = inTransaction(async (tx) => {
    const queue = await lockQueue(tx, workspaceId);
    if (queue !== null && queue.waiting > 0) {
      await askInTransaction(tx, workspaceId);
    }
    return ok(queue?.waiting ?? 0);
  });
  return { waiting: unwrap(await waiting) };
}
