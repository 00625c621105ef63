// GET, POST, PUT and DELETE /api/permissions: who may sign in to the workspace, and as what. The rules of granting and
// taking away are in backend-lib's rbac.ts; here they get their status codes.

import { type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import {
  addMemberRole,
  changeMemberRole,
  listMemberRoles,
  type MemberRoleError,
  removeMemberRole,
} from "backend-lib/src/rbac";
import { type FastifyInstance } from "fastify";
import {
  CreatePermissionRequest,
  DeletePermissionRequest,
  EmptyResponse,
  GetPermissionsResponse,
  MemberRole,
  UpdatePermissionRequest,
  WorkspaceRequest,
} from "isomorphic-lib/src/types";

const tags = ["Permissions"];

const STATUS: Record<MemberRoleError["type"], 400 | 403 | 404> = {
  MemberExists: 400,
  LastAdmin: 400,
  RoleTooHigh: 403,
  NotFound: 404,
};

export default async function permissionsController(
  fastify: FastifyInstance,
): Promise<void> {
  const app = fastify.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    "/",
    {
      schema: {
        summary: "List members and their roles",
        tags,
        querystring: WorkspaceRequest,
        response: { 200: GetPermissionsResponse },
      },
      config: { requiredRole: "Viewer" },
    },
    async (request, reply) => {
      const { workspaceId } = request.tenant;
      const memberRoles = await listMemberRoles({ workspaceId });
      return reply.status(200).send({ memberRoles });
    },
  );

  app.post(
    "/",
    {
      schema: {
        summary: "Give a person a role",
        description:
          "Somebody unknown becomes a member. 400 when they have a role here already, 403 when the role is above your own.",
        tags,
        body: CreatePermissionRequest,
        response: { 201: MemberRole },
      },
      config: {
        requiredRole: "WorkspaceManager",
        quota: "members",
        createsOne: true,
      },
    },
    async (request, reply) => {
      const { workspaceId, role: actorRole } = request.tenant;
      const { email, role } = request.body;
      const result = await addMemberRole({
        workspaceId,
        actorRole,
        email,
        role,
      });
      return result.isErr()
        ? reply.status(STATUS[result.error.type]).send(result.error)
        : reply.status(201).send(result.value);
    },
  );

  app.put(
    "/",
    {
      schema: {
        summary: "Change a member's role",
        description:
          "404 when the member has no role here, 403 when their role or the new one is above your own, 400 for the last Admin.",
        tags,
        body: UpdatePermissionRequest,
        response: { 200: MemberRole },
      },
      config: { requiredRole: "WorkspaceManager", quota: "none" },
    },
    async (request, reply) => {
      const { workspaceId, role: actorRole } = request.tenant;
      const { email, role } = request.body;
      const result = await changeMemberRole({
        workspaceId,
        actorRole,
        email,
        role,
      });
      return result.isErr()
        ? reply.status(STATUS[result.error.type]).send(result.error)
        : reply.status(200).send(result.value);
    },
  );

  app.delete(
    "/",
    {
      schema: {
        summary: "Take a member's role away",
        description:
          "404 when the member has no role here, 403 when their role is above your own, 400 for the last Admin.",
        tags,
        body: DeletePermissionRequest,
        response: { 204: EmptyResponse },
      },
      config: { requiredRole: "WorkspaceManager" },
    },
    async (request, reply) => {
      const { workspaceId, role: actorRole } = request.tenant;
      const { email } = request.body;
      const result = await removeMemberRole({ workspaceId, actorRole, email });
      return result.isErr()
        ? reply.status(STATUS[result.error.type]).send(result.error)
        : reply.status(204).send();
    },
  );
}
