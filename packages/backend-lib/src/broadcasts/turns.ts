// Whose turn it is to go on with a broadcast. Owns that of all jobs ever asked for one alone can change it, however long the
// others sleep; leaves the giving of turns to moves.ts.

import { and, eq } from "drizzle-orm";
import { err, ok, type Result } from "neverthrow";

import { db, inTransaction, type Transaction } from "../db";
import { broadcast } from "../db/schema";
import { lockBroadcast } from "./moves";
import { type BroadcastRow, type RunState, runStateOf, statusOf } from "./rows";

export interface Turn {
  readonly workspaceId: string;
  readonly broadcastId: string;
  /** The one that its job was asked for with. */
  readonly turn: string;
}

/** The state of the run, when it is this one's turn to go on with it. */
function stateInTurn(row: BroadcastRow, { turn }: Turn): RunState | undefined {
  const run = runStateOf(row);
  const status = statusOf(row);
  const isUnderWay = status === "Running" || status === "Scheduled";
  return isUnderWay && run?.turn === turn ? run : undefined;
}

/** Runs `work` on the broadcast, locked, if it is still this one's turn; undefined if it is not. */
export async function inTurn<T>(
  turn: Turn,
  work: (tx: Transaction, row: BroadcastRow, run: RunState) => Promise<T>,
): Promise<T | undefined> {
  const done = await inTransaction<T | undefined, never>(async (tx) => {
    const locked = await lockBroadcast(tx, turn);
    const run = locked.isErr() ? undefined : stateInTurn(locked.value, turn);
    return locked.isErr() || run === undefined
      ? ok(undefined)
      : ok(await work(tx, locked.value, run));
  });
  return done.unwrapOr(undefined); // never Err
}

/** The broadcast as it is now, unlocked, if it is still this one's turn. */
export async function findInTurn(
  turn: Turn,
): Promise<Result<{ row: BroadcastRow; run: RunState }, "notMyTurn">> {
  const [row] = await db()
    .select()
    .from(broadcast)
    .where(
      and(
        eq(broadcast.workspaceId, turn.workspaceId),
        eq(broadcast.id, turn.broadcastId),
      ),
    );
  const run = row === undefined ? undefined : stateInTurn(row, turn);
  return row === undefined || run === undefined
    ? err("notMyTurn")
    : ok({ row, run });
}
