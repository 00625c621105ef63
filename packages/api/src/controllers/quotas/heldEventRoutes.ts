// GET and DELETE /quotas/held-events, POST /quotas/held-events/admit: accepted events that wait until there is room for them.
// Their order and their admission are backend-lib's.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  askToAdmitHeldEvents,
  dropHeldEvents,
  getHeldEvents,
} from "backend-lib/src/heldEvents";
import { type FastifyInstance } from "fastify";
import {
  AdmitHeldEventsResponse,
  DropHeldEventsRequest,
  DropHeldEventsResponse,
  GetHeldEventsRequest,
  GetHeldEventsResponse,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Quotas"];

/** Adds the routes to the quotas controller's scope. */
export function heldEventRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/held-events",
    {
      schema: {
        summary: "List held events",
        description:
          "Events that were accepted while there was no room for them: of users beyond the quota, or beyond the month's events or the storage. Those that wait the longest first, at most 1,000 at once; nextCursor leads on. The figures are of the whole workspace.",
        tags,
        querystring: GetHeldEventsRequest,
        response: { 200: GetHeldEventsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const page = await getHeldEvents({ ...request.query, workspaceId });
      return reply.status(200).send(page);
    },
  );

  app.delete(
    "/held-events",
    {
      schema: {
        summary: "Drop held events",
        description:
          "For good: those of one user, those with the ids, or all. Unknown ids are passed over. The same messages may be sent again.",
        tags,
        body: DropHeldEventsRequest,
        response: { 200: DropHeldEventsResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const dropped = await dropHeldEvents({ ...request.body, workspaceId });
      return reply.status(200).send(dropped);
    },
  );

  app.post(
    "/held-events/admit",
    {
      schema: {
        summary: "Look whether held events fit by now",
        description:
          "In the background, soon. Raising a limit and deleting users do so by themselves, and every minute the host looks as well.",
        tags,
        body: WorkspaceRequest,
        response: { 202: AdmitHeldEventsResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply
        .status(202)
        .send(await askToAdmitHeldEvents({ workspaceId }));
    },
  );
}
