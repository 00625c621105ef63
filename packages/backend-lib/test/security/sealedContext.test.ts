import { createHmac, randomBytes, randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { useClock } from "../../src/clock";
import { parseSealKey, type SealKey } from "../../src/config/sealKey";
import { migrate } from "../../src/db/migrate";
import { currentDialect } from "../../src/db/policyState";
import { contextSealProblem, hmacBlocks } from "../../src/db/sealKeys";
import { createSealer } from "../../src/multitenancy/contextSeal";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();

function newKey(): SealKey {
  const key = parseSealKey(randomBytes(32).toString("base64"));
  if (key === undefined) {
    throw new Error("32 random bytes are a key");
  }
  return key;
}

const key = newKey();
const seal = createSealer(key);

const toDialect = (
  dialect: "plain" | "sealed",
  sealKeys: readonly SealKey[] = [key],
) =>
  migrate({
    adminUrl: env.url("dittofeed_owner"),
    policies: { dialect, sealKeys },
  });

type Settings = Readonly<Record<string, string>>;

const contextOf = (workspaceId: string, by = seal): Settings => ({
  "app.current_workspace_id": workspaceId,
  "app.context_seal": by(workspaceId),
});

/** Runs one statement as the bare app login with these settings in its transaction. */
async function asApp(
  settings: Settings,
  ...statements: string[]
): Promise<pg.QueryResult[]> {
  const client = await env.app.connect();
  try {
    await client.query("BEGIN");
    for (const [name, value] of Object.entries(settings)) {
      await client.query("SELECT set_config($1, $2, true)", [name, value]);
    }
    const results: pg.QueryResult[] = [];
    for (const statement of statements) {
      results.push(await client.query(statement));
    }
    return results;
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

const SEGMENTS = 'SELECT "workspaceId" FROM public."Segment"';

async function seen(settings: Settings): Promise<unknown[]> {
  const [result] = await asApp(settings, SEGMENTS);
  return (result?.rows ?? []).map(
    (row: { workspaceId?: unknown }) => row.workspaceId,
  );
}

const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? error.code : String(error);
const refusal = (work: Promise<unknown>) => work.then(() => "allowed", codeOf);

async function problem(
  workspaceId: string,
  text: string | null,
): Promise<string | null> {
  const { rows } = await env.app.query<{ problem: string | null }>(
    `SELECT tenancy.context_seal_problem($1, $2) AS "problem"`,
    [workspaceId, text],
  );
  return rows[0]?.problem ?? null;
}

let mine: string;
let theirs: string;

beforeAll(async () => {
  mine = await env.createWorkspace();
  theirs = await env.createWorkspace();
  for (const workspaceId of [mine, theirs]) {
    await env.owner.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "updatedAt") VALUES ($1, 'all', '{}', now())`,
      [workspaceId],
    );
  }
  await toDialect("sealed");
});

describe("a sealed context", () => {
  it("shows a workspace its own rows and no others", async () => {
    expect(await seen(contextOf(mine))).toEqual([mine]);
    expect(await seen(contextOf(theirs))).toEqual([theirs]);
  });

  it("is not flipped by SQL that names another workspace, which the plain one is", async () => {
    const flip = `SELECT set_config('app.current_workspace_id', '${theirs}', true)`;
    const flipped = async () => {
      const [, result] = await asApp(contextOf(mine), flip, SEGMENTS);
      return result?.rows;
    };
    expect(await flipped()).toEqual([]);
    await toDialect("plain");
    expect(await flipped()).toEqual([{ workspaceId: theirs }]);
    await toDialect("sealed");
    expect(await flipped()).toEqual([]);
  });

  it("shows nothing without a seal, and nothing is written", async () => {
    const unsealed = { "app.current_workspace_id": mine };
    expect(await seen(unsealed)).toEqual([]);
    expect(await seen({ ...unsealed, "app.context_seal": "" })).toEqual([]);
    const insert = `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "updatedAt") VALUES ('${mine}', 'x', '{}', now())`;
    expect(await refusal(asApp(unsealed, insert))).toBe("42501");
    expect(await refusal(asApp(contextOf(mine), insert))).toBe("allowed");
  });

  it("refuses every seal that is not exactly its own", async () => {
    const good = seal(mine);
    const [version, id, expiry, mac] = good.split(".");
    const later = Number(expiry) + 300;
    const forged = createHmac("sha256", randomBytes(32))
      .update(`${version}.${id}.${expiry}.${mine}`)
      .digest("hex");
    const bad = {
      "another workspace's": seal(theirs),
      "a made-up mac": `${version}.${id}.${expiry}.${forged}`,
      "a cut mac": good.slice(0, -1),
      "a longer mac": `${good}0`,
      "an upper-case mac": `${version}.${id}.${expiry}.${mac?.toUpperCase()}`,
      "a later expiry": `${version}.${id}.${later}.${mac}`,
      "an expiry that is none": `${version}.${id}.soon.${mac}`,
      "no expiry": `${version}.${id}..${mac}`,
      "another version": `v2.${id}.${expiry}.${mac}`,
      "an unknown key": `${version}.0123456789abcdef.${expiry}.${mac}`,
      "one part": "v1",
      "only dots": "...",
      "what is not ASCII": `v1.${id}.${expiry}.ä`,
      "something long": "x".repeat(100_000),
    };
    for (const [what, text] of Object.entries(bad)) {
      expect(
        await seen({
          "app.current_workspace_id": mine,
          "app.context_seal": text,
        }),
        what,
      ).toEqual([]);
      expect(await problem(mine, text), what).not.toBeNull();
    }
    expect(await problem(mine, good)).toBeNull();
  });

  it("cannot be replayed after it expired, and dies with a clock that is far off", async () => {
    const at = (minutes: number) => {
      const restore = useClock({
        now: () => new Date(Date.now() + minutes * 60_000),
      });
      try {
        return createSealer(key)(mine);
      } finally {
        restore();
      }
    };
    expect(await problem(mine, at(-11))).toBe("expired");
    expect(await problem(mine, at(11))).toBe("ahead of time");
    for (const minutes of [-4.9, 4.9]) {
      expect(await problem(mine, at(minutes))).toBeNull();
    }
  });

  it("lasts as long as the transaction that began with it", async () => {
    // Good for one second more: it expires while the transaction is open.
    const expiry = Math.floor(Date.now() / 1000) + 1;
    const head = `v1.${key.id}.${expiry}`;
    const mac = createHmac("sha256", key.bytes)
      .update(`${head}.${mine}`)
      .digest("hex");
    const context = {
      "app.current_workspace_id": mine,
      "app.context_seal": `${head}.${mac}`,
    };
    const [, , late] = await asApp(
      context,
      "SELECT 1",
      "SELECT pg_sleep(2)",
      SEGMENTS,
    );
    expect(late?.rows).toEqual([{ workspaceId: mine }]);
    expect(await seen(context)).toEqual([]);
  });

  it("is checked once a statement, not once a row", async () => {
    const [plan] = await asApp(
      contextOf(mine),
      'EXPLAIN (VERBOSE, FORMAT TEXT) SELECT * FROM public."Segment"',
    );
    const text = JSON.stringify(plan?.rows);
    expect(text).toContain("InitPlan");
    expect(text.match(/sealed_workspace\(\)/g)).toHaveLength(1);
  });

  it("answers a malformed workspace with an error, as the plain one does", async () => {
    expect(
      await refusal(
        seen({
          "app.current_workspace_id": "not-a-uuid",
          "app.context_seal": seal(mine),
        }),
      ),
    ).toBe("22P02");
  });

  it("leaves the system role and the owner as they were", async () => {
    const system = new pg.Client({
      connectionString: env.url("dittofeed_system"),
    });
    await system.connect();
    const both = await system.query(SEGMENTS);
    await system.end();
    expect(both.rowCount).toBe(2);
    expect((await env.owner.query(SEGMENTS)).rowCount).toBe(2);
  });
});

describe("someone who can run SQL as the app role", () => {
  it("cannot read, change or lock the keys", async () => {
    for (const statement of [
      'SELECT * FROM tenancy."ContextSealKey"',
      'SELECT count("id") FROM tenancy."ContextSealKey"',
      `INSERT INTO tenancy."ContextSealKey" ("id") VALUES ('x')`,
      'DELETE FROM tenancy."ContextSealKey"',
      'LOCK TABLE tenancy."ContextSealKey"',
      'COPY tenancy."ContextSealKey" TO STDOUT',
    ]) {
      expect(await refusal(asApp(contextOf(mine), statement)), statement).toBe(
        "42501",
      );
    }
  });

  it("cannot change, replace or drop the functions", async () => {
    for (const statement of [
      "CREATE OR REPLACE FUNCTION tenancy.sealed_workspace() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$",
      "DROP FUNCTION tenancy.sealed_workspace() CASCADE",
      "ALTER FUNCTION tenancy.context_seal_problem(uuid, text) SET search_path = pg_temp",
      "CREATE FUNCTION tenancy.mine() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$",
      'ALTER POLICY tenant_isolation ON public."Segment" USING (true)',
    ]) {
      expect(await refusal(asApp(contextOf(mine), statement)), statement).toBe(
        "42501",
      );
    }
  });

  it("finds no key in the functions' source, nor in what other sessions show", async () => {
    const superuser = new pg.Client({ connectionString: env.url("superuser") });
    await superuser.connect();
    const { rows } = await superuser.query<{ source: string }>(
      `SELECT prosrc AS source FROM pg_catalog.pg_proc WHERE proname IN ('context_seal_problem', 'sealed_workspace')
       UNION ALL SELECT query FROM pg_catalog.pg_stat_activity WHERE datname = current_database()`,
    );
    await superuser.end();
    const text = rows.map(({ source }) => source).join("\n");
    for (const secret of [
      key.bytes.toString("hex"),
      key.bytes.toString("base64"),
      seal(theirs),
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(rows.length).toBeGreaterThan(2);
  });

  it("cannot put objects of its own before the real ones", async () => {
    // The app role may make nothing. Here it may, temporary objects and a schema: the functions hold all the same.
    const superuser = new pg.Client({ connectionString: env.url("superuser") });
    await superuser.connect();
    const database = new URL(env.url("superuser")).pathname.slice(1);
    await superuser.query(`
      GRANT TEMPORARY ON DATABASE "${database}" TO dittofeed_app;
      CREATE SCHEMA shadows AUTHORIZATION dittofeed_app`);
    await superuser.end();
    const spy = (schema: string) => `
      CREATE FUNCTION ${schema}.spy(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM set_config('app.stolen', encode(k."innerBlock", 'hex'), false) FROM tenancy."ContextSealKey" AS k;
        RETURN true;
      EXCEPTION WHEN insufficient_privilege THEN
        RETURN true;
      END $$;
      CREATE DOMAIN ${schema}.text AS pg_catalog.text CHECK (${schema}.spy(VALUE));
      CREATE DOMAIN ${schema}.bytea AS pg_catalog.bytea;
      CREATE DOMAIN ${schema}.uuid AS pg_catalog.uuid DEFAULT '${theirs}';
      CREATE TABLE ${schema}."ContextSealKey" AS
        SELECT '${key.id}' AS "id", '\\x'::pg_catalog.bytea AS "innerBlock", '\\x'::pg_catalog.bytea AS "outerBlock"`;
    const functions = `
      CREATE FUNCTION shadows.sha256(pg_catalog.bytea) RETURNS pg_catalog.bytea LANGUAGE sql AS $$ SELECT '\\x00'::pg_catalog.bytea $$;
      CREATE FUNCTION shadows.current_setting(pg_catalog.text, boolean) RETURNS pg_catalog.text LANGUAGE sql
        AS $$ SELECT CASE $1 WHEN 'app.context_seal' THEN '${seal(theirs)}' ELSE '${theirs}' END $$;
      CREATE FUNCTION shadows.never(pg_catalog.bytea, pg_catalog.bytea) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
      CREATE OPERATOR shadows.<> (LEFTARG = pg_catalog.bytea, RIGHTARG = pg_catalog.bytea, FUNCTION = shadows.never)`;
    const path =
      "SET search_path = shadows, pg_temp, tenancy, pg_catalog, public";
    const stranger = new pg.Client({
      connectionString: env.url("dittofeed_app"),
    });
    await stranger.connect(); // a new session: what the functions refer to is not settled yet
    for (const statement of [spy("shadows"), spy("pg_temp"), functions, path]) {
      await stranger.query(statement);
    }
    const rowsUnder = async (settings: Settings) => {
      await stranger.query("BEGIN");
      for (const [name, value] of Object.entries(settings)) {
        await stranger.query("SELECT pg_catalog.set_config($1, $2, true)", [
          name,
          value,
        ]);
      }
      const { rows } = await stranger.query<{ workspaceId: string }>(SEGMENTS);
      await stranger.query("ROLLBACK");
      return rows;
    };
    const asked = await stranger.query(
      `SELECT tenancy.context_seal_problem('${theirs}', '${seal(mine)}') AS problem`,
    );
    expect(asked.rows).toEqual([{ problem: "wrong" }]);
    expect(await rowsUnder(contextOf(mine))).toEqual([{ workspaceId: mine }]);
    expect(
      await rowsUnder({
        ...contextOf(mine),
        "app.current_workspace_id": theirs,
      }),
    ).toEqual([]);
    const { rows } = await stranger.query(
      "SELECT pg_catalog.current_setting('app.stolen', true) AS stolen",
    );
    expect(rows).toEqual([{ stolen: null }]);
    await stranger.end();
  });

  it("cannot take on another role", async () => {
    for (const role of ["dittofeed_owner", "dittofeed_system", "postgres"]) {
      expect(
        await refusal(asApp(contextOf(mine), `SET LOCAL ROLE ${role}`)),
      ).toBe("42501");
    }
  });
});

describe("keys", () => {
  afterEach(() => toDialect("sealed"));

  it("are rotated without a moment in which either is refused", async () => {
    const next = newKey();
    const nextSeal = createSealer(next);
    expect(await seen(contextOf(mine, nextSeal))).toEqual([]);
    await toDialect("sealed", [next, key]);
    expect(await seen(contextOf(mine, nextSeal))).toEqual([mine]);
    expect(await seen(contextOf(mine))).toEqual([mine]);
    await toDialect("sealed", [next]);
    expect(await seen(contextOf(mine, nextSeal))).toEqual([mine]);
    expect(await seen(contextOf(mine))).toEqual([]);
  });

  it("are forgotten when they are retired", async () => {
    const next = newKey();
    await toDialect("sealed", [next]);
    const { rows } = await env.owner.query(
      'SELECT "id", "innerBlock", "outerBlock", "retiredAt" IS NOT NULL AS "retired" FROM tenancy."ContextSealKey" WHERE "id" = $1',
      [key.id],
    );
    expect(rows).toEqual([
      { id: key.id, innerBlock: null, outerBlock: null, retired: true },
    ]);
  });

  it("stay when the runner is given none, and so does the dialect", async () => {
    await migrate({ adminUrl: env.url("dittofeed_owner") });
    expect(await currentDialect(env.owner)).toBe("sealed");
    expect(await seen(contextOf(mine))).toEqual([mine]);
  });
});

describe("the check at start-up", () => {
  const asLogin = async <T>(work: (client: pg.PoolClient) => Promise<T>) => {
    const client = await env.app.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  };
  afterAll(() => toDialect("sealed"));

  it("is content with the installed key", async () => {
    expect(
      await asLogin((client) => contextSealProblem(client, key)),
    ).toBeUndefined();
  });

  it("names what to do about a key that the database does not know, or about none", async () => {
    expect(
      await asLogin((client) => contextSealProblem(client, newKey())),
    ).toMatch(/does not know .*CONTEXT_SEAL_KEY.*yarn db:push/);
    expect(await asLogin((client) => contextSealProblem(client))).toMatch(
      /CONTEXT_SEAL_KEY is not set/,
    );
  });

  it("names a clock that is off", async () => {
    for (const [minutes, word] of [
      [-11, "behind"],
      [11, "ahead of"],
    ] as const) {
      const restore = useClock({
        now: () => new Date(Date.now() + minutes * 60_000),
      });
      const found = await asLogin((client) => contextSealProblem(client, key));
      restore();
      expect(found).toContain(word);
    }
  });

  it("says nothing where the policies are plain", async () => {
    await toDialect("plain");
    expect(
      await asLogin((client) => contextSealProblem(client, newKey())),
    ).toBeUndefined();
  });
});

describe("HMAC composed of the server's sha256()", () => {
  // RFC 4231, test cases 1, 2, 3 and 4: keys up to a block long.
  const cases = [
    [
      "0b".repeat(20),
      "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ],
    [
      "4a656665",
      "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      "aa".repeat(20),
      "dd".repeat(50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ],
    [
      "0102030405060708090a0b0c0d0e0f10111213141516171819",
      "cd".repeat(50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ],
  ] as const;

  it.each(cases)(
    "is that of RFC 4231 for key %s",
    async (hexKey, data, mac) => {
      const { inner, outer } = hmacBlocks(Buffer.from(hexKey, "hex"));
      const { rows } = await env.owner.query<{ mac: string }>(
        "SELECT encode(sha256($1 || sha256($2 || decode($3, 'hex'))), 'hex') AS mac",
        [outer, inner, data],
      );
      expect(rows).toEqual([{ mac }]);
    },
  );

  it("is Node's for random workspaces, through the function that policies ask", async () => {
    for (let i = 0; i < 50; i += 1) {
      const workspaceId = randomUUID();
      expect(await problem(workspaceId, seal(workspaceId))).toBeNull();
      expect(await problem(workspaceId.toUpperCase(), seal(workspaceId))).toBe(
        null,
      );
    }
  });
});
