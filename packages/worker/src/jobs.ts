// THE REGISTER of what runs in the background: the host's own upkeep, with when it runs by itself, and the work for
// workspaces. Names stay for good, since jobs that wait in the database carry them.

import { type Task } from "graphile-worker";

import {
  admitHeldEventsTask,
  askToAdmitHeldEventsTask,
  dropAgedEventsTask,
} from "./jobs/admitHeldEvents";
import { ensurePartitionsTask } from "./jobs/ensurePartitions";
import { forgetQuotaRecordsTask } from "./jobs/forgetQuotaRecords";
import { forgetTenantJobsTask } from "./jobs/forgetTenantJobs";
import { notifyQuotaCrossingTask } from "./jobs/notifyQuotaCrossing";
import { quotaUpkeepTask } from "./jobs/quotaUpkeep";
import { runBroadcastTask } from "./jobs/runBroadcast";
import { sampleUsageTask } from "./jobs/sampleUsage";
import { sendMessagesTask } from "./jobs/sendMessages";
import { type TenantTasks } from "./tenantTask";

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
  askToAdmitHeldEvents: { task: askToAdmitHeldEventsTask, cron: "* * * * *" },
  dropAgedEvents: { task: dropAgedEventsTask, cron: "23 * * * *" },
  forgetTenantJobs: { task: forgetTenantJobsTask, cron: "41 3 * * *" },
  quotaUpkeep: { task: quotaUpkeepTask, cron: "* * * * *" },
  sampleUsage: { task: sampleUsageTask, cron: "*/5 * * * *" },
  forgetQuotaRecords: { task: forgetQuotaRecordsTask, cron: "53 3 * * *" },
} as const satisfies Jobs;

/** What is done for one workspace when something asks for it with addTenantJob(); each is a tenantTask(). */
export const TENANT_TASKS = {
  admitHeldEvents: admitHeldEventsTask,
  notifyQuotaCrossing: notifyQuotaCrossingTask,
  runBroadcast: runBroadcastTask,
  sendMessages: sendMessagesTask,
} as const satisfies TenantTasks;
