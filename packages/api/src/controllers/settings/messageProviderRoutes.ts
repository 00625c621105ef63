// PUT /settings/{email,sms}-providers and their /default: through whom the workspace sends. Credentials go in here and
// do not come out.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  setDefaultEmailProvider,
  setDefaultSmsProvider,
  upsertEmailProvider,
  upsertSmsProvider,
} from "backend-lib/src/messageProviders";
import { type FastifyInstance } from "fastify";
import {
  EmptyResponse,
  UpsertDefaultEmailProviderRequest,
  UpsertDefaultSmsProviderRequest,
  UpsertEmailProviderRequest,
  UpsertSmsProviderRequest,
} from "isomorphic-lib/src/types";

const tags = ["Settings"];

/** Adds the routes to the settings controller's scope. */
export function messageProviderRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.put(
    "/email-providers",
    {
      schema: {
        summary: "Configure an e-mail provider",
        description: "Credentials that are left out stay as they are.",
        tags,
        body: UpsertEmailProviderRequest,
        response: { 201: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      await upsertEmailProvider({ ...request.body, workspaceId });
      return reply.status(201).send();
    },
  );

  app.put(
    "/email-providers/default",
    {
      schema: {
        summary: "Choose the default e-mail provider",
        description: "Named by its id or by its type.",
        tags,
        body: UpsertDefaultEmailProviderRequest,
        response: { 201: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await setDefaultEmailProvider({
        ...request.body,
        workspaceId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(201).send();
    },
  );

  app.put(
    "/sms-providers",
    {
      schema: {
        summary: "Configure an SMS provider",
        description: "Credentials that are left out stay as they are.",
        tags,
        body: UpsertSmsProviderRequest,
        response: { 201: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      await upsertSmsProvider({ ...request.body, workspaceId });
      return reply.status(201).send();
    },
  );

  app.put(
    "/sms-providers/default",
    {
      schema: {
        summary: "Choose the default SMS provider",
        tags,
        body: UpsertDefaultSmsProviderRequest,
        response: { 201: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await setDefaultSmsProvider({
        workspaceId,
        smsProviderId: request.body.smsProviderId,
      });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(201).send();
    },
  );
}
