// Below /quotas: who is told that a quota runs out, at which shares of it, and what was crossed so far. Everyone of the workspace
// may see it, Admins change it. The webhook's secret is in the answer that made it, and in no other.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  getQuotaNotifications,
  listQuotaCrossings,
  rotateQuotaWebhookSecret,
  testQuotaWebhook,
  updateQuotaNotifications,
} from "backend-lib/src/quotaNotifications";
import { type FastifyInstance } from "fastify";
import {
  GetQuotaCrossingsRequest,
  GetQuotaCrossingsResponse,
  QuotaNotifications,
  RotateQuotaWebhookSecretResponse,
  TestQuotaWebhookResponse,
  UpdateQuotaNotificationsRequest,
  UpdateQuotaNotificationsResponse,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Quotas"];

/** Registers /notifications and /crossings, with what is below them. */
export function notificationRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/notifications",
    {
      schema: {
        summary: "Who is told that a quota runs out",
        description:
          "The webhook and the thresholds in percent. Without the secret, which is shown when it is made.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: QuotaNotifications },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply
        .status(200)
        .send(await getQuotaNotifications({ workspaceId }));
    },
  );

  app.put(
    "/notifications",
    {
      schema: {
        summary: "Set the webhook and the thresholds",
        description:
          "Sets what is given. With the first URL a secret is made, which is in this answer alone.",
        tags,
        body: UpdateQuotaNotificationsRequest,
        response: { 200: UpdateQuotaNotificationsResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await updateQuotaNotifications({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.post(
    "/notifications/secret",
    {
      schema: {
        summary: "Make another secret for the webhook",
        description:
          "The answer is the only one to hold it. The secret before signs as well for 24 hours.",
        tags,
        body: WorkspaceRequest,
        response: { 200: RotateQuotaWebhookSecretResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply
        .status(200)
        .send(await rotateQuotaWebhookSecret({ workspaceId }));
    },
  );

  app.post(
    "/notifications/test",
    {
      schema: {
        summary: "Send the webhook a test",
        description:
          "Sends a signed event of the type quota.threshold.test, once, and answers what came back. 409 without a URL.",
        tags,
        body: WorkspaceRequest,
        response: { 200: TestQuotaWebhookResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await testQuotaWebhook({ workspaceId });
      return result.isErr()
        ? reply.status(409).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.get(
    "/crossings",
    {
      schema: {
        summary: "List crossed thresholds",
        description:
          "Those that are crossed now and those that were, newest first.",
        tags,
        querystring: GetQuotaCrossingsRequest,
        response: { 200: GetQuotaCrossingsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await listQuotaCrossings({
        ...request.query,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(200).send(result.value);
    },
  );
}
