import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";

import {
  hasPgBouncer,
  throughPgBouncer,
  usePgBouncer,
} from "../../../test/pgBouncer";
import { useTenantEnv } from "../../../test/tenantEnv";
import { parseSealKey } from "../../config/sealKey";
import { logger } from "../../logger";
import {
  checkIsolationAtStart,
  CHECKS,
  configuredUrls,
  type Diagnosis,
  examine,
  type Finding,
  IsolationRequired,
} from "../doctor";
import { type Urls } from "../doctor/examination";
import { contextFaults } from "../doctor/liveChecks";
import { ownFunctions, ownTriggers } from "../doctor/ownCode";
import { poolModeOf } from "../doctor/poolingChecks";
import { CVE_FLOORS, serverProblems } from "../doctor/serverChecks";
import { searchPathFault } from "../doctor/settingChecks";
import { migrate } from "../migrate";

const env = useTenantEnv();
usePgBouncer(env);
usePgBouncer(env, "session");

const database = () => new URL(env.url("superuser")).pathname.slice(1);
const urls = (): Urls => ({
  app: env.url("dittofeed_app"),
  system: env.url("dittofeed_system"),
  admin: env.url("dittofeed_owner"),
});

async function asSuperuser(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: env.url("superuser") });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function diagnosed(
  options: Parameters<typeof examine>[0] = {},
): Promise<Diagnosis> {
  const examined = await examine({ urls: urls(), ...options });
  return examined._unsafeUnwrap();
}

/** What a healthy test database is told, too: it depends on the server that the tests were given. */
let usual = new Set<string>();
const keyOf = ({ check, severity }: Finding) => `${severity} ${check}`;

async function unusual(
  options: Parameters<typeof examine>[0] = {},
): Promise<Finding[]> {
  const { findings } = await diagnosed(options);
  return findings.filter((finding) => !usual.has(keyOf(finding)));
}

/** A login of this file alone: roles belong to the whole server, which other files use at the same time. */
async function withLogin<T>(
  rights: string,
  work: (login: { name: string; url: string }) => Promise<T>,
): Promise<T> {
  const name = `doctor_${randomUUID().replaceAll("-", "")}`;
  const url = new URL(env.url("superuser"));
  url.username = name;
  url.password = name;
  await asSuperuser(
    `CREATE ROLE ${name} LOGIN PASSWORD '${name}' ${rights}; GRANT CONNECT ON DATABASE "${database()}" TO ${name}`,
  );
  try {
    return await work({ name, url: url.href });
  } finally {
    await asSuperuser(
      `REASSIGN OWNED BY ${name} TO dittofeed_owner; DROP OWNED BY ${name}; DROP ROLE ${name}`,
    );
  }
}

beforeAll(async () => {
  // Rights on the database itself are not cloned with a template.
  await asSuperuser(
    `REVOKE ALL ON DATABASE "${database()}" FROM PUBLIC;
     GRANT CONNECT ON DATABASE "${database()}" TO dittofeed_app, dittofeed_system`,
  );
  usual = new Set((await diagnosed()).findings.map(keyOf));
});

afterAll(() => vi.restoreAllMocks());

