// Runs workspaces' jobs, several at once, as their turns come. Owns how many run here at a time, that a job's lease is
// kept while it runs, and stopping. Leaves the order to the database, so that any number of processes share it, and
// the running of one job to tenantTask.ts. It asks instead of listening: announcements are lost behind a pooler.

import { setTimeout as sleep } from "node:timers/promises";

import { logger } from "backend-lib/src/logger";
import {
  keepTenantJob,
  type TakenJob,
  takeTenantJob,
} from "backend-lib/src/tenantJobs";

import { runTenantJob, type TenantTasks } from "./tenantTask";

export interface TurnSettings {
  /** How many jobs of workspaces run at once in this process. */
  readonly tenantConcurrency: number;
  /** How many of one workspace run at once, over all processes. */
  readonly tenantJobsPerWorkspace: number;
  /** Milliseconds between looks for jobs when there was none. */
  readonly tenantPollIntervalMs: number;
  /** Milliseconds after which the jobs of a process that was killed are taken by another. */
  readonly tenantLeaseMs: number;
  /** Milliseconds that jobs under way are given at the end. */
  readonly shutdownMs: number;
}

export interface Turns {
  /** Takes no more jobs; resolves when those under way have ended, or after `shutdownMs`: then they are abandoned. */
  stop(): Promise<void>;
}

/** Waits that end early when there is reason to look again; a reason from before the wait counts as well. */
class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, and after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isRung = false;
  }
}

async function runWithLease(
  tasks: TenantTasks,
  job: TakenJob,
  leaseMs: number,
): Promise<void> {
  const { workspaceId, id: jobId, task } = job;
  const lost = (error?: unknown) =>
    logger().warn(
      { workspaceId, jobId, task, err: error },
      "a job's lease could not be kept: it may run a second time",
    );
  const keeping = setInterval(() => {
    keepTenantJob(job, { leaseMs }).then((kept) => {
      if (!kept) {
        lost();
      }
    }, lost);
  }, leaseMs / 3);
  try {
    await runTenantJob(tasks, job);
  } finally {
    clearInterval(keeping);
  }
}

/** Begins to run the jobs of `tasks`. A database that cannot be reached is asked again; jobs under way go on. */
export function takeTurns(tasks: TenantTasks, settings: TurnSettings): Turns {
  const { tenantPollIntervalMs: pollMs, tenantLeaseMs: leaseMs } = settings;
  const bell = new Bell();
  const running = new Set<Promise<void>>();
  let isStopping = false;

  function begin(job: TakenJob): void {
    const { workspaceId, id: jobId, task } = job;
    const run = runWithLease(tasks, job, leaseMs)
      .catch((error: unknown) =>
        logger().error(
          { workspaceId, jobId, task, err: error },
          "a job could not be ended: it is run again after its lease",
        ),
      )
      .finally(() => {
        running.delete(run);
        bell.ring();
      });
    running.add(run);
  }

  async function look(): Promise<void> {
    while (!isStopping) {
      let job: TakenJob | null = null;
      if (running.size < settings.tenantConcurrency) {
        try {
          job = await takeTenantJob({
            mostAtOnce: settings.tenantJobsPerWorkspace,
            leaseMs,
          });
        } catch (error) {
          logger().warn({ err: error }, "the next job cannot be taken yet");
        }
      }
      if (job === null) {
        await bell.wait(pollMs);
      } else {
        begin(job);
      }
    }
  }
  const looking = look();

  return {
    async stop() {
      isStopping = true;
      bell.ring();
      await looking;
      const deadline = new AbortController();
      await Promise.race([
        Promise.all(running),
        sleep(settings.shutdownMs, undefined, {
          signal: deadline.signal,
        }).catch(() => undefined),
      ]);
      deadline.abort();
    },
  };
}
