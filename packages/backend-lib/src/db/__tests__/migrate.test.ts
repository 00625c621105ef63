import { readFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";
import { afterEach, describe, expect, it, vi } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import {
  migrate,
  MigrationError,
  migrationStatus,
  reset,
  rollback,
} from "../migrate";
import { generatedFolder, packageRoot, readMigrations } from "../migrate/files";
import { splitStatements } from "../migrate/statements";

const env = useTenantEnv({ template: "empty" });
const BASELINE = "0000_dittofeed_baseline";

const sqlOf = (name: string) =>
  readFileSync(path.join(generatedFolder(), `${name}.sql`), "utf8");

async function asSuperuser<T>(
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: env.url("superuser") });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const empty = () =>
  asSuperuser((client) =>
    client.query(`DROP SCHEMA IF EXISTS tenancy CASCADE; DROP SCHEMA IF EXISTS drizzle CASCADE;
                  DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION dittofeed_owner;
                  REVOKE CREATE ON DATABASE "${new URL(env.url("superuser")).pathname.slice(1)}" FROM dittofeed_system`),
  );

/** A database as Dittofeed leaves it: its tables, owned by its superuser login, its own ledger, and legacy rows. */
async function asDittofeedMadeIt(): Promise<void> {
  await asSuperuser(async (client) => {
    await client.query(
      sqlOf(BASELINE).replaceAll("--> statement-breakpoint", ""),
    );
    await client.query(`
      CREATE SCHEMA drizzle;
      CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
      INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('h', 1767720758408);
      INSERT INTO "Workspace" ("id", "name", "updatedAt") VALUES ('11111111-1111-4111-8111-111111111111', 'Legacy', now());
      INSERT INTO "Broadcast" ("workspaceId", "name", "version", "statusV2", "updatedAt")
        VALUES ('11111111-1111-4111-8111-111111111111', 'old', NULL, NULL, now());
      INSERT INTO "MessageTemplate" ("workspaceId", "name", "draft", "updatedAt")
        VALUES ('11111111-1111-4111-8111-111111111111', 'draft only', '{}', now());`);
  });
}

/** Everything that migrations make, as text: two databases with the same answer have the same schema. */
async function fingerprint(): Promise<string[]> {
  const { rows } = await asSuperuser((client) =>
    client.query<{ line: string }>(`
      SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'p')
      UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT 'policy ' || tablename || ' ' || policyname || ' ' || roles::text || qual || with_check FROM pg_policies WHERE schemaname = 'public'
      UNION ALL SELECT 'rls ' || relname || relrowsecurity || relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      UNION ALL SELECT 'function ' || proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      ORDER BY 1`),
  );
  return rows.map((row) => row.line);
}

const adminUrl = () => env.url("dittofeed_owner");
const names = readMigrations().map(({ name }) => name);

afterEach(empty);

