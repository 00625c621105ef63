// FACE of subscriptionGroups/: what users of one channel opt in to or out of. Owns "SubscriptionGroup"; a group comes and
// goes with two segments of its own (subscriptionGroups/segments.ts), which nobody else can change.

import { Type } from "@sinclair/typebox";
import {
  and,
  asc,
  eq,
  type InferSelectModel,
  type SQL,
  sql,
} from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import {
  type BadValues,
  type DeleteSubscriptionGroupRequest,
  type InWorkspace,
  type NotFound,
  Nullable,
  SavedSubscriptionGroupResource,
  type UniqueConstraintViolation,
  type UpsertSubscriptionGroupError,
  type UpsertSubscriptionGroupResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { db, inTransaction, queryResult, type Transaction } from "./db";
import { segment, subscriptionGroup } from "./db/schema";
import { type Narrowing, readList } from "./keptLists";
import { sharedKind } from "./multitenancy/cache";
import { upsertRow } from "./rowUpsert";
import {
  ensureGroupSegments,
  redefineGroupSegment,
  subscribedName,
  unsubscribedName,
} from "./subscriptionGroups/segments";

export {
  type SubscriptionAssignmentsError,
  updateSubscriptionAssignments,
} from "./subscriptionGroups/assignments";

type GroupRow = InferSelectModel<typeof subscriptionGroup>;
type GroupChange = InWorkspace<UpsertSubscriptionGroupResource>;

const TAKEN: UniqueConstraintViolation = {
  type: "UniqueConstraintViolation",
  message: "A subscription group with this name or id exists already.",
};
const NEITHER_ID_NOR_NAME: BadValues = {
  type: "BadValues",
  message: "id or name: one of them is required",
};
const NAME_MISSING: BadValues = {
  type: "BadValues",
  message:
    "name: required, as the workspace has no subscription group with this id",
};
const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such subscription group.",
};

