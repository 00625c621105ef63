// An index of a partitioned table is built a partition at a time, and whatever happens in between, the next run ends it.

import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { buildPartitionedIndex } from "../migrate/partitionedIndex";

const env = useTenantEnv();
const INDEX = "tenancy_UserEvent_test_idx";
const BUILD = `CREATE INDEX CONCURRENTLY IF NOT EXISTS "${INDEX}"
  ON public."UserEvent" ("workspaceId", "eventTime") WHERE NOT "hidden"`;
let owner: pg.Client;

beforeAll(async () => {
  owner = new pg.Client({ connectionString: env.url("dittofeed_owner") });
  await owner.connect();
});
afterAll(() => owner.end());

/** The parts of the index by their tables, the whole's included, and whether they are valid. */
async function parts(): Promise<
  Map<string, { name: string; isValid: boolean }>
> {
  const { rows } = await owner.query<{
    table: string;
    name: string;
    isValid: boolean;
  }>(
    `SELECT t.relname AS "table", c.relname AS "name", i.indisvalid AS "isValid"
       FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
       LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
      WHERE i.indexrelid = to_regclass($1) OR h.inhparent = to_regclass($1) ORDER BY 1`,
    [`public."${INDEX}"`],
  );
  return new Map(rows.map(({ table, ...part }) => [table, part]));
}

async function partitions(): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT c.relname AS "name" FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'public."UserEvent"'::regclass`,
  );
  return rows.map(({ name }) => name);
}

async function expectWhole(): Promise<void> {
  const found = await parts();
  expect([...found.keys()].sort()).toEqual(
    ["UserEvent", ...(await partitions())].sort(),
  );
  expect([...found.values()].filter(({ isValid }) => !isValid)).toEqual([]);
}

it("builds it on every partition and makes the whole valid; run again it changes nothing", async () => {
  expect(await buildPartitionedIndex(owner, BUILD)).toBe(true);
  await expectWhole();
  const built = await parts();
  expect(built.get("UserEvent_default")?.name).toBe(
    "tenancy_UserEvent_default_test_idx",
  );

  expect(await buildPartitionedIndex(owner, BUILD)).toBe(true);
  expect(await parts()).toEqual(built);
});

it("gives it to partitions that are made later", async () => {
  await owner.query(
    `SELECT public.ensure_user_event_partitions('2041-01-01', '2041-02-01')`,
  );
  const found = await parts();
  expect(found.get("UserEvent_2041_02")?.isValid).toBe(true);
  await expectWhole();
});

it("goes on where a run was broken off, and builds anew what that left invalid", async () => {
  await owner.query(`DROP INDEX public."${INDEX}"`);
  const columns = `("workspaceId", "eventTime") WHERE NOT "hidden"`;
  await owner.query(
    `CREATE INDEX "${INDEX}" ON ONLY public."UserEvent" ${columns}`,
  );
  await owner.query(
    `CREATE INDEX "tenancy_UserEvent_default_test_idx" ON public."UserEvent_default" ${columns}`,
  );
  const superuser = new pg.Client({ connectionString: env.url("superuser") });
  await superuser.connect();
  await superuser.query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public."tenancy_UserEvent_default_test_idx"'::regclass`,
  );
  await superuser.end();
  // A partition that came in between has its part under a name of Postgres's.
  await owner.query(
    `SELECT public.ensure_user_event_partitions('2042-01-01', '2042-01-01')`,
  );

  await buildPartitionedIndex(owner, BUILD);

  await expectWhole();
});

it("leaves every other statement to the runner", async () => {
  const plain = `CREATE INDEX CONCURRENTLY IF NOT EXISTS "x" ON public."Segment" ("workspaceId")`;
  expect(await buildPartitionedIndex(owner, plain)).toBe(false);
  expect(await buildPartitionedIndex(owner, "SELECT 1")).toBe(false);
  const { rows } = await owner.query(
    `SELECT to_regclass('public.x') AS "made"`,
  );
  expect(rows).toEqual([{ made: null }]);
});

it("refuses a name from which those of the partitions cannot be made", async () => {
  await expect(
    buildPartitionedIndex(owner, BUILD.replace(INDEX, "tenancy_other_idx")),
  ).rejects.toThrow(/named likewise/);
  const { rows } = await owner.query<{ made: string | null }>(
    `SELECT to_regclass('public.tenancy_other_idx') AS "made"`,
  );
  expect(rows).toEqual([{ made: null }]);
});

it("refuses one whose partitions' names would be cut, and so be the same", async () => {
  const long = `tenancy_UserEvent_${"x".repeat(41)}_idx`;
  await expect(
    buildPartitionedIndex(owner, BUILD.replace(INDEX, long)),
  ).rejects.toThrow(/at most 63/);
  await owner.query(`DROP INDEX public."${long}"`);
});