describe("migrate", () => {
  it("makes everything on an empty database, and changes nothing when run again", async () => {
    const log = vi.fn();
    const first = await migrate({ adminUrl: adminUrl(), log });
    expect(first.applied.map((m) => m.name)).toEqual(names);
    expect(first.applied.every((m) => !m.adopted)).toBe(true);
    expect(log).toHaveBeenCalledTimes(names.length);
    const before = await fingerprint();
    await migrate({ adminUrl: adminUrl(), log });
    expect(log).toHaveBeenCalledTimes(names.length);
    expect(await fingerprint()).toEqual(before);
  });

  it("runs once when several processes start it at the same time", async () => {
    const logs: string[] = [];
    await Promise.all(
      Array.from({ length: 4 }, () =>
        migrate({ adminUrl: adminUrl(), log: (line) => logs.push(line) }),
      ),
    );
    expect(logs.filter((line) => line.startsWith("applied"))).toHaveLength(
      names.length,
    );
  });

  it("accepts a database that Dittofeed made, twice, without touching its data or its ledger", async () => {
    await asDittofeedMadeIt();
    const superuser = env.url("superuser");
    const first = await migrate({ adminUrl: superuser });
    expect(first.applied.find((m) => m.name === BASELINE)?.adopted).toBe(true);
    const before = await fingerprint();
    await migrate({ adminUrl: superuser });
    expect(await fingerprint()).toEqual(before);
    const { rows } = await asSuperuser((client) =>
      client.query(`SELECT (SELECT count(*)::int FROM drizzle.__drizzle_migrations) AS ledger,
                           (SELECT count(*)::int FROM "Broadcast" WHERE "version" IS NULL) AS broadcasts,
                           (SELECT count(*)::int FROM "MessageTemplate") AS templates`),
    );
    expect(rows[0]).toEqual({ ledger: 1, broadcasts: 1, templates: 1 });
  });

  it("brings Dittofeed's database to the very schema of an empty one", async () => {
    await asDittofeedMadeIt();
    await migrate({ adminUrl: env.url("superuser") });
    const adopted = await fingerprint();
    await empty();
    await migrate({ adminUrl: adminUrl() });
    expect(adopted).toEqual(await fingerprint());
  });

  it("isolates the tenants of Dittofeed's database also for its superuser login", async () => {
    await asDittofeedMadeIt();
    await migrate({ adminUrl: env.url("superuser") });
    const { rows } = await asSuperuser(async (client) => {
      await client.query("BEGIN");
      await client.query(
        "SELECT set_config('role', 'dittofeed_app', true), set_config('app.current_workspace_id', '22222222-2222-4222-8222-222222222222', true)",
      );
      return client.query('SELECT count(*)::int AS n FROM "Broadcast"');
    });
    expect(rows[0]).toEqual({ n: 0 });
  });

  it("lets a login that owned the tables under another name go on working on them", async () => {
    await asDittofeedMadeIt();
    await asSuperuser((client) =>
      client.query(`DROP ROLE IF EXISTS legacy_owner; CREATE ROLE legacy_owner LOGIN;
                    GRANT ALL ON SCHEMA public TO legacy_owner; ALTER TABLE "Broadcast" OWNER TO legacy_owner;`),
    );
    await migrate({ adminUrl: env.url("superuser") });
    const { rows } = await asSuperuser(async (client) => {
      await client.query("SET ROLE legacy_owner");
      return client.query('SELECT count(*)::int AS n FROM "Broadcast"');
    });
    expect(rows[0]).toEqual({ n: 1 });
    await asSuperuser((client) =>
      client.query(
        'ALTER TABLE "Broadcast" OWNER TO dittofeed_owner; DROP OWNED BY legacy_owner; DROP ROLE legacy_owner',
      ),
    );
  });

  it("keeps a login that may not inherit by default able to work, and strangers out", async () => {
    await asDittofeedMadeIt();
    // As managed Postgres has it: not a superuser, may make roles, and what it made it only administers.
    await asSuperuser((client) =>
      client.query(`
        DROP ROLE IF EXISTS managed_admin; DROP ROLE IF EXISTS reporting;
        CREATE ROLE managed_admin LOGIN CREATEROLE; CREATE ROLE reporting LOGIN;
        GRANT dittofeed_owner, dittofeed_app, dittofeed_system TO managed_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
        ALTER DATABASE "${new URL(env.url("superuser")).pathname.slice(1)}" OWNER TO managed_admin;
        ALTER SCHEMA public OWNER TO managed_admin;
        GRANT ALL ON SCHEMA public TO reporting;
        DO $$ DECLARE t text; BEGIN
          FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
            EXECUTE format('ALTER TABLE public.%I OWNER TO managed_admin', t);
          END LOOP;
        END $$;
        SET ROLE reporting; CREATE TABLE public.scratch (n int); RESET ROLE;`),
    );
    const url = new URL(env.url("superuser"));
    url.username = "managed_admin";
    await migrate({ adminUrl: url.href });
    const seen = await asSuperuser(async (client) => {
      await client.query("SET ROLE managed_admin");
      const mine = await client.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM "Workspace"',
      );
      await client.query("SET ROLE dittofeed_app");
      await client.query("RESET ROLE");
      const { rows } = await client.query<{ stranger: boolean }>(
        "SELECT pg_has_role('reporting', 'dittofeed_owner', 'MEMBER') AS stranger",
      );
      return [mine.rows[0], rows[0]];
    });
    expect(seen).toEqual([{ n: 1 }, { stranger: false }]);
    await asSuperuser((client) =>
      client.query(`DROP TABLE public.scratch; REASSIGN OWNED BY managed_admin TO dittofeed_owner;
                    REVOKE dittofeed_owner, dittofeed_app, dittofeed_system FROM managed_admin CASCADE;
                    DROP OWNED BY managed_admin, reporting; DROP ROLE managed_admin, reporting`),
    );
  });

  it("refuses a half-made Dittofeed database, says what is missing, and changes nothing", async () => {
    await asDittofeedMadeIt();
    await asSuperuser((client) =>
      client.query(`ALTER TABLE "Segment" DROP COLUMN "definitionUpdatedAt"; ALTER TABLE "Journey" ALTER COLUMN "name" DROP NOT NULL;
                    ALTER TABLE "Secret" ALTER COLUMN "name" TYPE varchar(9);`),
    );
    const before = await fingerprint();
    const failure = await migrate({ adminUrl: env.url("superuser") }).then(
      () => "",
      String,
    );
    expect(
      (
        await asSuperuser((client) =>
          client.query("SELECT to_regnamespace('tenancy') AS schema"),
        )
      ).rows[0],
    ).toEqual({ schema: null });
    expect(failure).toContain('"Segment"."definitionUpdatedAt" is missing');
    expect(failure).toContain('"Journey"."name" must not be nullable');
    expect(failure).toContain(
      '"Secret"."name" is character varying(9), expected text',
    );
    expect(await fingerprint()).toEqual(before);
  });

  it("names the values that an enum of an older Dittofeed lacks", async () => {
    await asSuperuser((client) =>
      client.query(
        sqlOf(BASELINE)
          .replaceAll("--> statement-breakpoint", "")
          .replace(
            `"public"."JourneyStatus" AS ENUM('NotStarted', 'Running', 'Paused', 'Broadcast')`,
            `"public"."JourneyStatus" AS ENUM('NotStarted', 'Running', 'Broadcast')`,
          ),
      ),
    );
    await expect(migrate({ adminUrl: env.url("superuser") })).rejects.toThrow(
      'enum "JourneyStatus" lacks Paused',
    );
  });

  it("refuses a file that was edited after it was applied", async () => {
    await migrate({ adminUrl: adminUrl() });
    await asSuperuser((client) =>
      client.query(
        `UPDATE tenancy."Migration" SET "checksum" = 'other' WHERE "name" = $1`,
        [names[2]],
      ),
    );
    await expect(migrate({ adminUrl: adminUrl() })).rejects.toThrow(
      `${names[2] ?? ""} was edited after it was applied`,
    );
  });

  it("builds an index anew whose concurrent build had failed", async () => {
    await migrate({ adminUrl: adminUrl() });
    await asSuperuser((client) =>
      client.query(`DELETE FROM tenancy."Migration" WHERE "name" = '001_tenant_indexes';
                    UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"tenancy_EmailTemplate_workspaceId_idx"'::regclass`),
    );
    await migrate({ adminUrl: adminUrl() });
    const { rows } = await asSuperuser((client) =>
      client.query(
        "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid",
      ),
    );
    expect(rows).toEqual([]);
  });

  it("waits for a table that is in use instead of blocking its readers, and then goes on", async () => {
    await asDittofeedMadeIt();
    const log = vi.fn();
    await asSuperuser(async (holder) => {
      await holder.query("BEGIN");
      await holder.query('SELECT * FROM "AdminApiKey"');
      const migrating = migrate({ adminUrl: env.url("superuser"), log });
      await vi.waitFor(
        () =>
          expect(log).toHaveBeenCalledWith(
            expect.stringContaining("a table is in use"),
          ),
        20_000,
      );
      // Between its attempts others get through.
      await asSuperuser((reader) =>
        reader.query('SELECT count(*) FROM "AdminApiKey"'),
      );
      await holder.query("COMMIT");
      await migrating;
    });
    expect(
      (await migrationStatus({ adminUrl: env.url("superuser") })).pending,
    ).toEqual([]);
  });

  it("leaves nothing of a migration that fails half-way", async () => {
    await asSuperuser((client) =>
      client.query('CREATE TABLE public."UserEvent" ("in" int)'),
    ); // in the way of a later step
    await expect(migrate({ adminUrl: env.url("superuser") })).rejects.toThrow();
    const { applied, pending } = await migrationStatus({
      adminUrl: env.url("superuser"),
    });
    expect(applied.map((m) => m.name)).toEqual(
      names.slice(0, names.indexOf("003_user_events")),
    );
    expect(pending[0]).toBe("003_user_events");
    await asSuperuser((client) =>
      client.query('DROP TABLE public."UserEvent"'),
    );
    await migrate({ adminUrl: env.url("superuser") });
  });
});

