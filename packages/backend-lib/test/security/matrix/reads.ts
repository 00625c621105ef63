// The verbs that read: every way that SQL offers to look at a table's rows, none with a filter by workspace.

import type pg from "pg";

import { copiedLines } from "../copying";
import { at, describeSeen, MARK, type Subject } from "./subject";
import {
  DIVISION_BY_ZERO,
  type Effect,
  MALFORMED,
  type Outcome,
  REFUSED,
  type Standing,
  type Verb,
} from "./verb";

const READ = ["SELECT"] as const;

async function seen(
  client: pg.ClientBase,
  subject: Subject,
  sql: string,
  values: unknown[] = [],
): Promise<Outcome> {
  const { rows } = await client.query<{ mark: string }>(sql, values);
  return describeSeen(
    subject,
    rows.map(({ mark }) => mark),
  );
}

/** A verb that is one query for the marks of the rows. */
const query = (
  name: string,
  sql: (subject: Subject) => string,
  values?: (subject: Subject) => unknown[],
): Verb => ({
  name,
  needs: READ,
  effect: "shows",
  run: (client, subject) =>
    seen(client, subject, sql(subject), values?.(subject)),
});

/** A verb that is statements one after the other, of which the one at `answer` shows marks. */
const script = (
  name: string,
  statements: (subject: Subject) => readonly string[],
  { answer, effect = "shows" }: { answer: number; effect?: Effect },
): Verb => ({
  name,
  needs: READ,
  effect,
  async run(client, subject) {
    let outcome = "";
    for (const [index, sql] of statements(subject).entries()) {
      if (index === answer) {
        outcome = await seen(client, subject, sql);
      } else {
        await client.query(sql);
      }
    }
    return outcome;
  },
});

/** What the row of `home` lets an error say when a condition is tried on rows that the context does not show. */
const leaks = (_: Subject, { sight }: Standing): Outcome => {
  if (sight === "error") {
    return MALFORMED;
  }
  return sight === "home" || sight === "everything" ? DIVISION_BY_ZERO : sight;
};
const marksOfHome = ({ owners }: Subject): string[] =>
  [...owners].flatMap(([mark, owner]) => (owner === "home" ? [mark] : []));

export const READS: readonly Verb[] = [
  query("select", ({ name }) => `SELECT ${MARK} AS mark FROM ${name} AS t`),
  query(
    "select distinct, ordered",
    ({ name }) =>
      `SELECT DISTINCT ${MARK} AS mark FROM ${name} AS t ORDER BY 1 LIMIT 10000`,
  ),
  query(
    "select by address",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS t WHERE t.ctid = ANY ($1::tid[])`,
    ({ addresses }) => [addresses],
  ),
  query(
    "select a sample",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS t TABLESAMPLE SYSTEM (100)`,
  ),
  query(
    "select with a window",
    ({ name }) =>
      `SELECT mark FROM (SELECT ${MARK} AS mark, row_number() OVER () FROM ${name} AS t) AS numbered`,
  ),
  query(
    "join with another tenant table",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS t LEFT JOIN public."Segment" AS s ON true`,
  ),
  query(
    "join with itself",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS o FULL JOIN ${name} AS t ON o.ctid <> t.ctid OR true`,
  ),
  query(
    "lateral join",
    ({ name }) =>
      `SELECT l.mark FROM (SELECT 1) AS one CROSS JOIN LATERAL (SELECT ${MARK} AS mark FROM ${name} AS t) AS l`,
  ),
  query(
    "union",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS t UNION SELECT ${MARK} FROM ${name} AS t`,
  ),
  query(
    "sub-select",
    ({ name }) =>
      `SELECT ${MARK} AS mark FROM ${name} AS t WHERE t.ctid IN (SELECT s.ctid FROM ${name} AS s)`,
  ),
  query(
    "recursive cte",
    ({ name }) =>
      `WITH RECURSIVE r AS (SELECT ${MARK} AS mark FROM ${name} AS t UNION SELECT mark FROM r) SELECT mark FROM r`,
  ),
  query(
    "materialized cte",
    ({ name }) =>
      `WITH m AS MATERIALIZED (SELECT ${MARK} AS mark FROM ${name} AS t) SELECT mark FROM m`,
  ),
  query(
    "aggregated rows",
    ({ name }) =>
      `SELECT unnest(coalesce(array_agg(${MARK}), '{}')) AS mark FROM ${name} AS t`,
  ),
  {
    name: "count",
    needs: READ,
    effect: "counts",
    async run(client, { name }) {
      const { rows } = await client.query<{ n: string }>(
        `SELECT count(*) AS n FROM ${name}`,
      );
      return String(rows[0]?.n);
    },
  },
  {
    name: "exists",
    needs: READ,
    effect: "reaches",
    async run(client, { name, homeRow }) {
      const { where, values } = at(homeRow);
      const { rows } = await client.query<{ found: number }>(
        `SELECT EXISTS (SELECT FROM ${name} AS t WHERE ${where})::int AS found`,
        values,
      );
      return String(rows[0]?.found);
    },
  },
  {
    name: "copy to stdout",
    needs: READ,
    effect: "counts",
    run: async (client, { name }) =>
      String((await copiedLines(client, `COPY ${name} TO STDOUT`)).length),
    // COPY of a partitioned table by its name is not offered.
    suits: ({ table }) => table !== "UserEvent",
  },
  {
    name: "copy of a query to stdout",
    needs: READ,
    effect: "shows",
    run: async (client, subject) =>
      describeSeen(
        subject,
        await copiedLines(
          client,
          `COPY (SELECT ${MARK} FROM ${subject.name} AS t) TO STDOUT`,
        ),
      ),
  },
  script(
    "cursor",
    ({ name }) => [
      `DECLARE c CURSOR FOR SELECT ${MARK} AS mark FROM ${name} AS t`,
      "FETCH ALL FROM c",
    ],
    { answer: 1 },
  ),
  script(
    "prepared statement",
    ({ name }) => [
      "DEALLOCATE ALL", // a rolled back transaction leaves what it prepared
      `PREPARE matrix AS SELECT ${MARK} AS mark FROM ${name} AS t`,
      "EXECUTE matrix",
    ],
    { answer: 2 },
  ),
  script(
    "sequential scan, parallel",
    ({ name }) => [
      "SET LOCAL enable_indexscan = off",
      "SET LOCAL enable_bitmapscan = off",
      "SET LOCAL debug_parallel_query = on",
      `SELECT ${MARK} AS mark FROM ${name} AS t`,
    ],
    { answer: 3 },
  ),
  script(
    "with row security off",
    ({ name }) => [
      "SET LOCAL row_security = off",
      `SELECT ${MARK} AS mark FROM ${name} AS t`,
    ],
    { answer: 1, effect: () => REFUSED },
  ),
  {
    name: "condition that errs on home's row",
    needs: READ,
    effect: leaks,
    run: (client, subject) =>
      seen(
        client,
        subject,
        `SELECT ${MARK} AS mark FROM ${subject.name} AS t
          WHERE 1 / (CASE WHEN ${MARK} = ANY ($1::text[]) THEN 0 ELSE 1 END) = 1`,
        [marksOfHome(subject)],
      ),
  },
  {
    name: "statistics",
    needs: [],
    effect: () => "0",
    async run(client, { table }) {
      const { rows } = await client.query<{ n: string }>(
        "SELECT count(*) AS n FROM pg_catalog.pg_stats WHERE schemaname = 'public' AND tablename = $1",
        [table],
      );
      return String(rows[0]?.n);
    },
    suits: ({ entry }) => entry.kind !== "global",
  },
];
