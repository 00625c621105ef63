/**
 * Admin API keys: what `/api/admin/*` is called with. The key itself is shown once, when it is made.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  IdRequest,
  OptionalWorkspaceId,
  ResourceName,
  UnixMilliseconds,
  Uuid,
} from "./common";

export const AdminApiKeyResource = Type.Object({
  id: Uuid,
  name: ResourceName,
  createdAt: UnixMilliseconds,
});
export type AdminApiKeyResource = Static<typeof AdminApiKeyResource>;

/** GET /admin-keys → 200, never a key's value. */
export const GetAdminApiKeysResponse = Type.Object({
  adminApiKeys: Type.Array(AdminApiKeyResource),
});
export type GetAdminApiKeysResponse = Static<typeof GetAdminApiKeysResponse>;

/** POST /admin-keys → 200; 409 when the name is taken. */
export const CreateAdminApiKeyRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
});
export type CreateAdminApiKeyRequest = Static<typeof CreateAdminApiKeyRequest>;

export const CreateAdminApiKeyResponse = Type.Object({
  workspaceId: Uuid,
  ...AdminApiKeyResource.properties,
  apiKey: Type.String(),
});
export type CreateAdminApiKeyResponse = Static<
  typeof CreateAdminApiKeyResponse
>;

/** DELETE /admin-keys, in the query → 200, empty */
export const DeleteAdminApiKeyRequest = IdRequest;
export type DeleteAdminApiKeyRequest = Static<typeof DeleteAdminApiKeyRequest>;
