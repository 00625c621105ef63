// A valid row for any table, made from the Drizzle schema: what lets a test walk every table, also one that is added
// tomorrow. Owns the filling of required columns and of the rows that they refer to.

import { randomUUID } from "node:crypto";

import { is } from "drizzle-orm";
import {
  getTableConfig,
  type PgColumn,
  PgEnumColumn,
  PgTable,
} from "drizzle-orm/pg-core";
import type pg from "pg";

import { type TableEntry, TABLES } from "../src/db/policies";
import * as schema from "../src/db/schema";

export type Row = Record<string, unknown>;

const tables = new Map(
  Object.values(schema).flatMap((value): [string, PgTable][] =>
    is(value, PgTable) ? [[getTableConfig(value).name, value]] : [],
  ),
);

function tableNamed(name: string): PgTable {
  const table = tables.get(name);
  if (table === undefined) {
    throw new Error(`no table ${name} in the Drizzle schema`);
  }
  return table;
}

function entryOf(name: string): TableEntry | undefined {
  return Object.entries(TABLES).find(([table]) => table === name)?.[1];
}

function plainValue(column: PgColumn): unknown {
  if (is(column, PgEnumColumn)) {
    return column.enumValues[0];
  }
  if (column.name === "resourceType" && !column.primary) {
    return "users"; // what cannot run out has no quota
  }
  if (column.getSQLType() === "date") {
    return "2000-01-01"; // a month that nothing is counted in
  }
  switch (column.dataType) {
    case "json":
      return {};
    case "boolean":
      return false;
    case "number":
      return 1;
    case "date":
      return new Date();
    default:
      return column.getSQLType() === "uuid"
        ? randomUUID()
        : `text-${randomUUID()}`;
  }
}

/** Inserts what `table`'s row must refer to and answers the row itself, not inserted, for `workspaceId`. */
export async function draftRow(
  client: pg.Pool,
  table: string,
  workspaceId: string,
): Promise<Row> {
  const { columns, foreignKeys } = getTableConfig(tableNamed(table));
  const entry = entryOf(table);
  const references = new Map(
    foreignKeys.flatMap((key) => {
      const { columns: from, foreignTable } = key.reference();
      return from.map((column): [string, string] => [
        column.name,
        getTableConfig(foreignTable).name,
      ]);
    }),
  );
  if (entry?.kind === "through" && entry.column !== "id") {
    references.set(entry.column, entry.parent);
  }
  const row: Row = {};
  for (const column of columns) {
    const target = references.get(column.name);
    const isThrough = entry?.kind === "through" && entry.column === column.name;
    if (
      column.generated !== undefined ||
      (!isThrough &&
        (!column.notNull || column.hasDefault) &&
        column.name !== "id")
    ) {
      continue;
    }
    if (column.name === "workspaceId" || target === "Workspace") {
      row[column.name] = workspaceId;
    } else if (target === undefined) {
      row[column.name] = plainValue(column);
    } else {
      const parent = await insertDraft(
        client,
        target,
        await draftRow(client, target, workspaceId),
      );
      row[column.name] = parent.id;
    }
  }
  return row;
}

/** Inserts `row` and answers it as stored, without what is computed of it. `client` decides who inserts. */
export async function insertDraft(
  client: Pick<pg.Pool, "query">,
  table: string,
  row: Row,
): Promise<Row> {
  const names = Object.keys(row);
  const { rows } = await client.query<Row>(
    `INSERT INTO public."${table}" (${names.map((name) => `"${name}"`).join(", ")})
     VALUES (${names.map((_, at) => `$${at + 1}`).join(", ")}) RETURNING *`,
    names.map((name) => row[name]),
  );
  const isComputed = (name: string) =>
    getTableConfig(tableNamed(table)).columns.some(
      (column) => column.name === name && column.generated !== undefined,
    );
  return Object.fromEntries(
    Object.entries(rows[0] ?? {}).filter(([name]) => !isComputed(name)),
  );
}

/** Inserts a row of `table` that belongs to `workspaceId`, with everything that it refers to. */
export async function insertRow(
  client: pg.Pool,
  table: string,
  workspaceId: string,
): Promise<Row> {
  const inserted = await insertDraft(
    client,
    table,
    await draftRow(client, table, workspaceId),
  );
  if (table === "WorkspaceMember") {
    // A person belongs to a workspace by a role in it.
    await client.query(
      'INSERT INTO public."WorkspaceMemberRole" ("workspaceId", "workspaceMemberId") VALUES ($1, $2)',
      [workspaceId, inserted.id],
    );
  }
  return inserted;
}
