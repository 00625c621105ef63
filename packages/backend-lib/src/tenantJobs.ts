// Work in the background for one workspace, from asking for it to its end. Owns that a job stands or falls with the caller's
// transaction, that it is taken by one runner at a time, tried again later after a failure, and that workspaces take
// turns (the order itself: migration 011). Leaves what is done, and the tenant context it is done in, to the worker.

import { and, eq, lt, sql } from "drizzle-orm";
import { v7 as uuidv7 } from "uuid";

import { type Database, db, systemDb } from "./db";
import { tenantJob } from "./db/schema";
import { type Actor } from "./multitenancy/tenantContext";

export interface NewTenantJob {
  /** A name of the worker's register of tenants' jobs. */
  readonly task: string;
  readonly workspaceId: string;
  /** Whoever asked for it; the work is done in their name. */
  readonly actor: Actor;
  /** Of the request that asked for it: ties the two together in the log. */
  readonly requestId: string;
  /** JSON that fits the task's schema. */
  readonly input: unknown;
  /** Of two jobs with one key the second is not taken on, until 30 days after the first has ended. */
  readonly key?: string;
  /** Not before; default: at once. */
  readonly runAt?: Date;
  /** Default 25: about 14 hours after the first, it has failed. */
  readonly maxAttempts?: number;
}

/** A job that is its taker's to run until the lease ends. */
export interface TakenJob {
  readonly workspaceId: string;
  readonly id: string;
  readonly leaseId: string;
  readonly task: string;
  readonly key: string | null;
  readonly actor: unknown;
  readonly requestId: string;
  readonly input: unknown;
  /** This one included. More than `maxAttempts` when the last one was abandoned. */
  readonly attempts: number;
  readonly maxAttempts: number;
}

/** How long Done jobs with a key, and Failed ones, are kept. */
const KEPT_DAYS = 30;
const LONGEST_PAUSE_SECONDS = 3_600;

/**
 * Asks for work in the workspace, in whose context the caller is. Within a transaction hand over its `tx`: the job exists
 * if and when it commits. The work is done at least once, so it has to be idempotent. Resolves to the job's id, or to
 * null when the workspace has a job with this key already.
 */
export async function addTenantJob(
  { key, runAt, maxAttempts, ...job }: NewTenantJob,
  { tx = db() }: { tx?: Pick<Database, "insert"> } = {},
): Promise<string | null> {
  const [added] = await tx
    .insert(tenantJob)
    .values({ ...job, id: uuidv7(), key, runAt, maxAttempts })
    .onConflictDoNothing({ target: [tenantJob.workspaceId, tenantJob.key] })
    .returning({ id: tenantJob.id });
  return added?.id ?? null;
}

/**
 * Takes the next job for `leaseMs`: of the Active workspaces with a job due and fewer than `mostAtOnce` under way, the
 * one served longest ago is next, with the job that is due the longest. Null when there is none. Acts across workspaces.
 */
export async function takeTenantJob({
  mostAtOnce,
  leaseMs,
}: {
  readonly mostAtOnce: number;
  readonly leaseMs: number;
}): Promise<TakenJob | null> {
  const { rows } = await systemDb().execute<TakenJob & Record<string, unknown>>(
    sql`SELECT "workspaceId", "id", "leaseId", "task", "key", "actor", "requestId", "input",
               "attempts"::integer, "maxAttempts"::integer
          FROM tenancy.take_tenant_job(${mostAtOnce}::integer, make_interval(secs => ${leaseMs / 1_000}))`,
  );
  return rows[0] ?? null;
}

/** The job, as long as it is still the taker's: neither ended nor taken by another after the lease. */
const stillMine = ({ workspaceId, id, leaseId }: TakenJob) =>
  and(
    eq(tenantJob.workspaceId, workspaceId),
    eq(tenantJob.id, id),
    eq(tenantJob.leaseId, leaseId),
  );

const inSeconds = (seconds: number) =>
  sql`now() + make_interval(secs => ${seconds})`;

/** Prolongs the lease of a job under way. False when it was lost: another has taken the job, or will. */
export async function keepTenantJob(
  job: TakenJob,
  { leaseMs }: { readonly leaseMs: number },
): Promise<boolean> {
  const kept = await systemDb()
    .update(tenantJob)
    .set({ runAt: inSeconds(leaseMs / 1_000) })
    .where(stillMine(job))
    .returning({ id: tenantJob.id });
  return kept.length > 0;
}

/** Ends a job that has succeeded. Only a key is remembered. */
export async function completeTenantJob(job: TakenJob): Promise<void> {
  if (job.key === null) {
    await systemDb().delete(tenantJob).where(stillMine(job));
    return;
  }
  await systemDb()
    .update(tenantJob)
    .set({
      state: "Done",
      leaseId: null,
      lastError: null,
      input: {},
      finishedAt: sql`now()`,
    })
    .where(stillMine(job));
}

/** Seconds from the given attempt's failure to the next attempt: 2, 4, 8 … up to an hour. */
export function pauseSecondsAfter(attempts: number): number {
  return Math.min(2 ** attempts, LONGEST_PAUSE_SECONDS);
}

/**
 * Ends an attempt that has failed: the job is tried again later, or is Failed, to be looked at, when it was the last
 * attempt or `isFinal`. `reason` is kept with the job, so it must not hold a value or a secret.
 */
export async function failTenantJob(
  job: TakenJob,
  { reason, isFinal }: { readonly reason: string; readonly isFinal: boolean },
): Promise<"Waiting" | "Failed"> {
  const isLast = isFinal || job.attempts >= job.maxAttempts;
  const state = isLast ? "Failed" : "Waiting";
  await systemDb()
    .update(tenantJob)
    .set({
      state,
      leaseId: null,
      lastError: reason,
      ...(isLast
        ? { finishedAt: sql`now()` }
        : { runAt: inSeconds(pauseSecondsAfter(job.attempts)) }),
    })
    .where(stillMine(job));
  return state;
}

/** Deletes jobs that have ended 30 days ago or earlier, of every workspace; resolves to how many. */
export async function forgetTenantJobs(): Promise<number> {
  const { rowCount } = await systemDb()
    .delete(tenantJob)
    .where(lt(tenantJob.finishedAt, inSeconds(-KEPT_DAYS * 86_400)));
  return rowCount ?? 0;
}
