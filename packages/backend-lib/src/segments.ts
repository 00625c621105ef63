// FACE of segments/: which users belong together, and the rules for changing that. Owns "Segment". Leaves it to
// isomorphic-lib what a definition is, to segments/manualUsers.ts who is listed by hand, and to subscriptionGroups.ts the
// two segments that each group keeps for itself.

import { Type } from "@sinclair/typebox";
import { and, asc, eq, inArray, isNull } from "drizzle-orm";
import {
  type BadValues,
  type CreateSegmentRequest,
  type DeleteSegmentRequest,
  type GetSegmentsRequest,
  type InWorkspace,
  type NotFound,
  Nullable,
  type ProtectedResource,
  SavedSegmentResource,
  type UpdateSegmentStatusRequest,
  type UpsertSegmentError,
  type UpsertSegmentResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Database, db, inTransaction, type Transaction } from "./db";
import { segment } from "./db/schema";
import { type Narrowing, readList } from "./keptLists";
import { sharedKind } from "./multitenancy/cache";
import { missingDefinition } from "./resourceReferences";
import { upsertRow } from "./rowUpsert";
import {
  findFault,
  findForChange,
  HOST_OWNED,
  insertSegment,
  isManual,
  isMeantBy,
  TAKEN,
  updateSegment,
} from "./segments/changes";
import { forgetPeriods } from "./segments/manualUsers";
import {
  definitionOf,
  isHostOwned,
  type SegmentRow,
  toListedSegment,
  toSegment,
} from "./segments/rows";

export {
  clearManualSegment,
  getManualSegmentStatus,
  type ManualSegmentError,
  updateManualSegment,
} from "./segments/manualUsers";

const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such segment.",
};

const LISTS = sharedKind({
  name: "segments",
  scopes: ["segments"],
  schema: Nullable(Type.Array(SavedSegmentResource)),
});

type Reader = Pick<Database, "select">;
type List = InWorkspace<Omit<GetSegmentsRequest, "ids">>;

async function selectSegments(
  reader: Reader,
  { workspaceId, resourceType, ids, limit }: List & Narrowing,
): Promise<SegmentRow[]> {
  const query = reader
    .select()
    .from(segment)
    .where(
      and(
        eq(segment.workspaceId, workspaceId),
        ids === undefined ? undefined : inArray(segment.id, [...ids]),
        resourceType === undefined
          ? undefined
          : eq(segment.resourceType, resourceType),
      ),
    )
    .orderBy(asc(segment.createdAt), asc(segment.id));
  return limit === undefined ? query : query.limit(limit);
}

function toItem(row: SegmentRow): SavedSegmentResource | undefined {
  const definition = definitionOf(row);
  return definition && toListedSegment(row, definition);
}

/**
 * The workspace's segments, oldest first; `ids` and `resourceType` narrow. From the cache, as readList() promises; with
 * `reader` from that, in one round trip, as a transaction has to.
 */
export async function getSegments(
  { workspaceId, ids, resourceType }: InWorkspace<GetSegmentsRequest>,
  { reader }: { readonly reader?: Reader } = {},
): Promise<Readonly<SavedSegmentResource>[]> {
  const list: List = { workspaceId, resourceType };
  if (reader !== undefined) {
    const rows = await selectSegments(reader, { ...list, ids });
    return rows.flatMap((row) => toItem(row) ?? []);
  }
  return readList(LISTS, {
    workspaceId,
    key: resourceType ?? "",
    ids,
    select: (narrowing) => selectSegments(db(), { ...list, ...narrowing }),
    toItem,
  });
}

/** The row as the answer to a request that left it as it was. */
function answer(
  row: SegmentRow,
): Result<SavedSegmentResource, UpsertSegmentError> {
  const definition = definitionOf(row);
  return definition === undefined
    ? err(missingDefinition("the stored one is not understood"))
    : ok(toSegment(row, definition));
}

