// GET, PUT and DELETE /settings/data-sources: where events come from besides the workspace's own clients.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  deleteDataSource,
  listDataSources,
  upsertDataSource,
} from "backend-lib/src/dataSources";
import { type FastifyInstance } from "fastify";
import {
  DataSourceConfigurationResource,
  DeleteDataSourceRequest,
  EmptyResponse,
  ListDataSourcesResponse,
  UpsertDataSourceRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Settings"];

/** Adds the routes to the settings controller's scope. */
export function dataSourceRoutes(fastify: FastifyInstance): void {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/data-sources",
    {
      schema: {
        summary: "List data sources",
        description: "Which kinds are configured, without their secrets.",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: ListDataSourcesResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const dataSourceConfigurations = await listDataSources({ workspaceId });
      return reply.status(200).send({ dataSourceConfigurations });
    },
  );

  app.put(
    "/data-sources",
    {
      schema: {
        summary: "Configure a data source",
        description:
          "Replaces the configuration of this kind, if there is one.",
        tags,
        body: UpsertDataSourceRequest,
        response: { 200: DataSourceConfigurationResource },
      },
      config: { requiredRole: "Admin", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const { variant } = request.body;
      return reply
        .status(200)
        .send(await upsertDataSource({ workspaceId, variant }));
    },
  );

  app.delete(
    "/data-sources",
    {
      schema: {
        summary: "Remove a data source",
        description: "204 also when none is configured.",
        tags,
        querystring: DeleteDataSourceRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "Admin" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      await deleteDataSource({ workspaceId, type: request.query.type });
      return reply.status(204).send();
    },
  );
}
