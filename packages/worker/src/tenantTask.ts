// Work in the background for one workspace. Owns that a job carries workspace and actor, and that the tenant context is open
// before the task's code runs: a task is isolated exactly like a request. Leaves what is done to the tasks.

import { randomUUID } from "node:crypto";

import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { logger } from "backend-lib/src/logger";
import {
  type Actor,
  runWithTenant,
} from "backend-lib/src/multitenancy/tenantContext";
import { findWorkspace } from "backend-lib/src/workspaces";
import { type AddJobFunction, type Job, type Task } from "graphile-worker";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { Uuid } from "isomorphic-lib/src/types";

const Payload = Type.Object({
  workspaceId: Uuid,
  actor: Type.Object({
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
  }),
  /** Of the request that asked for the work: ties the two together in the log. */
  requestId: Type.String(),
  input: Type.Unknown(),
});

/** A job whose payload is not what its task expects. Trying again does not help; the job stays to be looked at. */
export class MalformedJob extends Error {
  override readonly name = "MalformedJob";
}

export interface TenantJob<T> {
  readonly task: string;
  readonly workspaceId: string;
  /** Whoever asked for it; the work is done in their name. */
  readonly actor: Actor;
  readonly requestId?: string;
  readonly input: T;
  /** Of several waiting jobs with one key only the last runs. */
  readonly jobKey?: string;
}

/**
 * Puts a workspace's work on the queue. Jobs of one workspace run one after the other, so that however many it queues, the
 * workers are free for the others.
 */
export async function addTenantJob<T>(
  addJob: AddJobFunction,
  {
    task,
    workspaceId,
    actor,
    requestId = randomUUID(),
    input,
    jobKey,
  }: TenantJob<T>,
): Promise<Job> {
  return addJob(
    task,
    { workspaceId, actor, requestId, input },
    {
      queueName: `workspace:${workspaceId.toLowerCase()}`,
      ...(jobKey === undefined
        ? {}
        : { jobKey: `${workspaceId.toLowerCase()}:${jobKey}` }),
    },
  );
}

function parse<T extends TSchema>(
  payload: unknown,
  inputSchema: T,
): Static<typeof Payload> & { input: Static<T> } {
  const envelope = schemaValidate(payload, Payload);
  if (envelope.isErr()) {
    throw new MalformedJob(JSON.stringify(envelope.error));
  }
  const input = schemaValidate(envelope.value.input, inputSchema);
  if (input.isErr()) {
    throw new MalformedJob(JSON.stringify(input.error));
  }
  return { ...envelope.value, input: input.value };
}

/**
 * A task that `work`s for the workspace named in its job, in that workspace's context. May run more than once, so `work`
 * must be idempotent; what it throws is logged with the workspace and tried again later. Jobs of a workspace that is not
 * Active, or is gone, are dropped.
 */
export function tenantTask<T extends TSchema>(
  inputSchema: T,
  work: (job: {
    readonly workspaceId: string;
    readonly input: Static<T>;
  }) => Promise<void>,
): Task {
  return async (payload, { job }) => {
    const { workspaceId, actor, requestId, input } = parse(
      payload,
      inputSchema,
    );
    const facts = { workspaceId, requestId, task: job.task_identifier };
    const workspace = await findWorkspace(workspaceId);
    if (workspace?.status !== "Active") {
      logger().warn(facts, "dropped a job: its workspace is not active");
      return;
    }
    try {
      await runWithTenant({ workspaceId, actor, requestId }, () =>
        work({ workspaceId, input }),
      );
    } catch (error) {
      logger().error({ ...facts, err: error }, "a job failed");
      throw error;
    }
  };
}
