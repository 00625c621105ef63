// GET, PUT and DELETE /api/secrets: the workspace's own secrets, for its Admins. What may be read and changed as a
// secret at all is decided in backend-lib's secrets.ts.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteSecret,
  listSecrets,
  upsertSecret,
} from "backend-lib/src/secrets";
import { type FastifyInstance } from "fastify";
import {
  DeleteSecretRequest,
  EmptyResponse,
  ListSecretsRequest,
  ListSecretsResponse,
  UpsertSecretRequest,
} from "isomorphic-lib/src/types";

const tags = ["Secrets"];

export default async function secretsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List secrets",
        description:
          "Secrets that have a value, in plain text. Write keys and admin API keys are not among them.",
        tags,
        querystring: ListSecretsRequest,
        response: { 200: ListSecretsResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { names } = request.query;
      return reply.status(200).send(await listSecrets({ workspaceId, names }));
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Set a secret",
        description:
          "Creates the secret or changes it. configValue is merged into the one before, key by key.",
        tags,
        body: UpsertSecretRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await upsertSecret({ ...request.body, workspaceId });
      return result.isErr()
        ? reply.status(400).send(result.error)
        : reply.status(204).send();
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Delete a secret",
        description:
          "Keys are deleted in the settings; a secret that a message provider uses stays.",
        tags,
        querystring: DeleteSecretRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const result = await deleteSecret({ workspaceId, id: request.query.id });
      if (result.isOk()) {
        return reply.status(204).send();
      }
      return result.error.type === "NotFound"
        ? reply.status(404).send()
        : reply.status(400).send(result.error);
    },
  );
}
