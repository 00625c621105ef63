// Which users a request asks for, as a condition over a row `u` of "WorkspaceUser". Owns what each filter means: all of
// them must hold, and within a list of segments or groups each one must.

import { and, not, type SQL, sql } from "drizzle-orm";
import {
  type GetUsersRequest,
  type InWorkspace,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type KnownProperty } from "./properties";
import { hasOneOf } from "./propertyValue";
import { hasUnsubscribed, isSubscribed } from "./subscriptions";

export interface UnknownUserProperty {
  readonly type: "UnknownUserProperty";
  readonly message: string;
}

function isInSegment(workspaceId: string, segmentId: string): SQL {
  return sql`EXISTS (SELECT 1 FROM public."SegmentAssignment" AS assignment
    WHERE assignment."workspaceId" = ${workspaceId}::uuid AND assignment."userId" = u."userId"
      AND assignment."segmentId" = ${segmentId}::uuid AND assignment."inSegment")`;
}

/** The condition; Err when a property is filtered by that the workspace does not have. */
export function userConditions(
  request: InWorkspace<GetUsersRequest>,
  properties: ReadonlyMap<string, KnownProperty>,
): Result<SQL | undefined, UnknownUserProperty> {
  const { workspaceId, userIds, userPropertyFilter = [] } = request;
  const conditions: (SQL | undefined)[] = [
    sql`u."workspaceId" = ${workspaceId}::uuid`,
    userIds === undefined
      ? undefined
      : sql`u."userId" = ANY(${sql.param(userIds)}::text[])`,
  ];
  for (const [index, { id, values }] of userPropertyFilter.entries()) {
    const property = properties.get(id.toLowerCase());
    if (property === undefined) {
      return err({
        type: "UnknownUserProperty",
        message: `userPropertyFilter/${index}/id: the workspace has no such user property`,
      });
    }
    conditions.push(hasOneOf(property.value, values));
  }
  const each = (
    ids: readonly string[] | undefined,
    holds: (workspaceId: string, id: string) => SQL,
  ) => [...new Set(ids)].map((id) => holds(workspaceId, id));
  return ok(
    and(
      ...conditions,
      ...each(request.segmentFilter, isInSegment),
      ...each(request.negativeSegmentFilter, isInSegment).map(not),
      ...each(request.subscriptionGroupFilter, isSubscribed),
      ...each(request.negativeSubscriptionGroupFilter, isSubscribed).map(not),
      ...each(request.unsubscribedFromFilter, hasUnsubscribed),
    ),
  );
}