describe("rollback", () => {
  it("takes every step back that has a way back, and each can be applied again", async () => {
    await migrate({ adminUrl: adminUrl() });
    const before = await fingerprint();
    const taken: (string | null)[] = [];
    for (let i = 1; i < names.length; i += 1) {
      taken.push(await rollback({ adminUrl: adminUrl() }));
    }
    expect(taken).toEqual([...names].reverse().slice(0, -1));
    await expect(rollback({ adminUrl: adminUrl() })).rejects.toThrow(
      MigrationError,
    );
    await migrate({ adminUrl: adminUrl() });
    expect(await fingerprint()).toEqual(before);
  });

  it("leaves Dittofeed's database as Dittofeed made it", async () => {
    await asDittofeedMadeIt();
    const before = await fingerprint();
    const superuser = { adminUrl: env.url("superuser") };
    await migrate(superuser);
    const taken: (string | null)[] = [];
    for (const _ of names) {
      taken.push(await rollback(superuser));
    }
    expect(taken).toEqual([...names].reverse());
    expect(await rollback(superuser)).toBeNull();
    expect(await fingerprint()).toEqual(before);
    const { rows } = await asSuperuser((client) =>
      client.query(
        `SELECT to_regnamespace('tenancy') AS ledger,
                has_schema_privilege('dittofeed_app', 'public', 'CREATE') AS create,
                (SELECT count(*)::int FROM aclexplode((SELECT nspacl FROM pg_namespace WHERE nspname = 'public')) AS a
                   JOIN pg_roles AS r ON r.oid = a.grantee WHERE r.rolname IN ('dittofeed_app', 'dittofeed_system')) AS grants`,
      ),
    );
    expect(rows[0]).toEqual({ ledger: null, create: false, grants: 0 });
    await migrate(superuser);
  });

  it("has nothing to do where nothing was applied", async () => {
    expect(await rollback({ adminUrl: adminUrl() })).toBeNull();
  });

  it("says that the database is empty after the baseline's entry is gone", async () => {
    await migrate({ adminUrl: adminUrl() });
    await asSuperuser((client) =>
      client.query('DELETE FROM tenancy."Migration"'),
    );
    expect(await rollback({ adminUrl: adminUrl() })).toBeNull();
  });
});

