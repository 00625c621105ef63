// The one migration runner: generated table migrations (drizzle/), then hand-written ones (migrations/), each once, in
// order, under one advisory lock, with a ledger. Owns order, locking, retries and the adoption of a database that
// Dittofeed made. Leaves reading the files to migrate/files.ts, and each file's SQL to the file.

import pg from "pg";

import { checkBaseline } from "./migrate/baseline";
import { type Migration, readMigrations } from "./migrate/files";
import { settlePolicies } from "./migrate/reconcile";
import {
  inOneTransaction,
  type Log,
  patiently,
  statementByStatement,
  withLock,
} from "./migrate/running";
import { currentDialect } from "./policyState";
import { type PolicySettings } from "./sealKeys";

export { readMigrations };

export interface MigrateOptions {
  /** URL of the owner's login, straight to the server: a transaction pooler would lose the advisory lock. */
  readonly adminUrl: string;
  /** Told of each step, in words for a person. */
  readonly log?: Log;
  /** What to make of the policies afterwards; absent: they stay in the dialect that they have. */
  readonly policies?: PolicySettings;
}

/** A migration cannot go on; the message says why and what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface AppliedMigration {
  readonly name: string;
  readonly appliedAt: Date;
  readonly durationMs: number;
  /** True when the tables were there already, made by Dittofeed, and only the entry was written. */
  readonly adopted: boolean;
}

export interface MigrationStatus {
  readonly applied: readonly AppliedMigration[];
  readonly pending: readonly string[];
}

const LEDGER = 'tenancy."Migration"';
const WORKSPACE = 'public."Workspace"';

/** In a schema of its own: everything in `public` is a table of the register. */
const CREATE_LEDGER = `
  CREATE SCHEMA IF NOT EXISTS tenancy;
  CREATE TABLE IF NOT EXISTS tenancy."Migration" (
    "name" text PRIMARY KEY,
    "checksum" text NOT NULL,
    "appliedAt" timestamptz(3) NOT NULL DEFAULT now(),
    "durationMs" integer NOT NULL,
    "adopted" boolean NOT NULL DEFAULT false
  )`;

interface LedgerRow {
  name: string;
  checksum: string;
  appliedAt: Date;
  durationMs: number;
  adopted: boolean;
}

async function ledger(client: pg.Client): Promise<LedgerRow[]> {
  const { rows } = await client.query<LedgerRow>(
    `SELECT "name", "checksum", "appliedAt", "durationMs", "adopted"
       FROM ${LEDGER} ORDER BY "appliedAt", "name"`,
  );
  return rows;
}

async function record(
  client: pg.Client,
  migration: Migration,
  entry: { durationMs: number; adopted: boolean },
): Promise<void> {
  await client.query(
    `INSERT INTO tenancy."Migration" ("name", "checksum", "appliedAt", "durationMs", "adopted")
     VALUES ($1, $2, clock_timestamp(), $3, $4)`,
    [migration.name, migration.checksum, entry.durationMs, entry.adopted],
  );
}

async function apply(
  client: pg.Client,
  migration: Migration,
  { log }: MigrateOptions,
): Promise<void> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  await patiently(async () => {
    if (migration.transactional) {
      await inOneTransaction(client, async () => {
        await client.query(migration.sql);
        await record(client, migration, {
          durationMs: elapsed(),
          adopted: false,
        });
      });
    } else {
      await statementByStatement(client, migration.sql);
      await record(client, migration, {
        durationMs: elapsed(),
        adopted: false,
      });
    }
  }, log);
  log?.(`applied ${migration.name} in ${elapsed()} ms`);
}

async function tableExists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS exists",
    [table],
  );
  return rows[0]?.exists === true;
}

/** The ledger's rows; none on a database that was never migrated. */
async function knownLedger(client: pg.Client): Promise<LedgerRow[]> {
  return (await tableExists(client, LEDGER)) ? ledger(client) : [];
}

/** Dittofeed's tables are there already: passes when nothing of them is missing, else says what is. Only reads. */
async function requireBaseline(
  client: pg.Client,
  baseline: Migration,
): Promise<void> {
  const missing = await checkBaseline(client, baseline);
  if (missing.length > 0) {
    const lines = missing.map((line) => `  - ${line}`).join("\n");
    throw new MigrationError(
      `This database has some of Dittofeed's tables but not as this version needs them:\n${lines}\nRun Dittofeed's own migrations first, then this again. Nothing was changed.`,
    );
  }
}

