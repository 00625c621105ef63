// The two segments that a subscription group keeps for itself: who is in, and who has left. Owns that each group has both
// and that nothing else has their names; no other module writes a segment that belongs to a group.

import { and, eq, inArray } from "drizzle-orm";
import {
  type SubscriptionGroupType,
  type UniqueConstraintViolation,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { type Transaction } from "../db";
import { segment } from "../db/schema";
import { nextMoment } from "../rowUpsert";
import { subscriptionGroupSegments } from "../workspaces";

/** The names of a group's segments. */
export const subscribedName = (groupId: string) =>
  `subscriptionGroup-${groupId}`;
export const unsubscribedName = (groupId: string) =>
  `subscriptionGroup-unsubscribed-${groupId}`;

export interface GroupSegments {
  readonly segmentId: string;
  readonly unsubscribedSegmentId: string;
}

interface Group {
  readonly workspaceId: string;
  readonly id: string;
  readonly type: SubscriptionGroupType;
}

/**
 * The group's segments, made as far as they are not there. The caller holds the group's row locked. Err
 * UniqueConstraintViolation when a segment that is not the group's has one of the names.
 */
export async function ensureGroupSegments(
  tx: Transaction,
  group: Group,
): Promise<Result<GroupSegments, UniqueConstraintViolation>> {
  const { workspaceId, id } = group;
  const now = clock().now();
  await tx
    .insert(segment)
    .values(
      subscriptionGroupSegments(group).map((row) => ({
        ...row,
        createdAt: now,
        updatedAt: now,
        definitionUpdatedAt: now,
      })),
    )
    .onConflictDoNothing();
  const rows = await tx
    .select({ id: segment.id, name: segment.name })
    .from(segment)
    .where(
      and(
        eq(segment.workspaceId, workspaceId),
        eq(segment.subscriptionGroupId, id),
        inArray(segment.name, [subscribedName(id), unsubscribedName(id)]),
      ),
    );
  const idOf = (name: string) => rows.find((row) => row.name === name)?.id;
  const segmentId = idOf(subscribedName(id));
  const unsubscribedSegmentId = idOf(unsubscribedName(id));
  return segmentId === undefined || unsubscribedSegmentId === undefined
    ? err({
        type: "UniqueConstraintViolation",
        message: `A segment has a name that this group needs for its own: ${subscribedName(id)} or ${unsubscribedName(id)}.`,
      })
    : ok({ segmentId, unsubscribedSegmentId });
}

/** Makes the definition of the group's first segment say the group's new type. */
export async function redefineGroupSegment(
  tx: Transaction,
  group: Group,
): Promise<void> {
  const [wanted] = subscriptionGroupSegments(group);
  const isMeant = and(
    eq(segment.workspaceId, group.workspaceId),
    eq(segment.subscriptionGroupId, group.id),
    eq(segment.name, wanted.name),
  );
  const [row] = await tx
    .select({ definitionUpdatedAt: segment.definitionUpdatedAt })
    .from(segment)
    .where(isMeant)
    .for("no key update");
  if (row !== undefined) {
    await tx
      .update(segment)
      .set({
        definition: wanted.definition,
        definitionUpdatedAt: nextMoment(row.definitionUpdatedAt),
      })
      .where(isMeant);
  }
}
