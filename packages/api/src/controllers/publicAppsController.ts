// /api/public/apps: where clients send events, with a write key. Owns the routes and their answers: 204 and no body once the
// events are safe on disk, over a quota as well: the published clients lose a batch that is refused, and end their process.
// What an event means, that it counts once, and what waits for room, is backend-lib's userEvents.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { ingestEvents } from "backend-lib/src/userEvents";
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import {
  BatchAppData,
  type BatchItem,
  EmptyResponse,
  GroupData,
  IdentifyData,
  type JsonObject,
  PageData,
  ScreenData,
  TrackData,
  WriteKeyHeaders,
} from "isomorphic-lib/src/types";

import { RequestRefused } from "../buildApp/requestRefused";

const ONCE =
  "Answers 204 once it is safe, also when the workspace has no room for a new user or for more events: then it is held, and stored when there is. A messageId that the workspace has had before is accepted and passed over.";

const common = {
  tags: ["Public Apps"],
  headers: WriteKeyHeaders,
  response: { 204: EmptyResponse },
};

/** Stores the items; `place` is where in the body they are, for naming what is refused. */
async function store(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    events,
    context,
    place,
  }: {
    readonly events: readonly BatchItem[];
    readonly context?: JsonObject | undefined;
    readonly place: (field: string) => string;
  },
): Promise<FastifyReply> {
  const { workspaceId } = request.tenant;
  const result = await ingestEvents({ workspaceId, events, context });
  if (result.isErr()) {
    const { field, message } = result.error;
    throw RequestRefused.invalid("body", [{ field: place(field), message }]);
  }
  return reply.status(204).send();
}

async function storeOne(
  request: FastifyRequest,
  reply: FastifyReply,
  event: BatchItem,
): Promise<FastifyReply> {
  return store(request, reply, {
    events: [event],
    place: (field) => field.replace(/^0\//, ""),
  });
}

export default async function publicAppsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    "/identify",
    {
      schema: {
        ...common,
        summary: "Identify a user",
        description: `Tells the user's traits: of each, what was said last stays. A user keeps at most 10,000 traits of 4 MiB together; what is said beyond is in the event alone. ${ONCE}`,
        body: IdentifyData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      storeOne(request, reply, { ...request.body, type: "identify" }),
  );

  app.post(
    "/track",
    {
      schema: {
        ...common,
        summary: "Track what a user did",
        description: `Files cannot be stored and are refused. ${ONCE}`,
        body: TrackData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      storeOne(request, reply, { ...request.body, type: "track" }),
  );

  app.post(
    "/page",
    {
      schema: {
        ...common,
        summary: "Record a page view",
        description: ONCE,
        body: PageData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      storeOne(request, reply, { ...request.body, type: "page" }),
  );

  app.post(
    "/screen",
    {
      schema: {
        ...common,
        summary: "Record a screen view",
        description: ONCE,
        body: ScreenData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      storeOne(request, reply, { ...request.body, type: "screen" }),
  );

  app.post(
    "/group",
    {
      schema: {
        ...common,
        summary: "Put a user into a group, or out of it",
        description: `Becomes the events DFUserGroupAssignment and DFGroupUserAssignment. ${ONCE}`,
        body: GroupData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      storeOne(request, reply, { ...request.body, type: "group" }),
  );

  app.post(
    "/batch",
    {
      schema: {
        ...common,
        summary: "Send up to 10,000 events",
        description: `All or none: one bad item refuses the whole batch, and the answer names it. ${ONCE}`,
        body: BatchAppData,
      },
      config: { quota: "users" },
    },
    async (request, reply) =>
      store(request, reply, {
        events: request.body.batch,
        context: request.body.context,
        place: (field) => `batch/${field}`,
      }),
  );

  app.post(
    "/alias",
    {
      schema: {
        tags: common.tags,
        summary: "Not offered",
        description: "Always 400, as in Dittofeed: users cannot be merged.",
      },
      config: { isPublic: true },
    },
    async (_request, reply) =>
      reply.status(400).send({
        message:
          "alias is not offered: identify the user under the new id instead.",
      }),
  );
}
