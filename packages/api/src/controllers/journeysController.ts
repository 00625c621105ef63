// GET, PUT, POST and DELETE /journeys. POST is ours; the rest is as in Dittofeed. The rules are in backend-lib's journeys.ts;
// here they get their status codes.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  createJourney,
  deleteJourney,
  getJourneys,
  upsertJourney,
} from "backend-lib/src/journeys";
import { type FastifyInstance } from "fastify";
import {
  CreateJourneyRequest,
  DeleteJourneyRequest,
  EmptyResponse,
  GetJourneysRequest,
  GetJourneysResponse,
  SavedJourneyResource,
  UpsertJourneyResource,
} from "isomorphic-lib/src/types";

const tags = ["Journeys"];

export default async function journeysController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List journeys",
        description:
          "Oldest first. With getPartial the items have no definition and no draft.",
        tags,
        querystring: GetJourneysRequest,
        response: { 200: GetJourneysResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const journeys = await getJourneys({ ...request.query, workspaceId });
      return reply.status(200).send({ journeys });
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Create or update a journey",
        description:
          "Found by id if given, else by name; one of them is required. A definition clears the draft. 400 names what is wrong with the definition, resources that the workspace does not have included, or why the journey cannot have this status.",
        tags,
        body: UpsertJourneyResource,
        response: { 200: SavedJourneyResource },
      },
      config: { requiredRole: "Author", quota: "journeys" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertJourney({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/",
    {
      schema: {
        summary: "Create a journey",
        description: "409 when the name or id is taken, 400 as with PUT.",
        tags,
        body: CreateJourneyRequest,
        response: { 201: SavedJourneyResource },
      },
      config: { requiredRole: "Author", quota: "journeys", createsOne: true },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await createJourney({ ...request.body, workspaceId });
      if (result.isOk()) {
        return reply.status(201).send(result.value);
      }
      const isTaken = result.error.type === "UniqueConstraintViolation";
      return reply.status(isTaken ? 409 : 400).send(result.error);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete a journey",
        description:
          "404 when the workspace has no such journey, and for one that a broadcast made.",
        tags,
        body: DeleteJourneyRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await deleteJourney({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );

  app.delete(
    "/v2",
    {
      schema: {
        summary: "Delete a journey, named in the query",
        description:
          "404 when the workspace has no such journey, and for one that a broadcast made.",
        tags,
        querystring: DeleteJourneyRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await deleteJourney({ ...request.query, workspaceId });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );
}
