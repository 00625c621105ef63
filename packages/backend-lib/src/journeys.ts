// FACE of journeys/: what happens to a user, step by step. Owns "Journey" and the rules for changing it. Leaves it to
// isomorphic-lib what a definition is and which states follow each other, and to the worker what a journey does.

import { and, asc, eq, inArray, ne } from "drizzle-orm";
import {
  type BadValues,
  type CreateJourneyRequest,
  type DeleteJourneyRequest,
  type GetJourneysRequest,
  type InWorkspace,
  type NotFound,
  type SavedJourneyResource,
  type UpsertJourneyError,
  type UpsertJourneyResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { db, inTransaction, retrying } from "./db";
import { journey } from "./db/schema";
import {
  findForChange,
  insertJourney,
  TAKEN,
  updateJourney,
} from "./journeys/changes";
import {
  definitionOf,
  type JourneyRow,
  toJourney,
  toPartialJourney,
} from "./journeys/rows";
import { upsertRow } from "./rowUpsert";

const NEITHER_ID_NOR_NAME: BadValues = {
  type: "BadValues",
  message: "id or name: one of them is required",
};
const NAME_MISSING: BadValues = {
  type: "BadValues",
  message: "name: required, as the workspace has no journey with this id",
};
const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such journey.",
};

/**
 * The workspace's journeys, oldest first; `ids` and `resourceType` narrow, `getPartial` leaves out definition and draft. One
 * round trip.
 */
export async function getJourneys({
  workspaceId,
  ids,
  resourceType,
  getPartial = false,
}: InWorkspace<GetJourneysRequest>): Promise<SavedJourneyResource[]> {
  const where = and(
    eq(journey.workspaceId, workspaceId),
    ids === undefined ? undefined : inArray(journey.id, ids),
    resourceType === undefined
      ? undefined
      : eq(journey.resourceType, resourceType),
  );
  const order = [asc(journey.createdAt), asc(journey.id)];
  if (getPartial) {
    const { id, name, status, createdAt, updatedAt } = journey;
    const rows = await db()
      .select({
        id,
        workspaceId: journey.workspaceId,
        name,
        status,
        createdAt,
        updatedAt,
      })
      .from(journey)
      .where(where)
      .orderBy(...order);
    return rows.map(toPartialJourney);
  }
  const rows = await db()
    .select()
    .from(journey)
    .where(where)
    .orderBy(...order);
  return rows.flatMap((row) => {
    const definition = definitionOf(row);
    return definition === null ? [] : [toJourney(row, definition)];
  });
}

/**
 * Changes the journey of this id, or without an id of this name, or makes it. A definition clears the draft, and so does
 * `draft: null`. Err BadValues without id and name, or without a name for a new journey; StatusTransitionError and
 * ConstraintViolation when it may not get there or could not run; InvalidDefinition when the definition is wrong in itself
 * or refers to what the workspace does not have; ProtectedResource for a broadcast's that would be renamed;
 * UniqueConstraintViolation when the name or id is another's.
 */
export async function upsertJourney(
  input: InWorkspace<UpsertJourneyResource>,
): Promise<Result<SavedJourneyResource, UpsertJourneyError>> {
  const { workspaceId, id, name } = input;
  if (id === undefined && name === undefined) {
    return err(NEITHER_ID_NOR_NAME);
  }
  const isMeant =
    id === undefined ? eq(journey.name, name ?? "") : eq(journey.id, id);
  return inTransaction((tx) =>
    upsertRow<JourneyRow, SavedJourneyResource, UpsertJourneyError>({
      find: () => findForChange(tx, workspaceId, isMeant),
      update: (row) => updateJourney(tx, row, input),
      insert: async () =>
        name === undefined
          ? err(NAME_MISSING)
          : insertJourney(tx, { ...input, name }),
      taken: TAKEN,
    }),
  );
}

/** Makes a journey. Errs as upsertJourney does; UniqueConstraintViolation also when the journey exists. */
export async function createJourney(
  input: InWorkspace<CreateJourneyRequest>,
): Promise<Result<SavedJourneyResource, UpsertJourneyError>> {
  return inTransaction(async (tx) => {
    const inserted = await insertJourney(tx, input);
    if (inserted.isErr()) {
      return err(inserted.error);
    }
    return inserted.value === undefined ? err(TAKEN) : ok(inserted.value);
  });
}

/** Deletes a journey. Err NotFound also for one that a broadcast made. */
export async function deleteJourney({
  workspaceId,
  id,
}: InWorkspace<DeleteJourneyRequest>): Promise<Result<void, NotFound>> {
  const deleted = await retrying(() =>
    db()
      .delete(journey)
      .where(
        and(
          eq(journey.workspaceId, workspaceId),
          eq(journey.id, id),
          ne(journey.resourceType, "Internal"),
        ),
      )
      .returning({ id: journey.id }),
  );
  return deleted.length === 0 ? err(NOT_FOUND) : ok();
}
