// The field Cache-Status: how the cache served a request. Owns its form, which follows RFC 9211 (a list of Structured Fields);
// what the reads were is announced on tenantEvents. Only reads of the workspace's resources count: who is calling is found out
// before the request has its context.

import { currentTenant } from "backend-lib/src/multitenancy/tenantContext";
import {
  type TenantEventMap,
  tenantEvents,
} from "backend-lib/src/multitenancy/tenantEvents";
import { type FastifyInstance } from "fastify";

type CacheRead = TenantEventMap["cacheRead"][0];
type Outcome = CacheRead["outcome"];

/** The better first: an answer is served as its worst read was. */
const FROM_BEST: readonly Outcome[] = [
  "process",
  "redis",
  "loaded",
  "bypassed",
];

const FIELD: Readonly<Record<Outcome, string>> = {
  process: "dittofeed; hit; detail=process",
  redis: "dittofeed; hit; detail=redis",
  loaded: "dittofeed; fwd=miss",
  bypassed: "dittofeed; fwd=bypass",
};

function worse(one: Outcome, other: Outcome): Outcome {
  return FROM_BEST.indexOf(one) < FROM_BEST.indexOf(other) ? other : one;
}

/** Says on each answer for which the cache was asked what became of that. */
export function useCacheStatus(app: FastifyInstance): void {
  /** By the context of a request, which is its own. */
  const outcomes = new WeakMap<object, Outcome>();
  const note = ({ outcome }: CacheRead) => {
    const tenant = currentTenant();
    if (tenant !== undefined) {
      outcomes.set(tenant, worse(outcomes.get(tenant) ?? outcome, outcome));
    }
  };
  tenantEvents.on("cacheRead", note);
  app.addHook("onClose", async () => {
    tenantEvents.off("cacheRead", note);
  });
  app.addHook("onSend", async (_request, reply) => {
    const tenant = currentTenant();
    const outcome = tenant && outcomes.get(tenant);
    if (outcome !== undefined) {
      reply.header("cache-status", FIELD[outcome]);
    }
  });
}
