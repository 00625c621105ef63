// The crossing: two scratch workspaces with a row in every table of the register, and every way from one to the other tried
// in earnest. All of it is one transaction that is rolled back, also by the server when this process is killed: nothing is
// left, nobody else ever sees it, and no statement can reach a row that is not a scratch row's.

import { randomUUID } from "node:crypto";

import pg from "pg";

import { configuredSealer } from "../../multitenancy/contextSeal";
import { type Privilege } from "../policies";
import { sentenceOf } from "./check";
import {
  APP_ROLE,
  type Examination,
  type GuardedTable,
  keyColumn,
  type Urls,
} from "./examination";
import {
  type Column,
  COLUMNS,
  inOrderOfReference,
  insertStatement,
  type Row,
  scratchRow,
  withRegister,
} from "./scratchRows";

export interface Crossing {
  /** False: it could not be tried, for `reason`. */
  readonly tried: boolean;
  readonly reason?: string;
  readonly tables: number;
  readonly attempts: number;
  /** Attempts that did not end as they have to. */
  readonly leaks: readonly {
    readonly table: string;
    readonly attempt: string;
    readonly outcome: string;
  }[];
}

const DENIED = "42501";
const MALFORMED = "22P02";

/** Whoever holds a lock on a table for longer goes first; and a client that freezes does not keep the transaction open. */
const BEGIN = `
  BEGIN;
  SET LOCAL lock_timeout = '2s';
  SET LOCAL statement_timeout = '10s';
  SET LOCAL idle_in_transaction_session_timeout = '15s';
  SET LOCAL enable_seqscan = off;
  SET LOCAL application_name = 'dittofeed_isolation_verify'`;

interface Attempt {
  readonly name: string;
  readonly context: string | null;
  readonly text: string;
  readonly values: readonly string[];
  /** Rows seen or changed, or the error's code. */
  readonly expected: readonly (number | typeof DENIED | typeof MALFORMED)[];
}

interface Target {
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

interface Workspaces {
  readonly own: string;
  readonly other: string;
}

function attemptsOn(target: Target, { own, other }: Workspaces): Attempt[] {
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
  ];
}

/** One attempt as the app role, undone at once. */
async function outcomeOf(
  client: pg.Client,
  { context, text, values }: Attempt,
): Promise<number | string> {
  const sealed =
    context === null ? "" : (configuredSealer()?.(context) ?? context);
  await client.query(
    `SAVEPOINT attempt; SET LOCAL ROLE ${APP_ROLE}; SELECT set_config('app.current_workspace_id', ${pg.escapeLiteral(sealed)}, true)`,
  );
  try {
    return (await client.query(text, [...values])).rowCount ?? 0;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.severity === "ERROR") {
      return error.code ?? "";
    }
    throw error; // the connection is lost
  } finally {
    await client.query("ROLLBACK TO SAVEPOINT attempt");
  }
}

const said = (outcome: number | string) =>
  typeof outcome === "number"
    ? `${outcome} row${outcome === 1 ? "" : "s"}`
    : `error ${outcome}`;

/** Whether the login may act as the app role; may it grant itself that, it does so, until the rollback. */
async function mayActAsApp(client: pg.Client): Promise<boolean> {
  const tries = [
    "",
    `GRANT ${APP_ROLE} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;`, // Postgres 16 and newer
    `GRANT ${APP_ROLE} TO CURRENT_USER;`,
  ];
  for (const first of tries) {
    try {
      await client.query(
        `SAVEPOINT taking; ${first} SET LOCAL ROLE ${APP_ROLE}; SET LOCAL ROLE NONE; RELEASE SAVEPOINT taking`,
      );
      return true;
    } catch {
      await client.query("ROLLBACK TO SAVEPOINT taking");
    }
  }
  return false;
}

