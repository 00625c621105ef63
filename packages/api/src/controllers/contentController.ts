// GET, PUT, POST and DELETE /content/templates. POST is ours; the rest is as in Dittofeed. The rules are in backend-lib's
// messageTemplates.ts; here they get their status codes. Sending them: content/batchSendRoutes.ts.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  createMessageTemplate,
  deleteMessageTemplate,
  getMessageTemplates,
  upsertMessageTemplate,
} from "backend-lib/src/messageTemplates";
import { type FastifyInstance } from "fastify";
import {
  CreateMessageTemplateRequest,
  DeleteMessageTemplateRequest,
  EmptyResponse,
  GetMessageTemplatesRequest,
  GetMessageTemplatesResponse,
  MessageTemplateResource,
  UpsertMessageTemplateResource,
} from "isomorphic-lib/src/types";

import { addBatchSendRoutes } from "./content/batchSendRoutes";

const tags = ["Content"];

export default async function contentController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();
  addBatchSendRoutes(fastify);

  app.get(
    "/templates",
    {
      schema: {
        summary: "List message templates",
        description: "Oldest first.",
        tags,
        querystring: GetMessageTemplatesRequest,
        response: { 200: GetMessageTemplatesResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const templates = await getMessageTemplates({
        ...request.query,
        workspaceId,
      });
      return reply.status(200).send({ templates });
    },
  );

  app.put(
    "/templates",
    {
      schema: {
        summary: "Create or update a message template",
        description:
          "Found by id if given, else by name. One of definition and draft must be there; draft null clears the draft. 400 InvalidIdentifierKey when an e-mail or text message is to go to a user property that the workspace does not have.",
        tags,
        body: UpsertMessageTemplateResource,
        response: { 200: MessageTemplateResource },
      },
      config: { requiredRole: "Author", quota: "templates" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertMessageTemplate({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/templates",
    {
      schema: {
        summary: "Create a message template",
        description: "409 when the name or id is taken, 400 as with PUT.",
        tags,
        body: CreateMessageTemplateRequest,
        response: { 201: MessageTemplateResource },
      },
      config: { requiredRole: "Author", quota: "templates", createsOne: true },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await createMessageTemplate({
        ...request.body,
        workspaceId,
      });
      if (result.isOk()) {
        return reply.status(201).send(result.value);
      }
      const isTaken = result.error.type === "UniqueConstraintViolation";
      return reply.status(isTaken ? 409 : 400).send(result.error);
    },
  );

  app.delete(
    "/templates",
    {
      schema: {
        summary: "Delete a message template",
        description:
          "404 when the workspace has no such template of this channel.",
        tags,
        body: DeleteMessageTemplateRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await deleteMessageTemplate({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );

  app.delete(
    "/templates/v2",
    {
      schema: {
        summary: "Delete a message template, named in the query",
        description:
          "404 when the workspace has no such template of this channel.",
        tags,
        querystring: DeleteMessageTemplateRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Author" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await deleteMessageTemplate({
        ...request.query,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );
}
