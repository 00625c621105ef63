// The crossing: two scratch workspaces with a row in every table of the register, and every way from one to the other tried
// in earnest. All of it is one transaction that is rolled back, also by the server when this process is killed: nothing is
// left, nobody else ever sees it, and no statement can reach a row that is not a scratch row's.

import { randomUUID } from "node:crypto";

import pg from "pg";

import { configuredSealer } from "../../multitenancy/contextSeal";
import { liveDialects } from "../policyState";
import { contextSealProblem } from "../sealKeys";
import { sentenceOf } from "./check";
import {
  type Attempt,
  attemptsOn,
  type Target,
  type Workspaces,
} from "./crossingAttempts";
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
  UNLIMITED,
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

/** Whoever holds a lock on a table for longer goes first; and a client that freezes does not keep the transaction open. */
const BEGIN = `
  BEGIN;
  SET LOCAL lock_timeout = '2s';
  SET LOCAL statement_timeout = '10s';
  SET LOCAL idle_in_transaction_session_timeout = '15s';
  SET LOCAL enable_seqscan = off;
  SET LOCAL application_name = 'dittofeed_isolation_verify'`;

/** Makes the seal of a workspace's context; undefined where contexts go unsealed. */
type Seal = ReturnType<typeof configuredSealer>;

/** One attempt as the app role, undone at once. */
async function outcomeOf(
  client: pg.Client,
  { context, sealOf = context ?? "", text, values }: Attempt,
  seal: Seal,
): Promise<number | string> {
  const sealed = context === null ? "" : (seal?.(sealOf) ?? "");
  await client.query(
    `SAVEPOINT attempt; SET LOCAL ROLE ${APP_ROLE};
     SELECT set_config('app.current_workspace_id', ${pg.escapeLiteral(context ?? "")}, true),
            set_config('app.context_seal', ${pg.escapeLiteral(sealed)}, true)`,
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
    if (table === "Workspace") {
      await client.query(UNLIMITED, [workspaceId]);
    }
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
  const seal = configuredSealer();
  const isSealed = (await liveDialects(client)).has("sealed");
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
    for (const attempt of attemptsOn(target, workspaces, isSealed)) {
      attempts += 1;
      const outcome = await outcomeOf(client, attempt, seal);
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
    const sealProblem = await contextSealProblem(client);
    if (sealProblem !== undefined) {
      return notTried(sealProblem);
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
