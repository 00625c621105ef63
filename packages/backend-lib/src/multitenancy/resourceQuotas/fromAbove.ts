// The quotas of any workspace, as the operator and the host see them: with the system role. Owns that each such piece of work
// takes its turn; who may ask for it is decided before, by whoever calls.

import { type Result } from "neverthrow";

import {
  type Database,
  inTransaction,
  systemDb,
  type Transaction,
} from "../../db";
import { takeSystemTurn } from "../../db/systemTurns";

/** Runs `work` in one transaction of the system role, charged to the workspace it is for. */
export async function fromAbove<T, E>(
  workspaceId: string,
  work: (tx: Transaction) => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  return takeSystemTurn(workspaceId, () =>
    inTransaction(work, { database: systemDb() }),
  );
}

/** The database as the host's own upkeep uses it: one piece of work at a time, which needs no turn. */
export function asHost(): Database {
  return systemDb();
}
