// Where a request works and whether it may: resolves the workspace, checks the role that the route asks for, and opens the
// tenant context around the handler. The one place of the API that does. Refusals at the boundary are announced on
// tenantEvents and logged. Leaves who is calling to authentication.ts.

import {
  validateAdminApiKey,
  validateWriteKey,
  type WorkspaceSelector,
} from "backend-lib/src/auth";
import {
  type Actor,
  runWithTenant,
} from "backend-lib/src/multitenancy/tenantContext";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import {
  type Caller,
  findSessionWorkspace,
  pickSessionWorkspace,
  type WorkspaceAccess,
  type WorkspaceAccessError,
} from "backend-lib/src/requestContext";
import {
  type FastifyReply,
  type FastifyRequest,
  type preHandlerHookHandler,
} from "fastify";
import { isAuthorized } from "isomorphic-lib/src/auth";
import { type AuthMode } from "isomorphic-lib/src/types";
import { err, type Result } from "neverthrow";

import { findWorkspaceId } from "../workspace";
import { callerOf } from "./authentication";
import { type ApiError, refuse } from "./errorReply";
import { RequestRefused } from "./requestRefused";
import { noteTenant } from "./requestTenant";
import { type RequestTenant, routePattern } from "./routeConfig";

function announceDenial(
  request: FastifyRequest,
  denial: {
    workspaceId: string | null;
    actor: Pick<Actor, "type" | "id">;
    reason: "workspace" | "role" | "credential";
  },
): void {
  const route = `${request.method} ${routePattern(request) ?? ""}`;
  tenantEvents.emit("denied", { ...denial, requestId: request.id, route });
  request.log.warn(
    {
      workspaceId: denial.workspaceId,
      actorType: denial.actor.type,
      actorId: denial.actor.id,
      reason: denial.reason,
      route,
    },
    "denied at the tenant boundary",
  );
}

/** The workspace id that the request names. Throws RequestRefused when it is none, or names several. */
function workspaceIdOf(request: FastifyRequest): string | null {
  const { body, query, headers } = request;
  const found = findWorkspaceId({ body, query, headers });
  if (found.isErr()) {
    throw RequestRefused.invalid("", found.error);
  }
  return found.value;
}

/** Answers null when the tenant may use the route and is noted on the request, else the refusal. */
function enter(
  request: FastifyRequest,
  tenant: RequestTenant,
): ApiError | null {
  const { requiredRole } = request.routeOptions.config;
  if (
    requiredRole !== undefined &&
    !isAuthorized({ userRole: tenant.role, requiredRole })
  ) {
    announceDenial(request, {
      workspaceId: tenant.workspaceId,
      actor: tenant.actor,
      reason: "role",
    });
    return {
      type: "RoleTooLow",
      message: `This needs the role ${requiredRole} in the workspace.`,
    };
  }
  noteTenant(request, tenant);
  return null;
}

/**
 * Such a request's reads may all be as of its beginning, for which finding out who calls has asked already. Any other one may
 * have to see what it wrote itself.
 */
