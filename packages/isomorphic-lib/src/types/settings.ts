/**
 * The routes of /settings: write keys, data sources, message providers.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  Nullable,
  OptionalWorkspaceId,
  ResourceName,
  ShortText,
  Uuid,
} from "./common";
import { EmailProviderSecret, SmsProviderSecret } from "./secret";

/** A key for sending events. Header value: `Basic base64("<secretId>:<writeKeyValue>")`. */
export const WriteKeyResource = Type.Object({
  workspaceId: Uuid,
  writeKeyName: ResourceName,
  writeKeyValue: Type.String(),
  secretId: Uuid,
});
export type WriteKeyResource = Static<typeof WriteKeyResource>;

/** GET /settings/write-keys → 200, a bare array */
export const ListWriteKeysResponse = Type.Array(WriteKeyResource);
export type ListWriteKeysResponse = Static<typeof ListWriteKeysResponse>;

/** PUT /settings/write-keys → 204; creates the key unless the name exists. */
export const UpsertWriteKeyRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  writeKeyName: ResourceName,
});
export type UpsertWriteKeyRequest = Static<typeof UpsertWriteKeyRequest>;

/** DELETE /settings/write-keys, in the body → 204; 404 */
export const DeleteWriteKeyRequest = UpsertWriteKeyRequest;
export type DeleteWriteKeyRequest = Static<typeof DeleteWriteKeyRequest>;

export const DataSourceType = Type.Literal("SegmentIO");
export type DataSourceType = Static<typeof DataSourceType>;

/** GET /settings/data-sources → 200: which are configured, never with their secrets. */
export const ListDataSourcesResponse = Type.Object({
  dataSourceConfigurations: Type.Array(DataSourceType),
});
export type ListDataSourcesResponse = Static<typeof ListDataSourcesResponse>;

export const DataSourceVariant = Type.Object({
  type: DataSourceType,
  sharedSecret: Type.String({ minLength: 1, maxLength: 1000 }),
});
export type DataSourceVariant = Static<typeof DataSourceVariant>;

/** PUT /settings/data-sources → 200 DataSourceConfigurationResource */
export const UpsertDataSourceRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  variant: DataSourceVariant,
});
export type UpsertDataSourceRequest = Static<typeof UpsertDataSourceRequest>;

export const DataSourceConfigurationResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  variant: DataSourceVariant,
});
export type DataSourceConfigurationResource = Static<
  typeof DataSourceConfigurationResource
>;

/** DELETE /settings/data-sources, in the query → 204 */
export const DeleteDataSourceRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  type: DataSourceType,
});
export type DeleteDataSourceRequest = Static<typeof DeleteDataSourceRequest>;

/** PUT /settings/email-providers → 201, empty */
export const UpsertEmailProviderRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  config: EmailProviderSecret,
  setDefault: Type.Optional(Type.Boolean()),
});
export type UpsertEmailProviderRequest = Static<
  typeof UpsertEmailProviderRequest
>;

/** PUT /settings/sms-providers → 201, empty */
export const UpsertSmsProviderRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  config: SmsProviderSecret,
  setDefault: Type.Optional(Type.Boolean()),
});
export type UpsertSmsProviderRequest = Static<typeof UpsertSmsProviderRequest>;

/** PUT /settings/email-providers/default → 201, empty. The provider is named by its id or by its type. */
export const UpsertDefaultEmailProviderRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  fromAddress: Nullable(ShortText),
  emailProviderId: Type.Optional(Uuid),
  emailProvider: Type.Optional(Type.String({ maxLength: 100 })),
});
export type UpsertDefaultEmailProviderRequest = Static<
  typeof UpsertDefaultEmailProviderRequest
>;

/** PUT /settings/sms-providers/default → 201, empty */
export const UpsertDefaultSmsProviderRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  smsProviderId: Uuid,
});
export type UpsertDefaultSmsProviderRequest = Static<
  typeof UpsertDefaultSmsProviderRequest
>;
