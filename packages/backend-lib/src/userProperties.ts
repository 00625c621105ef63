// What is known about each user, computed from traits and events. Owns "UserProperty" and the rules for changing it; `id` and
// `anonymousId` are the same in every workspace and protected. Leaves it to isomorphic-lib what a definition is, and the
// values to the computation.

import { Type } from "@sinclair/typebox";
import {
  and,
  asc,
  eq,
  type InferSelectModel,
  notInArray,
  type SQL,
} from "drizzle-orm";
import { PROTECTED_USER_PROPERTY_NAMES } from "isomorphic-lib/src/constants";
import {
  type DeleteUserPropertyRequest,
  type InWorkspace,
  type NotFound,
  Nullable,
  type ProtectedUserProperty,
  SavedUserPropertyResource,
  type UpdateUserPropertyStatusError,
  type UpdateUserPropertyStatusRequest,
  type UpsertUserPropertyError,
  type UpsertUserPropertyResource,
  type UserPropertyAlreadyExists,
  UserPropertyDefinition,
} from "isomorphic-lib/src/types";
import { validateUserPropertyDefinition } from "isomorphic-lib/src/userPropertyDefinition";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import {
  db,
  inTransaction,
  queryResult,
  retrying,
  type Transaction,
} from "./db";
import { userProperty } from "./db/schema";
import { type Narrowing, readList } from "./keptLists";
import { sharedKind } from "./multitenancy/cache";
import { missingDefinition } from "./resourceReferences";
import { isSameJson, nextMoment, upsertRow } from "./rowUpsert";
import { storedReader } from "./storedJson";

type UserPropertyRow = InferSelectModel<typeof userProperty>;
type UserPropertyChange = InWorkspace<UpsertUserPropertyResource>;

const ALREADY_EXISTS: UserPropertyAlreadyExists = {
  type: "UserPropertyAlreadyExists",
  message: "A user property with this name or id exists already.",
};
const PROTECTED: ProtectedUserProperty = {
  type: "ProtectedUserProperty",
  message: `The user properties ${[...PROTECTED_USER_PROPERTY_NAMES].join(" and ")} are the same in every workspace.`,
};
const NOT_FOUND: NotFound = {
  type: "NotFound",
  message: "The workspace has no such user property.",
};

const isProtected = (name: string) => PROTECTED_USER_PROPERTY_NAMES.has(name);
const readDefinition = storedReader("UserProperty", UserPropertyDefinition);

function toUserProperty(
  row: UserPropertyRow,
  definition: UserPropertyDefinition,
): SavedUserPropertyResource {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    definition,
    ...(row.exampleValue === null ? {} : { exampleValue: row.exampleValue }),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    definitionUpdatedAt: row.definitionUpdatedAt.getTime(),
  };
}

const LISTS = sharedKind({
  name: "userProperties",
  scopes: ["userProperties"],
  schema: Nullable(Type.Array(SavedUserPropertyResource)),
});

async function selectUserProperties(
  workspaceId: string,
  { limit }: Narrowing,
): Promise<UserPropertyRow[]> {
  const query = db()
    .select()
    .from(userProperty)
    .where(eq(userProperty.workspaceId, workspaceId))
    .orderBy(asc(userProperty.createdAt), asc(userProperty.id));
  return limit === undefined ? query : query.limit(limit);
}

function toItem(row: UserPropertyRow): SavedUserPropertyResource | undefined {
  const definition = readDefinition(row.id, row.definition);
  return (
    definition && { ...toUserProperty(row, definition), status: row.status }
  );
}

