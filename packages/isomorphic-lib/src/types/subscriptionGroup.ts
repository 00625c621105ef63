/**
 * Subscription groups: what users of one channel opt in to or out of; the routes of /subscription-groups.
 */
import { type Static, Type } from "@sinclair/typebox";

import { BadValues, IdError, UniqueConstraintViolation } from "./apiError";
import {
  ChannelType,
  ClientId,
  IdRequest,
  OptionalWorkspaceId,
  ResourceName,
  UnixMilliseconds,
  Uuid,
} from "./common";

export const SubscriptionGroupType = Type.Union([
  Type.Literal("OptIn"),
  Type.Literal("OptOut"),
]);
export type SubscriptionGroupType = Static<typeof SubscriptionGroupType>;

/** The two segments are the host's own: who is in, and who has left. */
export const SavedSubscriptionGroupResource = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  channel: ChannelType,
  type: SubscriptionGroupType,
  segmentId: Type.Optional(Uuid),
  unsubscribedSegmentId: Type.Optional(Uuid),
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
});
export type SavedSubscriptionGroupResource = Static<
  typeof SavedSubscriptionGroupResource
>;

/** GET /subscription-groups → 200, a bare array */
export const GetSubscriptionGroupsResponse = Type.Array(
  SavedSubscriptionGroupResource,
);
export type GetSubscriptionGroupsResponse = Static<
  typeof GetSubscriptionGroupsResponse
>;

/** PUT /subscription-groups → 200 SavedSubscriptionGroupResource. Found by `id` if given, else by `name`; without
 *  either it is refused as BadValues. */
export const UpsertSubscriptionGroupResource = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Type.Optional(Uuid),
  name: Type.Optional(ResourceName),
  channel: ChannelType,
  type: SubscriptionGroupType,
});
export type UpsertSubscriptionGroupResource = Static<
  typeof UpsertSubscriptionGroupResource
>;

export const UpsertSubscriptionGroupError = Type.Union([
  IdError,
  UniqueConstraintViolation,
  BadValues,
]);
export type UpsertSubscriptionGroupError = Static<
  typeof UpsertSubscriptionGroupError
>;

const UUID_KEY =
  "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

/** Which groups, by id, a user joins (true) or leaves (false). */
export const SubscriptionChanges = Type.Record(
  Type.String({ pattern: UUID_KEY }),
  Type.Boolean(),
  { additionalProperties: false, maxProperties: 1000 },
);
export type SubscriptionChanges = Static<typeof SubscriptionChanges>;

/** PUT /subscription-groups/assignments → 200, empty */
export const UpsertSubscriptionGroupAssignmentsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userUpdates: Type.Array(
    Type.Object({ userId: ClientId, changes: SubscriptionChanges }),
    { maxItems: 10_000 },
  ),
});
export type UpsertSubscriptionGroupAssignmentsRequest = Static<
  typeof UpsertSubscriptionGroupAssignmentsRequest
>;

/** DELETE /subscription-groups, in the body → 204; 404 */
export const DeleteSubscriptionGroupRequest = IdRequest;
export type DeleteSubscriptionGroupRequest = Static<
  typeof DeleteSubscriptionGroupRequest
>;
