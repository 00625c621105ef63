// Forgetting users. Owns what belongs to a user in every table; receipts of messages stay, which name nobody and keep
// what was once accepted from being accepted again.

import { sql } from "drizzle-orm";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { ok } from "neverthrow";

import { inTransaction } from "../db";
import {
  announceLeaving,
  askInTransaction,
  lockQueue,
  takeOut,
} from "../heldEvents";

/**
 * Users are locked in order of their ids, as ingestion does. A group's events
 * that name the user go, too: they are found by the groups that the user was in.
 */
const statement = (workspaceId: string, userIds: string) => sql`
WITH gone AS MATERIALIZED (
  SELECT jsonb_array_elements_text(${userIds}::jsonb) AS "userId"
), locked AS MATERIALIZED (
  SELECT "userId" FROM public."WorkspaceUser"
  WHERE "workspaceId" = ${workspaceId}::uuid AND "userId" IN (SELECT "userId" FROM gone)
  ORDER BY "userId" FOR UPDATE
), membership AS MATERIALIZED (
  SELECT DISTINCT event."userOrAnonymousId" AS "userId", event."properties" ->> 'groupId' AS "groupId"
  FROM public."UserEvent" AS event
  WHERE event."workspaceId" = ${workspaceId}::uuid AND event."event" = 'DFUserGroupAssignment'
    AND event."userOrAnonymousId" IN (SELECT "userId" FROM gone)
), users AS (
  DELETE FROM public."WorkspaceUser"
  WHERE "workspaceId" = ${workspaceId}::uuid AND "userId" IN (SELECT "userId" FROM locked)
), events AS (
  DELETE FROM public."UserEvent" AS event
  WHERE event."workspaceId" = ${workspaceId}::uuid
    AND event."userOrAnonymousId" IN (SELECT "userId" FROM gone)
), "groupEvents" AS (
  DELETE FROM public."UserEvent" AS event USING membership
  WHERE event."workspaceId" = ${workspaceId}::uuid AND event."userOrAnonymousId" = membership."groupId"
    AND event."event" = 'DFGroupUserAssignment' AND event."properties" ->> 'userId' = membership."userId"
    AND event."userOrAnonymousId" NOT IN (SELECT "userId" FROM gone)
), "segmentAssignments" AS (
  DELETE FROM public."SegmentAssignment"
  WHERE "workspaceId" = ${workspaceId}::uuid AND "userId" IN (SELECT "userId" FROM gone)
), "propertyAssignments" AS (
  DELETE FROM public."UserPropertyAssignment"
  WHERE "workspaceId" = ${workspaceId}::uuid AND "userId" IN (SELECT "userId" FROM gone)
)
DELETE FROM public."UserJourneyEvent" AS event USING public."Journey" AS journey
WHERE journey."id" = event."journeyId" AND journey."workspaceId" = ${workspaceId}::uuid
  AND event."userId" IN (SELECT "userId" FROM gone)`;

/**
 * Removes the users and all that is known of them from the workspace, what waits for room included: under the lock of the
 * queue, so that nothing of theirs is admitted meanwhile. Unknown ids are passed over. Room that was made is offered to
 * those who wait for it.
 */
export async function removeUsers(
  workspaceId: string,
  userIds: readonly string[],
): Promise<void> {
  const query = statement(workspaceId, JSON.stringify(userIds));
  const removed = inTransaction(async (tx) => {
    const queue = await lockQueue(tx, workspaceId);
    const count =
      queue === null || queue.waiting === 0
        ? 0
        : await takeOut(tx, {
            workspaceId,
            which: { userIds },
            outcome: "dropped",
            mayComeAgain: false,
          });
    await tx.execute(query);
    if (queue !== null && queue.waiting > count) {
      await askInTransaction(tx, workspaceId);
    }
    return ok(count);
  });
  const count = unwrap(await removed);
  announceLeaving({ workspaceId, outcome: "dropped", count });
}
