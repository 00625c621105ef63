// GET, POST and DELETE /api/admin-keys: the keys of /api/admin. A key's value is in the answer to POST and nowhere else.
// Listing is ours; the rest is as in Dittofeed, but for a deleted key, which does not come back.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  createAdminApiKey,
  deleteAdminApiKey,
  listAdminApiKeys,
} from "backend-lib/src/adminApiKeys";
import { type FastifyInstance } from "fastify";
import {
  CreateAdminApiKeyRequest,
  CreateAdminApiKeyResponse,
  DeleteAdminApiKeyRequest,
  EmptyResponse,
  GetAdminApiKeysResponse,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Admin Keys"];

export default async function adminKeysController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List admin API keys",
        description: "Names and dates only: a key's value is shown once.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetAdminApiKeysResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const adminApiKeys = await listAdminApiKeys({ workspaceId });
      return reply.status(200).send({ adminApiKeys });
    },
  );

  app.post(
    "/",
    {
      schema: {
        summary: "Create an admin API key",
        description:
          "The answer is the only one to hold the key. 409 when the name is taken.",
        tags,
        body: CreateAdminApiKeyRequest,
        response: { 200: CreateAdminApiKeyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { name } = request.body;
      const result = await createAdminApiKey({ workspaceId, name });
      return result.isErr()
        ? reply.status(409).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete an admin API key",
        description:
          "The key is refused from then on. 200 also when there is no such key.",
        tags,
        querystring: DeleteAdminApiKeyRequest,
        response: { 200: EmptyResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      await deleteAdminApiKey({ workspaceId, id: request.query.id });
      return reply.status(200).send();
    },
  );
}
