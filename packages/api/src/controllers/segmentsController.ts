// GET, PUT, POST and DELETE /segments, its status and the users of manual segments. POST is ours; the rest is as in
// Dittofeed. The rules are in backend-lib's segments.ts; here they get their status codes.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  createSegment,
  deleteSegment,
  getSegments,
  updateSegmentStatus,
  upsertSegment,
} from "backend-lib/src/segments";
import { type FastifyInstance } from "fastify";
import {
  CreateSegmentRequest,
  DeleteSegmentRequest,
  EmptyResponse,
  GetSegmentsRequest,
  GetSegmentsResponse,
  SavedSegmentResource,
  UpdateSegmentStatusRequest,
  UpsertSegmentResource,
} from "isomorphic-lib/src/types";

import { manualSegmentRoutes } from "./segments/manualSegmentRoutes";

const tags = ["Segments"];

export default async function segmentsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List segments",
        description:
          "Oldest first. The two segments of each subscription group are Internal; ask for Declarative to leave them out.",
        tags,
        querystring: GetSegmentsRequest,
        response: { 200: GetSegmentsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const segments = await getSegments({ ...request.query, workspaceId });
      return reply.status(200).send({ segments });
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Create or update a segment",
        description:
          "Found by id if given, else by name. 400 names what is wrong with the definition, a template or subscription group that the workspace does not have included. A subscription group's own segments cannot be changed: 400 ProtectedResource.",
        tags,
        body: UpsertSegmentResource,
        response: { 200: SavedSegmentResource },
      },
      config: { requiredRole: "Author", quota: "segments" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertSegment({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/",
    {
      schema: {
        summary: "Create a segment",
        description: "409 when the name or id is taken, 400 as with PUT.",
        tags,
        body: CreateSegmentRequest,
        response: { 201: SavedSegmentResource },
      },
      config: { requiredRole: "Author", quota: "segments", createsOne: true },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await createSegment({ ...request.body, workspaceId });
      if (result.isOk()) {
        return reply.status(201).send(result.value);
      }
      const isTaken = result.error.type === "UniqueConstraintViolation";
      return reply.status(isTaken ? 409 : 400).send(result.error);
    },
  );

  app.patch(
    "/status",
    {
      schema: {
        summary: "Start or stop the computation of a segment",
        description:
          "400 for a manual segment, which is not computed, and for a subscription group's.",
        tags,
        body: UpdateSegmentStatusRequest,
        response: { 200: SavedSegmentResource },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await updateSegmentStatus({
        ...request.body,
        workspaceId,
      });
      if (result.isOk()) {
        return reply.status(200).send(result.value);
      }
      return result.error.type === "NotFound"
        ? reply.status(404).send()
        : reply.status(400).send(result.error);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete a segment",
        description:
          "404 when the workspace has no such segment, and for a subscription group's.",
        tags,
        body: DeleteSegmentRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { id } = request.body;
      const result = await deleteSegment({ workspaceId, id });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );

  app.delete(
    "/v2",
    {
      schema: {
        summary: "Delete a segment, named in the query",
        description:
          "404 when the workspace has no such segment, and for a subscription group's.",
        tags,
        querystring: DeleteSegmentRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { id } = request.query;
      const result = await deleteSegment({ workspaceId, id });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );

  manualSegmentRoutes(fastify);
}
