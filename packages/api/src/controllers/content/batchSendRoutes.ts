// POST /content/templates/batch-send: one template to many users at once, as in Dittofeed. The messages are accepted here and
// handed over by the worker; what is accepted, and what becomes of it, is the business of backend-lib's messages.ts.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { sendBatch } from "backend-lib/src/messages";
import { type FastifyInstance } from "fastify";
import { BatchSendRequest, BatchSendResponse } from "isomorphic-lib/src/types";

import { refuseQuota } from "../../buildApp/errorReply";

const tags = ["Content"];

/** Registers the route. */
export function addBatchSendRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    "/templates/batch-send",
    {
      schema: {
        summary: "Send a message template to users",
        description:
          "Accepts a message for each user, as far as the month's messages last, in the order given; the worker sends them. A messageId is accepted once: asked again, its outcome is answered and nothing is taken. 404 when the workspace has no such template, 400 when it is a draft or of another channel, or there is no such subscription group or provider. 429 when no message is left this month.",
        tags,
        body: BatchSendRequest,
        response: { 200: BatchSendResponse },
      },
      config: { requiredRole: "Author", quota: "messages" },
    },
    async (request, reply) => {
      const { workspaceId, actor } = request.tenant;
      const { templateId, channel, users, context, ...optional } = request.body;
      const result = await sendBatch({
        workspaceId,
        templateId,
        channel,
        recipients: users.map((user) => ({
          userId: user.id,
          messageId: user.messageId,
          properties: user.properties,
          context:
            context === undefined && user.context === undefined
              ? undefined
              : { ...context, ...user.context },
        })),
        subscriptionGroupId: optional.subscriptionGroupId ?? undefined,
        provider: optional.provider ?? undefined,
        actor,
        requestId: request.id,
      });
      if (result.isOk()) {
        return reply.status(200).send({ results: [...result.value] });
      }
      const { error } = result;
      if (error.type === "QuotaExceeded") {
        return refuseQuota(request, reply, error);
      }
      return reply.status(error.type === "NotFound" ? 404 : 400).send(error);
    },
  );
}
