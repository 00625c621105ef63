// Who acts, in which workspace. Owns the one AsyncLocalStorage that carries it; the API's hook, the worker's jobs and
// the CLI's commands open a context, the database boundary reads it, and nobody else does either.

import { AsyncLocalStorage } from "node:async_hooks";

import { tenantEvents } from "./tenantEvents";

export type ActorType =
  "member" | "adminApiKey" | "writeKey" | "worker" | "admin" | "anonymous";

export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly name?: string;
}

export interface TenantContext {
  /** A UUID, in lower case. */
  readonly workspaceId: string;
  readonly actor: Actor;
  /** Ties log lines, audit entries and the database's own log to one request or job. */
  readonly requestId: string;
  /**
   * What kept values are asked for: all that was acknowledged before this moment, on the clock of performance.now(). Set by
   * who opened the context for work that only reads; without it each read is as of itself, and so sees the work's own writes.
   */
  readonly readsAsOf?: number;
}

/** A programming error: code that touches tenant data ran outside of any context. */
export class TenantContextMissing extends Error {
  override readonly name = "TenantContextMissing";

  constructor() {
    super(
      "No tenant context: wrap the work in runWithTenant({ workspaceId, actor, requestId }, …).",
    );
  }
}

/** A programming error: a context for one workspace was opened inside that of another. */
export class TenantContextConflict extends Error {
  override readonly name = "TenantContextConflict";

  constructor() {
    super(
      "A context of another workspace is open already: use crossTenant(reason, …), which is recorded.",
    );
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether this is a workspace's id as contexts hold it: a UUID in lower case. */
export function isWorkspaceId(text: string): boolean {
  return UUID.test(text);
}

const storage = new AsyncLocalStorage<TenantContext>();

/** The context in force here, or undefined. */
export function currentTenant(): TenantContext | undefined {
  return storage.getStore();
}

/** Drizzle's queries are thenables that start when they are awaited: they have to be started inside of the context. */
function started(result: unknown): unknown {
  const isLazy =
    typeof result === "object" &&
    result !== null &&
    "then" in result &&
    typeof result.then === "function" &&
    !(result instanceof Promise);
  return isLazy ? Promise.resolve(result) : result;
}

function open(context: TenantContext, work: () => unknown): unknown {
  const workspaceId = context.workspaceId.toLowerCase();
  if (!isWorkspaceId(workspaceId)) {
    throw new TypeError(
      "A tenant context needs a workspace id that is a UUID.",
    );
  }
  return storage.run(Object.freeze({ ...context, workspaceId }), () =>
    started(work()),
  );
}

/**
 * Runs `work` as `context.actor` in `context.workspaceId`: every query in it, however deep and however asynchronous, sees
 * that workspace and no other. Throws TypeError when the id is not a UUID, TenantContextConflict when another
 * workspace's context is open.
 */
export function runWithTenant<T>(
  context: TenantContext,
  work: () => PromiseLike<T>,
): Promise<T>;
export function runWithTenant<T>(context: TenantContext, work: () => T): T;
export function runWithTenant(
  context: TenantContext,
  work: () => unknown,
): unknown {
  const outer = currentTenant();
  if (
    outer !== undefined &&
    outer.workspaceId !== context.workspaceId.toLowerCase()
  ) {
    throw new TenantContextConflict();
  }
  return open(context, work);
}

/** As runWithTenant, from within another workspace's context and on record: `reason` says why the boundary is crossed. */
export function crossTenant<T>(
  reason: string,
  context: TenantContext,
  work: () => PromiseLike<T>,
): Promise<T>;
export function crossTenant<T>(
  reason: string,
  context: TenantContext,
  work: () => T,
): T;
export function crossTenant(
  reason: string,
  context: TenantContext,
  work: () => unknown,
): unknown {
  const outer = currentTenant();
  return open(context, () => {
    tenantEvents.emit("crossed", {
      from: outer?.workspaceId ?? null,
      to: context.workspaceId.toLowerCase(),
      reason,
      actorId: context.actor.id,
    });
    return work();
  });
}
