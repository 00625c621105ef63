// Which change of which table makes what outdated, walked over the whole list of cached tables: each verb by each way to the
// table. What is said of many workspaces, of children and of transactions: cacheGenerations.test.ts.

import { once } from "node:events";

import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  changeOf,
  NO_CHANGE,
  NOBODY,
  useCacheChanges,
} from "../../../../test/cacheChanges";
import { draftRow, insertDraft, type Row } from "../../../../test/rowFactory";
import { useTenantEnv } from "../../../../test/tenantEnv";
import { cachedTables } from "../../../db/cacheScopes";
import { type Privilege, registeredTables } from "../../../db/policies";
import { CACHE_SCOPES } from "../kind";

const env = useTenantEnv();
const { changeBy } = useCacheChanges(env);

let superuser: pg.Pool;
let system: pg.Pool;
beforeAll(() => {
  superuser = new pg.Pool({ connectionString: env.url("superuser"), max: 1 });
  system = new pg.Pool({
    connectionString: env.url("dittofeed_system"),
    max: 1,
  });
});
afterAll(() => Promise.all([superuser.end(), system.end()]));

/** A row that is not in its table yet, all that it refers to is there, and how to find it there. */
interface Draft {
  readonly table: string;
  readonly row: Row;
  readonly workspaceId: string;
  /** Who is named when it changes: its workspace, itself, or its member. */
  readonly named: string;
  /** The column that no other row has this value in. */
  readonly key: string;
}

async function draftOf(table: string): Promise<Draft> {
  const home = await env.createWorkspace();
  const row = await draftRow(env.owner, table, home);
  const of = (key: string, column: string): Draft => ({
    table,
    row,
    workspaceId: home,
    named: String(row[column]),
    key,
  });
  switch (table) {
    case "Workspace":
    case "WorkspaceMember":
      return of("id", "id");
    case "WorkspaceMembeAccount":
      return of("id", "workspaceMemberId");
    case "QuotaDefault":
      return { ...of("resourceType", "resourceType"), named: NOBODY };
    default:
      return of("workspaceId", "workspaceId");
  }
}

/** What a change of the row has to say. */
function saidOf({ named }: Draft, scopes: readonly string[]) {
  return changeOf(
    ...scopes.map((scope) =>
      scope === "directory" ? `${NOBODY} ${scope}` : `${named} ${scope}`,
    ),
  );
}

type Query = (text: string, values: unknown[]) => Promise<unknown>;

/** As the app does it: in a transaction, with the workspace in its context. */
function asApp({ workspaceId }: Draft): Query {
  return async (text, values) => {
    const client = await env.app.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        "SELECT set_config('app.current_workspace_id', $1, true)",
        [workspaceId],
      );
      const result = await client.query(text, values);
      await client.query("COMMIT");
      return result;
    } finally {
      client.release(true);
    }
  };
}

const WAYS: Readonly<Record<string, (draft: Draft) => Query>> = {
  "the app role": asApp,
  "the system role": () => (text, values) => system.query(text, values),
  "the owner": () => (text, values) => env.owner.query(text, values),
  "a superuser": () => (text, values) => superuser.query(text, values),
};

const quoted = (name: string) => pg.escapeIdentifier(name);

async function insert(query: Query, { table, row }: Draft, more = "") {
  const names = Object.keys(row);
  await query(
    `INSERT INTO public.${quoted(table)} (${names.map(quoted).join(", ")})
     VALUES (${names.map((_, at) => `$${at + 1}`).join(", ")}) ${more}`,
    Object.values(row),
  );
}
const update = (query: Query, { table, row, key }: Draft) =>
  query(
    `UPDATE public.${quoted(table)} SET ${quoted(key)} = ${quoted(key)} WHERE ${quoted(key)} = $1`,
    [row[key]],
  );
const remove = (query: Query, { table, row, key }: Draft) =>
  query(`DELETE FROM public.${quoted(table)} WHERE ${quoted(key)} = $1`, [
    row[key],
  ]);
const merge = (query: Query, { table, row, key }: Draft, action: string) =>
  query(
    `MERGE INTO public.${quoted(table)} AS t USING (SELECT $1::text AS key) AS s ON t.${quoted(key)}::text = s.key
     WHEN MATCHED THEN ${action}`,
    [row[key]],
  );

const rights = new Map(
  registeredTables().map(([name, entry]): [string, readonly Privilege[]] => [
    name,
    entry.kind === "global" ? [] : entry.app,
  ]),
);
const mayApp = (table: string) => rights.get(table)?.includes("INSERT");

/** The columns of a unique key, for ON CONFLICT. */
async function uniqueKeyOf(table: string): Promise<string> {
  const { rows } = await env.owner.query<{ columns: string[] }>(
    `SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) AS k(num)
                    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.num) AS columns
       FROM pg_index AS i WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indpred IS NULL
      ORDER BY i.indisprimary DESC LIMIT 1`,
    [`public.${quoted(table)}`],
  );
  return (rows[0]?.columns ?? []).map(quoted).join(", ");
}

