// The workspace's own secrets: credentials and values that templates and providers use. Owns reading, merging and
// deleting them. Secrets that are a write key, an admin API key or what signs quota webhooks are not here: they are neither
// read, changed nor deleted as secrets, only as the keys they are.

import {
  and,
  asc,
  eq,
  exists,
  inArray,
  isNotNull,
  ne,
  notExists,
  notLike,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import {
  ADMIN_API_KEY_SECRET_PREFIX,
  QUOTA_WEBHOOK_SECRET_NAME,
} from "isomorphic-lib/src/constants";
import {
  type InWorkspace,
  type SecretResource,
  type UpsertSecretRequest,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Database, db, inTransaction, type Transaction } from "./db";
import {
  adminApiKey,
  emailProvider,
  secret,
  smsProvider,
  writeKey,
} from "./db/schema";

export type SecretError =
  /** The name is that of a key. */
  | { readonly type: "ProtectedSecret"; readonly message: string }
  /** A message provider needs the secret. */
  | { readonly type: "SecretInUse"; readonly message: string }
  | { readonly type: "NotFound"; readonly message: string }
  | { readonly type: "BadValues"; readonly message: string };

const referring = (
  database: Database | Transaction,
  table:
    | typeof writeKey
    | typeof adminApiKey
    | typeof emailProvider
    | typeof smsProvider,
) =>
  database
    .select({ one: sql`1` })
    .from(table)
    .where(
      and(
        eq(table.workspaceId, secret.workspaceId),
        eq(table.secretId, secret.id),
      ),
    );

/** That a secret is no key of the product's own, and was none: a deleted admin API key of Dittofeed's leaves its secret behind. */
function isPlain(database: Database | Transaction): SQL | undefined {
  return and(
    notLike(secret.name, `${ADMIN_API_KEY_SECRET_PREFIX}%`),
    ne(secret.name, QUOTA_WEBHOOK_SECRET_NAME),
    notExists(referring(database, writeKey)),
    notExists(referring(database, adminApiKey)),
  );
}

/** The secrets that have a `value`, by name; with `names` only those. Never the value of a key. */
export async function listSecrets({
  workspaceId,
  names,
}: {
  workspaceId: string;
  names?: string[];
}): Promise<SecretResource[]> {
  const rows = await db()
    .select({ id: secret.id, name: secret.name, value: secret.value })
    .from(secret)
    .where(
      and(
        eq(secret.workspaceId, workspaceId),
        isNotNull(secret.value),
        names === undefined ? undefined : inArray(secret.name, names),
        isPlain(db()),
      ),
    )
    .orderBy(asc(secret.name));
  return rows.map(({ id, name, value }) => ({
    id,
    workspaceId,
    name,
    value: value ?? "",
  }));
}

/** What is configured already stays, key by key, unless the new object has the key. */
export const mergedConfig = sql`
  CASE jsonb_typeof(${secret.configValue}) WHEN 'object' THEN ${secret.configValue} ELSE '{}'::jsonb END
  || excluded."configValue"`;

/**
 * Sets `value`, if given, and merges `configValue` into what is there, if given; two at once both take effect. Err
 * ProtectedSecret for the name of a key, BadValues when neither is given.
 */
export async function upsertSecret({
  workspaceId,
  name,
  value,
  configValue,
}: InWorkspace<UpsertSecretRequest>): Promise<Result<null, SecretError>> {
  if (value === undefined && configValue === undefined) {
    return err({
      type: "BadValues",
      message: "A secret needs a value, a configValue or both.",
    });
  }
  const isProtected = err({
    type: "ProtectedSecret" as const,
    message:
      "A key has this name: keys are made and deleted in the settings, not as secrets.",
  });
  if (
    name.startsWith(ADMIN_API_KEY_SECRET_PREFIX) ||
    name === QUOTA_WEBHOOK_SECRET_NAME
  ) {
    return isProtected;
  }
  const written = await db()
    .insert(secret)
    .values({ workspaceId, name, value, configValue })
    .onConflictDoUpdate({
      target: [secret.workspaceId, secret.name],
      set: {
        ...(value === undefined ? {} : { value }),
        ...(configValue === undefined ? {} : { configValue: mergedConfig }),
      },
      setWhere: isPlain(db()),
    })
    .returning({ id: secret.id });
  return written.length === 0 ? isProtected : ok(null);
}

/**
 * Deletes a secret. Err NotFound when the workspace has none of this id or it is a key's, SecretInUse when a message
 * provider needs it, which would go with it.
 */
export async function deleteSecret({
  workspaceId,
  id,
}: {
  workspaceId: string;
  id: string;
}): Promise<Result<null, SecretError>> {
  return inTransaction(async (tx) => {
    const found = and(
      eq(secret.workspaceId, workspaceId),
      eq(secret.id, id),
      isPlain(tx),
    );
    const [row] = await tx
      .select({
        isInUse: sql<boolean>`${or(exists(referring(tx, emailProvider)), exists(referring(tx, smsProvider)))}`,
      })
      .from(secret)
      .where(found)
      .for("update"); // a provider that is being added waits until it is decided
    if (row === undefined) {
      return err({
        type: "NotFound",
        message: "The workspace has no such secret.",
      });
    }
    if (row.isInUse) {
      return err({
        type: "SecretInUse",
        message: "A message provider of the workspace uses this secret.",
      });
    }
    await tx.delete(secret).where(found);
    return ok(null);
  });
}
