import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { config } from "../../config";
import { parseSealKey } from "../../config/sealKey";
import { type Crossing, type Verification, verifyIsolation } from "../doctor";
import {
  type Column,
  inOrderOfReference,
  scratchRow,
} from "../doctor/scratchRows";
import { migrate } from "../migrate";
import { registeredTables } from "../policies";

const env = useTenantEnv();

const urls = () => ({
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

async function verified(
  options: Parameters<typeof verifyIsolation>[0] = { urls: urls() },
): Promise<Verification> {
  return (await verifyIsolation(options))._unsafeUnwrap();
}

/** Rows of every table and partition, by name. */
async function rowCounts(): Promise<unknown[]> {
  const { rows } = await env.owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
  );
  return Promise.all(
    rows.map(async ({ name }) => [
      name,
      (await env.owner.query(`SELECT count(*)::int AS n FROM public."${name}"`))
        .rows,
    ]),
  );
}

const memberships = async () =>
  (
    await env.owner.query<Record<string, unknown>>(
      "SELECT roleid::regrole::text AS role FROM pg_auth_members WHERE member = 'dittofeed_owner'::regrole ORDER BY 1",
    )
  ).rows;

const attempts = ({ leaks }: Crossing, table: string) =>
  leaks.flatMap((leak) => (leak.table === table ? [leak.attempt] : []));

const breaks: string[] = [];
async function breakUntilEnd(how: string, undo: string): Promise<void> {
  breaks.push(undo);
  await asSuperuser(how);
}
afterEach(async () => {
  for (const undo of breaks.splice(0)) {
    await asSuperuser(undo);
  }
});

describe("verifying isolation", () => {
  it("finds no way across on any table of a healthy database, and leaves nothing behind", async () => {
    const before = await rowCounts();
    const members = await memberships();
    const { ok, crossing } = await verified();
    expect(crossing.reason).toBeUndefined();
    expect(crossing.leaks).toEqual([]);
    expect(crossing).toMatchObject({
      tried: true,
      tables: registeredTables().filter(([, { kind }]) => kind !== "global")
        .length,
    });
    expect(crossing.attempts).toBe(12 * crossing.tables);
    expect(ok).toBe(true);
    expect(await rowCounts()).toEqual(before);
    expect(await memberships()).toEqual(members);
  });

  it("finds none on a sealed database either, where its own seal does not open the other's context", async () => {
    const adminUrl = env.url("dittofeed_owner");
    const text = Buffer.alloc(32, 5).toString("base64");
    const key = parseSealKey(text);
    await migrate({
      adminUrl,
      policies: {
        dialect: "sealed",
        sealKeys: key === undefined ? [] : [key],
      },
    });
    const keyless = await verified();
    Reflect.set(config(), "contextSealKey", text);
    try {
      const { ok, crossing } = await verified();
      expect(crossing.leaks).toEqual([]);
      expect(crossing.tried).toBe(true);
      expect(crossing.attempts).toBe(13 * crossing.tables);
      expect(ok).toBe(true);
    } finally {
      Reflect.set(config(), "contextSealKey", undefined);
      await migrate({ adminUrl, policies: { dialect: "plain", sealKeys: [] } });
    }
    expect(keyless.crossing).toMatchObject({ tried: false });
    expect(keyless.crossing.reason).toContain("CONTEXT_SEAL_KEY");
  });

  it("sees a right to empty a table, which no policy is asked about", async () => {
    await breakUntilEnd(
      `GRANT TRUNCATE ON public."Segment" TO dittofeed_app`,
      `REVOKE TRUNCATE ON public."Segment" FROM dittofeed_app`,
    );
    expect((await verified()).crossing.leaks).toEqual([
      {
        table: "Segment",
        attempt: "have the right to empty the table (TRUNCATE)",
        outcome: "1 row instead of 0 rows",
      },
    ]);
  });

  it("runs twice at once, and beside a writer of the same tables", async () => {
    const [first, second] = await Promise.all([
      verified(),
      verified(),
      env.createWorkspace(),
    ]);
    expect([first.ok, second.ok]).toEqual([true, true]);
  });

  it("sees each way that an open policy lets through", async () => {
    await breakUntilEnd(
      `ALTER TABLE public."Segment" DISABLE ROW LEVEL SECURITY`,
      `ALTER TABLE public."Segment" ENABLE ROW LEVEL SECURITY`,
    );
    const { ok, crossing, diagnosis } = await verified();
    expect(ok).toBe(false);
    expect(diagnosis.findings.map(({ check }) => check)).toContain(
      "rls.enabled",
    );
    expect(attempts(crossing, "Segment")).toEqual([
      "read the other's row",
      "read everything but its own",
      "read without a context",
      "read with a malformed context",
      "change the other's row",
      "delete the other's row",
      "move its own row to the other",
      "insert for the other",
      "insert without a context",
      "be in the other's context and read its own",
    ]);
    expect(crossing.leaks.every(({ table }) => table === "Segment")).toBe(true);
    expect(crossing.leaks[0]?.outcome).toBe("1 row instead of 0 rows");
  });

  it("sees a policy that guards reading alone", async () => {
    await breakUntilEnd(
      `ALTER POLICY tenant_isolation ON public."Journey" WITH CHECK (true)`,
      `ALTER POLICY tenant_isolation ON public."Journey" WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid)`,
    );
    expect(attempts((await verified()).crossing, "Journey")).toEqual([
      "insert for the other",
      "insert without a context",
    ]);
  });

  it("sees a table that hides a workspace's own rows", async () => {
    await breakUntilEnd(
      `ALTER POLICY tenant_isolation ON public."UserJourneyEvent" USING (false)`,
      `ALTER POLICY tenant_isolation ON public."UserJourneyEvent" USING (EXISTS (SELECT 1 FROM public."Journey" AS parent WHERE parent."id" = "UserJourneyEvent"."journeyId" AND parent."workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid))`,
    );
    expect(attempts((await verified()).crossing, "UserJourneyEvent")).toContain(
      "read its own row",
    );
  });

  it("gives way to whoever has a table locked, and says so", async () => {
    const client = new pg.Client({ connectionString: env.url("superuser") });
    await client.connect();
    await client.query(
      `BEGIN; LOCK TABLE public."Segment" IN ACCESS EXCLUSIVE MODE`,
    );
    const { crossing } = await verified();
    await client.end();
    expect(crossing.tried).toBe(false);
    expect(crossing.reason).toContain("lock timeout");
  });

  it("works with one superuser for everything", async () => {
    const { crossing } = await verified({
      urls: { app: env.url("superuser"), system: undefined, admin: undefined },
    });
    expect(crossing).toMatchObject({ tried: true, leaks: [] });
  });

  it("does not call verified what it could not try, and says what it needs", async () => {
    const alone = await verified({ urls: { ...urls(), admin: undefined } });
    expect(alone.ok).toBe(false);
    expect(alone.crossing.tried).toBe(false);
    expect(alone.crossing.reason).toContain("DATABASE_ADMIN_URL");
    const stranger = await verified({
      urls: { ...urls(), admin: env.url("dittofeed_system") },
    });
    expect(stranger.crossing.tried).toBe(false);
    expect(stranger.crossing.reason).toContain("GRANT dittofeed_app");
  });

  it("is not tried on a database without our migrations", async () => {
    const app = new URL(env.url("superuser"));
    app.pathname = "/postgres";
    const { ok, crossing } = await verified({
      urls: { app: app.href, system: undefined, admin: undefined },
    });
    expect(ok).toBe(false);
    expect(crossing).toMatchObject({
      tried: false,
      reason: "the database is not migrated",
    });
  });

  it("leaves nothing when it is killed in the middle", async () => {
    const before = await rowCounts();
    const killer = new pg.Client({ connectionString: env.url("superuser") });
    await killer.connect();
    const killing = (async () => {
      for (let killed = 0; killed === 0;) {
        const { rows } = await killer.query<{ n: number }>(
          `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'dittofeed_isolation_verify'`,
        );
        killed = rows[0]?.n ?? 0;
      }
      await killer.end();
    })();
    const [{ crossing }] = await Promise.all([verified(), killing]);
    expect(crossing.tried).toBe(false);
    expect(await rowCounts()).toEqual(before);
  });
});

describe("a scratch row", () => {
  const column = (over: Partial<Column>): Column => ({
    table: "T",
    name: "c",
    type: "text",
    isRequired: true,
    label: null,
    parent: null,
    parentColumn: null,
    ...over,
  });
  const rowOf = (
    columns: Column[],
    made = new Map<string, Record<string, string>>(),
  ) =>
    scratchRow({
      table: "T",
      columns,
      workspaceId: "w",
      made,
      uuid: () => "u",
    });

  it("has a value of each type for what must be given, and nothing else", () => {
    const types = [
      "uuid",
      "date",
      "timestamp with time zone",
      "integer",
      "double precision",
      "jsonb",
      "boolean",
      "text",
    ];
    const columns = types.map((type) => column({ name: type, type }));
    expect(
      rowOf([
        ...columns,
        column({ name: "kind", label: "First" }),
        column({ name: "spare", isRequired: false }),
      ]),
    ).toEqual({
      uuid: "u",
      date: "2000-01-01T00:00:00Z",
      "timestamp with time zone": "2000-01-01T00:00:00Z",
      integer: "1",
      "double precision": "1",
      jsonb: "{}",
      boolean: "false",
      text: "isolation-probe-u",
      kind: "First",
    });
  });

  it("refers to what the workspace has already, and is placed after it", () => {
    const columns = [
      column({
        name: "parentId",
        type: "uuid",
        parent: "P",
        parentColumn: "id",
      }),
      column({ name: "workspaceId", type: "uuid" }),
      column({ table: "P", name: "id", type: "uuid" }),
    ];
    expect(inOrderOfReference(columns)).toEqual(["P", "T"]);
    expect(rowOf(columns, new Map([["P", { id: "p" }]]))).toEqual({
      parentId: "p",
      workspaceId: "w",
    });
  });

  it("is placed somehow when tables refer to each other in a ring", () => {
    const ring = [
      column({ table: "A", parent: "B", parentColumn: "id" }),
      column({ table: "B", parent: "A", parentColumn: "id" }),
    ];
    expect(inOrderOfReference(ring).sort()).toEqual(["A", "B"]);
  });
});
