// By which user properties a workspace wants its users sorted. Owns "UserPropertyIndex": the wish and the type of the values;
// what sorts by it is the business of users.ts.

import { Type } from "@sinclair/typebox";
import { and, asc, eq, type InferSelectModel } from "drizzle-orm";
import {
  type BadValues,
  type DeleteUserPropertyIndexRequest,
  type InWorkspace,
  Nullable,
  type UpsertUserPropertyIndexRequest,
  UserPropertyIndexResource,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { db, inTransaction, retrying } from "./db";
import { userProperty, userPropertyIndex } from "./db/schema";
import { type Narrowing, readList } from "./keptLists";
import { sharedKind } from "./multitenancy/cache";

type IndexRow = InferSelectModel<typeof userPropertyIndex>;

const NO_SUCH_PROPERTY: BadValues = {
  type: "BadValues",
  message: "userPropertyId: no user property of this workspace has this id",
};

const LISTS = sharedKind({
  name: "userPropertyIndices",
  scopes: ["userProperties"],
  schema: Nullable(Type.Array(UserPropertyIndexResource)),
});

async function selectIndices(
  workspaceId: string,
  { limit }: Narrowing,
): Promise<IndexRow[]> {
  const query = db()
    .select()
    .from(userPropertyIndex)
    .where(eq(userPropertyIndex.workspaceId, workspaceId))
    .orderBy(asc(userPropertyIndex.createdAt), asc(userPropertyIndex.id));
  return limit === undefined ? query : query.limit(limit);
}

function toItem(row: IndexRow): UserPropertyIndexResource {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    userPropertyId: row.userPropertyId,
    type: row.type,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

/** The workspace's indices, oldest first. From the cache, as readList() promises. */
export async function getUserPropertyIndices({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<Readonly<UserPropertyIndexResource>[]> {
  return readList(LISTS, {
    workspaceId,
    select: (narrowing) => selectIndices(workspaceId, narrowing),
    toItem,
  });
}

/** Makes the index of a user property, or changes its type. Err BadValues when the workspace has no such property. */
export async function upsertUserPropertyIndex({
  workspaceId,
  userPropertyId,
  type,
}: InWorkspace<UpsertUserPropertyIndexRequest>): Promise<
  Result<void, BadValues>
> {
  return inTransaction(async (tx) => {
    // Locked, so that the foreign key finds it there, and as the workspace's own: the key itself knows no workspaces.
    const [property] = await tx
      .select({ id: userProperty.id })
      .from(userProperty)
      .where(
        and(
          eq(userProperty.workspaceId, workspaceId),
          eq(userProperty.id, userPropertyId),
        ),
      )
      .for("key share");
    if (property === undefined) {
      return err(NO_SUCH_PROPERTY);
    }
    const now = clock().now();
    await tx
      .insert(userPropertyIndex)
      .values({
        workspaceId,
        userPropertyId,
        type,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoUpdate({
        target: userPropertyIndex.userPropertyId,
        set: { type, updatedAt: now },
      });
    return ok();
  });
}

/** Deletes the index of a user property, if there is one. */
export async function deleteUserPropertyIndex({
  workspaceId,
  userPropertyId,
}: InWorkspace<DeleteUserPropertyIndexRequest>): Promise<void> {
  await retrying(() =>
    db()
      .delete(userPropertyIndex)
      .where(
        and(
          eq(userPropertyIndex.workspaceId, workspaceId),
          eq(userPropertyIndex.userPropertyId, userPropertyId),
        ),
      ),
  );
}
