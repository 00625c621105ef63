// The steps by which a segment is made or changed, inside a transaction that the face opens. Owns the rules of each field.

import { and, eq, type SQL } from "drizzle-orm";
import { toInvalidDefinition } from "isomorphic-lib/src/definitionGraph";
import {
  segmentReferences,
  validateSegmentDefinition,
} from "isomorphic-lib/src/segmentDefinition";
import {
  type InvalidDefinition,
  type ProtectedResource,
  type ResourceType,
  type SavedSegmentResource,
  type SegmentDefinition,
  type SegmentStatus,
  type UniqueConstraintViolation,
  type UpsertSegmentError,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { queryResult, type Transaction } from "../db";
import { segment } from "../db/schema";
import {
  findMissingReferences,
  missingDefinition,
} from "../resourceReferences";
import { isSameJson, nextMoment } from "../rowUpsert";
import { clearSegmentMemberships } from "../segmentAssignments";
import { definitionOf, isHostOwned, type SegmentRow, toSegment } from "./rows";

export const TAKEN: UniqueConstraintViolation = {
  type: "UniqueConstraintViolation",
  message: "A segment with this name or id exists already.",
};

export const HOST_OWNED: ProtectedResource = {
  type: "ProtectedResource",
  message:
    "This segment belongs to a subscription group and changes with it alone.",
};

/** What is wrong with a definition as the workspace's: within itself, and in what it refers to. */
export async function findFault(
  tx: Transaction,
  workspaceId: string,
  definition: SegmentDefinition | undefined,
): Promise<InvalidDefinition | undefined> {
  if (definition === undefined) {
    return undefined;
  }
  const valid = validateSegmentDefinition(definition);
  if (valid.isErr()) {
    return valid.error;
  }
  return (
    toInvalidDefinition(
      await findMissingReferences(
        tx,
        workspaceId,
        segmentReferences(definition),
      ),
    ) ?? undefined
  );
}

export interface SegmentValues {
  readonly workspaceId: string;
  readonly name: string;
  readonly id?: string | undefined;
  readonly definition?: SegmentDefinition | undefined;
  readonly status?: SegmentStatus | undefined;
  readonly resourceType?: ResourceType | undefined;
}

export const isManual = ({ entryNode }: SegmentDefinition) =>
  entryNode.type === "Manual";

/** A manual segment computes nothing, so it never runs. */
function statusOf(
  definition: SegmentDefinition,
  wanted: SegmentStatus,
): SegmentStatus {
  return isManual(definition) ? "NotStarted" : wanted;
}

/** Inserts the segment. Ok(undefined) when a row with this id or name is there. */
export async function insertSegment(
  tx: Transaction,
  { workspaceId, id, name, definition, status, resourceType }: SegmentValues,
): Promise<Result<SavedSegmentResource | undefined, InvalidDefinition>> {
  if (definition === undefined) {
    return err(missingDefinition("a new segment needs one"));
  }
  const now = clock().now();
  const [row] = await tx
    .insert(segment)
    .values({
      id,
      workspaceId,
      name,
      definition,
      status: statusOf(definition, status ?? "Running"),
      resourceType,
      createdAt: now,
      updatedAt: now,
      definitionUpdatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return ok(row === undefined ? undefined : toSegment(row, definition));
}

/** Whether the users listed by hand under the former definition are none of the new one's. */
function voidsMembers(
  former: SegmentDefinition | undefined,
  next: SegmentDefinition,
): boolean {
  const version = (definition: SegmentDefinition | undefined) =>
    definition?.entryNode.type === "Manual"
      ? definition.entryNode.version
      : undefined;
  return version(former) !== version(next);
}

/** Changes a row that `tx` holds locked; what `values` leaves out stays. */
export async function updateSegment(
  tx: Transaction,
  row: SegmentRow,
  { workspaceId, name, definition, status, resourceType }: SegmentValues,
): Promise<Result<SavedSegmentResource, UpsertSegmentError>> {
  if (isHostOwned(row)) {
    return err(HOST_OWNED);
  }
  const former = definitionOf(row);
  const next = definition ?? former;
  if (next === undefined) {
    return err(missingDefinition("the stored one is not understood"));
  }
  const isChanged = !isSameJson(row.definition, next);
  const updated = await queryResult(
    tx
      .update(segment)
      .set({
        name,
        definition: next,
        status: statusOf(next, status ?? row.status),
        resourceType,
        ...(isChanged
          ? { definitionUpdatedAt: nextMoment(row.definitionUpdatedAt) }
          : {}),
      })
      .where(and(eq(segment.workspaceId, workspaceId), eq(segment.id, row.id)))
      .returning(),
  );
  if (updated.isErr()) {
    return err(TAKEN);
  }
  if (isChanged && voidsMembers(former, next)) {
    await clearSegmentMemberships(tx, workspaceId, row.id);
  }
  const [saved] = updated.value;
  return saved === undefined ? err(TAKEN) : ok(toSegment(saved, next));
}

/** By which a request means a segment: its id, or without one its name. */
export function isMeantBy({
  id,
  name,
}: Pick<SegmentValues, "id" | "name">): SQL {
  return id === undefined ? eq(segment.name, name) : eq(segment.id, id);
}

/** The segment of this condition, locked against others' changes. */
export async function findForChange(
  tx: Transaction,
  workspaceId: string,
  isMeant: SQL,
): Promise<SegmentRow | undefined> {
  const [row] = await tx
    .select()
    .from(segment)
    .where(and(eq(segment.workspaceId, workspaceId), isMeant))
    .for("no key update");
  return row;
}
