// How keys are kept: what a write key and an admin API key are made of, and which rows hold them. Owns making them;
// looking a key up belongs to authentication, listing and deleting to writeKeys.ts and adminApiKeys.ts.

import { and, eq } from "drizzle-orm";
import { ADMIN_API_KEY_SECRET_PREFIX } from "isomorphic-lib/src/constants";
import { err, ok, type Result } from "neverthrow";

import { clock } from "../clock";
import { randomHex } from "../crypto";
import { queryResult, type Transaction } from "../db";
import { adminApiKey, secret, writeKey } from "../db/schema";

const WRITE_KEY_BYTES = 8;
const ADMIN_API_KEY_BYTES = 32;

/** The name is taken by another key, or by a secret that is no key of this kind. */
export interface KeyNameTaken {
  readonly type: "UniqueConstraintViolation";
  readonly message: string;
}

const nameTaken: KeyNameTaken = {
  type: "UniqueConstraintViolation",
  message: "Another key or secret of the workspace has this name already.",
};

/** The value of the Authorization header that Dittofeed's clients send with a write key. */
export function writeKeyHeader(key: {
  readonly secretId: string;
  readonly value: string;
}): string {
  const credentials = `${key.secretId}:${key.value}`;
  return `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
}

/**
 * The workspace's write key of this name, made when it is not there. Err KeyNameTaken when the name is that of a secret
 * which is not a write key: such a secret is known to others and must not become one.
 */
export async function ensureWriteKey(
  tx: Transaction,
  { workspaceId, name }: { workspaceId: string; name: string },
): Promise<Result<{ secretId: string; value: string }, KeyNameTaken>> {
  if (name.startsWith(ADMIN_API_KEY_SECRET_PREFIX)) {
    return err(nameTaken);
  }
  const value = randomHex(WRITE_KEY_BYTES);
  const [made] = await tx
    .insert(secret)
    .values({ workspaceId, name, value })
    .onConflictDoNothing({ target: [secret.workspaceId, secret.name] })
    .returning({ id: secret.id });
  if (made !== undefined) {
    await tx.insert(writeKey).values({ workspaceId, secretId: made.id });
    return ok({ secretId: made.id, value });
  }
  const [existing] = await tx
    .select({ secretId: secret.id, value: secret.value })
    .from(secret)
    .innerJoin(
      writeKey,
      and(
        eq(writeKey.secretId, secret.id),
        eq(writeKey.workspaceId, secret.workspaceId),
      ),
    )
    .where(and(eq(secret.workspaceId, workspaceId), eq(secret.name, name)));
  return typeof existing?.value === "string"
    ? ok({ secretId: existing.secretId, value: existing.value })
    : err(nameTaken);
}

/**
 * A new admin API key; `apiKey` is what the client sends as Bearer. Err KeyNameTaken when a key of this name exists,
 * after which the transaction must be rolled back. The caller has cleared away secrets left behind by a deleted key.
 */
export async function insertAdminApiKey(
  tx: Transaction,
  { workspaceId, name }: { workspaceId: string; name: string },
): Promise<
  Result<{ id: string; createdAt: Date; apiKey: string }, KeyNameTaken>
> {
  const apiKey = randomHex(ADMIN_API_KEY_BYTES);
  const secrets = await queryResult(
    tx
      .insert(secret)
      .values({
        workspaceId,
        name: `${ADMIN_API_KEY_SECRET_PREFIX}${name}`,
        configValue: {
          type: "AdminApiKey",
          key: apiKey,
          permissions: ["Admin"],
        },
      })
      .returning({ secretId: secret.id }),
  );
  if (secrets.isErr()) {
    return err(nameTaken);
  }
  const createdAt = clock().now();
  const keys = await queryResult(
    tx
      .insert(adminApiKey)
      .values(
        secrets.value.map((row) => ({ workspaceId, name, createdAt, ...row })),
      )
      .returning({ id: adminApiKey.id, createdAt: adminApiKey.createdAt }),
  );
  const key = keys.isOk() ? keys.value[0] : undefined;
  return key === undefined ? err(nameTaken) : ok({ ...key, apiKey });
}
