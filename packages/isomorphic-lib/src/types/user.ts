/**
 * Users: those a workspace sends messages to. The requests and answers of /users.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ChannelType,
  ClientId,
  OptionalWorkspaceId,
  ShortText,
  Uuid,
} from "./common";

/** How many users a page has when the request does not say. */
export const DEFAULT_USERS_PAGE_SIZE = 10;

export const SortOrder = Type.Union([
  Type.Literal("asc"),
  Type.Literal("desc"),
]);
export type SortOrder = Static<typeof SortOrder>;

/** Which way from the cursor. */
export const CursorDirection = Type.Union([
  Type.Literal("after"),
  Type.Literal("before"),
]);
export type CursorDirection = Static<typeof CursorDirection>;

/** Users whose property `id` has one of the values. */
export const UserPropertyFilter = Type.Object({
  id: Uuid,
  values: Type.Array(ShortText, { maxItems: 1000 }),
});
export type UserPropertyFilter = Static<typeof UserPropertyFilter>;

/** Every one of them costs a look at each of the workspace's users. */
const filterIds = Type.Optional(Type.Array(Uuid, { maxItems: 50 }));

const userIds = Type.Array(ClientId, { maxItems: 1000 });

/** POST /users. All filters must hold; of a list of segments or groups each one. `sortBy` is the id of an indexed user
 *  property; without it the order is by user id. */
export const GetUsersRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  cursor: Type.Optional(Type.String({ maxLength: 2000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  direction: Type.Optional(CursorDirection),
  segmentFilter: filterIds,
  negativeSegmentFilter: filterIds,
  subscriptionGroupFilter: filterIds,
  negativeSubscriptionGroupFilter: filterIds,
  unsubscribedFromFilter: filterIds,
  userIds: Type.Optional(userIds),
  userPropertyFilter: Type.Optional(
    Type.Array(UserPropertyFilter, { maxItems: 20 }),
  ),
  includeSubscriptions: Type.Optional(Type.Boolean()),
  sortBy: Type.Optional(ClientId),
  sortOrder: Type.Optional(SortOrder),
  exclusiveCursor: Type.Optional(Type.Boolean()),
});
export type GetUsersRequest = Static<typeof GetUsersRequest>;

/** `properties` is by user property id. */
export const UserResource = Type.Object({
  id: Type.String(),
  properties: Type.Record(
    Type.String(),
    Type.Object({ name: Type.String(), value: Type.Unknown() }),
  ),
  segments: Type.Array(Type.Object({ id: Uuid, name: Type.String() })),
  subscriptions: Type.Optional(
    Type.Array(
      Type.Object({
        id: Uuid,
        name: Type.String(),
        subscribed: Type.Boolean(),
      }),
    ),
  ),
});
export type UserResource = Static<typeof UserResource>;

/** A cursor is absent at that end of the list. `userCount` is always 0, as in Dittofeed: ask /users/count. */
export const GetUsersResponse = Type.Object({
  users: Type.Array(UserResource),
  nextCursor: Type.Optional(Type.String()),
  previousCursor: Type.Optional(Type.String()),
  userCount: Type.Integer(),
});
export type GetUsersResponse = Static<typeof GetUsersResponse>;

/** POST /users/count: of the same request the filters count, cursor and limit do not. */
export const GetUsersCountRequest = GetUsersRequest;
export type GetUsersCountRequest = Static<typeof GetUsersCountRequest>;

export const GetUsersCountResponse = Type.Object({ userCount: Type.Integer() });
export type GetUsersCountResponse = Static<typeof GetUsersCountResponse>;

/** GET /users/subscriptions, in the query */
export const GetUserSubscriptionsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userId: ClientId,
});
export type GetUserSubscriptionsRequest = Static<
  typeof GetUserSubscriptionsRequest
>;

export const GetUserSubscriptionsResponse = Type.Object({
  workspaceId: Uuid,
  userId: Type.String(),
  subscriptionGroups: Type.Array(
    Type.Object({
      id: Uuid,
      name: Type.String(),
      isSubscribed: Type.Boolean(),
      channel: ChannelType,
    }),
  ),
});
export type GetUserSubscriptionsResponse = Static<
  typeof GetUserSubscriptionsResponse
>;

/** DELETE /users (in the body) and /users/v2 (in the query) → 204 */
export const DeleteUsersRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userIds,
});
export type DeleteUsersRequest = Static<typeof DeleteUsersRequest>;
