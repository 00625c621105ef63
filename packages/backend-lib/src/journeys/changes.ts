// The steps by which a journey is made or changed, inside a transaction that the face opens. Owns the rules of each field;
// which states may follow each other and what could not run is said in isomorphic-lib.

import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { toInvalidDefinition } from "isomorphic-lib/src/definitionGraph";
import {
  findJourneyConstraintViolations,
  validateJourneyStatusTransition,
} from "isomorphic-lib/src/journeyConstraints";
import {
  journeyReferences,
  validateJourneyDefinition,
} from "isomorphic-lib/src/journeyDefinition";
import {
  type CreateJourneyRequest,
  type InvalidDefinition,
  type InWorkspace,
  type JourneyDefinition,
  type JourneyStatus,
  type ProtectedResource,
  type SavedJourneyResource,
  type UniqueConstraintViolation,
  type UpsertJourneyError,
  type UpsertJourneyResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { queryResult, type Transaction } from "../db";
import { journey, segment } from "../db/schema";
import {
  findMissingReferences,
  findMissingUserProperties,
  missingDefinition,
} from "../resourceReferences";
import { definitionOf, isHostOwned, type JourneyRow, toJourney } from "./rows";

export const TAKEN: UniqueConstraintViolation = {
  type: "UniqueConstraintViolation",
  message: "A journey with this name or id exists already.",
};

const HOST_OWNED: ProtectedResource = {
  type: "ProtectedResource",
  message: "This journey belongs to a broadcast and keeps its name.",
};

export type JourneyChange = InWorkspace<UpsertJourneyResource>;

/** Those segments a definition names, as it writes their ids, that count events by key. */
async function findKeyedSegmentIds(
  tx: Transaction,
  workspaceId: string,
  definition: JourneyDefinition,
): Promise<ReadonlySet<string>> {
  const ids = journeyReferences(definition)
    .filter(({ resource }) => resource === "Segment")
    .map(({ id }) => id);
  if (ids.length === 0) {
    return new Set();
  }
  const rows = await tx
    .select({ id: segment.id })
    .from(segment)
    .where(
      and(
        eq(segment.workspaceId, workspaceId),
        inArray(segment.id, ids),
        sql`${segment.definition} #>> '{entryNode,type}' = 'KeyedPerformed'`,
      ),
    );
  const keyed = new Set(rows.map(({ id }) => id));
  return new Set(ids.filter((id) => keyed.has(id.toLowerCase())));
}

/** What is wrong with a definition as the workspace's: within itself, and in what it refers to. */
async function findFault(
  tx: Transaction,
  workspaceId: string,
  definition: JourneyDefinition,
): Promise<InvalidDefinition | null> {
  const valid = validateJourneyDefinition(definition);
  if (valid.isErr()) {
    return valid.error;
  }
  const references = journeyReferences(definition);
  return toInvalidDefinition([
    ...(await findMissingReferences(tx, workspaceId, references)),
    ...(await findMissingUserProperties(tx, workspaceId, definition)),
  ]);
}

interface NextState {
  readonly status: JourneyStatus;
  readonly definition: JourneyDefinition | undefined;
}

/**
 * What the journey becomes, if it may. Its definition is looked at again when it is a new one and when the journey is
 * started; a journey that could no longer run can always be paused, renamed and drafted.
 */
async function checkChange(
  tx: Transaction,
  row: JourneyRow | undefined,
  change: JourneyChange,
): Promise<Result<NextState, UpsertJourneyError>> {
  const { workspaceId } = change;
  const from = row?.status ?? "NotStarted";
  const transition = validateJourneyStatusTransition({
    from,
    to: change.status ?? from,
  });
  if (transition.isErr()) {
    return err(transition.error);
  }
  const status = transition.value;
  const stored = row === undefined ? undefined : definitionOf(row);
  const definition = change.definition ?? stored;
  if (definition === null) {
    return err(missingDefinition("the stored one is not understood"));
  }
  const isStarting = status !== from && status !== "Paused";
  if (change.definition === undefined && !isStarting) {
    return ok({ status, definition });
  }
  if (definition !== undefined) {
    const fault = await findFault(tx, workspaceId, definition);
    if (fault !== null) {
      return err(fault);
    }
  }
  const violations = findJourneyConstraintViolations({
    definition,
    status,
    keyedSegmentIds:
      definition === undefined
        ? new Set()
        : await findKeyedSegmentIds(tx, workspaceId, definition),
  });
  const [first] = violations;
  return first === undefined
    ? ok({ status, definition })
    : err({ type: "ConstraintViolation", message: first.message, violations });
}

/** Inserts the journey. Ok(undefined) when a row with this id or name is there. */
export async function insertJourney(
  tx: Transaction,
  input: InWorkspace<CreateJourneyRequest>,
): Promise<Result<SavedJourneyResource | undefined, UpsertJourneyError>> {
  const next = await checkChange(tx, undefined, input);
  if (next.isErr()) {
    return err(next.error);
  }
  const { status, definition } = next.value;
  const now = clock().now();
  const [row] = await tx
    .insert(journey)
    .values({
      id: input.id,
      workspaceId: input.workspaceId,
      name: input.name,
      status,
      definition,
      draft: definition === undefined ? input.draft : null,
      canRunMultiple: input.canRunMultiple,
      createdAt: now,
      updatedAt: now,
      statusUpdatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return ok(row === undefined ? undefined : toJourney(row, definition));
}

/** Changes a row that `tx` holds locked; what `change` leaves out stays, but a new definition clears the draft. */
export async function updateJourney(
  tx: Transaction,
  row: JourneyRow,
  change: JourneyChange,
): Promise<Result<SavedJourneyResource, UpsertJourneyError>> {
  const { workspaceId, name = row.name } = change;
  if (isHostOwned(row) && name !== row.name) {
    return err(HOST_OWNED);
  }
  const next = await checkChange(tx, row, change);
  if (next.isErr()) {
    return err(next.error);
  }
  const { status, definition } = next.value;
  const updated = await queryResult(
    tx
      .update(journey)
      .set({
        name,
        status,
        definition: change.definition,
        draft: change.definition === undefined ? change.draft : null,
        canRunMultiple: change.canRunMultiple,
        ...(status === row.status ? {} : { statusUpdatedAt: clock().now() }),
      })
      .where(and(eq(journey.workspaceId, workspaceId), eq(journey.id, row.id)))
      .returning(),
  );
  if (updated.isErr()) {
    return err(TAKEN);
  }
  const [saved] = updated.value;
  return saved === undefined ? err(TAKEN) : ok(toJourney(saved, definition));
}

/** The journey of this condition, locked against others' changes. */
export async function findForChange(
  tx: Transaction,
  workspaceId: string,
  isMeant: SQL,
): Promise<JourneyRow | undefined> {
  const [row] = await tx
    .select()
    .from(journey)
    .where(and(eq(journey.workspaceId, workspaceId), isMeant))
    .for("no key update");
  return row;
}
