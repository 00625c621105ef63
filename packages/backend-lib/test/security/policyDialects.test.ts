import { randomBytes } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parseSealKey } from "../../src/config/sealKey";
import { distributionSql, tablesDistributed } from "../../src/db/citus";
import { migrate, readMigrations, rollback } from "../../src/db/migrate";
import {
  expectedCondition,
  type PolicyDialect,
  policySql,
  registeredTables,
} from "../../src/db/policies";
import { currentDialect, policyDrift } from "../../src/db/policyState";
import { TenantConnectionPool } from "../../src/multitenancy/connectionPool";
import { createSealer } from "../../src/multitenancy/contextSeal";
import { draftRow, insertDraft, insertRow } from "../rowFactory";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();

const key = parseSealKey(randomBytes(32).toString("base64"));
if (key === undefined) {
  throw new Error("32 random bytes are a key");
}
const seal = createSealer(key);

const log: string[] = [];
const adminUrl = () => env.url("dittofeed_owner");
const toDialect = (dialect: PolicyDialect) =>
  migrate({
    adminUrl: adminUrl(),
    log: (line) => log.push(line),
    policies: { dialect, sealKeys: dialect === "sealed" ? [key] : [] },
  });

const asOwner = async <T>(
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await env.owner.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
};
const drift = (dialect: PolicyDialect) =>
  asOwner((client) => policyDrift(client, dialect));

const REFUSED = "42501";
const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? error.code : String(error);

const pools: TenantConnectionPool[] = [];
/** The app role as the product runs it: through the pool, sealed when the dialect is. */
function poolFor(workspaceId: string | null): TenantConnectionPool {
  const pool = new TenantConnectionPool({
    connectionString: env.url("dittofeed_app"),
    max: 1,
    role: "dittofeed_app",
    seal,
    unitOfWork: () => ({ workspaceId, context: undefined }),
  });
  pools.push(pool);
  return pool;
}
afterAll(() => Promise.all(pools.map((pool) => pool.end())));

describe.each(["plain", "sealed", "citus"] as const)(
  "the %s dialect",
  (dialect) => {
    let mine: string;
    let theirs: string;

    beforeAll(async () => {
      await toDialect(dialect);
      mine = await env.createWorkspace();
      theirs = await env.createWorkspace();
    });

    it("is that of every table and partition, word for word", async () => {
      expect(await drift(dialect)).toEqual([]);
      expect(await currentDialect(env.owner)).toBe(dialect);
      expect(await currentDialect(env.app)).toBe(dialect);
    });

    it("changes nothing when the runner comes again", async () => {
      const xids = `SELECT json_agg(xmin::text ORDER BY oid) AS xids FROM pg_catalog.pg_policy`;
      const before = await env.owner.query(xids);
      log.length = 0;
      await toDialect(dialect);
      expect((await env.owner.query(xids)).rows).toEqual(before.rows);
      expect(log).toEqual([]);
    });

    it("is what a new partition gets", async () => {
      await env.owner.query(
        "SELECT public.ensure_user_event_partitions('2031-01-01', '2031-02-01')",
      );
      expect(await drift(dialect)).toEqual([]);
      const { rows } = await env.owner.query<{ policy: string }>(
        `SELECT policyname AS policy FROM pg_catalog.pg_policies WHERE tablename = 'UserEvent_2031_01' ORDER BY 1`,
      );
      expect(rows.map(({ policy }) => policy)).toEqual([
        "owner_all",
        "system_all",
        "tenant_isolation",
      ]);
      await env.owner.query(
        'DROP TABLE public."UserEvent_2031_01", public."UserEvent_2031_02"',
      );
    });

    const tenantTables = registeredTables().filter(
      ([, entry]) => entry.kind !== "global",
    );
    it.each(tenantTables)(
      "keeps the rows of %s apart",
      async (table, entry) => {
        if (entry.kind !== "self") {
          await insertRow(env.owner, table, mine);
          await insertRow(env.owner, table, theirs);
        }
        const own = poolFor(mine);
        const select = `SELECT * FROM public."${table}"`;
        const { rows } = await own.query<Record<string, unknown>>(select);
        expect(rows.length).toBeGreaterThan(0);
        const keys = entry.kind === "self" ? "id" : "workspaceId";
        if (entry.kind !== "through") {
          expect(new Set(rows.map((row) => row[keys]))).toEqual(
            new Set([mine]),
          );
        }
        const all = (await env.owner.query(select)).rowCount ?? 0;
        expect(rows.length).toBeLessThan(all);
        expect((await poolFor(null).query(select)).rowCount).toBe(0);
        if (entry.kind !== "self") {
          const draft = await draftRow(env.owner, table, theirs);
          expect(
            await insertDraft(own, table, draft).then(() => "written", codeOf),
          ).toBe(REFUSED);
        }
        await Promise.all(pools.splice(0).map((pool) => pool.end()));
      },
    );
  },
);

