// The early, kind no to a request that would go over a quota, and the RateLimit fields of those that did not. Owns when to
// look; the database decides, in the transaction that makes the thing. So the gate refuses only where the database surely
// would: on routes that make one thing or fail (`config.createsOne`). An upsert may be an update, which is free, and a list
// may name what is there already: those go through to the database. Ingestion has no gate: what has no room there is held.

import {
  getWorkspaceUsage,
  validateWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";

import { refuseQuota } from "./errorReply";
import {
  type QuotaStanding,
  rateLimitFields,
  toStanding,
} from "./rateLimitFields";
import { findTenant } from "./requestTenant";

/** What the gate saw before the request was handled, where it looked. Null: no limit. */
const seen = new WeakMap<FastifyRequest, QuotaStanding | null>();

function quotaOf({
  routeOptions: {
    config: { quota = "none" },
  },
}: FastifyRequest): QuotaResource | null {
  return quota === "none" ? null : quota;
}

async function gate(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const resource = quotaOf(request);
  if (resource === null || request.routeOptions.config.createsOne !== true) {
    return undefined;
  }
  const checked = await validateWorkspaceQuota(
    request.tenant.workspaceId,
    resource,
  );
  if (checked.isOk()) {
    seen.set(request, toStanding({ ...checked.value, resetsAt: null }));
    return undefined;
  }
  if (checked.error.type === "QuotaExceeded") {
    return refuseQuota(request, reply, checked.error);
  }
  throw new Error(`The gate could not look: ${checked.error.message}`);
}

/** What is left after the request. Where the gate has looked, one less; else as it stands now. */
async function standingAfter(
  request: FastifyRequest,
  resource: QuotaResource,
): Promise<QuotaStanding | null> {
  const before = seen.get(request);
  if (before !== undefined) {
    return before === null
      ? null
      : { ...before, remaining: Math.max(0, before.remaining - 1) };
  }
  const usage = await getWorkspaceUsage(request.tenant.workspaceId);
  const found = usage
    .unwrapOr([])
    .find(({ resourceType }) => resourceType === resource);
  return found === undefined ? null : toStanding(found);
}

/** Costs at most one look a request, and never the request: what was made is made. */
async function tellWhatIsLeft(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const resource = quotaOf(request);
  const isMade = reply.statusCode >= 200 && reply.statusCode < 300;
  if (resource === null || !isMade || findTenant(request) === undefined) {
    return;
  }
  try {
    const standing = await standingAfter(request, resource);
    if (standing !== null) {
      reply.headers(rateLimitFields([standing]));
    }
  } catch (error) {
    request.log.warn({ err: error }, "the RateLimit fields are left out");
  }
}

/** Gates the routes registered in this scope from here on; its guard must have been added before. */
export function useQuotaGate(app: FastifyInstance): void {
  app.addHook("preHandler", gate);
  app.addHook("onSend", tellWhatIsLeft);
}
