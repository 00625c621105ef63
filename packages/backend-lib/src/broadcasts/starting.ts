// The beginning of a broadcast, now or at its time, and its going on after a pause. Owns what has to be there before, and that
// it is asked for once.

import {
  type ConstraintViolation,
  type MissingRequiredFields,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { type Transaction } from "../db";
import { type AskedBy, checkMove, goOn, saveRow, violation } from "./moves";
import { planToBegin } from "./plan";
import {
  type BroadcastRow,
  NOT_BEGUN,
  runStateOf,
  scheduledMomentOf,
  statusOf,
} from "./rows";

/** Of moves that lead to Running those that are no start: a request to start that is sent twice must not begin early. */
function checkIsDraft(row: BroadcastRow): Result<void, ConstraintViolation> {
  switch (statusOf(row)) {
    case "Scheduled":
      return err(
        violation(
          "The broadcast is Scheduled already. To begin now, change its scheduledAt to the present time.",
        ),
      );
    case "Paused":
      return err(violation("The broadcast is Paused: resume it."));
    default:
      return ok();
  }
}

/** Starts the broadcast, whose row `tx` holds locked. Answers what became of it. */
export async function startRow(
  tx: Transaction,
  row: BroadcastRow,
  by: AskedBy,
): Promise<
  Result<"Scheduled" | "Running", MissingRequiredFields | ConstraintViolation>
> {
  const scheduledAt = scheduledMomentOf(row);
  const isLater = scheduledAt !== null && scheduledAt > clock().now();
  const status = isLater ? "Scheduled" : "Running";
  const possible = checkMove(row, status).andThen(() => checkIsDraft(row));
  const plan = possible.isErr()
    ? err(possible.error)
    : await planToBegin(tx, row);
  if (plan.isErr()) {
    return err(plan.error);
  }
  const { subscriptionGroupId } = plan.value;
  if (subscriptionGroupId !== row.subscriptionGroupId) {
    await saveRow(tx, row, { subscriptionGroupId });
  }
  await goOn(tx, row, {
    status,
    run: NOT_BEGUN,
    by,
    ...(isLater ? { runAt: scheduledAt } : {}),
  });
  return ok(status);
}

/** Has a Paused broadcast, whose row `tx` holds locked, go on where it stopped. */
export async function resumeRow(
  tx: Transaction,
  row: BroadcastRow,
  by: AskedBy,
): Promise<Result<void, ConstraintViolation>> {
  const status = statusOf(row);
  const possible = checkMove(row, "Running");
  if (possible.isErr()) {
    return possible;
  }
  if (status !== "Paused") {
    return err(
      violation(
        `The broadcast is ${status}, and only a Paused one can be resumed: start it.`,
      ),
    );
  }
  // What is said of a pause is over with it; how many users there are is counted anew.
  const { left, reason, total, ...run } = runStateOf(row) ?? NOT_BEGUN;
  await goOn(tx, row, { status: "Running", run, by });
  return ok();
}
