// What the matrix tries its verbs on: one table with a row of a workspace ("home"), one of another ("away"), whatever rows
// the other tables needed ("others"), and a row not yet written for a third workspace ("fresh"). Rows are known by a hash
// of their text, so that a verb can say whose rows it saw without naming one column.

import type pg from "pg";

import { registeredTables, type TableEntry } from "../../../src/db/policies";
import { draftRow, insertRow, type Row } from "../../rowFactory";
import { type TenantEnv } from "../../tenantEnv";

export type Owner = "home" | "away" | "others";

export interface Subject {
  readonly table: string;
  readonly entry: TableEntry;
  /** `public."Table"`, or a partition of it. */
  readonly name: string;
  /** The column that says whose the row is. */
  readonly ownColumn: string;
  readonly workspaces: {
    readonly home: string;
    readonly away: string;
    readonly fresh: string;
  };
  readonly homeRow: Row;
  /** Valid for the workspace `fresh`, and not in the table. */
  readonly draft: Row;
  readonly primaryKey: readonly string[];
  /** Whose row has this hash; filled by `takeStock`, once every table has its rows. */
  readonly owners: Map<string, Owner>;
  /** Where every row lies, for reading by address. */
  readonly addresses: string[];
}

/** A row's hash, in SQL, for the alias `t`. */
export const MARK = "md5(t::text)";

/** A condition for exactly this row, by its own texts: not every table has a key. Parameters count from `first`. */
export function at(row: Row, first = 1): { where: string; values: unknown[] } {
  const keys = Object.keys(row).filter((key) => typeof row[key] === "string");
  return {
    where: keys.map((key, i) => `t."${key}" = $${first + i}`).join(" AND "),
    values: keys.map((key) => row[key]),
  };
}

/** `("a", "b") VALUES ($1, $2)` and the values. */
export function valuesOf(row: Row): { sql: string; values: unknown[] } {
  const keys = Object.keys(row).filter((key) => row[key] !== null);
  return {
    sql: `(${keys.map((key) => `"${key}"`).join(", ")}) VALUES (${keys.map((_, i) => `$${i + 1}`).join(", ")})`,
    values: keys.map((key) => row[key]),
  };
}

function ownColumnOf(entry: TableEntry, row: Row): string {
  switch (entry.kind) {
    case "workspace":
      return "workspaceId";
    case "through":
      return entry.column;
    case "self":
      return "id";
    case "global":
      return Object.keys(row)[0] ?? "";
  }
}

async function primaryKeyOf(
  client: pg.Pool,
  table: string,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ column: string }>(
    `SELECT a.attname AS "column" FROM pg_catalog.pg_index AS i
       JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = to_regclass($1) AND i.indisprimary`,
    [`public."${table}"`],
  );
  return rows.map(({ column }) => column);
}

/** Makes the subject of one table, with workspaces of its own. */
async function prepare(
  env: TenantEnv,
  table: string,
  entry: TableEntry,
): Promise<Subject> {
  const workspaces = {
    home: await env.createWorkspace(),
    away: await env.createWorkspace(),
    fresh: await env.createWorkspace(),
  };
  const stored = async (workspaceId: string) => {
    if (entry.kind !== "self") {
      return insertRow(env.owner, table, workspaceId);
    }
    const { rows } = await env.owner.query<Row>(
      'SELECT "id", "name" FROM public."Workspace" WHERE "id" = $1',
      [workspaceId],
    );
    return rows[0] ?? {};
  };
  const homeRow = await stored(workspaces.home);
  const owners = new Map<string, Owner>();
  const subject: Subject = {
    table,
    entry,
    name: `public."${table}"`,
    ownColumn: ownColumnOf(entry, homeRow),
    workspaces,
    homeRow,
    draft: await draftRow(env.owner, table, workspaces.fresh),
    primaryKey: await primaryKeyOf(env.owner, table),
    owners,
    addresses: [],
  };
  const awayRow = await stored(workspaces.away);
  for (const [owner, row] of [
    ["home", homeRow],
    ["away", awayRow],
  ] as const) {
    const { where, values } = at(row);
    const { rows } = await env.owner.query<{ mark: string }>(
      `SELECT ${MARK} AS mark FROM ${subject.name} AS t WHERE ${where}`,
      values,
    );
    rows.forEach(({ mark }) => owners.set(mark, owner));
  }
  return subject;
}

/** Notes every row that is there now; those of no subject's own workspaces are the others'. */
async function takeStock(env: TenantEnv, subject: Subject): Promise<void> {
  const { rows } = await env.owner.query<{ mark: string; address: string }>(
    `SELECT ${MARK} AS mark, t.ctid::text AS address FROM ${subject.name} AS t`,
  );
  for (const { mark, address } of rows) {
    subject.addresses.push(address);
    if (!subject.owners.has(mark)) {
      subject.owners.set(mark, "others");
    }
  }
}

/** The subjects of all registered tables, by table. Refreshes the statistics, so that there is something to leak. */
export async function prepareSubjects(
  env: TenantEnv,
): Promise<Map<string, Subject>> {
  const subjects = new Map<string, Subject>();
  for (const [table, entry] of registeredTables()) {
    subjects.set(table, await prepare(env, table, entry));
  }
  await env.owner.query("ANALYZE");
  for (const subject of subjects.values()) {
    await takeStock(env, subject);
  }
  return subjects;
}

/** What was seen, in words: `nothing`, `home`, `away`, `everything`, or how much of whose when it is none of these. */
export function describeSeen(
  subject: Subject,
  marks: readonly string[],
): string {
  if (marks.length === 0) {
    return "nothing";
  }
  const seen = new Map<string, Set<string>>();
  for (const mark of marks) {
    const owner = subject.owners.get(mark) ?? "unknown";
    seen.set(owner, (seen.get(owner) ?? new Set()).add(mark));
  }
  const total = (owner: string) =>
    [...subject.owners.values()].filter((each) => each === owner).length;
  const isWhole = [...seen].every(([owner, set]) => set.size === total(owner));
  if (isWhole && seen.size === new Set(subject.owners.values()).size) {
    return "everything";
  }
  return [...seen]
    .map(([owner, set]) =>
      set.size === total(owner)
        ? owner
        : `${owner} ${set.size}/${total(owner)}`,
    )
    .sort()
    .join(" + ");
}
