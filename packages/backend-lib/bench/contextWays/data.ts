// The rows that the ways read: workspaces with segments, once under row-level security and once without. Leaves the database
// as it found it.

import pg from "pg";

import { policySql, TABLES } from "../../src/db/policies";
import { installSealKeys } from "../../src/db/sealKeys";
import { type BenchDatabase } from "../benchDatabase";
import {
  PLAIN_TABLE,
  SEAL_KEY,
  SEALED_TABLE,
  segmentName,
  SEGMENTS,
} from "./ways";

const WORKSPACES = 200;

/** Of the size that a person makes. */
const DEFINITION = {
  id: "definition",
  entryNode: { type: "And", id: "1", children: ["2", "3"] },
  nodes: [
    {
      type: "Trait",
      id: "2",
      path: "plan",
      operator: { type: "Equals", value: "pro" },
    },
    {
      type: "Performed",
      id: "3",
      event: "Order Completed",
      times: 3,
      timesOperator: ">=",
      withinSeconds: 2_592_000,
    },
  ],
};

async function asOwner(
  database: BenchDatabase,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: database.url("dittofeed_owner"),
  });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Fills `"Segment"`, and makes its copies without policies and with sealed ones; answers the workspaces. */
export async function fill(database: BenchDatabase): Promise<string[]> {
  let ids: string[] = [];
  await asOwner(database, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO "Workspace" ("name", "updatedAt")
       SELECT 'context ' || n, now() FROM generate_series(1, ${WORKSPACES}) AS n RETURNING "id"`,
    );
    ids = rows.map(({ id }) => id);
    await client.query(
      `INSERT INTO "Segment" ("workspaceId", "name", "definition")
       SELECT w, n, $3::jsonb FROM unnest($1::uuid[]) AS w, unnest($2::text[]) AS n`,
      [
        ids,
        Array.from({ length: SEGMENTS }, (_, at) => segmentName(at)),
        JSON.stringify(DEFINITION),
      ],
    );
    await client.query(`
      CREATE TABLE "${PLAIN_TABLE}" (LIKE "Segment" INCLUDING ALL);
      INSERT INTO "${PLAIN_TABLE}" SELECT * FROM "Segment";
      GRANT SELECT ON "${PLAIN_TABLE}" TO dittofeed_app`);
    await client.query(`
      CREATE TABLE "${SEALED_TABLE}" (LIKE "Segment" INCLUDING ALL);
      INSERT INTO "${SEALED_TABLE}" SELECT * FROM "Segment";`);
    await client.query(
      policySql(SEALED_TABLE, TABLES.Segment, { dialect: "sealed" }),
    );
    await installSealKeys(client, [SEAL_KEY]);
    await client.query(`VACUUM ANALYZE "${SEALED_TABLE}"`);
    await client.query(`VACUUM ANALYZE "Segment"`);
    await client.query(`VACUUM ANALYZE "${PLAIN_TABLE}"`);
  });
  return ids;
}

/** Takes away what `fill` made. */
export async function clear(
  database: BenchDatabase,
  ids: readonly string[],
): Promise<void> {
  await asOwner(database, async (client) => {
    await client.query(`DROP TABLE "${PLAIN_TABLE}", "${SEALED_TABLE}"`);
    await client.query(`DELETE FROM "Workspace" WHERE "id" = ANY($1::uuid[])`, [
      ids,
    ]);
  });
}
