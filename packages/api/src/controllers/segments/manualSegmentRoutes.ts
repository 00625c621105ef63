// POST /segments/manual-segment/update and /clear, GET /segments/manual-segment/status: the users who are listed by hand.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  clearManualSegment,
  getManualSegmentStatus,
  updateManualSegment,
} from "backend-lib/src/segments";
import { type FastifyInstance } from "fastify";
import {
  ClearManualSegmentRequest,
  EmptyResponse,
  GetManualSegmentStatusRequest,
  GetManualSegmentStatusResponse,
  UpdateManualSegmentUsersRequest,
} from "isomorphic-lib/src/types";

const tags = ["Segments"];

/** Adds the routes to the segments controller's scope. */
export function manualSegmentRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    "/manual-segment/update",
    {
      schema: {
        summary: "List users of a manual segment",
        description:
          "Instead of those listed before, or with append beside them. 404 when the workspace has no such segment, 400 when it is not a manual one.",
        tags,
        body: UpdateManualSegmentUsersRequest,
        response: { 200: EmptyResponse },
      },
      config: { requiredRole: "Author", quota: "users" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await updateManualSegment({
        ...request.body,
        workspaceId,
      });
      if (result.isOk()) {
        return reply.status(200).send();
      }
      return result.error.type === "NotFound"
        ? reply.status(404).send()
        : reply.status(400).send(result.error);
    },
  );

  app.post(
    "/manual-segment/clear",
    {
      schema: {
        summary: "Empty a manual segment",
        description:
          "404 when the workspace has no such segment, 400 when it is not a manual one.",
        tags,
        body: ClearManualSegmentRequest,
        response: { 200: EmptyResponse },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { segmentId } = request.body;
      const result = await clearManualSegment({ workspaceId, segmentId });
      if (result.isOk()) {
        return reply.status(200).send();
      }
      return result.error.type === "NotFound"
        ? reply.status(404).send()
        : reply.status(400).send(result.error);
    },
  );

  app.get(
    "/manual-segment/status",
    {
      schema: {
        summary: "When a manual segment's list was last written",
        description:
          "ISO 8601, or null if never. 404 when the workspace has no such manual segment.",
        tags,
        querystring: GetManualSegmentStatusRequest,
        response: { 200: GetManualSegmentStatusResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { segmentId } = request.query;
      const result = await getManualSegmentStatus({ workspaceId, segmentId });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(200).send(result.value);
    },
  );
}
