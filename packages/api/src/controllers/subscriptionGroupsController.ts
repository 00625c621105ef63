// GET, PUT and DELETE /subscription-groups, and the users' choices. The rules are in backend-lib's subscriptionGroups.ts; here
// they get their status codes.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteSubscriptionGroup,
  getSubscriptionGroups,
  updateSubscriptionAssignments,
  upsertSubscriptionGroup,
} from "backend-lib/src/subscriptionGroups";
import { type FastifyInstance } from "fastify";
import {
  DeleteSubscriptionGroupRequest,
  EmptyResponse,
  GetSubscriptionGroupsResponse,
  SavedSubscriptionGroupResource,
  UpsertSubscriptionGroupAssignmentsRequest,
  UpsertSubscriptionGroupResource,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Subscription Groups"];

export default async function subscriptionGroupsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List subscription groups",
        description: "Oldest first, each with its two segments.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetSubscriptionGroupsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const groups = await getSubscriptionGroups({ workspaceId });
      return reply.status(200).send(groups);
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Create or update a subscription group",
        description:
          "Found by id if given, else by name; one of them is required. A new group gets two segments of its own: who is in, and who has left.",
        tags,
        body: UpsertSubscriptionGroupResource,
        response: { 200: SavedSubscriptionGroupResource },
      },
      config: { requiredRole: "Author", quota: "subscriptionGroups" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertSubscriptionGroup({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.put(
    "/assignments",
    {
      schema: {
        summary: "Subscribe users to groups, and unsubscribe them",
        description:
          "All choices are stored or none. 400 names a group that the workspace does not have.",
        tags,
        body: UpsertSubscriptionGroupAssignmentsRequest,
        response: { 200: EmptyResponse },
      },
      config: { requiredRole: "Author", quota: "users" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await updateSubscriptionAssignments({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send();
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete a subscription group",
        description:
          "Its segments and the users' choices go with it. 404 when the workspace has no such group.",
        tags,
        body: DeleteSubscriptionGroupRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { id } = request.body;
      const result = await deleteSubscriptionGroup({ workspaceId, id });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );
}
