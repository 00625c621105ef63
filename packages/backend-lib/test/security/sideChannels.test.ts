import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { packageRoot, readMigrations } from "../../src/db/migrate/files";
import { announcementOf } from "../cacheChanges";
import { appAs } from "../sideChannel";
import { useTenantEnv } from "../tenantEnv";

// One test for each channel beside the rows, for somebody who can run any SQL in one workspace's context. Keys and
// references have files of their own; docs/security.md has the table of them all.

const env = useTenantEnv();
const THEIR_NAME = "quarterly takeover plans";
let mine: string;
let theirs: string;
let pool: pg.Pool;
let superuser: pg.Pool;

beforeAll(async () => {
  mine = await env.createWorkspace();
  theirs = await env.createWorkspace();
  pool = appAs(env, mine);
  superuser = new pg.Pool({ connectionString: env.url("superuser"), max: 1 });
  await env.owner.query(
    `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
     SELECT $1, CASE n WHEN 1 THEN $2 ELSE n::text END, '{}' FROM generate_series(1, 500) AS n`,
    [theirs, THEIR_NAME],
  );
  await env.owner.query('ANALYZE public."Segment"');
});
afterAll(() => Promise.all([pool.end(), superuser.end()]));

const outcome = async (sql: string, values: unknown[] = []): Promise<string> =>
  pool.query(sql, values).then(
    () => "done",
    (error: unknown) =>
      error instanceof pg.DatabaseError ? (error.code ?? "") : String(error),
  );
/** insufficient_privilege */
const REFUSED = "42501";

