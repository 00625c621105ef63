// An index of a partitioned table, built without holding up its writers. Postgres builds none of those concurrently as a whole;
// so the whole's is made empty, each partition's concurrently, and each is attached: with the last one the whole is valid.
// Owns those steps; a partition that is made later gets its index by being attached to the table.

import type pg from "pg";

import { repairInvalidIndex } from "./statements";

const BUILD =
  /^CREATE\s+INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+"([^"]+)"\s+ON\s+public\."([^"]+)"\s+([^]+)$/i;

const LONGEST_NAME = 63; // NAMEDATALEN - 1: what is longer Postgres cuts, and two names may then be one

/** The partitions of $1 that have no part of the index $2 yet; those made meanwhile have one. */
const BARE_PARTITIONS = `
SELECT c.relname AS "name" FROM pg_catalog.pg_partition_tree(to_regclass($1)) AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
 WHERE t.isleaf AND c.relkind <> 'p' AND NOT EXISTS (
   SELECT 1 FROM pg_catalog.pg_inherits AS part JOIN pg_catalog.pg_index AS own ON own.indexrelid = part.inhrelid
    WHERE part.inhparent = to_regclass($2) AND own.indrelid = c.oid)
 ORDER BY c.relname`;

interface Build {
  readonly index: string;
  readonly table: string;
  /** The columns, and what may follow them. */
  readonly definition: string;
}

async function buildOf(
  client: pg.Client,
  statement: string,
): Promise<Build | undefined> {
  const [, index, table, definition] = BUILD.exec(statement) ?? [];
  if (index === undefined || table === undefined || definition === undefined) {
    return undefined;
  }
  const { rowCount } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1) AND relkind = 'p'`,
    [`public."${table}"`],
  );
  return rowCount === 0 ? undefined : { index, table, definition };
}

/** `tenancy_UserEvent_a_b_idx` of the partition UserEvent_2030_01: `tenancy_UserEvent_2030_01_a_b_idx`. */
function nameFor(partition: string, { index, table }: Build): string {
  const name = index.replace(table, partition);
  if (name.length > LONGEST_NAME) {
    throw new Error(`${name}: a name has at most ${LONGEST_NAME} characters`);
  }
  return name;
}

/**
 * Runs a concurrent build whose table is partitioned, and says whether it did; every other statement is left alone. Broken
 * off, it goes on where it was when it is run again. Locks: SHARE on the table for an instant, then SHARE UPDATE EXCLUSIVE.
 */
export async function buildPartitionedIndex(
  client: pg.Client,
  statement: string,
): Promise<boolean> {
  const build = await buildOf(client, statement);
  if (build === undefined) {
    return false;
  }
  const { index, table, definition } = build;
  if (!index.includes(table)) {
    throw new Error(
      `${index}: an index of a partitioned table has the table's name in its own, as its partitions' are named likewise`,
    );
  }
  await client.query(
    `CREATE INDEX IF NOT EXISTS "${index}" ON ONLY public."${table}" ${definition}`,
  );
  const { rows } = await client.query<{ name: string }>(BARE_PARTITIONS, [
    `public."${table}"`,
    `public."${index}"`,
  ]);
  for (const { name: partition } of rows) {
    const own = nameFor(partition, build);
    const ownStatement = `CREATE INDEX CONCURRENTLY IF NOT EXISTS "${own}" ON public."${partition}" ${definition}`;
    await repairInvalidIndex(client, ownStatement);
    await client.query(ownStatement);
    await client.query(
      `ALTER INDEX public."${index}" ATTACH PARTITION public."${own}"`,
    );
  }
  return true;
}
