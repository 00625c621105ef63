// GET /broadcasts and what is done with them, as in Dittofeed. The rules are in backend-lib's broadcasts.ts; here they get
// their status codes. The moves from one status to the next are in broadcasts/moveRoutes.ts.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  archiveBroadcast,
  executeBroadcast,
  getBroadcasts,
  recomputeBroadcastSegment,
  renameBroadcast,
  upsertBroadcast,
} from "backend-lib/src/broadcasts";
import { type FastifyInstance } from "fastify";
import {
  ArchiveBroadcastRequest,
  BaseMessageResponse,
  BroadcastRequest,
  BroadcastResourceV1,
  BroadcastResourceV2,
  EmptyResponse,
  ExecuteBroadcastRequest,
  ExecuteBroadcastResponse,
  GetBroadcastsRequest,
  GetBroadcastsResponse,
  RenameBroadcastRequest,
  UpsertBroadcastRequest,
} from "isomorphic-lib/src/types";

import { askedBy } from "./broadcasts/askedBy";
import { moveRoutes } from "./broadcasts/moveRoutes";

const tags = ["Broadcasts"];

export default async function broadcastsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List broadcasts",
        description:
          "Newest first, of both versions. `progress` says how far one of version 2 is, and why it stopped.",
        tags,
        querystring: GetBroadcastsRequest,
        response: { 200: GetBroadcastsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const found = await getBroadcasts({ ...request.query, workspaceId });
      return reply.status(200).send(found);
    },
  );

  app.put(
    "/v2",
    {
      schema: {
        summary: "Create or update a broadcast",
        description:
          "Found by id if given, else by name; null takes something away. Template, subscription group and config share one channel; a new one without a group gets the oldest of its channel, one without a segment is for all users. While it is Draft or Scheduled all of it can be changed, later its name. 400 ConstraintViolation names what does not fit.",
        tags,
        body: UpsertBroadcastRequest,
        response: { 200: BroadcastResourceV2 },
      },
      config: { requiredRole: "Author", quota: "broadcasts" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertBroadcast(
        { ...request.body, workspaceId },
        askedBy(request),
      );
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Rename a broadcast of version 1",
        description:
          "404 when the workspace has no such broadcast of version 1, 400 when the name is taken.",
        tags,
        body: RenameBroadcastRequest,
        response: { 200: BroadcastResourceV1 },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await renameBroadcast({ ...request.body, workspaceId });
      if (result.isOk()) {
        return reply.status(200).send(result.value);
      }
      const { type, message } = result.error;
      return type === "NotFound"
        ? reply.status(404).send({ message })
        : reply.status(400).send(result.error);
    },
  );

  app.put(
    "/archive",
    {
      schema: {
        summary: "Archive a broadcast, or take it out again",
        description: "Of either version. Does not stop it.",
        tags,
        body: ArchiveBroadcastRequest,
        response: { 200: BaseMessageResponse },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await archiveBroadcast({ ...request.body, workspaceId });
      const isArchived = request.body.archived ?? true;
      return result.isErr()
        ? reply.status(404).send({ message: result.error.message })
        : reply.status(200).send({
            message: isArchived
              ? "The broadcast is archived."
              : "The broadcast is not archived any more.",
          });
    },
  );

  app.put(
    "/recompute-segment",
    {
      schema: {
        summary: "Compute a broadcast's segment anew",
        description:
          "Changes nothing for a segment whose users are listed by hand, or that looks at events. 404 when the workspace has no such broadcast.",
        tags,
        body: BroadcastRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await recomputeBroadcastSegment({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(404).send({ message: result.error.message })
        : reply.status(204).send();
    },
  );

  app.post(
    "/execute",
    {
      schema: {
        summary:
          "Create a broadcast with its segment and template, and begin it",
        description:
          "All of it or nothing. Counts one broadcast, one segment and one template. The same name is the same broadcast: a request that is sent again changes nothing and gets the same answer. 400 as for segments, templates and broadcasts.",
        tags,
        body: ExecuteBroadcastRequest,
        response: { 200: ExecuteBroadcastResponse },
      },
      config: { requiredRole: "Author", quota: "broadcasts" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await executeBroadcast(
        { ...request.body, workspaceId },
        askedBy(request),
      );
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  moveRoutes(fastify);
}
