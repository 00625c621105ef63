// Whether a user is subscribed to a group, as SQL: what they chose, and without a choice what the group's type says.
// Owns that reading; choices are written by the subscription groups themselves.

import { type SQL, sql } from "drizzle-orm";

/**
 * One row for each of the workspace's groups: "id", "name", "channel", "choice" (NULL: none was made), "subscribed".
 * A group keeps its choices in the one of its segments that is named after it.
 */
function subscriptionsOf(workspaceId: string, userId: SQL): SQL {
  return sql`(
    SELECT chosen_from."id", chosen_from."name", chosen_from."channel", choice."inSegment" AS "choice",
      coalesce(choice."inSegment", chosen_from."type" = 'OptOut') AS "subscribed"
    FROM public."SubscriptionGroup" AS chosen_from
    LEFT JOIN public."Segment" AS kept ON kept."workspaceId" = chosen_from."workspaceId"
      AND kept."subscriptionGroupId" = chosen_from."id"
      AND kept."name" = 'subscriptionGroup-' || chosen_from."id"
    LEFT JOIN public."SegmentAssignment" AS choice ON choice."workspaceId" = chosen_from."workspaceId"
      AND choice."segmentId" = kept."id" AND choice."userId" = ${userId}
    WHERE chosen_from."workspaceId" = ${workspaceId}::uuid)`;
}

const OF_ROW = sql`u."userId"`;

/** True for users `u` who are subscribed to the group. */
export function isSubscribed(workspaceId: string, groupId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${subscriptionsOf(workspaceId, OF_ROW)} AS subscription
    WHERE subscription."id" = ${groupId}::uuid AND subscription."subscribed")`;
}

/** True for users `u` who have said that they leave the group. */
export function hasUnsubscribed(workspaceId: string, groupId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${subscriptionsOf(workspaceId, OF_ROW)} AS subscription
    WHERE subscription."id" = ${groupId}::uuid AND NOT subscription."choice")`;
}

/** The groups of the user `u` as a JSON array of `{id, name, subscribed}`, by name. */
export function subscriptionList(workspaceId: string): SQL {
  return sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('id', subscription."id", 'name', subscription."name",
      'subscribed', subscription."subscribed") ORDER BY subscription."name"), '[]')
    FROM ${subscriptionsOf(workspaceId, OF_ROW)} AS subscription)`;
}

/** All groups with what holds for one user, known or not: "id", "name", "isSubscribed", "channel", by name. */
export function subscriptionsQuery(workspaceId: string, userId: string): SQL {
  return sql`SELECT "id", "name", "subscribed" AS "isSubscribed", "channel"
    FROM ${subscriptionsOf(workspaceId, sql`${userId}::text`)} AS subscription ORDER BY "name"`;
}