describe("changing the dialect", () => {
  it("leaves no moment in which a stranger's rows show, or one's own do not", async () => {
    await toDialect("plain");
    const mine = await env.createWorkspace();
    const theirs = await env.createWorkspace();
    for (const workspaceId of [mine, theirs]) {
      await insertRow(env.owner, "Segment", workspaceId);
    }
    const pool = poolFor(mine);
    let done = false;
    let reads = 0;
    const read = async (): Promise<void> => {
      const { rows } = await pool.query<{ workspaceId: string }>(
        'SELECT "workspaceId" FROM public."Segment"',
      );
      expect(rows).toEqual([{ workspaceId: mine }]);
      reads += 1;
      return done ? undefined : read();
    };
    const reading = read();
    for (const dialect of ["sealed", "plain", "sealed", "plain"] as const) {
      await toDialect(dialect);
    }
    done = true;
    await reading;
    expect(reads).toBeGreaterThan(4);
  });

  it("gives way to whoever uses a table, and goes on when it is free", async () => {
    await toDialect("plain");
    const reader = await env.owner.connect();
    await reader.query("BEGIN");
    await reader.query('SELECT 1 FROM public."Segment"');
    log.length = 0;
    const changing = toDialect("sealed");
    await expect
      .poll(() => log.join(), { timeout: 10_000 })
      .toContain("a table is in use");
    expect(await currentDialect(env.owner)).toBe("mixed");
    await reader.query("COMMIT");
    reader.release();
    await changing;
    expect(await currentDialect(env.owner)).toBe("sealed");
  }, 30_000);

  it("finishes a change that broke off, and mends a policy that was dropped or weakened", async () => {
    await toDialect("plain");
    const entries = new Map(registeredTables());
    const segment = entries.get("Segment");
    await env.owner.query(
      `ALTER POLICY tenant_isolation ON public."Journey" USING (${segment === undefined ? "" : (expectedCondition("Journey", segment, "sealed") ?? "")})`,
    );
    await env.owner.query(
      'DROP POLICY tenant_isolation ON public."Segment"; DROP POLICY tenant_isolation ON public."UserEvent_default"; ALTER POLICY tenant_isolation ON public."Secret" TO dittofeed_system;' +
        'ALTER POLICY tenant_isolation ON public."UserProperty" USING (true) WITH CHECK (true)',
    );
    await env.owner.query("CREATE TABLE public.unregistered ()"); // is nobody's, here
    const found = await drift("plain");
    await env.owner.query("DROP TABLE public.unregistered");
    expect(found.map(({ relation, reason }) => [relation, reason])).toEqual([
      ["Journey", "different"],
      ["Secret", "missing"],
      ["Segment", "missing"],
      ["UserEvent_default", "missing"],
      ["UserProperty", "different"],
    ]);
    expect(found.find(({ relation }) => relation === "UserProperty")).toEqual(
      expect.objectContaining({ live: "true", table: "UserProperty" }),
    );
    await toDialect("plain");
    expect(await drift("plain")).toEqual([]);
  });

  it("names none on a database without policies", async () => {
    const client = new pg.Client({ connectionString: env.url("superuser") });
    await client.connect();
    await client.query("BEGIN");
    for (const [table] of registeredTables()) {
      await client.query(
        `DROP POLICY IF EXISTS tenant_isolation ON public."${table}"`,
      );
    }
    await client.query(
      `DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public."UserEvent"'::regclass LOOP
         EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', part); END LOOP; END $$`,
    );
    expect(await currentDialect(client)).toBe("none");
    await client.query("ROLLBACK");
    await client.end();
  });

  it("goes back to plain when the sealed context's migration is taken back", async () => {
    const takeBack = async () => {
      let taken: string | null;
      do {
        taken = await rollback({ adminUrl: adminUrl() });
      } while (taken !== null && taken !== "007_sealed_context");
    };
    await toDialect("sealed");
    await takeBack();
    // The migrations of some tables' policies are later ones, and taken back as well.
    const later = readMigrations().slice(
      readMigrations().findIndex(({ name }) => name === "007_sealed_context"),
    );
    const isLater = ({ table }: { readonly table: string }) =>
      later.some(({ sql }) =>
        sql.includes(`CREATE POLICY tenant_isolation ON public."${table}"`),
      );
    expect((await drift("plain")).filter((found) => !isLater(found))).toEqual(
      [],
    );
    await migrate({ adminUrl: adminUrl() });
    expect(await drift("plain")).toEqual([]);
    // Citus's needs nothing of that migration.
    await toDialect("citus");
    await takeBack();
    await migrate({ adminUrl: adminUrl() });
    expect(await drift("citus")).toEqual([]);
  });
});

