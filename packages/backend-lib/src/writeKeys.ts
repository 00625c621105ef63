// The workspace's write keys: what clients send events with. Owns listing, making and deleting them by name. How a key
// is made and kept is in workspaces/keys.ts; checking one that comes in belongs to authentication.

import { and, asc, eq, exists } from "drizzle-orm";
import { type WriteKeyResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { db, inTransaction } from "./db";
import { secret, writeKey } from "./db/schema";
import { processKind, tenantCache } from "./multitenancy/cache";
import { ensureWriteKey, type KeyNameTaken } from "./workspaces";

export interface WriteKeyNotFound {
  readonly type: "NotFound";
  readonly message: string;
}

/** Never in Redis: a key's value is not stored outside of the database. */
const KEYS = processKind<WriteKeyResource[]>({
  name: "writeKeys",
  scopes: ["settings"],
});

async function selectWriteKeys(
  workspaceId: string,
): Promise<WriteKeyResource[]> {
  const rows = await db()
    .select({
      secretId: secret.id,
      writeKeyName: secret.name,
      writeKeyValue: secret.value,
    })
    .from(writeKey)
    .innerJoin(secret, eq(secret.id, writeKey.secretId))
    .where(
      and(
        eq(writeKey.workspaceId, workspaceId),
        eq(secret.workspaceId, workspaceId),
      ),
    )
    .orderBy(asc(secret.name));
  return rows.map(({ writeKeyValue, ...key }) => ({
    workspaceId,
    ...key,
    writeKeyValue: writeKeyValue ?? "",
  }));
}

/** Every write key of the workspace with its value, by name. From the cache; the items cannot be changed. */
export async function listWriteKeys({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<Readonly<WriteKeyResource>[]> {
  const keys = await tenantCache().getOrLoad(KEYS, {
    workspaceId,
    load: () => selectWriteKeys(workspaceId),
  });
  return [...keys];
}

/** Makes a write key; one of this name that exists stays as it is. Err when a secret of another kind has the name. */
export async function upsertWriteKey({
  workspaceId,
  writeKeyName,
}: {
  workspaceId: string;
  writeKeyName: string;
}): Promise<Result<null, KeyNameTaken>> {
  return inTransaction(async (tx) => {
    const key = await ensureWriteKey(tx, { workspaceId, name: writeKeyName });
    return key.map(() => null);
  });
}

/**
 * Deletes a write key and its secret: clients that use it are refused from then on. Err NotFound when no write key has
 * the name, also when another secret has it.
 */
export async function deleteWriteKey({
  workspaceId,
  writeKeyName,
}: {
  workspaceId: string;
  writeKeyName: string;
}): Promise<Result<null, WriteKeyNotFound>> {
  const isWriteKey = db()
    .select({ id: writeKey.id })
    .from(writeKey)
    .where(
      and(
        eq(writeKey.workspaceId, workspaceId),
        eq(writeKey.secretId, secret.id),
      ),
    );
  // The row in "WriteKey" goes with its secret.
  const deleted = await db()
    .delete(secret)
    .where(
      and(
        eq(secret.workspaceId, workspaceId),
        eq(secret.name, writeKeyName),
        exists(isWriteKey),
      ),
    )
    .returning({ id: secret.id });
  return deleted.length === 0
    ? err({
        type: "NotFound",
        message: "The workspace has no write key of this name.",
      })
    : ok(null);
}
