// The users' choices: who joins a subscription group and who leaves it. Owns what a choice is stored as: membership in both of
// the group's segments, and an event of the user. Leaves it to users.ts to say what a missing choice means.

import { and, asc, eq, inArray } from "drizzle-orm";
import { fieldPath } from "isomorphic-lib/src/fieldPath";
import {
  type BadValues,
  type InWorkspace,
  type UniqueConstraintViolation,
  type UpsertSubscriptionGroupAssignmentsRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { inTransaction, type Transaction } from "../db";
import { subscriptionGroup } from "../db/schema";
import { ensureUsers, storeHostEvents } from "../hostEvents";
import { putSegmentMemberships } from "../segmentAssignments";
import { ensureGroupSegments, type GroupSegments } from "./segments";

interface Choice {
  readonly userId: string;
  readonly groupId: string;
  readonly isSubscribed: boolean;
  readonly field: string;
}

type AssignmentsRequest =
  InWorkspace<UpsertSubscriptionGroupAssignmentsRequest>;

export type SubscriptionAssignmentsError =
  BadValues | UniqueConstraintViolation;

function choicesOf({ userUpdates }: AssignmentsRequest): Choice[] {
  return userUpdates.flatMap(({ userId, changes }, index) =>
    Object.entries(changes).map(([groupId, isSubscribed]) => ({
      userId,
      groupId: groupId.toLowerCase(),
      isSubscribed,
      field: fieldPath(["userUpdates", index, "changes", groupId]),
    })),
  );
}

/** The segments of each group that is the workspace's; the groups cannot be deleted until `tx` ends. */
async function lockGroups(
  tx: Transaction,
  workspaceId: string,
  groupIds: readonly string[],
): Promise<Result<Map<string, GroupSegments>, UniqueConstraintViolation>> {
  const groups = await tx
    .select()
    .from(subscriptionGroup)
    .where(
      and(
        eq(subscriptionGroup.workspaceId, workspaceId),
        inArray(subscriptionGroup.id, [...new Set(groupIds)]),
      ),
    )
    .orderBy(asc(subscriptionGroup.id))
    .for("key share");
  const found = new Map<string, GroupSegments>();
  for (const group of groups) {
    const segments = await ensureGroupSegments(tx, group);
    if (segments.isErr()) {
      return err(segments.error);
    }
    found.set(group.id, segments.value);
  }
  return ok(found);
}

async function store(
  workspaceId: string,
  choices: readonly Choice[],
): Promise<Result<void, SubscriptionAssignmentsError>> {
  return inTransaction(async (tx) => {
    const groups = await lockGroups(
      tx,
      workspaceId,
      choices.map(({ groupId }) => groupId),
    );
    if (groups.isErr()) {
      return err(groups.error);
    }
    const unknown = choices.find(({ groupId }) => !groups.value.has(groupId));
    if (unknown !== undefined) {
      return err({
        type: "BadValues",
        message: `${unknown.field}: no subscription group of this workspace has this id`,
      });
    }
    const memberships = choices.flatMap(({ userId, groupId, isSubscribed }) => {
      const segments = groups.value.get(groupId);
      return segments === undefined
        ? []
        : [
            { userId, segmentId: segments.segmentId, inSegment: isSubscribed },
            {
              userId,
              segmentId: segments.unsubscribedSegmentId,
              inSegment: !isSubscribed,
            },
          ];
    });
    await ensureUsers(
      tx,
      workspaceId,
      choices.map(({ userId }) => userId),
    );
    await putSegmentMemberships(tx, workspaceId, memberships);
    return ok();
  });
}

/**
 * Subscribes users to groups (true) and unsubscribes them (false); of several choices of one user about one group the last
 * counts. All are stored or none. Then each choice becomes an event of the user; the choices stand even if storing the
 * events fails, and sending the request again does no harm. Err BadValues names a group that the workspace does not have.
 */
export async function updateSubscriptionAssignments(
  request: AssignmentsRequest,
): Promise<Result<void, SubscriptionAssignmentsError>> {
  const choices = choicesOf(request);
  if (choices.length === 0) {
    return ok();
  }
  const stored = await store(request.workspaceId, choices);
  if (stored.isOk()) {
    await storeHostEvents(
      request.workspaceId,
      choices.map(({ userId, groupId, isSubscribed }) => ({
        userId,
        event: "DFSubscriptionChange",
        properties: {
          subscriptionId: groupId,
          action: isSubscribed ? "Subscribe" : "Unsubscribe",
        },
      })),
    );
  }
  return stored;
}
