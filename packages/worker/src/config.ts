// How the worker works: what it takes from the process's configuration, and the figures that nobody had to change yet.
// The environment itself is read by backend-lib/src/config.ts alone.

import { config } from "backend-lib/src/config";

import { type TurnSettings } from "./takeTurns";

export interface WorkerConfig extends TurnSettings {
  /** Of the login that owns the queue: the system role's, or the only one there is. */
  readonly connectionString: string;
  /** How many jobs of the host's own run at once. */
  readonly concurrency: number;
  /** Milliseconds between looks for jobs of the host's own that became due; new ones are announced by the database. */
  readonly pollIntervalMs: number;
}

/** Throws when no database is configured. */
export function workerConfig(): WorkerConfig {
  const { databaseSystemUrl, databaseUrl } = config();
  const connectionString = databaseSystemUrl ?? databaseUrl;
  if (connectionString === undefined) {
    throw new Error(
      "DATABASE_SYSTEM_URL is not set: the job queue cannot be reached.",
    );
  }
  return {
    connectionString,
    concurrency: 4,
    pollIntervalMs: 2_000,
    tenantConcurrency: 4,
    tenantJobsPerWorkspace: 1,
    tenantPollIntervalMs: 250,
    tenantLeaseMs: 60_000,
    shutdownMs: 5_000,
  };
}
