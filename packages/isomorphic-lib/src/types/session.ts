/**
 * GET /api/session: who is signed in, where, and where else they may go. The dashboard's first request.
 */
import { type Static, Type } from "@sinclair/typebox";

import { Uuid } from "./common";
import { Role } from "./member";
import { WorkspaceResource } from "./workspace";

export const AuthMode = Type.Union([
  Type.Literal("anonymous"),
  Type.Literal("single-tenant"),
  Type.Literal("multi-tenant"),
]);
export type AuthMode = Static<typeof AuthMode>;

export const SessionMember = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.Optional(Type.String()),
  picture: Type.Optional(Type.String()),
});
export type SessionMember = Static<typeof SessionMember>;

export const SessionWorkspace = Type.Object({
  id: Uuid,
  name: Type.String(),
  role: Role,
});
export type SessionWorkspace = Static<typeof SessionWorkspace>;

/** `role` is the one in `workspace`; `workspaces` are all that may be switched to, `workspace` among them. */
export const GetSessionResponse = Type.Object({
  authMode: AuthMode,
  version: Type.String(),
  workspace: WorkspaceResource,
  member: SessionMember,
  role: Role,
  workspaces: Type.Array(SessionWorkspace),
});
export type GetSessionResponse = Static<typeof GetSessionResponse>;

/** POST /api/public/single-tenant/login → 200, a session cookie; 401 */
export const SingleTenantLoginRequest = Type.Object({
  password: Type.String({ minLength: 1, maxLength: 1000 }),
});
export type SingleTenantLoginRequest = Static<typeof SingleTenantLoginRequest>;
