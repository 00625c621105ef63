// Whether a user is subscribed to a group, as SQL: what they chose, and without a choice what the group's type says.
// Owns that reading; choices are written by the subscription groups themselves.

import { type SQL, sql } from "drizzle-orm";

import { type Database, db } from "../db";

/** A group keeps its choices in the one of its segments that is named after it. */
function keepsChoices(kept: SQL, group: SQL): SQL {
  return sql`${kept}."workspaceId" = ${group}."workspaceId" AND ${kept}."subscriptionGroupId" = ${group}."id"
    AND ${kept}."name" = 'subscriptionGroup-' || ${group}."id"`;
}

/** One row for each of the workspace's groups: "id", "name", "channel", "choice" (NULL: none was made), "subscribed". */
function subscriptionsOf(workspaceId: string, userId: SQL): SQL {
  return sql`(
    SELECT chosen_from."id", chosen_from."name", chosen_from."channel", choice."inSegment" AS "choice",
      coalesce(choice."inSegment", chosen_from."type" = 'OptOut') AS "subscribed"
    FROM public."SubscriptionGroup" AS chosen_from
    LEFT JOIN public."Segment" AS kept ON ${keepsChoices(sql`kept`, sql`chosen_from`)}
    LEFT JOIN public."SegmentAssignment" AS choice ON choice."workspaceId" = chosen_from."workspaceId"
      AND choice."segmentId" = kept."id" AND choice."userId" = ${userId}
    WHERE chosen_from."workspaceId" = ${workspaceId}::uuid)`;
}

const OF_ROW = sql`u."userId"`;

/** What a filter must know of a group to find its users with as few looks at choices as possible. */
export interface FilteredGroup extends Record<string, unknown> {
  readonly id: string;
  /** Who has made no choice is subscribed. */
  readonly isOptOut: boolean;
  /** Where its choices are; null when it has kept none. */
  readonly segmentId: string | null;
}

/** Those of the groups that the workspace has, by id in lower case. One round trip, none without ids. */
export async function findGroups(
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, FilteredGroup>> {
  if (ids.length === 0) {
    return new Map();
  }
  const { rows } = await db().execute<FilteredGroup>(sql`
    SELECT wanted."id", wanted."type" = 'OptOut' AS "isOptOut", kept."id" AS "segmentId"
    FROM public."SubscriptionGroup" AS wanted
    LEFT JOIN public."Segment" AS kept ON ${keepsChoices(sql`kept`, sql`wanted`)}
    WHERE wanted."workspaceId" = ${workspaceId}::uuid AND wanted."id" = ANY(${sql.param(ids)}::uuid[])`);
  return new Map(rows.map((group) => [group.id, group]));
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

/**
 * Of the users, known or not, those who are not subscribed to the group; null when the workspace has no such group. One
 * round trip.
 */
export async function findUnsubscribed(
  workspaceId: string,
  groupId: string,
  userIds: readonly string[],
  { reader = db() }: { readonly reader?: Pick<Database, "execute"> } = {},
): Promise<ReadonlySet<string> | null> {
  const { rows } = await reader.execute<{
    userId: string | null;
    isSubscribed: boolean;
  }>(sql`
    SELECT wanted."userId", coalesce(choice."inSegment", asked."type" = 'OptOut') AS "isSubscribed"
    FROM public."SubscriptionGroup" AS asked
    LEFT JOIN public."Segment" AS kept ON ${keepsChoices(sql`kept`, sql`asked`)}
    LEFT JOIN unnest(${sql.param(userIds)}::text[]) AS wanted("userId") ON true
    LEFT JOIN public."SegmentAssignment" AS choice ON choice."workspaceId" = asked."workspaceId"
      AND choice."segmentId" = kept."id" AND choice."userId" = wanted."userId"
    WHERE asked."workspaceId" = ${workspaceId}::uuid AND asked."id" = ${groupId}::uuid`);
  return rows.length === 0
    ? null
    : new Set(
        rows.flatMap(({ userId, isSubscribed }) =>
          isSubscribed || userId === null ? [] : [userId],
        ),
      );
}
