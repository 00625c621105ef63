// The workspace's admin API keys: what /api/admin is called with. Owns listing, making and deleting them; a key's value
// leaves this module once, when it is made. How it is kept is in workspaces/keys.ts, checking one is authentication's.

import { and, asc, eq, inArray, notExists } from "drizzle-orm";
import { ADMIN_API_KEY_SECRET_PREFIX } from "isomorphic-lib/src/constants";
import {
  type AdminApiKeyResource,
  type CreateAdminApiKeyResponse,
} from "isomorphic-lib/src/types";
import { ok, type Result } from "neverthrow";

import { db, inTransaction } from "./db";
import { adminApiKey, secret } from "./db/schema";
import { processKind, tenantCache } from "./multitenancy/cache";
import { insertAdminApiKey, type KeyNameTaken } from "./workspaces";

/** Few ask for them: what Redis would spare is not worth telling it which keys there are. */
const KEYS = processKind<AdminApiKeyResource[]>({
  name: "adminApiKeys",
  scopes: ["access"],
});

async function selectAdminApiKeys(
  workspaceId: string,
): Promise<AdminApiKeyResource[]> {
  const rows = await db()
    .select({
      id: adminApiKey.id,
      name: adminApiKey.name,
      createdAt: adminApiKey.createdAt,
    })
    .from(adminApiKey)
    .where(eq(adminApiKey.workspaceId, workspaceId))
    .orderBy(asc(adminApiKey.createdAt), asc(adminApiKey.id));
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime() }));
}

/** The workspace's admin API keys, oldest first, without their values. From the cache; the items cannot be changed. */
export async function listAdminApiKeys({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<Readonly<AdminApiKeyResource>[]> {
  const keys = await tenantCache().getOrLoad(KEYS, {
    workspaceId,
    load: () => selectAdminApiKeys(workspaceId),
  });
  return [...keys];
}

/**
 * Makes an admin API key. A secret that a deleted key of this name left behind, as Dittofeed's do, is replaced: the old
 * key does not come back to life. Err when a key of the name exists.
 */
export async function createAdminApiKey({
  workspaceId,
  name,
}: {
  workspaceId: string;
  name: string;
}): Promise<Result<CreateAdminApiKeyResponse, KeyNameTaken>> {
  return inTransaction(async (tx) => {
    await tx
      .delete(secret)
      .where(
        and(
          eq(secret.workspaceId, workspaceId),
          eq(secret.name, `${ADMIN_API_KEY_SECRET_PREFIX}${name}`),
          notExists(
            tx
              .select({ id: adminApiKey.id })
              .from(adminApiKey)
              .where(eq(adminApiKey.secretId, secret.id)),
          ),
        ),
      );
    const key = await insertAdminApiKey(tx, { workspaceId, name });
    return key.map(({ id, createdAt, apiKey }) => ({
      workspaceId,
      id,
      name,
      createdAt: createdAt.getTime(),
      apiKey,
    }));
  });
}

/**
 * Deletes a key together with its secret, so that its value is refused from then on and for ever. An id that is none of
 * the workspace's keys is no error, as in Dittofeed: afterwards there is no such key.
 */
export async function deleteAdminApiKey({
  workspaceId,
  id,
}: {
  workspaceId: string;
  id: string;
}): Promise<Result<null, never>> {
  const ofKey = and(
    eq(adminApiKey.workspaceId, workspaceId),
    eq(adminApiKey.id, id),
  );
  await db()
    .delete(secret)
    .where(
      and(
        eq(secret.workspaceId, workspaceId),
        inArray(
          secret.id,
          db()
            .select({ id: adminApiKey.secretId })
            .from(adminApiKey)
            .where(ofKey),
        ),
      ),
    );
  return ok(null);
}