/** The workspace's user properties, oldest first. From the cache, as readList() promises. */
export async function getUserProperties({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<Readonly<SavedUserPropertyResource>[]> {
  return readList(LISTS, {
    workspaceId,
    select: (narrowing) => selectUserProperties(workspaceId, narrowing),
    toItem,
  });
}

/** Ok(undefined): a row with this id or name is there. */
async function insertUserProperty(
  tx: Transaction,
  { workspaceId, id, name, definition, exampleValue }: UserPropertyChange,
): Promise<
  Result<SavedUserPropertyResource | undefined, UpsertUserPropertyError>
> {
  if (definition === undefined) {
    return err(missingDefinition("a new user property needs one"));
  }
  const now = clock().now();
  const [row] = await tx
    .insert(userProperty)
    .values({
      id,
      workspaceId,
      name,
      definition,
      exampleValue,
      createdAt: now,
      updatedAt: now,
      definitionUpdatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return ok(row === undefined ? undefined : toUserProperty(row, definition));
}

async function updateUserProperty(
  tx: Transaction,
  row: UserPropertyRow,
  { workspaceId, name, definition, exampleValue }: UserPropertyChange,
): Promise<Result<SavedUserPropertyResource, UpsertUserPropertyError>> {
  if (isProtected(row.name)) {
    return err(PROTECTED);
  }
  const next = definition ?? readDefinition(row.id, row.definition);
  if (next === undefined) {
    return err(missingDefinition("the stored one is not understood"));
  }
  const updated = await queryResult(
    tx
      .update(userProperty)
      .set({
        name,
        definition: next,
        exampleValue,
        ...(isSameJson(row.definition, next)
          ? {}
          : { definitionUpdatedAt: nextMoment(row.definitionUpdatedAt) }),
      })
      .where(
        and(
          eq(userProperty.workspaceId, workspaceId),
          eq(userProperty.id, row.id),
        ),
      )
      .returning(),
  );
  if (updated.isErr()) {
    return err(ALREADY_EXISTS);
  }
  const [saved] = updated.value;
  return saved === undefined
    ? err(ALREADY_EXISTS)
    : ok(toUserProperty(saved, next));
}

async function findForChange(
  tx: Transaction,
  workspaceId: string,
  isMeant: SQL,
): Promise<UserPropertyRow | undefined> {
  const [row] = await tx
    .select()
    .from(userProperty)
    .where(and(eq(userProperty.workspaceId, workspaceId), isMeant))
    .for("no key update");
  return row;
}

/**
 * Changes the user property of this id, or without an id of this name, or makes it. `definitionUpdatedAt` moves only when
 * the definition does. Err ProtectedUserProperty when it has a protected name or would get one; InvalidDefinition when
 * the definition is wrong, or missing for a new one; UserPropertyAlreadyExists when the name or id is another's.
 */
export async function upsertUserProperty(
  input: UserPropertyChange,
): Promise<Result<SavedUserPropertyResource, UpsertUserPropertyError>> {
  const { workspaceId, id, name, definition } = input;
  if (isProtected(name)) {
    return err(PROTECTED);
  }
  if (definition !== undefined) {
    const valid = validateUserPropertyDefinition(definition);
    if (valid.isErr()) {
      return err(valid.error);
    }
  }
  const isMeant =
    id === undefined ? eq(userProperty.name, name) : eq(userProperty.id, id);
  return inTransaction((tx) =>
    upsertRow<
      UserPropertyRow,
      SavedUserPropertyResource,
      UpsertUserPropertyError
    >({
      find: () => findForChange(tx, workspaceId, isMeant),
      update: (row) => updateUserProperty(tx, row, input),
      insert: () => insertUserProperty(tx, input),
      taken: ALREADY_EXISTS,
    }),
  );
}

/** Starts or stops the computation of a user property. */
export async function updateUserPropertyStatus({
  workspaceId,
  id,
  status,
}: InWorkspace<UpdateUserPropertyStatusRequest>): Promise<
  Result<SavedUserPropertyResource, UpdateUserPropertyStatusError>
> {
  return inTransaction(async (tx) => {
    const row = await findForChange(tx, workspaceId, eq(userProperty.id, id));
    const definition =
      row === undefined ? undefined : readDefinition(row.id, row.definition);
    if (row === undefined || definition === undefined) {
      return err(NOT_FOUND);
    }
    if (isProtected(row.name)) {
      return err(PROTECTED);
    }
    const [saved = row] = await tx
      .update(userProperty)
      .set({ status })
      .where(
        and(eq(userProperty.workspaceId, workspaceId), eq(userProperty.id, id)),
      )
      .returning();
    return ok({ ...toUserProperty(saved, definition), status: saved.status });
  });
}

/** Deletes a user property, its index and every user's value. Err NotFound also for a protected one. */
export async function deleteUserProperty({
  workspaceId,
  id,
}: InWorkspace<DeleteUserPropertyRequest>): Promise<Result<void, NotFound>> {
  const deleted = await retrying(() =>
    db()
      .delete(userProperty)
      .where(
        and(
          eq(userProperty.workspaceId, workspaceId),
          eq(userProperty.id, id),
          notInArray(userProperty.name, [...PROTECTED_USER_PROPERTY_NAMES]),
        ),
      )
      .returning({ id: userProperty.id }),
  );
  return deleted.length === 0 ? err(NOT_FOUND) : ok();
}
