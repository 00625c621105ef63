// How a migration's SQL is run: under the one lock, in a transaction or statement by statement, giving way to whoever uses
// a table. Owns locks and patience; which migrations run, and the ledger, belong to ../migrate.ts.

import pg from "pg";

import { buildPartitionedIndex } from "./partitionedIndex";
import { repairInvalidIndex, splitStatements } from "./statements";

export type Log = (line: string) => void;

const LOCK_KEY = 7_318_204_551; // any number that nobody else uses
/** Longer, and the migration's own queueing would hold up every reader. */
const LOCK_TIMEOUT = "lock_timeout = '2000ms'";

/** Before a migration in a transaction, whose locks are held to its end: nothing in it may take for ever. */
export const TRANSACTION_SETTINGS = [
  `SET LOCAL ${LOCK_TIMEOUT}`,
  "SET LOCAL statement_timeout = '15min'",
] as const;

/** Before one that runs statement by statement: a concurrent build takes its time, whatever time-out the login has. */
export const SESSION_SETTINGS = [
  `SET ${LOCK_TIMEOUT}`,
  "SET statement_timeout = 0",
] as const;

const LOCK_ATTEMPTS = 10;

const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * Asks again and again instead of waiting inside of pg_advisory_lock: a session that waits there holds a snapshot, and
 * CREATE INDEX CONCURRENTLY of the one that has the lock would wait for that snapshot, for ever.
 */
async function takeLock(client: pg.Client, log?: Log): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const { rows } = await client.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock($1) AS locked",
      [LOCK_KEY],
    );
    if (rows[0]?.locked === true) {
      return;
    }
    if (attempt === 0) {
      log?.("another migration is under way; waiting for it");
    }
    await pause(100);
  }
}

/** Runs `work` on a connection of its own that holds the lock of migrations; waits while another process has it. */
export async function withLock<T>(
  { adminUrl, log }: { readonly adminUrl: string; readonly log?: Log },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: adminUrl,
    application_name: "dittofeed_migrate",
  });
  // A migration that goes on in spite of what it found says so by a warning.
  client.on("notice", ({ severity, message, hint }) => {
    if (severity === "WARNING") {
      log?.([`warning: ${message ?? ""}`, hint].filter(Boolean).join(" "));
    }
  });
  await client.connect();
  try {
    await takeLock(client, log);
    return await work(client);
  } finally {
    await client.end(); // gives up the lock, too
  }
}

/** Runs `work`; when a lock was not to be had in time, gives way to the queue behind it and tries again. */
export async function patiently(
  work: () => Promise<void>,
  log?: Log,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isLockTimeout =
        error instanceof pg.DatabaseError && error.code === "55P03";
      if (!isLockTimeout || attempt >= LOCK_ATTEMPTS) {
        throw error;
      }
      log?.(
        `a table is in use; trying again (${attempt} of ${LOCK_ATTEMPTS - 1})`,
      );
      await pause(100 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** Runs `work` between BEGIN and COMMIT; rolls back and throws on when it throws. */
export async function inOneTransaction(
  client: pg.Client,
  work: () => Promise<void>,
): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(TRANSACTION_SETTINGS.join("; "));
    await work();
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** Runs the statements one by one, outside of any transaction, which CREATE INDEX CONCURRENTLY needs. */
export async function statementByStatement(
  client: pg.Client,
  sql: string,
): Promise<void> {
  await client.query(SESSION_SETTINGS.join("; "));
  try {
    for (const statement of splitStatements(sql)) {
      if (!(await buildPartitionedIndex(client, statement))) {
        await repairInvalidIndex(client, statement);
        await client.query(statement);
      }
    }
  } finally {
    await client.query("RESET lock_timeout; RESET statement_timeout");
  }
}
