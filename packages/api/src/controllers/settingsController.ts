// The routes of /settings: write keys here, data sources and message providers in settings/. All of them are for the
// workspace's Admins, since what they show or change lets others send in its name.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteWriteKey,
  listWriteKeys,
  upsertWriteKey,
} from "backend-lib/src/writeKeys";
import { type FastifyInstance } from "fastify";
import {
  DeleteWriteKeyRequest,
  EmptyResponse,
  ListWriteKeysResponse,
  UpsertWriteKeyRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

import { dataSourceRoutes } from "./settings/dataSourceRoutes";
import { messageProviderRoutes } from "./settings/messageProviderRoutes";

const tags = ["Settings"];

export default async function settingsController(
  fastify: FastifyInstance,
): Promise<void> {
  dataSourceRoutes(fastify);
  messageProviderRoutes(fastify);
  writeKeyRoutes(fastify);
}

function writeKeyRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/write-keys",
    {
      schema: {
        summary: "List write keys",
        description:
          "The header of a key is `Basic base64(secretId:writeKeyValue)`.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: ListWriteKeysResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      return reply.status(200).send(await listWriteKeys({ workspaceId }));
    },
  );

  app.put(
    "/write-keys",
    {
      schema: {
        summary: "Create a write key",
        description: "One of this name that exists stays as it is.",
        tags,
        body: UpsertWriteKeyRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { writeKeyName } = request.body;
      const result = await upsertWriteKey({ workspaceId, writeKeyName });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(204).send();
    },
  );

  app.delete(
    "/write-keys",
    {
      schema: {
        summary: "Delete a write key",
        description: "Clients that use the key are refused from then on.",
        tags,
        body: DeleteWriteKeyRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { writeKeyName } = request.body;
      const result = await deleteWriteKey({ workspaceId, writeKeyName });
      return result.isErr()
        ? reply.status(404).send()
        : reply.status(204).send();
    },
  );
}
