// From one status of a broadcast to the next, under its row's lock. Owns which moves there are, what each leaves in the row,
// and that of all jobs ever asked for one alone may go on; leaves what that job does to running.ts.

import { randomUUID } from "node:crypto";

import { and, eq, type SQL } from "drizzle-orm";
import {
  type BroadcastStatus,
  type ConstraintViolation,
  type NotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Transaction } from "../db";
import { broadcast } from "../db/schema";
import { type Actor } from "../multitenancy/tenantContext";
import { addTenantJob } from "../tenantJobs";
import {
  type BroadcastRow,
  isV2,
  type RunState,
  statusOf,
  withRunState,
} from "./rows";

/** Where each status may lead. The last three are final. */
const MOVES = {
  Draft: ["Scheduled", "Running", "Cancelled"],
  Scheduled: ["Running", "Cancelled"],
  Running: ["Paused", "Completed", "Failed", "Cancelled"],
  Paused: ["Running", "Failed", "Cancelled"],
  Completed: [],
  Cancelled: [],
  Failed: [],
} as const satisfies Record<BroadcastStatus, readonly BroadcastStatus[]>;

/** The name of the worker's task that runs broadcasts. */
export const RUN_TASK = "runBroadcast";
/** A job that fails this often gives up: about half an hour after the first try. */
export const RUN_ATTEMPTS = 10;

/** Who asked for something, and in which request. */
export interface AskedBy {
  readonly actor: Actor;
  readonly requestId: string;
}

/** In whose name a broadcast goes on by itself. */
export const RUNNER: AskedBy = {
  actor: { type: "worker", id: "broadcasts" },
  requestId: "broadcasts",
};

export const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such broadcast.",
};

export const violation = (message: string): ConstraintViolation => ({
  type: "ConstraintViolation",
  message,
});

const isOf = ({ workspaceId, id }: Pick<BroadcastRow, "workspaceId" | "id">) =>
  and(eq(broadcast.workspaceId, workspaceId), eq(broadcast.id, id));

/** The broadcast of this condition, locked against others' changes. */
export async function findForChange(
  tx: Transaction,
  workspaceId: string,
  isMeant: SQL,
): Promise<BroadcastRow | undefined> {
  const [row] = await tx
    .select()
    .from(broadcast)
    .where(and(eq(broadcast.workspaceId, workspaceId), isMeant))
    .for("no key update");
  return row;
}

/** The V2 broadcast, locked. */
export async function lockBroadcast(
  tx: Transaction,
  { workspaceId, broadcastId }: { workspaceId: string; broadcastId: string },
): Promise<Result<BroadcastRow, NotFound>> {
  const row = await findForChange(
    tx,
    workspaceId,
    eq(broadcast.id, broadcastId),
  );
  return row !== undefined && isV2(row) ? ok(row) : err(NOT_FOUND);
}

const WORDS: Record<BroadcastStatus, string> = {
  Draft: "drafted again",
  Scheduled: "scheduled",
  Running: "run",
  Paused: "paused",
  Completed: "completed",
  Cancelled: "cancelled",
  Failed: "failed",
};

/** Err when no move leads from the row's status to this one; the message says what is possible. */
export function checkMove(
  row: BroadcastRow,
  to: BroadcastStatus,
): Result<void, ConstraintViolation> {
  const from = statusOf(row);
  const possible: readonly BroadcastStatus[] = MOVES[from];
  if (possible.includes(to)) {
    return ok();
  }
  const others = possible.length === 0 ? "nothing else" : possible.join(", ");
  return err(
    violation(
      `The broadcast is ${from} and cannot be ${WORDS[to]}; from ${from} it can become: ${others}.`,
    ),
  );
}

/** Writes what changed of a row that `tx` holds locked. */
export async function saveRow(
  tx: Transaction,
  row: BroadcastRow,
  change: Partial<typeof broadcast.$inferInsert>,
): Promise<void> {
  await tx.update(broadcast).set(change).where(isOf(row));
}

/** Ends the turn of whoever had it: what they do from now on does not count. */
export async function stop(
  tx: Transaction,
  row: BroadcastRow,
  statusV2: BroadcastStatus,
  run: RunState | undefined,
): Promise<void> {
  if (run === undefined) {
    await saveRow(tx, row, { statusV2 });
    return;
  }
  const { turn, ...rest } = run;
  await saveRow(tx, row, { statusV2, config: withRunState(row, rest) });
}

/** Gives the turn to a new job, which begins at `runAt` or at once. */
export async function goOn(
  tx: Transaction,
  row: BroadcastRow,
  {
    status,
    run,
    runAt,
    by = RUNNER,
  }: {
    readonly status: "Scheduled" | "Running";
    readonly run: RunState;
    readonly runAt?: Date | undefined;
    readonly by?: AskedBy;
  },
): Promise<void> {
  const turn = randomUUID();
  await saveRow(tx, row, {
    statusV2: status,
    config: withRunState(row, { ...run, turn }),
  });
  await addTenantJob(
    {
      task: RUN_TASK,
      workspaceId: row.workspaceId,
      ...by,
      input: { broadcastId: row.id, turn },
      maxAttempts: RUN_ATTEMPTS,
      ...(runAt === undefined ? {} : { runAt }),
    },
    { tx },
  );
}