describe("a healthy database", () => {
  it("has no failure, and only the notes and warnings of its server", async () => {
    const { ok, summary, checks, findings } = await diagnosed();
    expect(findings.filter(({ severity }) => severity === "failure")).toEqual(
      [],
    );
    const known = [
      "warning server.cve-2026-120154",
      "note server.version",
      "warning rights.sessions",
      "note log.parameters",
      "note side-channels.open",
    ];
    expect(findings.map(keyOf).filter((key) => !known.includes(key))).toEqual(
      [],
    );
    expect(ok).toBe(true);
    expect(checks).toHaveLength(CHECKS.length);
    expect(summary.notChecked).toBe(0);
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  });

  it("is found healthy by several at once", async () => {
    const all = await Promise.all([diagnosed(), diagnosed(), diagnosed()]);
    expect(all.map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  it("leaves the catalog as it was", async () => {
    const count = async () =>
      (
        await env.owner.query<{ n: number; last: number }>(
          "SELECT count(*)::int AS n, max(oid) AS last FROM pg_class",
        )
      ).rows;
    const before = await count();
    await diagnosed();
    expect(await count()).toEqual(before);
  });
});

interface Break {
  readonly check: string;
  readonly severity?: Finding["severity"];
  readonly how: string;
  readonly undo: string;
  /** What has to be named. */
  readonly names: string;
  /** Findings that the same break brings about elsewhere. */
  readonly also?: readonly string[];
}

const ON = (name: string) => `public."${name}"`;
const CONDITION = `"workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid`;
const POLICY = `CREATE POLICY tenant_isolation ON ${ON("Segment")} FOR ALL TO dittofeed_app USING (${CONDITION}) WITH CHECK (${CONDITION})`;
const DROP_POLICY = `DROP POLICY tenant_isolation ON ${ON("Segment")}`;
const PARTITION = "UserEvent_default";

const OWN_TRIGGER =
  ownTriggers().find(({ name }) => name === "require_own_user_property")
    ?.statement ?? "";

/** The statement that makes a function of ours as it has to be. */
const ownStatement = (name: string) =>
  `DO $do$ BEGIN UPDATE pg_proc SET prosrc = ${pg.escapeLiteral(ownFunctions().find((own) => own.name === name)?.body ?? "")} WHERE oid = '${name}'::regproc; END $do$`;

const BREAKS: readonly Break[] = [
  {
    check: "rls.enabled",
    how: `ALTER TABLE ${ON("Segment")} DISABLE ROW LEVEL SECURITY`,
    undo: `ALTER TABLE ${ON("Segment")} ENABLE ROW LEVEL SECURITY`,
    names: ON("Segment"),
  },
  {
    check: "rls.enabled",
    how: `ALTER TABLE ${ON(PARTITION)} DISABLE ROW LEVEL SECURITY`,
    undo: `ALTER TABLE ${ON(PARTITION)} ENABLE ROW LEVEL SECURITY`,
    names: ON(PARTITION),
  },
  {
    check: "rls.forced",
    how: `ALTER TABLE ${ON("Workspace")} NO FORCE ROW LEVEL SECURITY`,
    undo: `ALTER TABLE ${ON("Workspace")} FORCE ROW LEVEL SECURITY`,
    names: ON("Workspace"),
  },
  {
    check: "policy.present",
    how: DROP_POLICY,
    undo: POLICY,
    names: `tenant_isolation on ${ON("Segment")}`,
  },
  {
    check: "policy.present",
    how: `DROP POLICY owner_all ON ${ON("WorkspaceRelation")}`,
    undo: `CREATE POLICY owner_all ON ${ON("WorkspaceRelation")} FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true)`,
    names: "owner_all",
  },
  {
    check: "policy.with-check",
    how: `${DROP_POLICY}; CREATE POLICY tenant_isolation ON ${ON("Segment")} FOR ALL TO dittofeed_app USING (${CONDITION})`,
    undo: `${DROP_POLICY}; ${POLICY}`,
    names: `tenant_isolation on ${ON("Segment")}`,
  },
  {
    check: "policy.condition",
    how: `ALTER POLICY tenant_isolation ON ${ON("Segment")} USING (true)`,
    undo: `ALTER POLICY tenant_isolation ON ${ON("Segment")} USING (${CONDITION})`,
    names: "USING true",
  },
  {
    check: "policy.condition",
    how: `ALTER POLICY tenant_isolation ON ${ON("Segment")} WITH CHECK (${CONDITION} OR "name" = 'open')`,
    undo: `ALTER POLICY tenant_isolation ON ${ON("Segment")} WITH CHECK (${CONDITION})`,
    names: "'open'",
  },
  {
    check: "policy.condition",
    how: `ALTER POLICY tenant_isolation ON ${ON("Segment")} TO PUBLIC`,
    undo: `ALTER POLICY tenant_isolation ON ${ON("Segment")} TO dittofeed_app`,
    names: "is for PUBLIC instead of dittofeed_app",
  },
  {
    check: "policy.condition",
    how: `${DROP_POLICY}; CREATE POLICY tenant_isolation ON ${ON("Segment")} AS RESTRICTIVE FOR SELECT TO dittofeed_app USING (${CONDITION})`,
    undo: `${DROP_POLICY}; ${POLICY}`,
    names: "is restrictive; is not FOR ALL",
    also: ["failure policy.with-check"],
  },
  {
    check: "policy.extra",
    how: `CREATE POLICY loose ON ${ON("Segment")} FOR SELECT USING (true)`,
    undo: `DROP POLICY loose ON ${ON("Segment")}`,
    names: "loose",
  },
  {
    check: "policy.extra",
    severity: "warning",
    how: `CREATE POLICY tight ON ${ON("Segment")} AS RESTRICTIVE FOR INSERT TO dittofeed_app WITH CHECK (false)`,
    undo: `DROP POLICY tight ON ${ON("Segment")}`,
    names: "tight",
  },
  {
    check: "register.known",
    how: `CREATE TABLE public."Stray" ("workspaceId" uuid)`,
    undo: `DROP TABLE public."Stray"`,
    names: `public."Stray"`,
  },
  {
    check: "register.known",
    how: `CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.stray ("of" uuid REFERENCES ${ON("Workspace")} ("id"))`,
    undo: "DROP SCHEMA elsewhere CASCADE",
    names: `elsewhere."stray"`,
  },
  {
    check: "register.known",
    severity: "warning",
    how: "CREATE TABLE public.unrelated (n integer)",
    undo: "DROP TABLE public.unrelated",
    names: "unrelated",
  },
  {
    check: "register.complete",
    how: `ALTER TABLE ${ON("OauthToken")} RENAME TO "OauthToken2"`, // has no trigger that would be missed too
    undo: `ALTER TABLE public."OauthToken2" RENAME TO "OauthToken"`,
    names: "OauthToken",
    also: [
      "failure register.known",
      "failure live.no-context",
      "failure live.malformed",
    ],
  },
  {
    check: "migrations.applied",
    how: `CREATE TABLE tenancy.kept AS SELECT * FROM tenancy."Migration" WHERE "name" LIKE '004%'; DELETE FROM tenancy."Migration" WHERE "name" LIKE '004%'`,
    undo: `INSERT INTO tenancy."Migration" SELECT * FROM tenancy.kept; DROP TABLE tenancy.kept`,
    names: "004_jobs",
  },
  {
    check: "migrations.applied",
    how: `UPDATE tenancy."Migration" SET "checksum" = 'x' || "checksum" WHERE "name" = '004_jobs'`,
    undo: `UPDATE tenancy."Migration" SET "checksum" = substr("checksum", 2) WHERE "name" = '004_jobs'`,
    names: "004_jobs",
  },
  {
    check: "migrations.applied",
    severity: "warning",
    how: `INSERT INTO tenancy."Migration" ("name", "checksum", "durationMs") VALUES ('999_tomorrow', 'x', 0)`,
    undo: `DELETE FROM tenancy."Migration" WHERE "name" = '999_tomorrow'`,
    names: "999_tomorrow",
  },
  {
    check: "rights.public",
    how: `GRANT SELECT ON ${ON("Segment")} TO PUBLIC`,
    undo: `REVOKE SELECT ON ${ON("Segment")} FROM PUBLIC`,
    names: `SELECT on ${ON("Segment")}`,
  },
  {
    check: "rights.app",
    how: `GRANT TRUNCATE ON ${ON("Segment")} TO dittofeed_app`,
    undo: `REVOKE TRUNCATE ON ${ON("Segment")} FROM dittofeed_app`,
    names: `TRUNCATE on ${ON("Segment")}`,
  },
  {
    check: "rights.app",
    how: `GRANT UPDATE ("name") ON ${ON("Workspace")} TO dittofeed_app`,
    undo: `REVOKE UPDATE ("name") ON ${ON("Workspace")} FROM dittofeed_app`,
    names: `UPDATE on ${ON("Workspace")} ("name")`,
  },
  {
    check: "rights.app",
    how: `GRANT SELECT ON ${ON(PARTITION)} TO dittofeed_app`,
    undo: `REVOKE SELECT ON ${ON(PARTITION)} FROM dittofeed_app`,
    names: ON(PARTITION),
  },
  {
    check: "rights.app",
    severity: "warning",
    how: `REVOKE DELETE ON ${ON("Segment")} FROM dittofeed_app`,
    undo: `GRANT DELETE ON ${ON("Segment")} TO dittofeed_app`,
    names: `DELETE on ${ON("Segment")}`,
  },
  {
    check: "rights.others",
    severity: "warning",
    how: `GRANT TRUNCATE ON ${ON("Segment")} TO dittofeed_system`,
    undo: `REVOKE TRUNCATE ON ${ON("Segment")} FROM dittofeed_system`,
    names: "dittofeed_system: TRUNCATE",
  },
  {
    check: "rights.others",
    severity: "note",
    how: `GRANT SELECT ON ${ON("Segment")} TO pg_monitor`,
    undo: `REVOKE SELECT ON ${ON("Segment")} FROM pg_monitor`,
    names: "pg_monitor",
  },
  {
    check: "rights.tenancy",
    how: `GRANT SELECT ON tenancy."Migration" TO dittofeed_app`,
    undo: `REVOKE SELECT ON tenancy."Migration" FROM dittofeed_app`,
    names: "Migration",
  },
  {
    check: "rights.schemas",
    severity: "warning",
    how: "GRANT CREATE ON SCHEMA public TO PUBLIC",
    undo: "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    names: "PUBLIC: CREATE on schema public",
    also: ["warning login.create"],
  },
  {
    check: "login.create",
    severity: "warning",
    how: `DO $$ BEGIN EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO dittofeed_app', current_database()); END $$`,
    undo: `DO $$ BEGIN EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM dittofeed_app', current_database()); END $$`,
    names: "CREATE on the database, temporary tables",
  },
  {
    check: "rights.defaults",
    severity: "warning",
    how: "ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner IN SCHEMA public GRANT SELECT ON TABLES TO dittofeed_app",
    undo: "ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner IN SCHEMA public REVOKE SELECT ON TABLES FROM dittofeed_app",
    names: "dittofeed_app: SELECT",
  },
  {
    check: "rights.defaults",
    severity: "warning",
    how: "ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner GRANT SELECT ON TABLES TO PUBLIC",
    undo: "ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner REVOKE SELECT ON TABLES FROM PUBLIC",
    names: "PUBLIC: SELECT",
  },
  {
    check: "rights.sessions",
    severity: "warning",
    how: "GRANT EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend(integer, bigint) TO dittofeed_app",
    undo: "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend(integer, bigint) FROM dittofeed_app",
    names: "pg_terminate_backend",
  },
  {
    check: "function.search-path",
    how: "CREATE FUNCTION public.careless() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION public.careless() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.careless() TO dittofeed_app",
    undo: "DROP FUNCTION public.careless()",
    names: "public.careless()",
    also: ["failure function.definer"],
  },
  {
    check: "function.search-path",
    severity: "warning",
    how: "CREATE FUNCTION public.careless() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION public.careless() FROM PUBLIC",
    undo: "DROP FUNCTION public.careless()",
    names: "public.careless()",
  },
  {
    check: "function.public",
    severity: "warning",
    how: "CREATE FUNCTION public.open_to_all() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'",
    undo: "DROP FUNCTION public.open_to_all()",
    names: "public.open_to_all()",
    also: ["failure function.definer"],
  },
  {
    check: "function.definer",
    how: "CREATE FUNCTION public.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT count(*) FROM public.\"Segment\"'; REVOKE EXECUTE ON FUNCTION public.peek() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.peek() TO dittofeed_app",
    undo: "DROP FUNCTION public.peek()",
    names: "public.peek()",
  },
  {
    check: "function.leakproof",
    how: "CREATE FUNCTION public.tell(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$",
    undo: "DROP FUNCTION public.tell(text)",
    names: "public.tell(text)",
  },
  {
    check: "function.as-migrated",
    how: `CREATE OR REPLACE FUNCTION tenancy.require_own_user_property() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NEW; END $$`,
    undo: ownStatement("tenancy.require_own_user_property"),
    names: "tenancy.require_own_user_property has another body",
  },
  {
    check: "function.as-migrated",
    how: "ALTER FUNCTION public.ensure_user_event_partitions(date, date) SECURITY INVOKER RESET search_path",
    undo: "ALTER FUNCTION public.ensure_user_event_partitions(date, date) SECURITY DEFINER SET search_path = pg_catalog, pg_temp",
    names:
      "public.ensure_user_event_partitions is not SECURITY DEFINER, does not set its search_path",
  },
  {
    check: "function.as-migrated",
    how: "ALTER FUNCTION tenancy.check_reference(text, text, text, text) RENAME TO checked",
    undo: "ALTER FUNCTION tenancy.checked(text, text, text, text) RENAME TO check_reference",
    names: "tenancy.check_reference is missing",
  },
  {
    check: "trigger.as-migrated",
    how: `ALTER TRIGGER require_own_user_property ON ${ON("UserPropertyIndex")} RENAME TO other`,
    undo: `ALTER TRIGGER other ON ${ON("UserPropertyIndex")} RENAME TO require_own_user_property`,
    names: `require_own_user_property on ${ON("UserPropertyIndex")} is missing`,
  },
  {
    check: "trigger.as-migrated",
    how: `DROP TRIGGER require_own_user_property ON ${ON("UserPropertyIndex")}; ${OWN_TRIGGER.replace("INSERT OR ", "")}`,
    undo: `DROP TRIGGER require_own_user_property ON ${ON("UserPropertyIndex")}; ${OWN_TRIGGER}`,
    names: "BEFORE UPDATE OF",
  },
  {
    check: "trigger.as-migrated",
    how: `ALTER TABLE ${ON("UserPropertyIndex")} DISABLE TRIGGER require_own_user_property`,
    undo: `ALTER TABLE ${ON("UserPropertyIndex")} ENABLE TRIGGER require_own_user_property`,
    names: "is switched off",
    also: ["warning table.triggers"],
  },
  {
    check: "reference.same-workspace",
    how: `ALTER TABLE ${ON("Segment")} ADD COLUMN "journeyId" uuid, ADD CONSTRAINT by_hand FOREIGN KEY ("journeyId") REFERENCES ${ON("Journey")} ("id")`,
    undo: `ALTER TABLE ${ON("Segment")} DROP COLUMN "journeyId"`,
    names: `by_hand: ${ON("Segment")} to ${ON("Journey")}`,
  },
  {
    check: "reference.same-workspace",
    how: `ALTER TABLE ${ON("SegmentAssignment")} ADD CONSTRAINT twice FOREIGN KEY ("segmentId") REFERENCES ${ON("Segment")} ("id")`,
    undo: `ALTER TABLE ${ON("SegmentAssignment")} DROP CONSTRAINT twice`,
    names: "twice: ",
  },
  {
    check: "index.unique",
    how: `CREATE UNIQUE INDEX one_name ON ${ON("Segment")} ("name")`,
    undo: "DROP INDEX public.one_name",
    names: `one_name on ${ON("Segment")} (name)`,
  },
  {
    check: "index.unique",
    how: `CREATE UNIQUE INDEX one_name ON ${ON("Segment")} (lower("name")) INCLUDE ("workspaceId")`,
    undo: "DROP INDEX public.one_name",
    names: `one_name on ${ON("Segment")} (an expression)`,
  },
  {
    check: "login.settings",
    how: `CREATE SCHEMA ahead; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ahead, public', current_database()); END $$`,
    undo: `DROP SCHEMA ahead; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$`,
    names:
      "DATABASE_URL begins with a search_path that has ahead before public",
  },
  {
    check: "login.settings",
    severity: "note",
    how: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 60000', current_database()); END $$`,
    undo: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$`,
    names: "statement_timeout, by database ",
  },
  {
    check: "view.security-invoker",
    how: `CREATE VIEW public.v AS SELECT "id" FROM ${ON("Segment")}; GRANT SELECT ON public.v TO dittofeed_app`,
    undo: "DROP VIEW public.v",
    names: `public."v"`,
  },
  {
    check: "view.security-invoker",
    severity: "warning",
    how: `CREATE VIEW public.inner_v WITH (security_invoker = on) AS SELECT "id" FROM ${ON("Segment")}; CREATE VIEW public.outer_v AS SELECT * FROM public.inner_v`,
    undo: "DROP VIEW public.outer_v, public.inner_v",
    names: `public."outer_v"`,
  },
  {
    check: "view.security-invoker",
    severity: "warning",
    how: `CREATE MATERIALIZED VIEW public.m AS SELECT "id" FROM ${ON("Segment")}`,
    undo: "DROP MATERIALIZED VIEW public.m",
    names: `public."m" (materialized)`,
  },
  {
    check: "table.foreign",
    severity: "warning",
    how: `CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere; CREATE FOREIGN TABLE public.far ("workspaceId" uuid) SERVER nowhere`,
    undo: "DROP FOREIGN DATA WRAPPER nowhere CASCADE",
    names: `public."far"`,
    also: ["failure register.known"],
  },
  {
    check: "table.rules",
    severity: "warning",
    how: `CREATE RULE twice AS ON DELETE TO ${ON("Segment")} DO ALSO NOTHING`,
    undo: `DROP RULE twice ON ${ON("Segment")}`,
    names: "twice",
  },
  {
    check: "table.triggers",
    severity: "warning",
    how: `ALTER TABLE ${ON("Segment")} DISABLE TRIGGER ALL`,
    undo: `ALTER TABLE ${ON("Segment")} ENABLE TRIGGER ALL`,
    names: ON("Segment"),
    also: ["failure trigger.as-migrated"], // those that count
  },
  {
    check: "index.workspace",
    severity: "warning",
    how: `DROP INDEX public."tenancy_EmailTemplate_workspaceId_idx"`,
    undo: `CREATE INDEX "tenancy_EmailTemplate_workspaceId_idx" ON ${ON("EmailTemplate")} ("workspaceId")`,
    names: ON("EmailTemplate"),
  },
  {
    check: "index.valid",
    severity: "warning",
    how: `CREATE INDEX broken ON ${ON("Segment")} ("name"); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.broken'::regclass`,
    undo: "DROP INDEX public.broken",
    names: `public."broken"`,
  },
  {
    check: "constraint.validated",
    severity: "warning",
    how: `ALTER TABLE ${ON("Segment")} ADD CONSTRAINT later CHECK ("name" <> '') NOT VALID`,
    undo: `ALTER TABLE ${ON("Segment")} DROP CONSTRAINT later`,
    names: "later",
  },
  {
    check: "reference.same-workspace",
    how: `ALTER TABLE ${ON("SegmentAssignment")} RENAME CONSTRAINT "SegmentAssignment_segmentId_fkey" TO kept; ALTER TABLE ${ON("SegmentAssignment")} DROP CONSTRAINT kept`,
    undo: `ALTER TABLE ${ON("SegmentAssignment")} ADD CONSTRAINT "SegmentAssignment_segmentId_fkey" FOREIGN KEY ("workspaceId", "segmentId") REFERENCES ${ON("Segment")} ("workspaceId", "id") ON UPDATE CASCADE ON DELETE CASCADE`,
    names: `public."SegmentAssignment"."segmentId"`,
  },
  {
    check: "log.parameters",
    severity: "note",
    how: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET log_statement = ''all''; ALTER DATABASE %I SET log_parameter_max_length_on_error = -1', current_database(), current_database()); END $$`,
    undo: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$`,
    names: "log_statement = all",
    also: ["note login.settings"],
  },
  {
    check: "replication.publications",
    severity: "note",
    how: "CREATE PUBLICATION everything FOR ALL TABLES",
    undo: "DROP PUBLICATION everything",
    names: "everything",
  },
  {
    check: "login.settings",
    how: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET row_security = off; ALTER DATABASE %I SET session_replication_role = replica; ALTER DATABASE %I SET app.current_workspace_id = ''11111111-1111-4111-8111-111111111111''', current_database(), current_database(), current_database()); END $$`,
    undo: `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET ALL', current_database()); END $$`,
    names: "row_security = off",
    // The probe's reads are refused then, and so is the reset of what a connection begins with.
    also: [
      "failure live.no-context",
      "failure live.malformed",
      "failure live.context",
      "failure migrations.applied",
    ],
  },
];

describe("each thing that is broken is found, and nothing else", () => {
  it.each(BREAKS.map((each, at) => [`${each.check} #${at}`, each] as const))(
    "%s",
    async (
      _name,
      { check, severity = "failure", how, undo, names, also = [] },
    ) => {
      await asSuperuser(how);
      try {
        const found = await unusual();
        const keys = [...new Set(found.map(keyOf))];
        const wanted = `${severity} ${check}`;
        expect(keys).toContain(wanted);
        expect(
          keys.filter((key) => key !== wanted && !also.includes(key)),
        ).toEqual([]);
        const own = found.filter((finding) => keyOf(finding) === wanted);
        expect(own.flatMap(({ what }) => what).join("\n")).toContain(names);
        for (const { title, what, why, mend } of found) {
          expect(
            [title, why, ...what, ...mend].every((text) => text.trim() !== ""),
          ).toBe(true);
          expect(what.length * mend.length).toBeGreaterThan(0);
        }
      } finally {
        await asSuperuser(undo);
      }
    },
  );

  it("is healthy again once each is undone", async () => {
    expect(await unusual()).toEqual([]);
  });

  it("names every table when all are open, and mends them with the statements it gives", async () => {
    await asSuperuser(`DO $$ DECLARE t text; BEGIN
      FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') LOOP
        EXECUTE format('ALTER TABLE public.%I NO FORCE ROW LEVEL SECURITY; ALTER TABLE public.%I DISABLE ROW LEVEL SECURITY', t, t);
        EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON public.%I', t);
      END LOOP; END $$`);
    const found = await unusual();
    expect([...new Set(found.map(({ check }) => check))]).toEqual(
      expect.arrayContaining(["rls.enabled", "rls.forced", "policy.present"]),
    );
    for (const { mend } of found.filter(
      ({ group }) => group === "Row-level security",
    )) {
      await asSuperuser(mend.join("\n"));
    }
    expect(await unusual()).toEqual([]);
  });

  it("mends a changed condition and extra rights with the statements it gives", async () => {
    await asSuperuser(`
      ALTER POLICY tenant_isolation ON public."UserJourneyEvent" USING (true) WITH CHECK (true);
      ALTER POLICY system_all ON public."Segment" TO dittofeed_app;
      GRANT TRUNCATE, REFERENCES ON public."Segment" TO dittofeed_app, PUBLIC;
      CREATE POLICY loose ON public."Segment" USING (true);`);
    const found = await unusual();
    expect(found.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        "policy.condition",
        "policy.extra",
        "rights.app",
        "rights.public",
      ]),
    );
    for (const { mend } of found) {
      await asSuperuser(mend.filter((line) => line.endsWith(";")).join("\n"));
    }
    expect(await unusual()).toEqual([]);
  });
});

describe("the live probe", () => {
  it("says what of a context does not come or go", () => {
    const app = "dittofeed_app";
    const fine = { workspace: "v1.w.seal", role: app };
    const gone = { workspace: null, role: app };
    expect(
      contextFaults("w", [fine], [gone, { ...gone, workspace: "" }]),
    ).toEqual([]);
    expect(contextFaults("w", [{ ...gone, role: "postgres" }], [fine])).toEqual(
      [
        "a query does not carry its context",
        "a query runs as postgres",
        "the connection remembers the context of the query before",
      ],
    );
  });

  it("sees what an open policy shows to nobody in particular", async () => {
    await env.createWorkspace();
    await asSuperuser(
      'ALTER POLICY tenant_isolation ON public."Workspace" USING (true)',
    );
    const found = await unusual();
    await asSuperuser(
      `ALTER POLICY tenant_isolation ON public."Workspace" USING ("id" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid)`,
    );
    expect(found.map(({ check }) => check)).toEqual([
      "policy.condition",
      "live.no-context",
      "live.malformed",
    ]);
    expect(found[1]?.what).toEqual([
      'public."Workspace", without a context',
      'public."Workspace", in a workspace that is not there',
    ]);
  });
});

describe("sealed contexts", () => {
  it("are known by the policies, and asked of every one; a program without the key is told", async () => {
    const key = { id: "doctor", bytes: Buffer.alloc(32, 7) };
    const adminUrl = env.url("dittofeed_owner");
    await migrate({
      adminUrl,
      policies: { dialect: "sealed", sealKeys: [key] },
    });
    const sealed = await unusual();
    await asSuperuser(
      `ALTER POLICY tenant_isolation ON public."Segment" USING (${CONDITION}) WITH CHECK (${CONDITION})`,
    );
    const mixed = await unusual();
    await migrate({ adminUrl, policies: { dialect: "plain", sealKeys: [] } });
    expect(sealed.map(({ check }) => check)).toEqual(["policy.seal"]);
    expect(sealed[0]?.what.join()).toContain("CONTEXT_SEAL_KEY");
    expect(mixed.map(({ check }) => check)).toEqual([
      "policy.condition",
      "policy.seal",
    ]);
    expect(mixed[0]?.mend).toEqual([
      expect.stringContaining("sealed_workspace()"),
    ]);
    expect(await unusual()).toEqual([]);
  });

  it.each([
    [
      "tenancy.sealed_workspace: no seal",
      "CREATE OR REPLACE FUNCTION tenancy.sealed_workspace() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$ SELECT nullif(current_setting('app.current_workspace_id', true), '')::uuid $$",
    ],
    [
      "tenancy.context_seal_problem: a seal that is made up",
      "CREATE OR REPLACE FUNCTION tenancy.context_seal_problem(workspace uuid, seal text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT NULL::text $$",
    ],
  ])("are of no use when forged ones are taken: %s", async (said, how) => {
    const adminUrl = env.url("dittofeed_owner");
    const key = parseSealKey(Buffer.alloc(32, 7).toString("base64"));
    await migrate({
      adminUrl,
      policies: {
        dialect: "sealed",
        sealKeys: key === undefined ? [] : [key],
      },
    });
    const functions = await definitions();
    const open = (await diagnosed()).findings
      .filter(({ check }) => check === "side-channels.open")
      .flatMap(({ what }) => what);
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter((line) => line.startsWith("set_config"))).toEqual([]);
    await asSuperuser(how);
    const found = await unusual({ scope: "start" });
    await asSuperuser(functions);
    await migrate({ adminUrl, policies: { dialect: "plain", sealKeys: [] } });
    expect(
      found
        .filter(({ title }) => title === "Forged seals are accepted")
        .flatMap(({ what }) => what),
    ).toContain(said);
    expect(await unusual()).toEqual([]);
  });

  /** Statements that make the functions of sealed contexts again as they are now. */
  async function definitions(): Promise<string> {
    const { rows } = await env.owner.query<{ text: string }>(
      "SELECT string_agg(pg_get_functiondef(oid), ';') AS text FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace AND proname IN ('sealed_workspace', 'context_seal_problem')",
    );
    return rows[0]?.text ?? "";
  }
});

