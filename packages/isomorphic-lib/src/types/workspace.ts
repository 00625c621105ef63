/**
 * A workspace: the customer's row, and what people and payloads call a tenant.
 */
import { type Static, Type } from "@sinclair/typebox";

import { ResourceName, UnixMilliseconds, Uuid } from "./common";

/** Root stands alone; a Parent holds no events and lends members, keys and providers to its Child workspaces. */
export const WorkspaceType = Type.Union([
  Type.Literal("Root"),
  Type.Literal("Child"),
  Type.Literal("Parent"),
]);
export type WorkspaceType = Static<typeof WorkspaceType>;

/** Only Active lets anybody in. Paused is reversible; Tombstoned is deleted, though the rows are still there. */
export const WorkspaceStatus = Type.Union([
  Type.Literal("Active"),
  Type.Literal("Tombstoned"),
  Type.Literal("Paused"),
]);
export type WorkspaceStatus = Static<typeof WorkspaceStatus>;

export const WorkspaceResource = Type.Object({
  id: Uuid,
  name: ResourceName,
  type: WorkspaceType,
  status: WorkspaceStatus,
});
export type WorkspaceResource = Static<typeof WorkspaceResource>;

/** A workspace with what an operator sees of it. */
export const WorkspaceDetails = Type.Object({
  ...WorkspaceResource.properties,
  parentWorkspaceId: Type.Optional(Uuid),
  externalId: Type.Optional(Type.String()),
  domain: Type.Optional(Type.String()),
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
});
export type WorkspaceDetails = Static<typeof WorkspaceDetails>;

/** What creating a workspace hands out, once. `writeKey` is the whole value of the Authorization header. */
export const CreatedWorkspace = Type.Object({
  workspaceId: Uuid,
  adminApiKey: Type.String(),
  writeKey: Type.String(),
});
export type CreatedWorkspace = Static<typeof CreatedWorkspace>;
