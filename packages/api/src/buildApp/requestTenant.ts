// The tenant of a request, from where it is resolved to where it is used. Owns the note; requestContext.ts fills it, handlers
// read `request.tenant`.

import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type RequestTenant } from "./routeConfig";

const tenants = new WeakMap<FastifyRequest, RequestTenant>();

/** Gives every request its `tenant`, which throws until noteTenant() has filled it. */
export function decorateTenant(app: FastifyInstance): void {
  app.decorateRequest("tenant", {
    getter() {
      const tenant = tenants.get(this);
      if (tenant === undefined) {
        throw new Error("This route is not guarded: it has no tenant.");
      }
      return tenant;
    },
  });
}

/** The tenant of a request, or undefined while and where there is none. */
export function findTenant(request: FastifyRequest): RequestTenant | undefined {
  return tenants.get(request);
}

/** For requestContext.ts, once the tenant may use the route. */
export function noteTenant(
  request: FastifyRequest,
  tenant: RequestTenant,
): void {
  tenants.set(request, tenant);
}