function onlyReads({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * A hook from a step that resolves the tenant or refuses. In the old form with `done`, because the rest of the request
 * has to run inside of the context, which a promise cannot carry outwards.
 */
function opening(
  resolve: (
    request: FastifyRequest,
  ) => Promise<Result<RequestTenant, ApiError>>,
): preHandlerHookHandler {
  return (request, reply: FastifyReply, done) => {
    if (request.routeOptions.config.isPublic === true) {
      done();
      return;
    }
    const beganAt = performance.now();
    resolve(request).then(
      (resolved) => {
        const refusal = resolved.isErr()
          ? resolved.error
          : enter(request, resolved.value);
        if (refusal !== null) {
          refuse(reply, refusal);
          return;
        }
        const { workspaceId, actor } = request.tenant;
        const reading = onlyReads(request) ? { readsAsOf: beganAt } : {};
        runWithTenant(
          { workspaceId, actor, requestId: request.id, ...reading },
          () => done(),
        );
      },
      (error: unknown) =>
        done(error instanceof Error ? error : new Error(String(error))),
    );
  };
}

function toTenant(
  { workspace, role, standsAbove }: WorkspaceAccess,
  actor: Actor,
  caller: Caller | null = null,
): RequestTenant {
  return {
    workspaceId: workspace.id,
    workspaceName: workspace.name,
    workspace,
    actor,
    role,
    standsAbove,
    caller,
  };
}

function actorOf({ type, member }: Caller): Actor {
  return {
    type: type === "member" ? "member" : "anonymous",
    id: member.id,
    ...(member.name === undefined ? {} : { name: member.name }),
  };
}

/** The hook for /api, after session authentication. */
export function sessionContext({
  authMode,
}: {
  readonly authMode: AuthMode;
}): preHandlerHookHandler {
  const access = async (
    request: FastifyRequest,
    caller: Caller,
  ): Promise<Result<WorkspaceAccess, WorkspaceAccessError>> => {
    const workspaceId = workspaceIdOf(request);
    if (workspaceId !== null) {
      const found = await findSessionWorkspace(caller, workspaceId);
      if (found.isErr()) {
        announceDenial(request, {
          workspaceId,
          actor: actorOf(caller),
          reason: "workspace",
        });
      }
      return found;
    }
    const mayPick =
      authMode !== "multi-tenant" ||
      request.routeOptions.config.picksWorkspace === true;
    return mayPick
      ? pickSessionWorkspace(caller)
      : err({
          type: "WorkspaceForbidden",
          message:
            "Name the workspace: workspaceId in body or query, or the header df-workspace-id.",
        });
  };
  return opening(async (request) => {
    const caller = callerOf(request);
    const found = await access(request, caller);
    return found.map((granted) => toTenant(granted, actorOf(caller), caller));
  });
}

function externalIdOf({ query }: FastifyRequest): string | null {
  const value =
    typeof query === "object" && query !== null && "externalId" in query
      ? query.externalId
      : undefined;
  if (value === undefined) {
    return null;
  }
  if (typeof value !== "string" || value === "") {
    throw RequestRefused.invalid("querystring", [
      { field: "externalId", message: "expected a text" },
    ]);
  }
  return value;
}

function selectorOf(
  request: FastifyRequest,
  authMode: AuthMode,
): WorkspaceSelector | null {
  const workspaceId = workspaceIdOf(request);
  if (workspaceId !== null) {
    return { by: "id", workspaceId };
  }
  const externalId = externalIdOf(request);
  if (externalId !== null) {
    return { by: "externalId", externalId };
  }
  return authMode === "multi-tenant" ? null : { by: "oldest" };
}

/** The hook for /api/admin: an admin API key opens its workspace, and the Active children of that. */
export function adminContext({
  authMode,
}: {
  readonly authMode: AuthMode;
}): preHandlerHookHandler {
  return opening(async (request) => {
    const selector = selectorOf(request, authMode);
    if (selector === null) {
      return err({
        type: "InvalidAdminApiKey",
        message:
          "Name the workspace: workspaceId in body or query, the header df-workspace-id, or externalId in the query.",
      });
    }
    const holder = await validateAdminApiKey({
      authorization: request.headers.authorization,
      selector,
    });
    if (holder.isErr() && holder.error.type === "InvalidAdminApiKey") {
      announceDenial(request, {
        workspaceId: selector.by === "id" ? selector.workspaceId : null,
        actor: { type: "adminApiKey", id: "unknown" },
        reason: "credential",
      });
    }
    return holder.map(({ workspace, isOfParent, adminApiKeyId, name }) =>
      toTenant(
        { workspace, role: "Admin", standsAbove: isOfParent },
        { type: "adminApiKey", id: adminApiKeyId, name },
      ),
    );
  });
}

/** The hook for /api/public/apps: a write key opens its own workspace, whatever id the body holds. */
export function writeKeyContext(): preHandlerHookHandler {
  return opening(async (request) => {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      throw RequestRefused.invalid("headers", [
        { field: "authorization", message: "required: a write key" },
      ]);
    }
    const holder = await validateWriteKey({ authorization });
    return holder.map(({ workspace, writeKeyId, name }) =>
      toTenant(
        { workspace, role: "Viewer", standsAbove: false },
        { type: "writeKey", id: writeKeyId, name },
      ),
    );
  });
}
