// The routes of /users: those the workspace sends messages to. They come into being by their events, so nothing is created
// here.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  countUsers,
  deleteUsers,
  getUsers,
  getUserSubscriptions,
} from "backend-lib/src/users";
import { type FastifyInstance } from "fastify";
import {
  DeleteUsersRequest,
  EmptyResponse,
  GetUsersCountRequest,
  GetUsersCountResponse,
  GetUsersRequest,
  GetUsersResponse,
  GetUserSubscriptionsRequest,
  GetUserSubscriptionsResponse,
} from "isomorphic-lib/src/types";

const tags = ["Users"];

export default async function usersController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    "/",
    {
      schema: {
        summary: "List users",
        description:
          "By user id or by an indexed user property. All filters must hold; of a list of segments or groups each one. Shows of the 200 oldest user properties as many as a page can be read with; the rest can be filtered and sorted by.",
        tags,
        body: GetUsersRequest,
        response: { 200: GetUsersResponse },
      },
      config: { requiredRole: "Viewer", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await getUsers({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/count",
    {
      schema: {
        summary: "Count users",
        description: "Exactly; takes the filters of the list.",
        tags,
        body: GetUsersCountRequest,
        response: { 200: GetUsersCountResponse },
      },
      config: { requiredRole: "Viewer", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await countUsers({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.get(
    "/subscriptions",
    {
      schema: {
        summary: "List a user's subscriptions",
        description:
          "Every subscription group; without a choice of the user's, what its type says.",
        tags,
        querystring: GetUserSubscriptionsRequest,
        response: { 200: GetUserSubscriptionsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { userId } = request.query;
      const subscriptions = await getUserSubscriptions({ workspaceId, userId });
      return reply.status(200).send(subscriptions);
    },
  );

  const deletion = {
    summary: "Delete users",
    description:
      "With their events, segments and properties, in this workspace only. Unknown ids are passed over.",
    tags,
    response: { 204: EmptyResponse },
  };

  app.delete(
    "/",
    {
      schema: { ...deletion, body: DeleteUsersRequest },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { userIds } = request.body;
      await deleteUsers({ workspaceId, userIds });
      return reply.status(204).send();
    },
  );

  app.delete(
    "/v2",
    {
      schema: { ...deletion, querystring: DeleteUsersRequest },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { userIds } = request.query;
      await deleteUsers({ workspaceId, userIds });
      return reply.status(204).send();
    },
  );
}
