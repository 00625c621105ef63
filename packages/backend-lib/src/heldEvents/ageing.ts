// Events that waited for too long. Owns dropping them, of every workspace, a part at a time, so that no queue is locked for
// long.

import { lt } from "drizzle-orm";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { ok } from "neverthrow";

import { clock } from "../clock";
import { config } from "../config";
import { inTransaction, systemDb } from "../db";
import { heldEvent } from "../db/schema";
import { announceLeaving, lockQueue, takeOut } from "./queue";

const DAY_MS = 86_400_000;
/** How many leave a queue in one transaction. */
const AT_ONCE = 5_000;

async function dropAgedOf(
  workspaceId: string,
  receivedBefore: Date,
): Promise<number> {
  let dropped = 0;
  for (;;) {
    const part = inTransaction(
      async (tx) => {
        await lockQueue(tx, workspaceId);
        return ok(
          await takeOut(tx, {
            workspaceId,
            which: { receivedBefore, limit: AT_ONCE },
            outcome: "droppedAged",
            mayComeAgain: true,
          }),
        );
      },
      { database: systemDb() },
    );
    const count = unwrap(await part);
    dropped += count;
    if (count < AT_ONCE) {
      return dropped;
    }
  }
}

/** Drops what waits for more than QUOTA_HELD_EVENTS_MAX_DAYS, of every workspace; resolves to how many events. */
export async function dropAgedEvents(): Promise<number> {
  const { quotaHeldEventsMaxDays } = config();
  const receivedBefore = new Date(
    clock().now().getTime() - quotaHeldEventsMaxDays * DAY_MS,
  );
  const rows = await systemDb()
    .selectDistinct({ workspaceId: heldEvent.workspaceId })
    .from(heldEvent)
    .where(lt(heldEvent.receivedAt, receivedBefore));
  let dropped = 0;
  for (const { workspaceId } of rows) {
    const count = await dropAgedOf(workspaceId, receivedBefore);
    announceLeaving({ workspaceId, outcome: "droppedAged", count });
    dropped += count;
  }
  return dropped;
}