describe("the list", () => {
  it("names every scope that a value may depend on, and no other", () => {
    const said = new Set(cachedTables().flatMap(([, scopes]) => scopes));
    expect([...said].sort()).toEqual([...CACHE_SCOPES, "*"].sort());
  });

  it("is what the database's triggers say, table by table, and each is switched on", async () => {
    const { rows } = await env.owner.query<{
      table: string;
      names: string[];
      scopes: string[];
    }>(
      `SELECT c.relname AS "table", array_agg(t.tgname::text || t.tgenabled::text ORDER BY t.tgname) AS names,
              array_agg(DISTINCT regexp_replace(encode(t.tgargs, 'escape'), '^.*?\\\\000(.*)\\\\000$', '\\1')) AS scopes
         FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
         JOIN pg_proc AS p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND p.proname ~ '^cache_' GROUP BY 1 ORDER BY 1`,
    );
    expect(
      rows.map(({ table, names, scopes }) => [
        table,
        names.join(),
        scopes.map((each) => each.replaceAll("\\000", ",")).join(" or "),
      ]),
    ).toEqual(
      cachedTables()
        .map(([table, scopes]) => [
          table,
          "cache_deleteO,cache_insertO,cache_truncateO,cache_updateO",
          scopes.join(),
        ])
        .sort(),
    );
  });

  it("has the triggers run before those that count, so that who waits holds no counter", async () => {
    const { rows } = await env.owner.query<{ table: string; first: string }>(
      `SELECT c.relname AS "table", min(t.tgname::text COLLATE "C") AS first FROM pg_trigger AS t
         JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgtype & 1 = 0 AND c.relname = ANY ($1) GROUP BY 1`,
      [cachedTables().map(([table]) => table)],
    );
    expect(rows).toHaveLength(cachedTables().length);
    expect(rows.filter(({ first }) => !first.startsWith("cache_"))).toEqual([]);
  });
});

describe.each(cachedTables())("a change of %s", (table, scopes) => {
  const ways = Object.entries(WAYS).filter(
    ([way]) => way !== "the app role" || mayApp(table),
  );

  it.each(ways)("is said once, whatever the verb, by %s", async (_, wayOf) => {
    const draft = await draftOf(table);
    const query = wayOf(draft);
    const said = saidOf(draft, scopes);
    expect(await changeBy(() => insert(query, draft))).toEqual(said);
    expect(await changeBy(() => update(query, draft))).toEqual(said);
    expect(await changeBy(() => remove(query, draft))).toEqual(said);
  });

  it("is said by an upsert, by MERGE and by COPY", async () => {
    const draft = await draftOf(table);
    const query: Query = (text, values) => superuser.query(text, values);
    const said = saidOf(draft, scopes);
    const upsert = `ON CONFLICT (${await uniqueKeyOf(table)}) DO UPDATE SET ${quoted(draft.key)} = excluded.${quoted(draft.key)}`;
    expect(await changeBy(() => copy(draft))).toEqual(said);
    expect(await changeBy(() => insert(query, draft, upsert))).toEqual(said);
    const again = `UPDATE SET ${quoted(draft.key)} = t.${quoted(draft.key)}`;
    expect(await changeBy(() => merge(query, draft, again))).toEqual(said);
    expect(await changeBy(() => merge(query, draft, "DELETE"))).toEqual(said);
  });

  it("is not said by a statement that finds no row, or leaves the one that is there", async () => {
    const draft = await draftOf(table);
    const query: Query = (text, values) => env.owner.query(text, values);
    expect(await changeBy(() => update(query, draft))).toEqual(NO_CHANGE);
    expect(await changeBy(() => remove(query, draft))).toEqual(NO_CHANGE);
    await insertDraft(env.owner, table, draft.row);
    expect(
      await changeBy(() => insert(query, draft, "ON CONFLICT DO NOTHING")),
    ).toEqual(NO_CHANGE);
  });

  it("is said of everybody when the table is emptied", async () => {
    const client = await env.owner.connect();
    try {
      await client.query("BEGIN");
      const before = await generationOfAll(client);
      await client.query(`TRUNCATE public.${quoted(table)} CASCADE`);
      expect(await generationOfAll(client)).toBeGreaterThan(before);
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  });
});

async function copy({ table, row }: Draft): Promise<void> {
  const client = await superuser.connect();
  try {
    const stream = client.query(
      copyFrom(
        `COPY public.${quoted(table)} (${Object.keys(row).map(quoted).join(", ")}) FROM STDIN`,
      ),
    );
    const values = Object.values(row).map((value) =>
      typeof value === "string"
        ? value
        : JSON.stringify(value).replaceAll(/^"|"$/g, ""),
    );
    stream.end(`${values.join("\t")}\n`);
    await once(stream, "finish");
  } finally {
    client.release();
  }
}

async function generationOfAll(client: pg.ClientBase): Promise<bigint> {
  const { rows } = await client.query<{ sum: string }>(
    `SELECT coalesce(sum("generation"), 0)::text AS sum FROM public."CacheGeneration"
      WHERE "workspaceId" = $1 AND "scope" = '*'`,
    [NOBODY],
  );
  return BigInt(rows[0]?.sum ?? -1);
}
