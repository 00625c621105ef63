// The users of manual segments. Owns who is listed and when that was last written; an update takes effect at once, there is
// nothing to compute. Those nobody had seen become users with it, and each listed user gets an event that says so.

import { and, eq, max } from "drizzle-orm";
import {
  type BadValues,
  type ClearManualSegmentRequest,
  type GetManualSegmentStatusRequest,
  type GetManualSegmentStatusResponse,
  type InWorkspace,
  type NotFound,
  type SegmentDefinition,
  type UpdateManualSegmentUsersRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { db, inTransaction, type Transaction } from "../db";
import { computedPropertyPeriod, segment } from "../db/schema";
import { ensureUsers, storeHostEvents } from "../hostEvents";
import { nextMoment } from "../rowUpsert";
import {
  clearSegmentMemberships,
  putSegmentMemberships,
} from "../segmentAssignments";
import { definitionOf, type SegmentRow } from "./rows";

export type ManualSegmentError = NotFound | BadValues;

const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such segment.",
};
const NOT_MANUAL: BadValues = {
  type: "BadValues",
  message: "segmentId: users can be listed by hand in a manual segment only",
};

/** The step of computation under which the writing of the list is on record. */
const STEP = "ProcessAssignments";

type ManualEntry = Extract<SegmentDefinition["entryNode"], { type: "Manual" }>;

interface ManualSegment {
  readonly row: SegmentRow;
  readonly entryNode: ManualEntry;
}

async function lockManualSegment(
  tx: Transaction,
  workspaceId: string,
  segmentId: string,
): Promise<Result<ManualSegment, ManualSegmentError>> {
  const [row] = await tx
    .select()
    .from(segment)
    .where(and(eq(segment.workspaceId, workspaceId), eq(segment.id, segmentId)))
    .for("no key update");
  if (row === undefined) {
    return err(NOT_FOUND);
  }
  const entryNode = definitionOf(row)?.entryNode;
  return entryNode?.type === "Manual"
    ? ok({ row, entryNode })
    : err(NOT_MANUAL);
}

/** Forgets the list: the next one is another version of the segment. Answers that version. */
async function beginAnew(
  tx: Transaction,
  { row, entryNode }: ManualSegment,
): Promise<number> {
  const { workspaceId, id } = row;
  const version = (entryNode.version % Number.MAX_SAFE_INTEGER) + 1;
  await clearSegmentMemberships(tx, workspaceId, id);
  await tx
    .update(segment)
    .set({
      definition: { entryNode: { ...entryNode, version }, nodes: [] },
      definitionUpdatedAt: nextMoment(row.definitionUpdatedAt),
    })
    .where(and(eq(segment.workspaceId, workspaceId), eq(segment.id, id)));
  return version;
}

/** Forgets when a segment was computed; there is no foreign key that would. */
export async function forgetPeriods(
  tx: Transaction,
  workspaceId: string,
  segmentId: string,
): Promise<void> {
  await tx
    .delete(computedPropertyPeriod)
    .where(
      and(
        eq(computedPropertyPeriod.workspaceId, workspaceId),
        eq(computedPropertyPeriod.type, "Segment"),
        eq(computedPropertyPeriod.computedPropertyId, segmentId),
      ),
    );
}

/** Puts on record that the list is as of now. */
async function recordPeriod(
  tx: Transaction,
  { workspaceId, id }: SegmentRow,
  version: number,
): Promise<void> {
  await forgetPeriods(tx, workspaceId, id);
  const now = clock().now();
  await tx.insert(computedPropertyPeriod).values({
    workspaceId,
    type: "Segment",
    computedPropertyId: id,
    version: String(version),
    step: STEP,
    to: now,
    createdAt: now,
  });
}

/**
 * Lists users of a manual segment: instead of those listed before, or with `append` beside them. Resolves when the list
 * is written (`sync` or not) and the events are stored. The list is whole or as before; should storing the events fail
 * after it, some of its users lack theirs, and the error says so to the caller. Sending the request again heals that: the
 * list is written anew to the same effect, and every user gets an event, also those who had one. Err BadValues when the segment is not a manual one.
 */
export async function updateManualSegment({
  workspaceId,
  segmentId,
  userIds,
  append = false,
}: InWorkspace<UpdateManualSegmentUsersRequest>): Promise<
  Result<void, ManualSegmentError>
> {
  const users = [...new Set(userIds)];
  const listed = await inTransaction<
    { id: string; version: number },
    ManualSegmentError
  >(async (tx) => {
    const locked = await lockManualSegment(tx, workspaceId, segmentId);
    if (locked.isErr()) {
      return err(locked.error);
    }
    const { row, entryNode } = locked.value;
    const version = append
      ? entryNode.version
      : await beginAnew(tx, locked.value);
    await ensureUsers(tx, workspaceId, users);
    await putSegmentMemberships(
      tx,
      workspaceId,
      users.map((userId) => ({ userId, segmentId: row.id, inSegment: true })),
    );
    await recordPeriod(tx, row, version);
    return ok({ id: row.id, version });
  });
  if (listed.isErr()) {
    return err(listed.error);
  }
  const { id, version } = listed.value;
  await storeHostEvents(
    workspaceId,
    users.map((userId) => ({
      userId,
      event: "DFManualSegmentUpdate",
      properties: { segmentId: id, version, inSegment: 1 },
    })),
  );
  return ok();
}

/** Empties a manual segment. Err BadValues when it is not a manual one. */
export async function clearManualSegment(
  input: InWorkspace<ClearManualSegmentRequest>,
): Promise<Result<void, ManualSegmentError>> {
  return updateManualSegment({ ...input, userIds: [] });
}

/** When the list was last written, or null if never. Err NotFound also when the segment is not a manual one. */
export async function getManualSegmentStatus({
  workspaceId,
  segmentId,
}: InWorkspace<GetManualSegmentStatusRequest>): Promise<
  Result<GetManualSegmentStatusResponse, NotFound>
> {
  const [row] = await db()
    .select({
      id: segment.id,
      definition: segment.definition,
      computedAt: max(computedPropertyPeriod.to),
    })
    .from(segment)
    .leftJoin(
      computedPropertyPeriod,
      and(
        eq(computedPropertyPeriod.workspaceId, segment.workspaceId),
        eq(computedPropertyPeriod.type, "Segment"),
        eq(computedPropertyPeriod.computedPropertyId, segment.id),
      ),
    )
    .where(and(eq(segment.workspaceId, workspaceId), eq(segment.id, segmentId)))
    .groupBy(segment.id, segment.definition);
  return row !== undefined && definitionOf(row)?.entryNode.type === "Manual"
    ? ok({ lastComputedAt: row.computedAt?.toISOString() ?? null })
    : err(NOT_FOUND);
}