async function insertScratchRows(
  client: pg.Client,
  columns: readonly Column[],
  workspaceId: string,
): Promise<Map<string, Row>> {
  const made = new Map<string, Row>();
  for (const table of inOrderOfReference(columns)) {
    const row = scratchRow({
      table,
      columns,
      workspaceId,
      made,
      uuid: randomUUID,
    });
    const { text, values } = insertStatement(table, row);
    await client.query(text, values);
    made.set(table, row);
  }
  return made;
}

function targetsOf(
  guarded: readonly GuardedTable[],
  columns: readonly Column[],
  workspaces: Workspaces,
  rows: Record<keyof Workspaces, ReadonlyMap<string, Row>>,
): Target[] {
  return guarded.flatMap(({ entry, name }): Target[] => {
    const key = keyColumn(entry);
    if (key === undefined || entry.kind === "global") {
      return [];
    }
    const further = scratchRow({
      table: name,
      columns,
      workspaceId: workspaces.other,
      made: rows.other,
      uuid: randomUUID,
    });
    const valueOf = (row: Row | undefined) => row?.[key] ?? "";
    return [
      {
        name,
        app: entry.app,
        key,
        mine: valueOf(rows.own.get(name)),
        theirs: valueOf(rows.other.get(name)),
        further,
      },
    ];
  });
}

async function tryAll(
  client: pg.Client,
  guarded: readonly GuardedTable[],
): Promise<Crossing> {
  const { rows } = await client.query<Column>(COLUMNS, [
    guarded.map(({ oid }) => oid),
  ]);
  const columns = withRegister(
    rows,
    new Map(guarded.map(({ name, entry }) => [name, entry])),
  );
  const workspaces = { own: randomUUID(), other: randomUUID() };
  const insert = (workspaceId: string) =>
    insertScratchRows(client, columns, workspaceId);
  const made = {
    own: await insert(workspaces.own),
    other: await insert(workspaces.other),
  };
  const targets = targetsOf(guarded, columns, workspaces, made);
  const leaks: Crossing["leaks"][number][] = [];
  let attempts = 0;
  for (const target of targets) {
    for (const attempt of attemptsOn(target, workspaces)) {
      attempts += 1;
      const outcome = await outcomeOf(client, attempt);
      if (!attempt.expected.some((expected) => expected === outcome)) {
        leaks.push({
          table: target.name,
          attempt: attempt.name,
          outcome: `${said(outcome)} instead of ${attempt.expected.map(said).join(" or ")}`,
        });
      }
    }
  }
  return { tried: true, tables: targets.length, attempts, leaks };
}

const notTried = (reason: string): Crossing => ({
  tried: false,
  reason,
  tables: 0,
  attempts: 0,
  leaks: [],
});

/**
 * Tries to cross, as the app role, by a connection of the owner's login (or the only one there is). Resolves to a crossing
 * that was not tried when that login cannot play both parts, or a table is locked. Leaves nothing behind.
 */
export async function tryCrossing(
  urls: Urls,
  { guarded, isMigrated }: Pick<Examination, "guarded" | "isMigrated">,
): Promise<Crossing> {
  if (!isMigrated) {
    return notTried("the database is not migrated");
  }
  const client = new pg.Client({ connectionString: urls.admin ?? urls.app });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(BEGIN);
    if (!(await mayActAsApp(client))) {
      return notTried(
        `the owner's login may not act as ${APP_ROLE}: GRANT ${APP_ROLE} TO dittofeed_owner WITH INHERIT FALSE, SET TRUE; (on Postgres 15 without the part from WITH on), as a superuser`,
      );
    }
    return await tryAll(
      client,
      guarded.filter(({ isPartition }) => !isPartition),
    );
  } catch (error) {
    return notTried(
      `${sentenceOf(error)}${urls.admin === undefined ? " (DATABASE_ADMIN_URL is not set; making workspaces needs the owner)" : ""}`,
    );
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
    await client.end().catch(() => undefined);
  }
}
