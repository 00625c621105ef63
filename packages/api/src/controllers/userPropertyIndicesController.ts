// GET, PUT and DELETE /user-property-indices: by which user properties a workspace wants its users sorted.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteUserPropertyIndex,
  getUserPropertyIndices,
  upsertUserPropertyIndex,
} from "backend-lib/src/userPropertyIndices";
import { type FastifyInstance } from "fastify";
import {
  DeleteUserPropertyIndexRequest,
  EmptyResponse,
  GetUserPropertyIndicesResponse,
  UpsertUserPropertyIndexRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["User Properties"];

export default async function userPropertyIndicesController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List the indices of user properties",
        description: "Oldest first.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetUserPropertyIndicesResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const indices = await getUserPropertyIndices({ workspaceId });
      return reply.status(200).send(indices);
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Index a user property, or change the type of its index",
        description: "400 when the workspace has no such user property.",
        tags,
        body: UpsertUserPropertyIndexRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertUserPropertyIndex({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(204).send();
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Drop the index of a user property",
        description: "204 also when there is none.",
        tags,
        body: DeleteUserPropertyIndexRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { userPropertyId } = request.body;
      await deleteUserPropertyIndex({ workspaceId, userPropertyId });
      return reply.status(204).send();
    },
  );
}