describe("logins", () => {
  const logins = async (url: string, more: Partial<Urls> = {}) =>
    unusual({ urls: { ...urls(), app: url, ...more } });
  const keys = (findings: readonly Finding[]) =>
    [...new Set(findings.map(keyOf))].sort();

  it.each([
    ["login.superuser", "SUPERUSER", ""],
    ["login.bypass-rls", "BYPASSRLS", "GRANT dittofeed_app TO NAME"],
    ["login.create-role", "CREATEROLE", "GRANT dittofeed_app TO NAME"],
    ["login.replication", "REPLICATION", "GRANT dittofeed_app TO NAME"],
  ])(
    "%s: finds it on the app's login as a failure, on the system's as a warning",
    async (check, rights, grant) => {
      await withLogin(rights, async ({ name, url }) => {
        if (grant !== "") {
          await asSuperuser(
            `${grant.replace("NAME", name)}; GRANT dittofeed_system TO ${name}`,
          );
        }
        expect(keys(await logins(url))).toContain(`failure ${check}`);
        expect(
          keys(await logins(env.url("dittofeed_app"), { system: url })),
        ).toEqual([`warning ${check}`]);
      });
    },
  );

  it("finds an owner of tables, and whoever inherits from one", async () => {
    await withLogin("INHERIT", async ({ name, url }) => {
      await asSuperuser(
        `GRANT dittofeed_app TO ${name}; ALTER TABLE public."Segment" OWNER TO ${name}`,
      );
      const owning = await logins(url);
      expect(keys(owning)).toContain("failure login.owner");
      expect(
        owning.find(({ check }) => check === "login.owner")?.what.join(),
      ).toContain('owns "Segment"');
      await asSuperuser(
        `ALTER TABLE public."Segment" OWNER TO dittofeed_owner; GRANT dittofeed_owner TO ${name}`,
      );
      const inheriting = await logins(url);
      expect(keys(inheriting)).toEqual(
        expect.arrayContaining([
          "failure login.owner",
          "failure login.set-role",
        ]),
      );
    });
  });

  it("takes what one login for everything needs as a warning, and more as a failure", async () => {
    await withLogin("NOINHERIT", async ({ name, url }) => {
      await asSuperuser(`GRANT dittofeed_app, dittofeed_system TO ${name}`);
      const single = await logins(url, { system: undefined });
      expect(keys(single)).toEqual([
        "warning login.separate",
        "warning login.set-role",
      ]);
      await asSuperuser(`GRANT dittofeed_owner TO ${name}`);
      const owning = await logins(url, { system: undefined });
      expect(keys(owning)).toContain("failure login.set-role");
      // Taking the owner away from the only login there is would end the product: the others come first.
      expect(
        owning.find(({ severity }) => severity === "failure")?.mend[0],
      ).toMatch(/^First log in as plain roles/);
      await asSuperuser(`REVOKE dittofeed_owner FROM ${name}`);
      expect(keys(await logins(url))).toEqual(["failure login.set-role"]);
    });
  });

  it("finds rights that come by way of another role, inherited or to be taken on", async () => {
    for (const how of ["", "WITH INHERIT FALSE"]) {
      await withLogin("", async ({ name, url }) => {
        const other = `${name}_other`;
        await asSuperuser(
          `CREATE ROLE ${other}; GRANT TRUNCATE ON ${ON("Segment")} TO ${other}; GRANT UPDATE ("name") ON ${ON("Workspace")} TO ${other}; GRANT SELECT ON ${ON("Segment")} TO ${other};
           GRANT dittofeed_app, ${other} TO ${name}; ${how === "" ? "" : `GRANT ${other} TO ${name} ${how}`}`,
        );
        try {
          const found = (await logins(url)).filter(
            ({ severity }) => severity === "failure",
          );
          expect(keys(found)).toEqual(["failure rights.app"]);
          expect(found[0]?.what).toEqual([
            `${name}, as a member of ${other}: TRUNCATE on ${ON("Segment")}`,
            `${name}, as a member of ${other}: UPDATE on ${ON("Workspace")} ("name")`,
          ]);
          await asSuperuser(found[0]?.mend.join("") ?? "");
          expect(keys(await logins(url))).not.toContain("failure rights.app");
        } finally {
          await asSuperuser(`DROP OWNED BY ${other}; DROP ROLE ${other}`);
        }
      });
    }
  });

  it.each([
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_monitor",
    "pg_signal_backend",
    "pg_maintain", // since 17
  ])("finds the server's own role %s on a login", async (role) => {
    const there = await env.owner.query(
      "SELECT 1 FROM pg_roles WHERE rolname = $1",
      [role],
    );
    if (there.rowCount === 0) {
      return;
    }
    await withLogin("", async ({ name, url }) => {
      await asSuperuser(`GRANT dittofeed_app, ${role} TO ${name}`);
      const found = await logins(url);
      expect(keys(found)).toEqual(
        expect.arrayContaining([
          "failure login.owner",
          "failure login.set-role",
        ]),
      );
      expect(found.flatMap(({ what }) => what).join()).toContain(role);
    });
  });

  it("finds what is preset for a login, and takes it back with the statements it gives", async () => {
    await withLogin("", async ({ name, url }) => {
      await asSuperuser(
        `GRANT dittofeed_app TO ${name}; ALTER ROLE ${name} SET search_path = pg_temp, public;
         ALTER ROLE ${name} IN DATABASE "${database()}" SET default_transaction_read_only = on;
         ALTER ROLE ${name} SET app.note = 'S3cretWord'`,
      );
      const found = (await logins(url)).filter(
        ({ check }) => check === "login.settings",
      );
      expect(keys(found)).toEqual([
        "failure login.settings",
        "note login.settings",
      ]);
      const what = found.flatMap((finding) => finding.what);
      expect(what).toEqual([
        "DATABASE_URL begins with a search_path that has pg_temp before public",
        "DATABASE_URL begins with default_transaction_read_only = on",
        `app.note, by role ${name}`,
      ]);
      expect(JSON.stringify(found)).not.toContain("S3cretWord");
      for (const { mend } of found) {
        await asSuperuser(mend.filter((line) => line.endsWith(";")).join("\n"));
      }
      expect(
        (await logins(url)).filter(({ check }) => check === "login.settings"),
      ).toEqual([]);
    });
  });

  it.each([
    ['"$user", public', undefined],
    ["public", undefined],
    ["pg_catalog, public, extensions", undefined],
    ["extensions, public", "extensions before public"],
    ['"$user"', "without public"],
    ["", "without public"],
  ])("judges a search_path by what comes before public: %s", (path, fault) => {
    expect(searchPathFault(path)).toBe(fault);
  });

  it("finds a login that cannot take on its role", async () => {
    await withLogin("", async ({ url }) => {
      const found = await logins(url);
      expect(keys(found)).toContain("failure login.usable");
      expect(
        found.find(({ check }) => check === "login.usable")?.mend.join(),
      ).toContain("GRANT dittofeed_app TO");
      const admin = await logins(env.url("dittofeed_app"), { admin: url });
      expect(keys(admin)).toContain("warning login.usable");
    });
  });

  it("names logins that are refused or lead elsewhere, without their passwords", async () => {
    const elsewhere = new URL(env.url("dittofeed_owner"));
    elsewhere.pathname = `/${inject("templateDatabase")}`;
    const refused = new URL(env.url("dittofeed_system"));
    refused.username = "nobody_at_all";
    refused.password = "S3cretWord";
    const found = await logins(env.url("dittofeed_app"), {
      system: refused.href,
      admin: elsewhere.href,
    });
    expect(keys(found)).toEqual(
      expect.arrayContaining(["failure login.usable", "warning login.usable"]),
    );
    const text = JSON.stringify(found);
    expect(text).toContain("DATABASE_SYSTEM_URL: ");
    expect(text).toContain("another database");
    expect(text).not.toContain("S3cretWord");
  });

  it("looks with the app's login alone, and says what that cannot see", async () => {
    const { ok, checks } = await diagnosed({
      urls: { ...urls(), admin: undefined },
    });
    expect(ok).toBe(true);
    const unchecked = checks.filter(({ outcome }) => outcome === "notChecked");
    expect(unchecked.map(({ id }) => id)).toEqual(["migrations.applied"]);
    expect(unchecked[0]?.reason).toContain("DATABASE_ADMIN_URL");
  });

  it("does not take a ledger that it cannot read for an empty one", async () => {
    await withLogin("", async ({ name, url }) => {
      await asSuperuser(
        `GRANT USAGE ON SCHEMA tenancy TO ${name}; GRANT SELECT ON tenancy."Migration" TO ${name}`,
      );
      const { checks } = await diagnosed({ urls: { ...urls(), admin: url } });
      const ledger = checks.find(({ id }) => id === "migrations.applied");
      expect(ledger?.outcome).toBe("notChecked");
      expect(ledger?.reason).toContain("the rights of dittofeed_owner");
    });
  });

  it("works with one superuser for everything, and says what that costs", async () => {
    const { findings, summary } = await diagnosed({
      urls: { app: env.url("superuser"), system: undefined, admin: undefined },
    });
    expect(
      findings
        .filter(({ severity }) => severity === "failure")
        .map(({ check }) => check),
    ).toEqual(["login.superuser"]);
    expect(summary.notChecked).toBe(0);
  });
});

