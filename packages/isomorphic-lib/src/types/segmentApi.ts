/**
 * The requests and answers of /api/segments and /api/admin/segments.
 */
import { type Static, Type } from "@sinclair/typebox";

import { opaqueSchema } from "../opaqueSchema";
import {
  BaseMessageResponse,
  IdError,
  InvalidDefinition,
  ProtectedResource,
  UniqueConstraintViolation,
} from "./apiError";
import {
  ClientId,
  IdRequest,
  Nullable,
  OptionalWorkspaceId,
  ResourceName,
  ResourceType,
  UnixMilliseconds,
  Uuid,
  UuidList,
} from "./common";
import { SegmentDefinition, SegmentStatus } from "./segment";

/** As the API answers with it. */
export const StoredSegmentDefinition = opaqueSchema(
  "StoredSegmentDefinition",
  SegmentDefinition,
  {
    description: "A SegmentDefinition, as in the request that stores it.",
  },
);
export type StoredSegmentDefinition = Static<typeof StoredSegmentDefinition>;

export const SavedSegmentResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  definition: StoredSegmentDefinition,
  subscriptionGroupId: Type.Optional(Uuid),
  resourceType: Type.Optional(ResourceType),
  status: Type.Optional(SegmentStatus),
  lastRecomputed: Type.Optional(UnixMilliseconds),
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
  definitionUpdatedAt: UnixMilliseconds,
});
export type SavedSegmentResource = Static<typeof SavedSegmentResource>;

/** GET /segments, in the query */
export const GetSegmentsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  ids: Type.Optional(UuidList),
  resourceType: Type.Optional(ResourceType),
});
export type GetSegmentsRequest = Static<typeof GetSegmentsRequest>;

export const GetSegmentsResponse = Type.Object({
  segments: Type.Array(SavedSegmentResource),
});
export type GetSegmentsResponse = Static<typeof GetSegmentsResponse>;

/** PUT /segments → 200 SavedSegmentResource. Found by `id` if given, else by `name`; `createOnly` leaves what exists
 *  as it is. A new segment needs a definition. */
export const UpsertSegmentResource = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  id: Type.Optional(Uuid),
  definition: Type.Optional(SegmentDefinition),
  status: Type.Optional(SegmentStatus),
  resourceType: Type.Optional(ResourceType),
  createOnly: Type.Optional(Type.Boolean()),
});
export type UpsertSegmentResource = Static<typeof UpsertSegmentResource>;

/** POST /segments → 201 SavedSegmentResource; 409 when the name or id is taken. */
export const CreateSegmentRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  name: ResourceName,
  id: Type.Optional(Uuid),
  definition: SegmentDefinition,
  status: Type.Optional(SegmentStatus),
  resourceType: Type.Optional(ResourceType),
});
export type CreateSegmentRequest = Static<typeof CreateSegmentRequest>;

export const UpsertSegmentError = Type.Union([
  IdError,
  UniqueConstraintViolation,
  InvalidDefinition,
  ProtectedResource,
]);
export type UpsertSegmentError = Static<typeof UpsertSegmentError>;

/** PATCH /segments/status → 200 SavedSegmentResource; 400 for a manual segment; 404 */
export const UpdateSegmentStatusRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Uuid,
  status: SegmentStatus,
});
export type UpdateSegmentStatusRequest = Static<
  typeof UpdateSegmentStatusRequest
>;
export const UpdateSegmentStatusError = BaseMessageResponse;
export type UpdateSegmentStatusError = Static<typeof UpdateSegmentStatusError>;

/** DELETE /segments (in the body) and /segments/v2 (in the query) → 204; 404 */
export const DeleteSegmentRequest = IdRequest;
export type DeleteSegmentRequest = Static<typeof DeleteSegmentRequest>;

/** POST /segments/manual-segment/update → 200, empty. Without `append` the list replaces the one before; `sync` waits
 *  until the assignments are written. A longer list is sent in parts, the later ones with `append`. */
export const UpdateManualSegmentUsersRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  segmentId: Uuid,
  userIds: Type.Array(ClientId, { maxItems: 10_000 }),
  append: Type.Optional(Type.Boolean()),
  sync: Type.Optional(Type.Boolean()),
});
export type UpdateManualSegmentUsersRequest = Static<
  typeof UpdateManualSegmentUsersRequest
>;

/** POST /segments/manual-segment/clear → 200, empty */
export const ClearManualSegmentRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  segmentId: Uuid,
});
export type ClearManualSegmentRequest = Static<
  typeof ClearManualSegmentRequest
>;

/** GET /segments/manual-segment/status, in the query → 200; 404 */
export const GetManualSegmentStatusRequest = ClearManualSegmentRequest;
export type GetManualSegmentStatusRequest = Static<
  typeof GetManualSegmentStatusRequest
>;

/** ISO 8601, or null before the first computation. */
export const GetManualSegmentStatusResponse = Type.Object({
  lastComputedAt: Nullable(Type.String()),
});
export type GetManualSegmentStatusResponse = Static<
  typeof GetManualSegmentStatusResponse
>;
