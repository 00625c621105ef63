// THE REGISTER of what runs in the background: each task by its name, and when it runs by itself. Names stay for good, since
// jobs that wait in the database carry them.

import { type Task } from "graphile-worker";

import { ensurePartitionsTask } from "./jobs/ensurePartitions";

export interface JobSpec {
  readonly task: Task;
  /** Minute, hour, day, month, weekday, in UTC; absent: only when something asks for it. */
  readonly cron?: string;
  /** Also once when a worker starts. */
  readonly atStart?: boolean;
}

export type Jobs = Readonly<Record<string, JobSpec>>;

export const JOBS = {
  ensurePartitions: {
    task: ensurePartitionsTask,
    cron: "17 3 * * *",
    atStart: true,
  },
} as const satisfies Jobs;