describe("a database that is not ready", () => {
  const unreachable =
    "postgresql://dittofeed_app:S3cretWord@127.0.0.1:1/nowhere";

  it("is said to be out of reach in one sentence without the password", async () => {
    for (const app of [
      unreachable,
      "postgresql://x:S3cretWord@/%zz",
      "nonsense S3cretWord",
    ]) {
      const examined = await examine({
        urls: { app, system: undefined, admin: undefined },
      });
      const { type, message } = examined._unsafeUnwrapErr();
      expect(type).toBe("DatabaseUnreachable");
      expect(message).toContain("DATABASE_URL");
      expect(message).not.toContain("S3cretWord");
    }
  });

  it("is not looked into by another login when the app's own is refused", async () => {
    const examined = await examine({ urls: { ...urls(), app: unreachable } });
    expect(examined._unsafeUnwrapErr().message).toContain("DATABASE_URL");
  });

  it("needs DATABASE_URL at least", () => {
    expect(() => configuredUrls({ databaseUrl: undefined })).toThrow(
      "DATABASE_URL is not set",
    );
  });

  it("is said to be unmigrated when it is Dittofeed's own, without a flood of other findings", async () => {
    const name = `doctor_${randomUUID().replaceAll("-", "")}`;
    await asSuperuser(`CREATE DATABASE ${name}`);
    const app = new URL(env.url("superuser"));
    app.pathname = `/${name}`;
    try {
      const client = new pg.Client({ connectionString: app.href });
      await client.connect();
      await client.query(
        'CREATE TABLE "Workspace" ("id" uuid PRIMARY KEY); CREATE TABLE "Segment" ("workspaceId" uuid)',
      );
      await client.end();
      const { ok, findings, summary } = await diagnosed({
        urls: { app: app.href, system: undefined, admin: undefined },
      });
      expect(ok).toBe(false);
      expect(
        findings
          .filter(({ severity }) => severity === "failure")
          .map(({ check }) => check),
      ).toEqual(["login.superuser", "migrations.applied"]);
      expect(summary.notChecked).toBeGreaterThan(10);
      expect(
        findings
          .find(({ check }) => check === "migrations.applied")
          ?.mend.join(),
      ).toContain("db:push");
    } finally {
      await asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

describe("the server's version", () => {
  const { major } = { major: 18 };
  it.each([
    [`${major}.4`, 180004, ["warning server.cve-2026-120154"]],
    ["18.7", 180007, []],
    ["15.19", 150019, ["warning server.cve-2026-120154"]],
    ["15.20", 150020, []],
    ["14.22", 140022, ["failure server.version"]],
    ["19.0", 190000, ["note server.version"]],
  ])("%s", (versionText, version, expected) => {
    for (const clusterName of ["", "dittofeed"]) {
      const found = serverProblems({ version, versionText, clusterName });
      expect(
        found.map(({ check, problem }) => `${problem.severity} ${check}`),
      ).toEqual(expected);
      found.forEach(({ problem }) =>
        expect(problem.what.join()).toContain(versionText),
      );
    }
    expect(Object.keys(CVE_FLOORS)).toEqual(["15", "16", "17", "18"]);
  });
});

describe("connections", () => {
  it("finds a server with less room than one process takes", async () => {
    expect((await unusual({ poolMax: 100_000 })).map(keyOf)).toEqual([
      "warning pooler.connections",
    ]);
  });

  it.skipIf(!hasPgBouncer())(
    "tells the mode of a pooler between, and what to make of it",
    async () => {
      const through = (mode: "transaction" | "session"): Urls => ({
        app: throughPgBouncer(env.url("dittofeed_app"), mode),
        system: env.url("dittofeed_system"),
        admin: env.url("dittofeed_owner"),
      });
      expect(await poolModeOf(through("transaction").app)).toBe("transaction");
      expect(await poolModeOf(through("session").app)).toBe("session");
      const inTransactions = await diagnosed({ urls: through("transaction") });
      expect(
        inTransactions.findings.filter((f) => !usual.has(keyOf(f))),
      ).toEqual([]);
      expect(
        inTransactions.checks.find(({ id }) => id === "pooler.connections"),
      ).toMatchObject({ outcome: "notChecked" });
      expect((await unusual({ urls: through("session") })).map(keyOf)).toEqual([
        "warning pooler.mode",
      ]);
      const all = await unusual({
        urls: {
          app: env.url("dittofeed_app"),
          system: throughPgBouncer(env.url("dittofeed_system")),
          admin: throughPgBouncer(env.url("dittofeed_owner")),
        },
      });
      expect(all.map(keyOf)).toEqual([
        "note pooler.mode",
        "warning pooler.mode",
      ]);
    },
  );
});

describe.skipIf(!hasPgBouncer())("a pooler that is used up", () => {
  it("in session mode is told from its second client's waiting", async () => {
    const url = throughPgBouncer(env.url("dittofeed_app"), "session");
    const others = [1, 2].map(() => new pg.Client({ connectionString: url }));
    for (const client of others) {
      await client.connect();
      await client.query("SELECT 1");
    }
    expect(await poolModeOf(url)).toBe("session");
    await Promise.all(others.map((client) => client.end()));
  });
});

describe("at the start", () => {
  it("logs each finding as a warning, and starts", async () => {
    const warn = vi.spyOn(logger(), "warn").mockImplementation(() => undefined);
    await asSuperuser(
      `ALTER TABLE ${ON("Segment")} NO FORCE ROW LEVEL SECURITY`,
    );
    try {
      await checkIsolationAtStart({ urls: urls() });
    } finally {
      await asSuperuser(
        `ALTER TABLE ${ON("Segment")} FORCE ROW LEVEL SECURITY`,
      );
    }
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({
        check: "rls.forced",
        severity: "failure",
        what: [ON("Segment")],
      }),
      "Row-level security is not forced",
    );
  });

  it("with REQUIRE_ISOLATION refuses a database with a failure, saying what, why and how to mend it", async () => {
    await checkIsolationAtStart({ urls: urls(), requireIsolation: true });
    await asSuperuser(
      `ALTER TABLE ${ON("Segment")} NO FORCE ROW LEVEL SECURITY`,
    );
    const refusal = checkIsolationAtStart({
      urls: urls(),
      requireIsolation: true,
    });
    await expect(refusal).rejects.toThrow(IsolationRequired);
    await expect(refusal).rejects.toThrow(
      /What {2}public\."Segment"[^]*Why [^]*Mend {2}ALTER TABLE public\."Segment" FORCE/,
    );
    await asSuperuser(`ALTER TABLE ${ON("Segment")} FORCE ROW LEVEL SECURITY`);
  });

  it("with REQUIRE_ISOLATION refuses a database whose app role may empty a table", async () => {
    await asSuperuser(`GRANT TRUNCATE ON ${ON("Segment")} TO dittofeed_app`);
    const refusal = checkIsolationAtStart({
      urls: urls(),
      requireIsolation: true,
    });
    await expect(refusal).rejects.toThrow(/TRUNCATE on public\."Segment"/);
    await asSuperuser(`REVOKE TRUNCATE ON ${ON("Segment")} FROM dittofeed_app`);
  });

  it("with REQUIRE_ISOLATION refuses a database that cannot be asked; without, it goes on", async () => {
    const gone: Urls = {
      app: "postgresql://x:y@127.0.0.1:1/x",
      system: undefined,
      admin: undefined,
    };
    await checkIsolationAtStart({ urls: gone });
    await expect(
      checkIsolationAtStart({ urls: gone, requireIsolation: true }),
    ).rejects.toThrow(IsolationRequired);
  });
});