describe("closed by rights: the app role may not", () => {
  it.each([
    ["empty a table", 'TRUNCATE public."Segment"'],
    [
      "switch policies off",
      'ALTER TABLE public."Segment" DISABLE ROW LEVEL SECURITY',
    ],
    ["add a policy", 'CREATE POLICY p ON public."Segment" USING (true)'],
    [
      "hang a trigger on a table",
      `CREATE TRIGGER t BEFORE INSERT ON public."Segment" FOR EACH ROW EXECUTE FUNCTION tenancy.require_own_user_property()`,
    ],
    ["make a table", "CREATE TABLE public.mine (n int)"],
    [
      "make a temporary table, which would stand before the real one",
      'CREATE TEMPORARY TABLE "Segment" (n int)',
    ],
    ["make a schema", "CREATE SCHEMA mine"],
    [
      "make a function that might leak",
      "CREATE FUNCTION public.leak(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    ],
    [
      "make one among temporary things",
      "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE sql COST 0.0001 AS 'SELECT true'",
    ],
    [
      "make an operator",
      "CREATE OPERATOR public.<<< (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)",
    ],
    ["run a program", `COPY public."Segment" TO PROGRAM 'cat'`],
    ["write a file", `COPY public."Segment" TO '/tmp/rows'`],
    ["read a file by COPY", `COPY public."Segment" FROM '/etc/hostname'`],
    ["read a file by a function", "SELECT pg_read_file('postgresql.conf')"],
    ["list files", "SELECT pg_ls_dir('.')"],
    ["keep a large object", "SELECT lo_create(0)"],
    ["fill a large object", "SELECT lo_from_bytea(0, 'x')"],
    ["take on the owner's role", "SET ROLE dittofeed_owner"],
    [
      "take on the system role from within a query",
      "SELECT set_config('role', 'dittofeed_system', true)",
    ],
    ["become another login", "SET SESSION AUTHORIZATION postgres"],
    ["switch triggers and keys off", "SET session_replication_role = replica"],
    ["watch other sessions", "SELECT application_name FROM pg_stat_activity"],
    [
      "read another session's statement",
      "SELECT pg_stat_get_backend_activity(1)",
    ],
    ["see what others have locked", "SELECT * FROM pg_locks"],
    [
      "cancel another's statement",
      "SELECT pg_cancel_backend(pg_backend_pid())",
    ],
    ["end another's session", "SELECT pg_terminate_backend(0)"],
    ["read raw statistics", "SELECT * FROM pg_statistic"],
    ["read the ledger of migrations", 'SELECT * FROM tenancy."Migration"'],
    [
      "call what migrations call",
      "SELECT tenancy.check_reference('Segment', 'id', 'Segment', 'x')",
    ],
  ])("%s", async (_what, sql) => {
    expect(await outcome(sql)).toBe(REFUSED);
  });

  it("have TRUNCATE, REFERENCES or TRIGGER on any table", async () => {
    const { rows } = await env.owner.query(
      `SELECT c.relname, p AS privilege FROM pg_class AS c CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege('dittofeed_app', c.oid, p)`,
    );
    expect(rows).toEqual([]);
  });

  it("use a sequence, whose numbers would count everybody's rows", async () => {
    const { rows } = await env.owner.query(
      `SELECT relname FROM pg_class
        WHERE CASE relkind WHEN 'S' THEN has_sequence_privilege('dittofeed_app', oid, 'USAGE, SELECT') ELSE false END`,
    );
    expect(rows).toEqual([]);
  });

  it("call a function that was left open to everybody", async () => {
    const { rows } = await env.owner.query(
      `SELECT p.oid::regprocedure::text AS name FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
          AND EXISTS (SELECT 1 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)`,
    );
    expect(rows).toEqual([]);
  });

  it("by the same words where a superuser migrates and where the server is our own", () => {
    const file = path.resolve(
      packageRoot(),
      "../../docker/postgres/serverRights.sql",
    );
    const migration = readMigrations().find(
      ({ name }) => name === "008_side_channels",
    );
    expect(migration?.sql).toContain(readFileSync(file, "utf8"));
  });

  it("but whoever watches the server by the role made for it still may", async () => {
    const { rows } = await superuser.query(
      `SELECT has_function_privilege('pg_monitor', 'pg_stat_get_activity(integer)', 'EXECUTE') AS watch,
              has_function_privilege('pg_signal_backend', 'pg_terminate_backend(integer, bigint)', 'EXECUTE') AS signal`,
    );
    expect(rows[0]).toEqual({ watch: true, signal: true });
  });
});

describe("closed by row-level security", () => {
  it("a condition that fails on a row fails on none of another workspace's", async () => {
    for (const condition of [
      `1 / (CASE WHEN "name" = '${THEIR_NAME}' THEN 0 ELSE 1 END) = 1`,
      `"name"::integer = 0`, // its error would quote the name
      `xmlparse(document "name") IS NULL`,
    ]) {
      expect(
        await outcome(`SELECT 1 FROM public."Segment" WHERE ${condition}`),
      ).toBe("done");
      // The same condition does fail for one who sees the row.
      const other = appAs(env, theirs);
      await expect(
        other.query(`SELECT 1 FROM public."Segment" WHERE ${condition}`),
      ).rejects.toThrow();
      await other.end();
    }
  });

  it("row_security = off makes queries fail, not see", async () => {
    const client = await pool.connect();
    await client.query("SET row_security = off");
    await expect(
      client.query('SELECT 1 FROM public."Segment"'),
    ).rejects.toMatchObject({ code: REFUSED });
    client.release(true);
  });

  it("statistics of columns are shown of no tenant's table", async () => {
    const STATISTICS = `SELECT tablename, attname, most_common_vals FROM pg_stats WHERE schemaname = 'public'`;
    expect((await pool.query(STATISTICS)).rows).toEqual([]);
    expect((await superuser.query(STATISTICS)).rowCount).toBeGreaterThan(0);
    expect(await outcome("SELECT * FROM pg_statistic_ext_data")).toBe(REFUSED);
  });
});

describe("stays open to whoever can run any SQL; the reason is in docs/security.md", () => {
  const plan = async (sql: string, options = "") => {
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(
      `EXPLAIN (${options} COSTS) ${sql}`,
    );
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };

  it("EXPLAIN estimates from everybody's rows; it shows a number, no value", async () => {
    const estimate = async (id: string) => {
      const text = await plan(
        `SELECT 1 FROM public."Segment" WHERE "workspaceId" = '${id}'`,
      );
      expect(text).not.toContain(THEIR_NAME);
      return Number(/rows=(\d+)/.exec(text)?.[1]);
    };
    expect(await estimate(theirs)).toBeGreaterThan(
      await estimate(randomUUID()),
    );
    // But it is a statement of its own: within a query of ours, which goes alone in its message, there is no place for it.
    expect(
      await outcome("SELECT query_to_xml('EXPLAIN SELECT 1', true, true, '')"),
    ).not.toBe("done");
    expect(
      await outcome("SELECT query_to_xml('SELECT 1', true, true, '')"),
    ).toBe("done");
  });

  it("the size of a table is everybody's sum", async () => {
    const { rows } = await pool.query<{ reltuples: number }>(
      `SELECT reltuples FROM pg_class WHERE oid = 'public."Segment"'::regclass`,
    );
    expect(rows[0]?.reltuples).toBeGreaterThanOrEqual(500);
  });

  it("a lock on a whole table, or one on a number, keeps the others waiting", async () => {
    const client = await pool.connect();
    const other = appAs(env, theirs);
    await client.query("BEGIN");
    await client.query(
      'LOCK TABLE public."EmailTemplate" IN ACCESS EXCLUSIVE MODE',
    );
    await client.query("SELECT pg_advisory_xact_lock(1)");
    const waiting = await other
      .query(
        'BEGIN; LOCK TABLE public."EmailTemplate" IN ACCESS SHARE MODE NOWAIT',
      )
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(waiting).toMatchObject({ code: "55P03" });
    await other.query("ROLLBACK");
    expect(
      (await other.query("SELECT pg_try_advisory_lock(1) AS free")).rows,
    ).toEqual([{ free: false }]);
    await client.query("ROLLBACK");
    client.release();
    await other.end();
  });

  it("a set_config of the context flips it, unless the context is sealed", async () => {
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(
      "SELECT set_config('app.current_workspace_id', $1, true)",
      [theirs],
    );
    expect(
      (await client.query('SELECT 1 FROM public."Segment"')).rowCount,
    ).toBe(500);
    await client.query("ROLLBACK");
    expect(
      (await client.query('SELECT 1 FROM public."Segment"')).rowCount,
    ).toBe(0);
    client.release();
  });
});

describe("notifications", () => {
  it("are sent by one function of ours, which the app role may not call", async () => {
    const { rows } = await env.owner.query(
      `SELECT p.oid::regprocedure::text AS name, has_function_privilege('dittofeed_app', p.oid, 'EXECUTE') AS "mayCall"
         FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text IN ('public', 'tenancy') AND p.prosrc ~* '\\mpg_notify\\M|\\mnotify\\M'`,
    );
    expect(rows).toEqual([
      { name: "tenancy.cache_forget(uuid,text)", mayCall: false },
    ]);
  });

  it("tell whoever listens that something changed, and not in which workspace or what", async () => {
    const heard: string[] = [];
    const client = await pool.connect();
    client.on("notification", ({ payload = "" }) => heard.push(payload));
    await client.query("LISTEN tenant_cache");
    await env.owner.query(
      `UPDATE public."Segment" SET "name" = "name" || '!' WHERE "workspaceId" = $1`,
      [theirs],
    );
    await client.query("SELECT 1"); // what was committed comes with the answer
    client.release(true);
    expect(heard).toEqual([announcementOf(`${theirs} segments`)]);
    expect(heard.join()).not.toContain(theirs);
  });
});
