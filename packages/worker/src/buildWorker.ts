// Runs the background jobs: the host's own with graphile-worker, those of workspaces as their turns come. Owns starting,
// what runs by itself, the log, and stopping cleanly; leaves the jobs to jobs.ts, the turns to takeTurns.ts and the
// isolation of a workspace's work to tenantTask.ts.

import { setTimeout as sleep } from "node:timers/promises";

import { logger } from "backend-lib/src/logger";
import {
  type AddJobFunction,
  type CronItem,
  Logger,
  parseCronItems,
  run,
} from "graphile-worker";

import { type WorkerConfig, workerConfig } from "./config";
import { JOBS, type Jobs, TENANT_TASKS } from "./jobs";
import { takeTurns } from "./takeTurns";
import { type TenantTasks } from "./tenantTask";

export interface Worker {
  /** For the host's own jobs; a workspace's are asked for with addTenantJob(). */
  readonly addJob: AddJobFunction;
  /** Resolves when the jobs under way have ended; what still waits is done by the next worker. */
  stop(): Promise<void>;
}

export interface BuildWorkerOptions {
  readonly jobs?: Jobs;
  readonly tenantTasks?: TenantTasks;
  readonly config?: Partial<WorkerConfig>;
}

/** graphile-worker's messages in the process's log; its own levels, and what it calls info is our debug. */
function workerLogger(): Logger {
  return new Logger(({ label, taskIdentifier, jobId }) => (level, message) => {
    const facts = { label, task: taskIdentifier, jobId };
    const name: string = level; // an enum that exists for the compiler only
    switch (name) {
      case "error":
        logger().error(facts, message);
        break;
      case "warning":
        logger().warn(facts, message);
        break;
      default:
        logger().debug(facts, message);
    }
  });
}

function cronItems(jobs: Jobs): CronItem[] {
  return Object.entries(jobs).flatMap(([task, { cron }]) =>
    cron === undefined
      ? []
      : [{ task, match: cron, options: { jobKey: `cron:${task}` } }],
  );
}

const RESTART_MS = 2_000;

/**
 * A worker that runs: it has made or upgraded its tables, which belong to the system role, and queued the jobs that run at
 * every start. Several processes may have one; each job is taken by one of them, and taken up by another when its process
 * was killed: a workspace's after its lease, the host's own after four hours at the earliest. Rejects when the database cannot be reached; a database that is lost
 * later ends the runner beneath, and another is started as soon as there is one again.
 */
export async function buildWorker({
  jobs = JOBS,
  tenantTasks = TENANT_TASKS,
  config = {},
}: BuildWorkerOptions = {}): Promise<Worker> {
  const settings = { ...workerConfig(), ...config };
  let isStopping = false;
  let runner = await startRunner(jobs, settings);
  let hasEnded = false;

  async function startAgain(): Promise<void> {
    while (!isStopping) {
      await sleep(RESTART_MS, undefined, { ref: false });
      try {
        runner = await startRunner(jobs, settings);
        hasEnded = false;
        logger().info("the worker runs again");
        watch();
        return;
      } catch (error) {
        logger().warn({ err: error }, "the worker cannot be started yet");
      }
    }
  }
  function watch(): void {
    runner.promise.catch((error: unknown) => {
      hasEnded = true;
      logger().error({ err: error }, "the worker has lost its database");
      void startAgain();
    });
  }
  watch();
  const turns = takeTurns(tenantTasks, settings);

  return {
    addJob: (...job) => runner.addJob(...job),
    async stop() {
      isStopping = true;
      await Promise.all([turns.stop(), hasEnded ? undefined : runner.stop()]);
    },
  };
}

async function startRunner(jobs: Jobs, settings: WorkerConfig) {
  const runner = await run({
    connectionString: settings.connectionString,
    concurrency: settings.concurrency,
    maxPoolSize: settings.concurrency + 2, // one listens, one keeps the times
    pollInterval: settings.pollIntervalMs,
    gracefulShutdownAbortTimeout: settings.shutdownMs,
    noHandleSignals: true, // the process decides when to stop
    preset: {
      worker: {
        // Batched, even without delay, ends of jobs are waited for by stop(); else a job that has just ended stays locked.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        // A pooler in transaction mode gives every transaction another session, without the statements of the last.
        preparedStatements: false,
      },
    },
    logger: workerLogger(),
    taskList: Object.fromEntries(
      Object.entries(jobs).map(([name, { task }]) => [name, task]),
    ),
    parsedCronItems: parseCronItems(cronItems(jobs)),
  });
  for (const [task, { atStart }] of Object.entries(jobs)) {
    if (atStart === true) {
      await runner.addJob(task, {}, { jobKey: `start:${task}` });
    }
  }
  return runner;
}
