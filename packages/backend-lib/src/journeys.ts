// FACE of journeys/: what happens to a user, step by step. Owns "Journey" and the rules for changing it. Leaves it to
// isomorphic-lib what a definition is and which states follow each other, and to the worker what a journey does.

import { Type } from "@sinclair/typebox";
import { and, asc, eq, inArray, ne, type SQL } from "drizzle-orm";
import {
  type BadValues,
  type CreateJourneyRequest,
  type DeleteJourneyRequest,
  type GetJourneysRequest,
  type InWorkspace,
  type NotFound,
  Nullable,
  SavedJourneyResource,
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
  type PartialJourneyRow,
  toJourney,
  toPartialJourney,
} from "./journeys/rows";
import { type Narrowing, readList } from "./keptLists";
import { sharedKind } from "./multitenancy/cache";
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

const LISTS = sharedKind({
  name: "journeys",
  scopes: ["journeys"],
  schema: Nullable(Type.Array(SavedJourneyResource)),
});

type List = InWorkspace<Omit<GetJourneysRequest, "ids">>;

function isListed({
  workspaceId,
  resourceType,
  ids,
}: List & Narrowing): SQL | undefined {
  return and(
    eq(journey.workspaceId, workspaceId),
    ids === undefined ? undefined : inArray(journey.id, [...ids]),
    resourceType === undefined
      ? undefined
      : eq(journey.resourceType, resourceType),
  );
}

const IN_ORDER = [asc(journey.createdAt), asc(journey.id)];

async function selectPartialJourneys(
  list: List & Narrowing,
): Promise<PartialJourneyRow[]> {
  const { id, workspaceId, name, status, createdAt, updatedAt } = journey;
  const query = db()
    .select({ id, workspaceId, name, status, createdAt, updatedAt })
    .from(journey)
    .where(isListed(list))
    .orderBy(...IN_ORDER);
  const { limit } = list;
  return limit === undefined ? query : query.limit(limit);
}

async function selectJourneys(list: List & Narrowing): Promise<JourneyRow[]> {
  const query = db()
    .select()
    .from(journey)
    .where(isListed(list))
    .orderBy(...IN_ORDER);
  const { limit } = list;
  return limit === undefined ? query : query.limit(limit);
}

function toItem(row: JourneyRow): SavedJourneyResource | undefined {
  const definition = definitionOf(row);
  return definition === null ? undefined : toJourney(row, definition);
}

/**
 * The workspace's journeys, oldest first; `ids` and `resourceType` narrow, `getPartial` leaves out definition and draft. From
 * the cache, as readList() promises.
 */
export async function getJourneys({
  ids,
  getPartial = false,
  ...list
}: InWorkspace<GetJourneysRequest>): Promise<Readonly<SavedJourneyResource>[]> {
  const { workspaceId, resourceType = "" } = list;
  return getPartial
    ? readList(LISTS, {
        workspaceId,
        key: `partial-${resourceType}`,
        ids,
        select: (narrowing) => selectPartialJourneys({ ...list, ...narrowing }),
        toItem: toPartialJourney,
      })
    : readList(LISTS, {
        workspaceId,
        key: resourceType,
        ids,
        select: (narrowing) => selectJourneys({ ...list, ...narrowing }),
        toItem,
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
