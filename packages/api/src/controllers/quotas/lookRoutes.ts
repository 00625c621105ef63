// What changes nothing: POST /quotas/validate, GET /quotas/usage, GET /quotas/history and POST /quotas/simulate.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  getQuotaHistory,
  getWorkspaceUsage,
  simulateWorkspaceQuota,
  validateWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { type FastifyInstance } from "fastify";
import {
  GetQuotaHistoryRequest,
  GetQuotaHistoryResponse,
  GetQuotaUsageResponse,
  QuotaCheck,
  QuotaProblem,
  SimulateQuotaRequest,
  SimulateQuotaResponse,
  ValidateQuotaRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

import { refuseAboutQuota } from "./quotaReply";

const tags = ["Quotas"];

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: QuotaProblem } },
});

/** Adds the routes to the quotas controller's scope. */
export function lookRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    "/validate",
    {
      schema: {
        summary: "Ask whether there is room",
        description:
          "200 when there is room for increment more (1 unless said), else what the request that takes it would be answered: 429, or 403 for more than the whole limit. Takes nothing: somebody else may be faster.",
        tags,
        body: ValidateQuotaRequest,
        response: {
          200: QuotaCheck,
          403: problem(
            "More than the whole limit, or, as application/json, RoleTooLow.",
          ),
          429: problem("There is no room."),
        },
      },
      config: { requiredRole: "Viewer", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { resourceType, increment } = request.body;
      const result = await validateWorkspaceQuota(
        workspaceId,
        resourceType,
        increment,
      );
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.get(
    "/usage",
    {
      schema: {
        summary: "Get what is used",
        description:
          "Of each resource, now: monthly ones since the first of the month, UTC, at whose end they begin anew (resetsAt). A limit of null is none.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetQuotaUsageResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const result = await getWorkspaceUsage(request.tenant.workspaceId);
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : reply.status(200).send({ usage: result.value });
    },
  );

  app.get(
    "/history",
    {
      schema: {
        summary: "List changes of limits",
        description:
          "Newest first: who changed which limit, from what to what. nextCursor, if there is one, asks for the next page.",
        tags,
        querystring: GetQuotaHistoryRequest,
        response: { 200: GetQuotaHistoryResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await getQuotaHistory({ ...request.query, workspaceId });
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/simulate",
    {
      schema: {
        summary: "Ask what other limits would have refused",
        description:
          "Holds the given limits against the usage noted in the last days, 90 unless said, to the hour, and that of now; limits that are not given are those in force. Changes nothing.",
        tags,
        body: SimulateQuotaRequest,
        response: { 200: SimulateQuotaResponse },
      },
      config: { requiredRole: "Viewer", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { limits, days } = request.body;
      const result = await simulateWorkspaceQuota(workspaceId, {
        limits,
        ...(days === undefined ? {} : { days }),
      });
      return result.isErr()
        ? refuseAboutQuota(request, reply, result.error)
        : reply.status(200).send(result.value);
    },
  );
}