describe("the tables for Citus", () => {
  const distributed = tablesDistributed("workspace");

  it("are those that grow with a workspace's users", () => {
    expect(distributed).toEqual([
      "HeldEvent",
      "HeldEventFigures",
      "Message",
      "UserEvent",
      "UserEventReceipt",
      "WorkspaceUser",
    ]);
    expect(tablesDistributed("reference")).toEqual([]);
    expect(tablesDistributed("local")).toContain("Workspace");
  });

  it("have workspaceId in every unique key, without which Citus cannot keep it unique", async () => {
    const { rows } = await env.owner.query<{ table: string; index: string }>(
      `SELECT c.relname AS "table", i.indexrelid::regclass::text AS "index"
         FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)
          AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute AS a
                           WHERE a.attrelid = c.oid AND a.attname = 'workspaceId' AND a.attnum = ANY (i.indkey))`,
      [distributed],
    );
    expect(rows).toEqual([]);
  });

  it("have policies without a sub-select, which Citus refuses", () => {
    for (const [table, entry] of registeredTables()) {
      if (distributed.includes(table)) {
        const sql = policySql(table, entry, { dialect: "citus" });
        expect(sql).toContain("nullif(current_setting('app.");
        expect(expectedCondition(table, entry, "citus")).not.toMatch(/SELECT/i);
      }
    }
  });

  // Citus itself is not to be had here. These functions stand where its own would, and refuse what it is known to
  // refuse; so the order, the keys and the foreign keys are tried, and the spreading of rows is not.
  const STANDINS = `
    CREATE TABLE tenancy.spread (at serial, relation regclass PRIMARY KEY, kind text, colocated regclass);
    CREATE FUNCTION public.create_reference_table(regclass) RETURNS void LANGUAGE sql AS $$
      INSERT INTO tenancy.spread (relation, kind) VALUES ($1, 'reference') $$;
    CREATE FUNCTION public.create_distributed_table(rel regclass, col text, colocate_with text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = rel AND pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid) ~ 'SELECT') THEN
        RAISE EXCEPTION 'Subqueries are not supported in policies on distributed tables';
      END IF;
      IF EXISTS (SELECT 1 FROM pg_constraint AS f WHERE f.contype = 'f' AND (f.conrelid = rel OR f.confrelid = rel)
          AND NOT EXISTS (SELECT 1 FROM tenancy.spread AS s WHERE s.kind = 'reference' AND f.conrelid = rel AND s.relation = f.confrelid AND f.confupdtype = 'a')) THEN
        RAISE EXCEPTION 'cannot create foreign key constraint';
      END IF;
      IF EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = rel AND i.indisunique AND NOT EXISTS (
          SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = rel AND a.attname = col AND a.attnum = ANY (i.indkey))) THEN
        RAISE EXCEPTION 'Distributed relations cannot have UNIQUE constraints that do not include the partition column';
      END IF;
      IF EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = rel AND NOT tgisinternal) THEN
        RAISE EXCEPTION 'triggers are not supported on distributed tables';
      END IF;
      IF colocate_with <> 'none' AND NOT EXISTS (SELECT 1 FROM tenancy.spread AS s WHERE s.relation = colocate_with::regclass) THEN
        RAISE EXCEPTION 'relation % is not distributed', colocate_with;
      END IF;
      INSERT INTO tenancy.spread (relation, kind, colocated) VALUES (rel, 'workspace', nullif(colocate_with, 'none')::regclass);
    END $$`;

  it("are distributed by statements whose order, keys and foreign keys Citus's rules allow", async () => {
    await toDialect("plain");
    await asOwner(async (client) => {
      await client.query("BEGIN");
      await client.query(STANDINS);
      await expect(client.query(distributionSql())).rejects.toThrow(
        /Subqueries/,
      );
      await client.query("ROLLBACK");
    });
    await toDialect("citus");
    await asOwner(async (client) => {
      await client.query("BEGIN");
      await client.query(STANDINS);
      await client.query(distributionSql());
      const { rows } = await client.query<{ relation: string }>(
        "SELECT relation::text FROM tenancy.spread ORDER BY at",
      );
      expect(rows.map(({ relation }) => relation)).toEqual(
        distributed.map((table) => `"${table}"`),
      );
      await client.query("ROLLBACK");
    });
  });

  it("lose a deleted workspace's rows as they did by the foreign key", async () => {
    const gone = await env.createWorkspace();
    const stays = await env.createWorkspace();
    for (const table of distributed) {
      await insertRow(env.owner, table, gone);
      await insertRow(env.owner, table, stays);
    }
    await asOwner(async (client) => {
      await client.query("BEGIN");
      await client.query(STANDINS);
      await client.query(distributionSql());
      await client.query('DELETE FROM public."Workspace" WHERE "id" = $1', [
        gone,
      ]);
      for (const table of distributed) {
        const { rows } = await client.query<{ workspaceId: string }>(
          `SELECT DISTINCT "workspaceId" FROM public."${table}" WHERE "workspaceId" IN ($1, $2)`,
          [gone, stays],
        );
        expect(rows, table).toEqual([{ workspaceId: stays }]);
      }
      await client.query("ROLLBACK");
    });
  });

  it("come after the reference tables; without any there is nothing to do", () => {
    const sql = distributionSql([
      ["B", { kind: "workspace", app: [], distribution: "workspace" }],
      ["A", { kind: "workspace", app: [], distribution: "workspace" }],
      ["R", { kind: "workspace", app: [], distribution: "reference" }],
      ["G", { kind: "global", reason: "x" }],
    ]);
    const spread = sql.match(
      /create_(?:reference|distributed)_table\([^)]*\)/g,
    );
    expect(spread).toEqual([
      `create_reference_table('public."R"')`,
      `create_distributed_table('public."A"', 'workspaceId', colocate_with => 'none')`,
      `create_distributed_table('public."B"', 'workspaceId', colocate_with => 'public."A"')`,
    ]);
    expect(distributionSql([["G", { kind: "global", reason: "x" }]])).toBe("");
  });
});
