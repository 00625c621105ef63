// What a route says about itself in its `config`, and what a handler finds on its request. Owns the types and the check
// at start-up that no guarded route forgot its role; who fills `request.tenant` is requestContext.ts.

import { type Actor } from "backend-lib/src/multitenancy/tenantContext";
import { type Caller } from "backend-lib/src/requestContext";
import { type FastifyRequest, type RouteOptions } from "fastify";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import { type Role, type WorkspaceResource } from "isomorphic-lib/src/types";

/** What a route may create, for the quota that it counts against; "none" says that it counts against none. */
export type QuotaName = QuotaResource | "none";

/** Who acts in a request, where, and as what. Present on every guarded route once validation is passed. */
export interface RequestTenant {
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly workspace: WorkspaceResource;
  readonly actor: Actor;
  /** What the actor may do here; the least there is for a write key, which only brings in events. */
  readonly role: Role;
  /** The actor is the parent's Admin key or Admin member, and so may set ceilings here. */
  readonly standsAbove: boolean;
  /** The person who signed in; null for keys. */
  readonly caller: Caller | null;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The least role that may use the route. Required on /api and /api/admin. */
    requiredRole?: Role;
    /** Required of routes that create something. */
    quota?: QuotaName;
    /**
     * The route creates one thing of its quota or fails: never none, as an update would. Only then may the gate refuse before
     * the database does.
     */
    createsOne?: boolean;
    /** The caller's last or first workspace stands in when the request names none, in every auth mode. */
    picksWorkspace?: boolean;
    /** Answers without looking at credentials, within a guarded prefix. */
    isPublic?: boolean;
  }

  interface FastifyRequest {
    /** Throws on a route that is not guarded. */
    readonly tenant: RequestTenant;
  }
}

/** The pattern of the request's route, such as `/api/segments`; undefined when no route has its URL. Bounded in number. */
export function routePattern({
  routeOptions: { url },
}: Pick<FastifyRequest, "routeOptions">): string | undefined {
  // Below a prefix every "/" is two routes, one with and one without it.
  return url !== undefined && url.length > 1 && url.endsWith("/")
    ? url.slice(0, -1)
    : url;
}

/** Throws when a route of a guarded prefix does not say who may use it: better no start than an open door. */
export function requireRoleOfRoute({
  method,
  url,
  config,
}: RouteOptions): void {
  if (config?.requiredRole === undefined) {
    throw new Error(
      `${String(method)} ${url} lacks config.requiredRole: say which role may use it.`,
    );
  }
}