function toSubscriptionGroup(
  row: GroupRow,
  segments: {
    segmentId: string | null;
    unsubscribedSegmentId: string | null;
  },
): SavedSubscriptionGroupResource {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    channel: row.channel,
    type: row.type,
    ...(segments.segmentId === null ? {} : { segmentId: segments.segmentId }),
    ...(segments.unsubscribedSegmentId === null
      ? {}
      : { unsubscribedSegmentId: segments.unsubscribedSegmentId }),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

const LISTS = sharedKind({
  name: "subscriptionGroups",
  scopes: ["subscriptionGroups", "segments"],
  schema: Nullable(Type.Array(SavedSubscriptionGroupResource)),
});

interface ListedRow {
  readonly group: GroupRow;
  readonly segmentId: string | null;
  readonly unsubscribedSegmentId: string | null;
}

async function selectGroups(
  workspaceId: string,
  { limit }: Narrowing,
): Promise<ListedRow[]> {
  const subscribed = alias(segment, "subscribed");
  const unsubscribed = alias(segment, "unsubscribed");
  const isOf = (
    table: typeof subscribed | typeof unsubscribed,
    prefix: string,
  ) =>
    and(
      eq(table.workspaceId, workspaceId),
      eq(table.subscriptionGroupId, subscriptionGroup.id),
      sql`${table.name} = ${prefix} || ${subscriptionGroup.id}::text`,
    );
  const query = db()
    .select({
      group: subscriptionGroup,
      segmentId: subscribed.id,
      unsubscribedSegmentId: unsubscribed.id,
    })
    .from(subscriptionGroup)
    .leftJoin(subscribed, isOf(subscribed, subscribedName("")))
    .leftJoin(unsubscribed, isOf(unsubscribed, unsubscribedName("")))
    .where(eq(subscriptionGroup.workspaceId, workspaceId))
    .orderBy(asc(subscriptionGroup.createdAt), asc(subscriptionGroup.id));
  return limit === undefined ? query : query.limit(limit);
}

/** The workspace's subscription groups with their segments, oldest first. From the cache, as readList() promises. */
export async function getSubscriptionGroups({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<Readonly<SavedSubscriptionGroupResource>[]> {
  return readList(LISTS, {
    workspaceId,
    select: (narrowing) => selectGroups(workspaceId, narrowing),
    toItem: ({ group, ...segments }) => toSubscriptionGroup(group, segments),
  });
}

/** The row with its segments, made where they are missing. */
async function withSegments(
  tx: Transaction,
  row: GroupRow,
): Promise<
  Result<SavedSubscriptionGroupResource, UpsertSubscriptionGroupError>
> {
  const segments = await ensureGroupSegments(tx, row);
  return segments.map((value) => toSubscriptionGroup(row, value));
}

/** Ok(undefined): a row with this id or name is there. */
async function insertGroup(
  tx: Transaction,
  { workspaceId, id, name, channel, type }: GroupChange & { name: string },
): Promise<
  Result<
    SavedSubscriptionGroupResource | undefined,
    UpsertSubscriptionGroupError
  >
> {
  const now = clock().now();
  const [row] = await tx
    .insert(subscriptionGroup)
    .values({
      id,
      workspaceId,
      name,
      channel,
      type,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return row === undefined ? ok(undefined) : withSegments(tx, row);
}

async function updateGroup(
  tx: Transaction,
  row: GroupRow,
  { workspaceId, name, channel, type }: GroupChange,
): Promise<
  Result<SavedSubscriptionGroupResource, UpsertSubscriptionGroupError>
> {
  const updated = await queryResult(
    tx
      .update(subscriptionGroup)
      .set({ name, channel, type })
      .where(
        and(
          eq(subscriptionGroup.workspaceId, workspaceId),
          eq(subscriptionGroup.id, row.id),
        ),
      )
      .returning(),
  );
  if (updated.isErr()) {
    return err(TAKEN);
  }
  const [saved] = updated.value;
  if (saved === undefined) {
    return err(TAKEN);
  }
  if (row.type !== type) {
    await redefineGroupSegment(tx, saved);
  }
  return withSegments(tx, saved);
}

async function findForChange(
  tx: Transaction,
  workspaceId: string,
  isMeant: SQL,
): Promise<GroupRow | undefined> {
  const [row] = await tx
    .select()
    .from(subscriptionGroup)
    .where(and(eq(subscriptionGroup.workspaceId, workspaceId), isMeant))
    .for("no key update");
  return row;
}

/**
 * Changes the subscription group of this id, or without an id of this name, or makes it with its two segments. Err
 * BadValues without id and name, or without a name for a new group; UniqueConstraintViolation when the name or id is
 * another's, or a segment has a name that the group's own need.
 */
export async function upsertSubscriptionGroup(
  input: GroupChange,
): Promise<
  Result<SavedSubscriptionGroupResource, UpsertSubscriptionGroupError>
> {
  const { workspaceId, id, name } = input;
  if (id === undefined && name === undefined) {
    return err(NEITHER_ID_NOR_NAME);
  }
  const isMeant =
    id === undefined
      ? eq(subscriptionGroup.name, name ?? "")
      : eq(subscriptionGroup.id, id);
  return inTransaction((tx) =>
    upsertRow<
      GroupRow,
      SavedSubscriptionGroupResource,
      UpsertSubscriptionGroupError
    >({
      find: () => findForChange(tx, workspaceId, isMeant),
      update: (row) => updateGroup(tx, row, input),
      insert: async () =>
        name === undefined
          ? err(NAME_MISSING)
          : insertGroup(tx, { ...input, name }),
      taken: TAKEN,
    }),
  );
}

/** Deletes a subscription group, its segments and the choices made about it. What refers to it is left as it is. */
export async function deleteSubscriptionGroup({
  workspaceId,
  id,
}: InWorkspace<DeleteSubscriptionGroupRequest>): Promise<
  Result<void, NotFound>
> {
  return inTransaction(async (tx) => {
    const isMeant = and(
      eq(subscriptionGroup.workspaceId, workspaceId),
      eq(subscriptionGroup.id, id),
    );
    // Locked before its segments go: whoever is about to store choices holds it, and is waited for.
    const [row] = await tx
      .select({ id: subscriptionGroup.id })
      .from(subscriptionGroup)
      .where(isMeant)
      .for("update");
    if (row === undefined) {
      return err(NOT_FOUND);
    }
    await tx
      .delete(segment)
      .where(
        and(
          eq(segment.workspaceId, workspaceId),
          eq(segment.subscriptionGroupId, row.id),
        ),
      );
    await tx.delete(subscriptionGroup).where(isMeant);
    return ok();
  });
}
