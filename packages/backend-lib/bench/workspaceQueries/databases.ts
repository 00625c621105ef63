// The databases that are compared: copies of one, which differ by their indexes alone. Owns filling it, copying it and
// which indexes each copy has; `before` keeps Dittofeed's, the primary keys of our own tables, and what a foreign key needs.

import pg from "pg";

import { type BenchDatabase, type BenchLogin } from "../benchDatabase";
import { progress } from "../benchReport";
import { CANDIDATES } from "./candidates";
import { fillDatabase } from "./data";
import { type BenchWorkspace } from "./workspaces";

export const VARIANTS = ["before", "after", "tried"] as const;
/** `tried` has, beside ours, the candidates that were rejected. */
export type Variant = (typeof VARIANTS)[number];

export interface Copy {
  readonly variant: Variant;
  readonly url: (login: BenchLogin) => string;
}

interface IndexDefinition {
  readonly name: string;
  readonly sql: string;
  readonly isExpression: boolean;
  readonly table: string;
}

/** Every index of this extension that no constraint needs; of a partitioned table the one of the whole. */
const OUR_INDEXES = `
SELECT c.relname AS "name", replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') AS "sql", i.indexprs IS NOT NULL AS "isExpression",
  i.indrelid::regclass::text AS "table"
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
  AND (c.relname LIKE 'tenancy\\_%' OR c.relname = 'UserEvent_workspaceId_userOrAnonymousId_idx')
  AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = c.oid)
ORDER BY 1`;

async function connected<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function databaseOf(url: string, database: string): string {
  const named = new URL(url);
  named.pathname = database;
  return named.href;
}

async function build(
  url: string,
  indexes: readonly IndexDefinition[],
): Promise<void> {
  await connected(url, async (client) => {
    await client.query("SET maintenance_work_mem = '512MB'");
    for (const { sql } of indexes) {
      await client.query(sql);
    }
    const tables = new Set(
      indexes.filter((each) => each.isExpression).map(({ table }) => table),
    );
    for (const table of tables) {
      await client.query(`ANALYZE ${table}`);
    }
  });
}

export interface Prepared {
  readonly copies: readonly Copy[];
  readonly rows: { readonly users: number; readonly events: number };
  /** The names of our indexes. */
  readonly ours: readonly string[];
  /** Drops the copies. */
  readonly drop: () => Promise<void>;
}

/** Fills the database and makes its copies. The database itself becomes `before`. */
export async function prepareDatabases(
  bench: BenchDatabase,
  workspaces: readonly BenchWorkspace[],
): Promise<Prepared> {
  const superuser = bench.url("superuser");
  const { indexes, rows } = await connected(superuser, async (client) => {
    const ours = await client.query<IndexDefinition>(OUR_INDEXES);
    for (const { name } of ours.rows) {
      await client.query(`DROP INDEX public."${name}"`);
    }
    await fillDatabase(client, workspaces);
    progress("  collecting statistics …");
    await client.query("VACUUM (FREEZE, ANALYZE)");
    const counted = await client.query<{ users: number; events: number }>(
      `SELECT (SELECT count(*)::int FROM "WorkspaceUser") AS "users", (SELECT count(*)::int FROM "UserEvent") AS "events"`,
    );
    const [counts = { users: 0, events: 0 }] = counted.rows;
    return { indexes: ours.rows, rows: counts };
  });
  const original = new URL(superuser).pathname.slice(1);
  const copyOf = (variant: Variant): Copy => ({
    variant,
    url: (login) =>
      variant === "before"
        ? bench.url(login)
        : databaseOf(bench.url(login), `${original}_${variant}`),
  });
  const others = CANDIDATES.length === 0 ? ["after"] : ["after", "tried"];
  const copies = VARIANTS.filter(
    (variant) => variant === "before" || others.includes(variant),
  ).map(copyOf);
  const maintenance = databaseOf(superuser, "template1");
  progress(`  copying it and building ${indexes.length} indexes …`);
  await connected(maintenance, async (client) => {
    for (const variant of others) {
      await client.query(
        `CREATE DATABASE "${original}_${variant}" TEMPLATE "${original}" STRATEGY FILE_COPY OWNER dittofeed_owner`,
      );
    }
  });
  const tried = CANDIDATES.map(({ name, sql }): IndexDefinition => ({
    name,
    sql,
    isExpression: false,
    table: "",
  }));
  for (const copy of copies.slice(1)) {
    await build(copy.url("superuser"), [
      ...indexes,
      ...(copy.variant === "tried" ? tried : []),
    ]);
  }
  return {
    copies,
    rows,
    ours: indexes.map(({ name }) => name),
    drop: () =>
      connected(maintenance, async (client) => {
        for (const variant of others) {
          await client.query(
            `DROP DATABASE IF EXISTS "${original}_${variant}" WITH (FORCE)`,
          );
        }
      }),
  };
}

export interface Usage {
  /** How often each index was searched, that of a partition counting for the whole table's. */
  readonly scans: ReadonlyMap<string, number>;
  /** Pages of tables and indexes that were looked at. */
  readonly pages: number;
}

const SCANS = `
SELECT coalesce(parent.relname, own.relname) AS "name", sum(s.idx_scan)::float8 AS "scans"
FROM pg_stat_user_indexes AS s JOIN pg_class AS own ON own.oid = s.indexrelid
LEFT JOIN pg_inherits AS i ON i.inhrelid = own.oid LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
GROUP BY 1`;
const PAGES = `
SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0) + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)
  + coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0))::float8 AS "pages" FROM pg_statio_user_tables`;
/** A session's figures are in the statistics once it has gone. */
const OTHERS = `SELECT count(*)::int AS "count" FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** What the database has counted so far. The caller has closed every other connection to it, or it is waited for. */
export async function usageOf(url: string): Promise<Usage> {
  return connected(url, async (client) => {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const { rows } = await client.query<{ count: number }>(OTHERS);
      if (rows[0]?.count === 0) {
        break;
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
    const scans = await client.query<{ name: string; scans: number }>(SCANS);
    const pages = await client.query<{ pages: number }>(PAGES);
    return {
      scans: new Map(scans.rows.map((row) => [row.name, row.scans])),
      pages: pages.rows[0]?.pages ?? 0,
    };
  });
}

/** The size of each index in bytes, partitions together. */
export async function indexBytes(url: string): Promise<Map<string, number>> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{ name: string; bytes: number }>(`
      SELECT coalesce(parent.relname, own.relname) AS "name", sum(pg_relation_size(s.indexrelid))::float8 AS "bytes"
      FROM pg_stat_user_indexes AS s JOIN pg_class AS own ON own.oid = s.indexrelid
      LEFT JOIN pg_inherits AS i ON i.inhrelid = own.oid LEFT JOIN pg_class AS parent ON parent.oid = i.inhparent
      GROUP BY 1`);
    return new Map(rows.map((row) => [row.name, row.bytes]));
  });
}
