// Work in the background for one workspace. Owns that the tenant context is open before the task's code runs, so that a
// task is isolated exactly like a request, and what becomes of the job afterwards. Leaves what is done to the tasks, and
// whose turn it is to takeTurns.ts.

import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { databaseError } from "backend-lib/src/db";
import { logger } from "backend-lib/src/logger";
import { runWithTenant } from "backend-lib/src/multitenancy/tenantContext";
import {
  completeTenantJob,
  failTenantJob,
  type TakenJob,
} from "backend-lib/src/tenantJobs";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";

const ActorSchema = Type.Object({
  type: Type.Union([
    Type.Literal("member"),
    Type.Literal("adminApiKey"),
    Type.Literal("writeKey"),
    Type.Literal("worker"),
    Type.Literal("admin"),
    Type.Literal("anonymous"),
  ]),
  id: Type.String(),
  name: Type.Optional(Type.String()),
});

/** A job that is not what its task expects. Trying again does not help; it stays, Failed, to be looked at. */
export class MalformedJob extends Error {
  override readonly name = "MalformedJob";
}

/** A job of a task that this process does not know: perhaps a newer one does, so it is tried again. */
export class UnknownTask extends Error {
  override readonly name = "UnknownTask";
}

/** Each attempt ended with its process. */
export class AbandonedJob extends Error {
  override readonly name = "AbandonedJob";
}

export type TenantTask = (job: TakenJob) => Promise<void>;

export type TenantTasks = Readonly<Record<string, TenantTask>>;

function parse<T extends TSchema>(value: unknown, schema: T): Static<T> {
  const parsed = schemaValidate(value, schema);
  if (parsed.isErr()) {
    throw new MalformedJob(JSON.stringify(parsed.error));
  }
  return parsed.value;
}

/**
 * A task that `work`s for the job's workspace, in that workspace's context and in the name of who asked for it. Runs at
 * least once: again when it throws, and when its process was killed before the job had ended. So `work` must be idempotent.
 */
export function tenantTask<T extends TSchema>(
  inputSchema: T,
  work: (job: {
    readonly workspaceId: string;
    readonly input: Static<T>;
    /** This one included. */
    readonly attempts: number;
  }) => Promise<void>,
): TenantTask {
  return async (job) => {
    const { workspaceId, requestId, attempts } = job;
    const actor = parse(job.actor, ActorSchema);
    const input = parse(job.input, inputSchema);
    await runWithTenant({ workspaceId, actor, requestId }, () =>
      work({ workspaceId, input, attempts }),
    );
  };
}

/** What of an error may be kept beside the job: its kind, and of the database's errors the code. Texts hold values. */
function reasonOf(error: unknown): string {
  const { code } = databaseError(error) ?? {};
  const name = error instanceof Error ? error.name : typeof error;
  return code === undefined ? name : `${name} ${code}`;
}

/**
 * Runs a job that was taken, and ends it: gone, or to be tried again, or Failed. What its task throws is logged with the
 * workspace. Rejects only when the database cannot be told; the job is then abandoned, and taken again after its lease.
 */
export async function runTenantJob(
  tasks: TenantTasks,
  job: TakenJob,
): Promise<void> {
  const { workspaceId, requestId, id: jobId, task: name, attempts } = job;
  const facts = { workspaceId, requestId, jobId, task: name, attempts };
  try {
    if (attempts > job.maxAttempts) {
      throw new AbandonedJob("its process ended before the last attempt did");
    }
    const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
    if (task === undefined) {
      throw new UnknownTask(`there is no task ${name}`);
    }
    await task(job);
  } catch (error) {
    const state = await failTenantJob(job, {
      reason: reasonOf(error),
      isFinal: error instanceof MalformedJob,
    });
    logger().error(
      { ...facts, err: error },
      state === "Failed" ? "a job failed for good" : "a job failed",
    );
    return;
  }
  await completeTenantJob(job);
}
