// FACE of users/: those a workspace sends messages to, from listing to forgetting. Users come into being through
// userEvents.ts; segments and subscription groups say themselves who is in them.

import {
  type DeleteUsersRequest,
  type GetUsersCountRequest,
  type GetUsersCountResponse,
  type GetUsersRequest,
  type GetUsersResponse,
  type GetUserSubscriptionsRequest,
  type GetUserSubscriptionsResponse,
  type InWorkspace,
} from "isomorphic-lib/src/types";
import { type Result } from "neverthrow";

import { db } from "./db";
import { removeUsers } from "./users/deletion";
import { type UnknownUserProperty } from "./users/filters";
import { encodeCursor } from "./users/order";
import { countMatching, findUsers, type GetUsersError } from "./users/page";
import { subscriptionsQuery } from "./users/subscriptions";

export { propertyValue } from "./users/propertyValue";
export { findUnsubscribed } from "./users/subscriptions";
export type { GetUsersError };

/**
 * A page of the workspace's users, by id or by an indexed user property, with their properties, segments and, when asked
 * for, subscriptions. Shows of the workspace's 200 oldest user properties as many as a page can be read with: 2,000 traits,
 * of which a value that is looked for in events counts as 11 and each condition on the event as one more; the rest can
 * still be filtered and sorted by. Every filter must hold; of a list of segments or groups each one, of a property's values one. A
 * user is left out of a page by its cursor, unless `exclusiveCursor` is false. Err InvalidCursor when the cursor was not
 * given out for this order, UnknownUserProperty and UnsortableProperty when the workspace has no such property or index.
 */
export async function getUsers(
  request: InWorkspace<GetUsersRequest>,
): Promise<Result<GetUsersResponse, GetUsersError>> {
  return findUsers(request);
}

/** The cursor of the page that begins after this user, in a list by id; the user need not be there any more. */
export function cursorAfter(userId: string): string {
  return encodeCursor({ u: userId });
}

/** How many users the filters of the request leave, exactly; anonymous ones count. Err UnknownUserProperty as above. */
export async function countUsers(
  request: InWorkspace<GetUsersCountRequest>,
): Promise<Result<GetUsersCountResponse, UnknownUserProperty>> {
  const count = await countMatching(request);
  return count.map((userCount) => ({ userCount }));
}

/** Every subscription group of the workspace and whether the user, known or not, is subscribed; by name. */
export async function getUserSubscriptions({
  workspaceId,
  userId,
}: InWorkspace<GetUserSubscriptionsRequest>): Promise<GetUserSubscriptionsResponse> {
  const { rows } = await db().execute<
    GetUserSubscriptionsResponse["subscriptionGroups"][number]
  >(subscriptionsQuery(workspaceId, userId));
  return { workspaceId, userId, subscriptionGroups: rows };
}

/**
 * Forgets the users: their rows, events, segments and properties, and what groups recorded of them, in this workspace
 * only. Unknown ids are passed over. An event that is sent later makes the user anew.
 */
export async function deleteUsers({
  workspaceId,
  userIds,
}: InWorkspace<DeleteUsersRequest>): Promise<void> {
  if (userIds.length > 0) {
    await removeUsers(workspaceId, userIds);
  }
}
