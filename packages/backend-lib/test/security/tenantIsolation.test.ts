// The matrix: every table of the register × every verb × every context, each with the outcome that it must have. Made from the
// register and the catalog, so that a new table is covered the day it is added. The words are in matrix/.

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { registeredTables } from "../../src/db/policies";
import { useTenantEnv } from "../tenantEnv";
import { type Context, openContexts } from "./matrix/contexts";
import { READS } from "./matrix/reads";
import { prepareSubjects, type Subject } from "./matrix/subject";
import { expected, outcomeOf, REFUSED, type Verb } from "./matrix/verb";
import { WRITES } from "./matrix/writes";
import { reportSuite } from "./report";

const VERBS: readonly Verb[] = [...READS, ...WRITES];

const env = useTenantEnv();
const { contexts, close } = openContexts(env);
const startedAt = performance.now();
const leaks: string[] = [];
let subjects = new Map<string, Subject>();
let checks = 0;
let partitionsTried = 0;

beforeAll(async () => {
  subjects = await prepareSubjects(env);
});

afterAll(async () => {
  await close();
  reportSuite({
    suite: "matrix",
    tried: {
      tables: subjects.size,
      verbs: VERBS.length,
      contexts: contexts.length,
      partitions: partitionsTried,
    },
    checks,
    leaks,
    milliseconds: performance.now() - startedAt,
  });
});

function subjectOf(table: string): Subject {
  const subject = subjects.get(table);
  if (subject === undefined) {
    throw new Error(`${table} has no subject: is it in the register?`);
  }
  return subject;
}

/** Tries all verbs; answers what came of each, and what should have. */
async function tryAll(
  context: Context,
  subject: Subject,
  should: (verb: Verb) => string | undefined,
) {
  const actual: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  const verbs = VERBS.filter(({ suits }) => suits?.(subject) ?? true);
  const outcomes = new Map(await context.attempt(verbs, subject));
  for (const verb of verbs) {
    const outcome = outcomes.get(verb.name) ?? "not tried";
    const want = should(verb) ?? outcome;
    actual[verb.name] = outcome;
    wanted[verb.name] = want;
    checks += 1;
    if (outcome !== want) {
      leaks.push(
        `${subject.name}, ${context.name}, ${verb.name}: ${outcome} instead of ${want}`,
      );
    }
  }
  return { actual, wanted };
}

describe.each(registeredTables().map(([table]) => table))("%s", (table) => {
  it.each(
    contexts.map((context): [string, Context] => [context.name, context]),
  )("shows, takes and keeps what it must: %s", async (_, context) => {
    const subject = subjectOf(table);
    const { actual, wanted } = await tryAll(context, subject, (verb) =>
      expected(verb, subject, context),
    );
    expect(actual).toEqual(wanted);
  });

  it("is as it was after all of this", async () => {
    const { name, owners } = subjectOf(table);
    const { rows } = await env.owner.query<{ mark: string }>(
      `SELECT md5(t::text) AS mark FROM ${name} AS t`,
    );
    expect(rows.map(({ mark }) => mark).sort()).toEqual(
      [...owners.keys()].sort(),
    );
  });
});

it("has tried every table that the database has", async () => {
  const { rows } = await env.owner.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class AS c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition`,
  );
  const live = rows.map(({ name }) => name);
  expect(live.filter((name) => !subjects.has(name))).toEqual([]);
  expect([...subjects.keys()].filter((name) => !live.includes(name))).toEqual(
    [],
  );
  expect(subjects.size).toBeGreaterThan(30);
});

it("lets the app role into no partition, whatever the verb and the context", async () => {
  const { rows } = await env.owner.query<{ parent: string; name: string }>(
    `SELECT p.relname AS parent, c.relname AS name
       FROM pg_catalog.pg_inherits AS i
       JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relkind = 'r'
       JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
      WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname`,
  );
  expect(rows.length).toBeGreaterThan(0);
  const bound = contexts.filter(
    ({ isApp, sight }) => isApp && (sight === "home" || sight === "nothing"),
  );
  for (const { parent, name } of rows) {
    const subject = {
      ...subjectOf(parent),
      table: name,
      name: `public."${name}"`,
    };
    for (const context of bound) {
      const { actual, wanted } = await tryAll(context, subject, (verb) =>
        verb.name === "statistics" ? "0" : REFUSED,
      );
      expect(actual, `${name}, ${context.name}`).toEqual(wanted);
    }
    partitionsTried += 1;
  }
});

it("plans nothing for one workspace that the next would get", async () => {
  // A generic plan outlives its transaction; the policy in it is to read the context anew.
  const { home, away } = subjectOf("Segment").workspaces;
  const client = await env.app.connect();
  try {
    const seen: string[][] = [];
    await client.query(
      'PREPARE plan AS SELECT "workspaceId" AS id FROM public."Segment"',
    );
    await client.query("SET plan_cache_mode = force_generic_plan");
    for (const id of [home, away, ""]) {
      await client.query("BEGIN");
      await client.query(
        "SELECT set_config('app.current_workspace_id', $1, true)",
        [id],
      );
      const { rows } = await client.query<{ id: string }>("EXECUTE plan");
      seen.push(rows.map((row) => row.id));
      await client.query("COMMIT");
    }
    expect(seen).toEqual([[home], [away], []]);
  } finally {
    client.release(true);
  }
});

it.each([
  "SET LOCAL ROLE dittofeed_owner",
  "SET LOCAL ROLE dittofeed_system",
  "SET LOCAL SESSION AUTHORIZATION dittofeed_owner",
  'CREATE TABLE public."Spy" (id uuid)',
  'CREATE VIEW public."Spy" AS SELECT 1',
  "CREATE FUNCTION public.spy() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "CREATE SCHEMA spy",
  "CREATE ROLE spy",
  "ALTER ROLE dittofeed_app BYPASSRLS",
  "GRANT dittofeed_owner TO dittofeed_app",
  "COPY (SELECT 1) TO PROGRAM 'true'",
  "SELECT pg_read_file('PG_VERSION')",
  "SET LOCAL session_replication_role = replica",
  "SELECT * FROM pg_catalog.pg_statistic",
  "SELECT * FROM pg_catalog.pg_authid",
])("does not let the app role step out of its place: %s", async (sql) => {
  const client = await env.app.connect();
  try {
    await client.query("BEGIN");
    const outcome = await outcomeOf(client.query(sql).then(() => "done"));
    await client.query("ROLLBACK");
    checks += 1;
    expect(outcome).toBe(REFUSED);
  } finally {
    client.release();
  }
});
