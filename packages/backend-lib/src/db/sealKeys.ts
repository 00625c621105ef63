// The keys of the sealed context in the database: taking them there as the owner, and telling an operator why a process's
// seals would not be accepted. Making seals belongs to multitenancy/contextSeal.ts, checking them to the database.

import type pg from "pg";

import { config } from "../config";
import { parseSealKey, type SealKey } from "../config/sealKey";
import { createSealer } from "../multitenancy/contextSeal";
import { type PolicyDialect } from "./policies";
import { liveDialects } from "./policyState";

const BLOCK_BYTES = 64; // of SHA-256

/** The key padded to a block and exclusive-ored, as HMAC uses it inside and outside. Source: RFC 2104, section 2. */
export function hmacBlocks(key: Buffer): { inner: Buffer; outer: Buffer } {
  const padded = Buffer.alloc(BLOCK_BYTES);
  key.copy(padded);
  const paddedWith = (pad: number) =>
    // eslint-disable-next-line no-bitwise -- HMAC is defined by exclusive or
    Buffer.from(padded.map((byte) => byte ^ pad));
  return { inner: paddedWith(0x36), outer: paddedWith(0x5c) };
}

/** What the migration runner makes of the policies after the files have run. */
export interface PolicySettings {
  /** Absent: as they are. */
  readonly dialect?: PolicyDialect | undefined;
  /** The keys that the database is to accept; none: leave those that it has. */
  readonly sealKeys: readonly SealKey[];
}

/** The settings of this process's configuration. */
export function configuredPolicies(): PolicySettings {
  const { tenantPolicies, contextSealKey, contextSealKeyPrevious } = config();
  const sealKeys = [contextSealKey, contextSealKeyPrevious].flatMap(
    (key) => (key === undefined ? undefined : parseSealKey(key)) ?? [],
  );
  return {
    dialect: tenantPolicies ?? (sealKeys.length > 0 ? "sealed" : undefined),
    sealKeys,
  };
}

/** The outcome of an installation, by the ids of keys. */
export interface InstalledKeys {
  readonly added: readonly string[];
  readonly retired: readonly string[];
}

const INSTALL = `
  INSERT INTO tenancy."ContextSealKey" AS known ("id", "innerBlock", "outerBlock") VALUES ($1, $2, $3)
  ON CONFLICT ("id") DO UPDATE SET "innerBlock" = excluded."innerBlock", "outerBlock" = excluded."outerBlock", "retiredAt" = NULL
   WHERE known."retiredAt" IS NOT NULL OR known."innerBlock" <> excluded."innerBlock" OR known."outerBlock" <> excluded."outerBlock"
  RETURNING "id"`;

const RETIRE = `
  UPDATE tenancy."ContextSealKey" SET "retiredAt" = now(), "innerBlock" = NULL, "outerBlock" = NULL
   WHERE "retiredAt" IS NULL AND NOT "id" = ANY ($1) RETURNING "id"`;

/**
 * Makes `keys` the ones that the database accepts, and forgets all others. As the owner, inside of a transaction of the
 * caller's. Running it again changes nothing.
 */
export async function installSealKeys(
  client: Pick<pg.Client, "query">,
  keys: readonly SealKey[],
): Promise<InstalledKeys> {
  const added: string[] = [];
  for (const { id, bytes } of keys) {
    const { inner, outer } = hmacBlocks(bytes);
    const { rows } = await client.query<{ id: string }>(INSTALL, [
      id,
      inner,
      outer,
    ]);
    added.push(...rows.map((row) => row.id));
  }
  const { rows } = await client.query<{ id: string }>(RETIRE, [
    keys.map(({ id }) => id),
  ]);
  return { added, retired: rows.map((row) => row.id) };
}

const PROBE = "00000000-0000-4000-8000-000000000000";

const WAYS_ON: Record<string, string> = {
  "unknown key":
    "the database does not know this process's CONTEXT_SEAL_KEY: run `yarn db:push` with it (and with the former one as CONTEXT_SEAL_KEY_PREVIOUS while other processes still use that), or start this process with the key that was installed",
  expired:
    "this machine's clock is more than five minutes behind the database's: set the clocks right",
  "ahead of time":
    "this machine's clock is more than five minutes ahead of the database's: set the clocks right",
};

/**
 * Why the database would not accept the seals that this process makes with `key` (the configured one), in words for the operator; undefined when
 * it does, or when its policies ask for none. `client` may be of any of the product's logins.
 */
export async function contextSealProblem(
  client: Pick<pg.Client, "query">,
  key: SealKey | undefined = configuredPolicies().sealKeys[0],
): Promise<string | undefined> {
  if (!(await liveDialects(client)).has("sealed")) {
    return undefined;
  }
  if (key === undefined) {
    return "Every workspace would seem empty: the policies ask for a sealed context, and CONTEXT_SEAL_KEY is not set here. Set it to the key that was installed, or run `yarn db:push` with TENANT_POLICIES=plain.";
  }
  const { rows } = await client.query<{ problem: string | null }>(
    `SELECT tenancy.context_seal_problem($1, $2) AS "problem"`,
    [PROBE, createSealer(key)(PROBE)],
  );
  const problem = rows[0]?.problem ?? undefined;
  return problem === undefined
    ? undefined
    : `Every workspace would seem empty: ${WAYS_ON[problem] ?? problem}.`;
}
