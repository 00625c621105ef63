// GET, PUT and DELETE /user-properties, and their status. The rules are in backend-lib's userProperties.ts; here they get their
// status codes.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteUserProperty,
  getUserProperties,
  updateUserPropertyStatus,
  upsertUserProperty,
} from "backend-lib/src/userProperties";
import { type FastifyInstance } from "fastify";
import {
  DeleteUserPropertyRequest,
  EmptyResponse,
  GetUserPropertiesResponse,
  SavedUserPropertyResource,
  UpdateUserPropertyStatusRequest,
  UpsertUserPropertyResource,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["User Properties"];

export default async function userPropertiesController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List user properties",
        description: "Oldest first.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetUserPropertiesResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const userProperties = await getUserProperties({ workspaceId });
      return reply.status(200).send({ userProperties });
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Create or update a user property",
        description:
          "Found by id if given, else by name. 400 ProtectedUserProperty for the names id and anonymousId.",
        tags,
        body: UpsertUserPropertyResource,
        response: { 200: SavedUserPropertyResource },
      },
      config: { requiredRole: "Author", quota: "userProperties" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertUserProperty({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.patch(
    "/status",
    {
      schema: {
        summary: "Start or stop the computation of a user property",
        description:
          "400 when the workspace has no such user property (NotFound), or it is a protected one.",
        tags,
        body: UpdateUserPropertyStatusRequest,
        response: { 200: SavedUserPropertyResource },
      },
      config: { requiredRole: "Author", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await updateUserPropertyStatus({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete a user property",
        description:
          "404 when the workspace has no such user property, and for a protected one.",
        tags,
        body: DeleteUserPropertyRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { id } = request.body;
      const result = await deleteUserProperty({ workspaceId, id });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );
}