describe("reset", () => {
  it("begins anew", async () => {
    await migrate({ adminUrl: adminUrl() });
    await env.createWorkspace();
    const status = await reset({ adminUrl: adminUrl(), log: vi.fn() });
    expect(status.applied.map((m) => m.name)).toEqual(names);
    expect((await env.owner.query('SELECT 1 FROM "Workspace"')).rowCount).toBe(
      0,
    );
  });

  it("drops the job queue as well, whose tables the system role owns", async () => {
    await migrate({ adminUrl: adminUrl() });
    const makeQueue = async () => {
      const client = new pg.Client({
        connectionString: env.url("dittofeed_system"),
      });
      await client.connect();
      await client.query("CREATE SCHEMA graphile_worker");
      await client.query("CREATE TABLE graphile_worker.jobs (id int)");
      await client.end();
    };
    await makeQueue();
    while ((await rollback({ adminUrl: adminUrl() })) !== "004_jobs");
    await migrate({ adminUrl: adminUrl() });
    await makeQueue();
    await reset({ adminUrl: adminUrl() });
    const { rows } = await asSuperuser((client) =>
      client.query("SELECT to_regnamespace('graphile_worker') AS queue"),
    );
    expect(rows[0]).toEqual({ queue: null });
  });

  it("works on an empty database", async () => {
    await reset({ adminUrl: adminUrl() });
    expect((await migrationStatus({ adminUrl: adminUrl() })).pending).toEqual(
      [],
    );
  });

  it("refuses a database that Dittofeed made, before and after it was migrated", async () => {
    await asDittofeedMadeIt();
    await expect(reset({ adminUrl: env.url("superuser") })).rejects.toThrow(
      MigrationError,
    );
    await migrate({ adminUrl: env.url("superuser") });
    await expect(reset({ adminUrl: env.url("superuser") })).rejects.toThrow(
      "made by Dittofeed",
    );
    expect(
      (await asSuperuser((client) => client.query('SELECT 1 FROM "Workspace"')))
        .rowCount,
    ).toBe(1);
  });
});

describe("migrationStatus", () => {
  it("lists what waits on a database that was never migrated, and changes nothing", async () => {
    expect(await migrationStatus({ adminUrl: adminUrl() })).toEqual({
      applied: [],
      pending: names,
    });
    const { rows } = await asSuperuser((client) =>
      client.query("SELECT to_regnamespace('tenancy') AS schema"),
    );
    expect(rows[0]).toEqual({ schema: null });
  });
});

describe("the migration files", () => {
  it("each have a way back but the first, and run in order of their number", () => {
    const migrations = readMigrations();
    expect(
      migrations.filter((m) => m.down === null).map((m) => m.name),
    ).toEqual([BASELINE]);
    const handWritten = names.filter((name) => /^\d{3}_/.test(name));
    expect(handWritten).toEqual([...handWritten].sort());
    expect(names.indexOf("001_tenant_indexes")).toBe(
      names.length - handWritten.length,
    );
    expect(packageRoot().endsWith("backend-lib")).toBe(true);
  });

  it("are split into their statements where they run one by one", () => {
    expect(
      splitStatements("-- why\nSELECT 1;\n\nSELECT\n  2 ;  \n-- end\nSELECT 3"),
    ).toEqual(["SELECT 1", "SELECT\n  2", "SELECT 3"]);
    expect(
      splitStatements("DO $$\nBEGIN\n  -- why\n  f();\nEND\n$$;\nSELECT 1;\n"),
    ).toEqual(["DO $$\nBEGIN\n  f();\nEND\n$$", "SELECT 1"]);
  });
});