/**
 * Brings the database up to date. Running it again changes nothing; two at once wait for each other. Throws
 * MigrationError when an applied file was edited since, or when Dittofeed's tables are not as expected.
 */
export async function migrate(
  options: MigrateOptions,
): Promise<MigrationStatus> {
  const migrations = readMigrations();
  return withLock(options, async (client) => {
    const applied = new Map(
      (await knownLedger(client)).map((row) => [row.name, row]),
    );
    const [baseline] = migrations;
    const adopted =
      baseline !== undefined &&
      !applied.has(baseline.name) &&
      (await tableExists(client, WORKSPACE))
        ? baseline
        : undefined;
    if (adopted !== undefined) {
      await requireBaseline(client, adopted);
    }
    const dialect = await currentDialect(client);
    await client.query(CREATE_LEDGER);
    for (const migration of migrations) {
      const entry = applied.get(migration.name);
      if (entry !== undefined && entry.checksum !== migration.checksum) {
        throw new MigrationError(
          `${migration.name} was edited after it was applied here. Put it back, and write a new migration instead.`,
        );
      }
      if (migration === adopted) {
        await record(client, migration, { durationMs: 0, adopted: true });
        options.log?.(`found Dittofeed's tables; adopted ${migration.name}`);
      } else if (entry === undefined) {
        await apply(client, migration, options);
      }
    }
    const { policies = { sealKeys: [] }, log } = options;
    await settlePolicies(client, policies, dialect, log);
    return { applied: await ledger(client), pending: [] };
  });
}

/** What was applied and what waits. Changes nothing, also on a database that was never migrated. */
export async function migrationStatus({
  adminUrl,
}: MigrateOptions): Promise<MigrationStatus> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const applied = await knownLedger(client);
    const names = new Set(applied.map((row) => row.name));
    const pending = readMigrations().flatMap(({ name }) =>
      names.has(name) ? [] : [name],
    );
    return { applied, pending };
  } finally {
    await client.end();
  }
}

/**
 * Takes the last step back, by its `.down.sql`; resolves to its name, or null when nothing was applied. On a database that
 * Dittofeed made the very last step back removes the ledger. Throws MigrationError for a step that has no way back.
 */
export async function rollback(
  options: MigrateOptions,
): Promise<string | null> {
  const migrations = readMigrations();
  return withLock(options, async (client) => {
    const applied = new Map(
      (await knownLedger(client)).map((row) => [row.name, row]),
    );
    const last = migrations.filter(({ name }) => applied.has(name)).at(-1);
    if (last === undefined) {
      return null;
    }
    if (applied.get(last.name)?.adopted === true) {
      await client.query("DROP SCHEMA tenancy CASCADE");
      options.log?.("Dittofeed's tables stay; nothing of ours is left");
      return last.name;
    }
    const { down } = last;
    if (down === null) {
      throw new MigrationError(
        `${last.name} has no way back: it made Dittofeed's own tables. Use db:reset to begin anew.`,
      );
    }
    await patiently(async () => {
      const forget = () =>
        client.query('DELETE FROM tenancy."Migration" WHERE "name" = $1', [
          last.name,
        ]);
      if (last.transactional) {
        await inOneTransaction(client, async () => {
          await client.query(down);
          await forget();
        });
      } else {
        await statementByStatement(client, down);
        await forget();
      }
    }, options.log);
    options.log?.(`took back ${last.name}`);
    return last.name;
  });
}

/**
 * Drops everything in the database and migrates anew. Throws MigrationError on a database that Dittofeed made, whose
 * data is not ours to drop.
 */
export async function reset(options: MigrateOptions): Promise<MigrationStatus> {
  await withLock(options, async (client) => {
    if (await tableExists(client, LEDGER)) {
      if ((await ledger(client)).some((row) => row.adopted)) {
        throw new MigrationError(
          "This database was made by Dittofeed; it is not reset from here. Drop it by hand if that is what you want.",
        );
      }
    } else if (await tableExists(client, WORKSPACE)) {
      throw new MigrationError(
        "This database holds tables that were not made here; it is not reset. Drop it by hand if that is what you want.",
      );
    }
    await inOneTransaction(client, async () => {
      await client.query("DROP SCHEMA IF EXISTS graphile_worker CASCADE");
      await client.query("DROP SCHEMA IF EXISTS tenancy CASCADE");
      await client.query("DROP SCHEMA public CASCADE");
      await client.query("CREATE SCHEMA public");
    });
    options.log?.("dropped every table");
  });
  return migrate(options);
}
