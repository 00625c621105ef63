// GET, PUT and DELETE /quotas: the limits of a workspace. Owns who may set a ceiling, and edits that say what they were made
// of (If-Match); which limits make sense is the service's.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { Type } from "@sinclair/typebox";
import { askToAdmitHeldEvents } from "backend-lib/src/heldEvents";
import {
  getWorkspaceQuota,
  type QuotaChanges,
  resetWorkspaceQuota,
  setWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { type FastifyInstance } from "fastify";
import {
  CeilingExceeded,
  GetWorkspaceQuotaResponse,
  StaleQuota,
  UpdateWorkspaceQuotaRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

import { editCondition, editWhen } from "./ifMatch";
import { refuseAboutQuota, sendQuota } from "./quotaReply";

const tags = ["Quotas"];

const EditHeaders = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      description:
        "The ETag of the limits that the edit was made of; 412 when they have changed since.",
    }),
  ),
});

/** Of the guard as well as of the service, so `type` is open. */
const Forbidden = Type.Object(
  { type: Type.Optional(Type.String()), message: Type.String() },
  {
    description:
      "The caller may not: type RoleTooLow below Admin, CeilingForbidden for ceilings from one who does not stand above the workspace.",
  },
);

/** Whether the request is about what only those above the workspace may say. */
function isAboutCeilings({ ceilings = {}, reset = [] }: QuotaChanges): boolean {
  return (
    Object.keys(ceilings).length > 0 ||
    reset.some((field) => field.startsWith("ceilings"))
  );
}

/** Adds the routes to the quotas controller's scope. */
export function limitRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "Get limits and usage",
        description:
          "quota says the limits in force (null: unlimited), whose word each is (source), and the words that were set; usage how each resource stands. The ETag is that of the limits.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetWorkspaceQuotaResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const result = await getWorkspaceQuota(request.tenant.workspaceId);
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : sendQuota(request, reply, result.value);
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Set limits",
        description:
          "Sets the given fields and leaves the others; null is unlimited, and a field in reset goes back to what it inherits. All or none, from the next request on, everywhere. A limit below what is there deletes nothing: nothing new is made until there is room. ceilings need an admin key, or an Admin, of the workspace's parent: else 403 CeilingForbidden. On a parent, children holds for each child that has no limit of its own, pool for all of them together. 400 names each bad field, 409 each limit above its ceiling.",
        tags,
        headers: EditHeaders,
        body: UpdateWorkspaceQuotaRequest,
        response: {
          200: GetWorkspaceQuotaResponse,
          403: Forbidden,
          409: CeilingExceeded,
          412: StaleQuota,
        },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId, standsAbove } = request.tenant;
      const { workspaceId: _named, ...changes } = request.body;
      const mayRaiseCeiling = standsAbove && isAboutCeilings(changes);
      const result = await editWhen(
        editCondition(request.headers["if-match"]),
        (ifMatch) =>
          setWorkspaceQuota(workspaceId, changes, {
            ...(ifMatch === undefined ? {} : { ifMatch }),
            mayRaiseCeiling,
          }),
      );
      if (result.isOk()) {
        await askToAdmitHeldEvents({ workspaceId });
      }
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : sendQuota(request, reply, result.value);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Reset limits",
        description:
          "Takes back every limit that the workspace's own admins have set: what it inherits holds again. Ceilings, and what a parent says for its children, stay.",
        tags,
        headers: EditHeaders,
        querystring: WorkspaceRequest,
        response: {
          200: GetWorkspaceQuotaResponse,
          403: Forbidden,
          412: StaleQuota,
        },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await editWhen(
        editCondition(request.headers["if-match"]),
        (ifMatch) =>
          resetWorkspaceQuota(
            workspaceId,
            ifMatch === undefined ? {} : { ifMatch },
          ),
      );
      if (result.isOk()) {
        await askToAdmitHeldEvents({ workspaceId });
      }
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : sendQuota(request, reply, result.value);
    },
  );
}
