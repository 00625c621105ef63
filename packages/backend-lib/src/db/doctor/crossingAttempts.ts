// The ways from one workspace into another, as statements with the outcome that each has to have. Leaves running them, and
// undoing what they do, to crossing.ts.

import pg from "pg";

import { type Privilege } from "../policies";
import { insertStatement, type Row } from "./scratchRows";

const DENIED = "42501";
const MALFORMED = "22P02";

export interface Attempt {
  readonly name: string;
  readonly context: string | null;
  readonly text: string;
  readonly values: readonly string[];
  /** Whose seal it carries, where that is not the context's own. */
  readonly sealOf?: string;
  /** Rows seen or changed, or the error's code. */
  readonly expected: readonly (number | typeof DENIED | typeof MALFORMED)[];
}

export interface Target {
  readonly name: string;
  readonly app: readonly Privilege[];
  /** The column that says whose a row is. */
  readonly key: string;
  /** Its value in the one's row, and in the other's. */
  readonly mine: string;
  readonly theirs: string;
  /** One more row of the other's, not inserted. */
  readonly further: Row;
}

export interface Workspaces {
  readonly own: string;
  readonly other: string;
}

/** Where policies ask for seals, one's own seal must not open the other's context. */
function forgedAttempt(
  { own, other }: Workspaces,
  reading: Pick<Attempt, "text" | "values" | "expected">,
): Attempt {
  return {
    name: "read the other's row in its context, with the seal of its own",
    context: other,
    sealOf: own,
    ...reading,
  };
}

/** Every way to try on one table; with one more where its policies ask for seals. */
export function attemptsOn(
  target: Target,
  { own, other }: Workspaces,
  isSealed: boolean,
): Attempt[] {
  const { app, name, mine, theirs } = target;
  const relation = `public.${pg.escapeIdentifier(name)}`;
  const key = pg.escapeIdentifier(target.key);
  const unless = (privilege: Privilege, rows: number) =>
    app.includes(privilege) ? [rows] : ([DENIED] as const);
  const read = (id: string) => ({
    text: `SELECT 1 FROM ${relation} WHERE ${key} = $1 LIMIT 1`,
    values: [id],
  });
  const insert = insertStatement(name, target.further);
  return [
    {
      name: "read its own row",
      context: own,
      ...read(mine),
      expected: unless("SELECT", 1),
    },
    {
      name: "read the other's row",
      context: own,
      ...read(theirs),
      expected: unless("SELECT", 0),
    },
    {
      name: "read everything but its own",
      context: own,
      text: `SELECT 1 FROM ${relation} WHERE ${key} <> $1 LIMIT 1`,
      values: [mine],
      expected: unless("SELECT", 0),
    },
    {
      name: "read without a context",
      context: null,
      ...read(mine),
      expected: unless("SELECT", 0),
    },
    {
      name: "read with a malformed context",
      context: "x' OR true --",
      ...read(mine),
      expected: [...unless("SELECT", 0), MALFORMED],
    },
    {
      name: "change the other's row",
      context: own,
      text: `UPDATE ${relation} SET ${key} = ${key} WHERE ${key} = $1`,
      values: [theirs],
      expected: unless("UPDATE", 0),
    },
    {
      name: "delete the other's row",
      context: own,
      text: `DELETE FROM ${relation} WHERE ${key} = $1`,
      values: [theirs],
      expected: unless("DELETE", 0),
    },
    {
      name: "move its own row to the other",
      context: own,
      text: `UPDATE ${relation} SET ${key} = $2 WHERE ${key} = $1`,
      values: [mine, theirs],
      expected: [DENIED],
    },
    {
      name: "insert for the other",
      context: own,
      ...insert,
      expected: [DENIED],
    },
    {
      name: "insert without a context",
      context: null,
      ...insert,
      expected: [DENIED],
    },
    {
      name: "be in the other's context and read its own",
      context: other,
      ...read(mine),
      expected: unless("SELECT", 0),
    },
    {
      // Asked and not tried: where it is allowed, it would lock the table, and everybody's rows with it.
      name: "have the right to empty the table (TRUNCATE)",
      context: own,
      text: "SELECT 1 WHERE pg_catalog.has_table_privilege($1, 'TRUNCATE')",
      values: [relation],
      expected: [0],
    },
    ...(isSealed
      ? [
          forgedAttempt(
            { own, other },
            { ...read(theirs), expected: unless("SELECT", 0) },
          ),
        ]
      : []),
  ];
}
