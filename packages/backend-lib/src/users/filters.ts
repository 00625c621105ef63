// Which users a request asks for, as a condition over a row `u` of "WorkspaceUser". Owns what each filter means: all of
// them must hold, and within a list of segments or groups each one. A list is one condition over sets, however long.

import { and, type SQL, sql } from "drizzle-orm";
import {
  type GetUsersRequest,
  type InWorkspace,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type KnownProperty } from "./properties";
import { hasOneOf } from "./propertyValue";
import { type FilteredGroup, findGroups } from "./subscriptions";

export interface UnknownUserProperty {
  readonly type: "UnknownUserProperty";
  readonly message: string;
}

type Request = InWorkspace<GetUsersRequest>;
/** Of a segment that does not exist, null: nobody's row is of it. */
type SegmentIds = readonly (string | null)[];

const NOBODY = sql`false`;

const distinct = (ids: readonly string[] = []) => [
  ...new Set(ids.map((id) => id.toLowerCase())),
];

/** Of a single segment the rows come from the index in order of user, so that a page is read no further than it is long. */
const isOneOf = (segmentIds: SegmentIds) =>
  segmentIds.length === 1
    ? sql`assignment."segmentId" = ${segmentIds[0]}::uuid`
    : sql`assignment."segmentId" = ANY(${sql.param(segmentIds)}::uuid[])`;

const rowsOf = (
  workspaceId: string,
  segmentIds: SegmentIds,
  inSegment: boolean,
) => sql`public."SegmentAssignment" AS assignment
  WHERE assignment."workspaceId" = ${workspaceId}::uuid AND assignment."inSegment" = ${inSegment}
    AND ${isOneOf(segmentIds)}`;

/** True for users who have such a row for every one of the segments. */
function inEach(
  workspaceId: string,
  segmentIds: SegmentIds,
  inSegment = true,
): SQL | undefined {
  if (segmentIds.length === 0) {
    return undefined;
  }
  const inEvery =
    segmentIds.length === 1
      ? sql``
      : sql`GROUP BY assignment."userId" HAVING count(*) = ${segmentIds.length}`;
  return sql`u."userId" IN (SELECT assignment."userId" FROM ${rowsOf(workspaceId, segmentIds, inSegment)} ${inEvery})`;
}

/** True for users who have such a row for none of the segments. */
function inNone(
  workspaceId: string,
  segmentIds: readonly string[],
  inSegment = true,
): SQL | undefined {
  return segmentIds.length === 0
    ? undefined
    : sql`NOT EXISTS (SELECT 1 FROM ${rowsOf(workspaceId, segmentIds, inSegment)}
        AND assignment."userId" = u."userId")`;
}

const segmentsOf = (groups: readonly FilteredGroup[]) =>
  groups.map(({ segmentId }) => segmentId);
const choicesOf = (groups: readonly FilteredGroup[]) =>
  segmentsOf(groups).filter((id) => id !== null);

/** Who made no choice is subscribed to what one opts out of, and to nothing else. */
function groupConditions(
  request: Request,
  groups: ReadonlyMap<string, FilteredGroup>,
): (SQL | undefined)[] {
  const { workspaceId } = request;
  const pick = (ids: readonly string[] | undefined) => {
    const wanted = distinct(ids);
    const found = wanted.flatMap((id) => groups.get(id) ?? []);
    return {
      all: found,
      optIn: found.filter(({ isOptOut }) => !isOptOut),
      optOut: found.filter(({ isOptOut }) => isOptOut),
      isEachKnown: found.length === wanted.length,
    };
  };
  const to = pick(request.subscriptionGroupFilter);
  const notTo = pick(request.negativeSubscriptionGroupFilter);
  const left = pick(request.unsubscribedFromFilter);
  return [
    to.isEachKnown && left.isEachKnown ? undefined : NOBODY,
    inEach(workspaceId, segmentsOf(to.optIn)),
    inNone(workspaceId, choicesOf(to.optOut), false),
    inNone(workspaceId, choicesOf(notTo.optIn)),
    inEach(workspaceId, segmentsOf(notTo.optOut), false),
    inEach(workspaceId, segmentsOf(left.all), false),
  ];
}

/**
 * The condition; Err when a property is filtered by that the workspace does not have. One round trip when the request
 * filters by groups, else none.
 */
export async function userConditions(
  request: Request,
  properties: ReadonlyMap<string, KnownProperty>,
): Promise<Result<SQL | undefined, UnknownUserProperty>> {
  const { workspaceId, userIds, userPropertyFilter = [] } = request;
  const conditions: (SQL | undefined)[] = [
    sql`u."workspaceId" = ${workspaceId}::uuid`,
    userIds === undefined
      ? undefined
      : sql`u."userId" = ANY(${sql.param(userIds)}::text[])`,
    inEach(workspaceId, distinct(request.segmentFilter)),
    inNone(workspaceId, distinct(request.negativeSegmentFilter)),
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
  const groups = await findGroups(
    workspaceId,
    distinct([
      ...(request.subscriptionGroupFilter ?? []),
      ...(request.negativeSubscriptionGroupFilter ?? []),
      ...(request.unsubscribedFromFilter ?? []),
    ]),
  );
  return ok(and(...conditions, ...groupConditions(request, groups)));
}