/**
 * Changes the segment of this id, or without an id of this name, or makes it. `definitionUpdatedAt` moves only when the
 * definition does. With `createOnly` what exists is answered as it is. Err InvalidDefinition when the definition is
 * wrong in itself, refers to what the workspace does not have, or is missing for a new segment; ProtectedResource for a
 * subscription group's; UniqueConstraintViolation when the name or id is another's.
 */
export async function upsertSegment(
  input: InWorkspace<UpsertSegmentResource>,
): Promise<Result<SavedSegmentResource, UpsertSegmentError>> {
  return inTransaction(async (tx) => {
    const fault = await findFault(tx, input.workspaceId, input.definition);
    if (fault !== undefined) {
      return err(fault);
    }
    return upsertRow<SegmentRow, SavedSegmentResource, UpsertSegmentError>({
      find: () => findForChange(tx, input.workspaceId, isMeantBy(input)),
      update: async (row) =>
        input.createOnly === true ? answer(row) : updateSegment(tx, row, input),
      insert: () => insertSegment(tx, input),
      taken: TAKEN,
    });
  });
}

/** As createSegment(), in the caller's transaction. */
export async function createSegmentIn(
  tx: Transaction,
  input: InWorkspace<CreateSegmentRequest>,
): Promise<Result<SavedSegmentResource, UpsertSegmentError>> {
  const fault = await findFault(tx, input.workspaceId, input.definition);
  if (fault !== undefined) {
    return err(fault);
  }
  const inserted = await insertSegment(tx, input);
  if (inserted.isErr()) {
    return err(inserted.error);
  }
  return inserted.value === undefined ? err(TAKEN) : ok(inserted.value);
}

/** Makes a segment. Errs as upsertSegment does; UniqueConstraintViolation also when the segment exists. */
export async function createSegment(
  input: InWorkspace<CreateSegmentRequest>,
): Promise<Result<SavedSegmentResource, UpsertSegmentError>> {
  return inTransaction((tx) => createSegmentIn(tx, input));
}

/**
 * Starts or stops the computation of a segment. Err BadValues for a manual segment, which has none, ProtectedResource for
 * a subscription group's.
 */
export async function updateSegmentStatus({
  workspaceId,
  id,
  status,
}: InWorkspace<UpdateSegmentStatusRequest>): Promise<
  Result<SavedSegmentResource, NotFound | BadValues | ProtectedResource>
> {
  return inTransaction(async (tx) => {
    const row = await findForChange(tx, workspaceId, eq(segment.id, id));
    const definition = row === undefined ? undefined : definitionOf(row);
    if (row === undefined || definition === undefined) {
      return err(NOT_FOUND);
    }
    if (isHostOwned(row)) {
      return err(HOST_OWNED);
    }
    if (isManual(definition)) {
      return err({
        type: "BadValues",
        message:
          "A manual segment is not computed, so it has no status to set.",
      });
    }
    const [saved = row] = await tx
      .update(segment)
      .set({ status })
      .where(and(eq(segment.workspaceId, workspaceId), eq(segment.id, id)))
      .returning();
    return ok(toSegment(saved, definition));
  });
}

/**
 * Deletes a segment, and who was in it. Err NotFound also for a subscription group's, which go with their group. What
 * refers to the segment is left as it is.
 */
export async function deleteSegment({
  workspaceId,
  id,
}: InWorkspace<DeleteSegmentRequest>): Promise<Result<void, NotFound>> {
  return inTransaction(async (tx) => {
    const deleted = await tx
      .delete(segment)
      .where(
        and(
          eq(segment.workspaceId, workspaceId),
          eq(segment.id, id),
          isNull(segment.subscriptionGroupId),
        ),
      )
      .returning({ id: segment.id });
    if (deleted.length === 0) {
      return err(NOT_FOUND);
    }
    await forgetPeriods(tx, workspaceId, id);
    return ok();
  });
}
