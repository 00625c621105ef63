/**
 * Members (people who sign in) and the roles they have in workspaces; the routes of /api/permissions.
 * What a role may do is decided in `auth.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import { OptionalWorkspaceId, Uuid } from "./common";

/** From the most to the least powerful. */
export const Role = Type.Union([
  Type.Literal("Admin"),
  Type.Literal("WorkspaceManager"),
  Type.Literal("Author"),
  Type.Literal("Viewer"),
]);
export type Role = Static<typeof Role>;

/** `id` is a UUID, except for the member of the mode without login, whose id is `anonymous`. `createdAt` is ISO 8601. */
export const WorkspaceMemberResource = Type.Object({
  id: Type.String(),
  email: Type.String(),
  emailVerified: Type.Boolean(),
  picture: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  nickname: Type.Optional(Type.String()),
  createdAt: Type.String(),
});
export type WorkspaceMemberResource = Static<typeof WorkspaceMemberResource>;

export const MemberRole = Type.Object({
  role: Role,
  workspaceMemberId: Type.String(),
  workspaceId: Uuid,
  workspaceName: Type.String(),
});
export type MemberRole = Static<typeof MemberRole>;

/** An e-mail address of at most 254 characters (RFC 5321). */
export const MemberEmail = Type.String({
  format: "email",
  minLength: 3,
  maxLength: 254,
});
export type MemberEmail = Static<typeof MemberEmail>;

export const WorkspaceMemberWithRoles = Type.Object({
  member: WorkspaceMemberResource,
  roles: Type.Array(MemberRole),
});
export type WorkspaceMemberWithRoles = Static<typeof WorkspaceMemberWithRoles>;

/** GET /permissions → 200 */
export const GetPermissionsResponse = Type.Object({
  memberRoles: Type.Array(WorkspaceMemberWithRoles),
});
export type GetPermissionsResponse = Static<typeof GetPermissionsResponse>;

/** POST /permissions → 201 MemberRole; 400 when the member has a role here already. */
export const CreatePermissionRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  email: MemberEmail,
  role: Role,
});
export type CreatePermissionRequest = Static<typeof CreatePermissionRequest>;

/** PUT /permissions → 200 MemberRole; 404 when the member has no role here. */
export const UpdatePermissionRequest = CreatePermissionRequest;
export type UpdatePermissionRequest = Static<typeof UpdatePermissionRequest>;

/** DELETE /permissions → 204; 404 */
export const DeletePermissionRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  email: MemberEmail,
});
export type DeletePermissionRequest = Static<typeof DeletePermissionRequest>;
