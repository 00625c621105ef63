// GET /events: what the workspace's users did, and which traits and properties were seen.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  getEvents,
  getProperties,
  getTraits,
} from "backend-lib/src/userEvents";
import { type FastifyInstance } from "fastify";
import {
  GetEventsRequest,
  GetEventsResponse,
  GetPropertiesResponse,
  GetTraitsResponse,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Events"];

export default async function eventsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List events",
        description:
          "Newest first, at most 1,000 at once; count is of all that match. searchTerm finds a user, a message or a part of an event's name.",
        tags,
        querystring: GetEventsRequest,
        response: { 200: GetEventsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const events = await getEvents({ ...request.query, workspaceId });
      return reply.status(200).send(events);
    },
  );

  app.get(
    "/traits",
    {
      schema: {
        summary: "List the names of traits",
        description: "In a very large workspace, those of 50,000 users.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetTraitsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply.status(200).send(await getTraits({ workspaceId }));
    },
  );

  app.get(
    "/properties",
    {
      schema: {
        summary: "List the names of properties by track event",
        description: "Those of the 10,000 newest events.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetPropertiesResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply.status(200).send(await getProperties({ workspaceId }));
    },
  );
}
