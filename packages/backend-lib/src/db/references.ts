// Which row of a tenant may refer to which: only to one of its own workspace. Owns the list, which follows from the Drizzle
// schema and the register, and the SQL that makes each foreign key hold the two workspaces together; what a table is to a
// tenant is said in policies.ts. A test compares the migrations with this SQL, and the live catalog with this list.

import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";

import { registeredTables } from "./policies";
import * as schema from "./schema";

/** A foreign key from one table of a tenant to another, by the one column that Dittofeed knows. */
export interface TenantReference {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  /** The key's own name: Dittofeed's, so that its migrations still find it. */
  readonly constraint: string;
  readonly onDelete: "cascade" | "set null";
}

const tenantTables = new Set(
  registeredTables().flatMap(([name, { kind }]) =>
    kind === "workspace" ? [name] : [],
  ),
);

function onDeleteOf(action: string | undefined): TenantReference["onDelete"] {
  if (action === "cascade" || action === "set null") {
    return action;
  }
  throw new Error(
    `ON DELETE ${action ?? "no action"} between tenants' tables: teach db/references.ts what it means for two columns`,
  );
}

/** Every foreign key between two tables with a "workspaceId" that the schema declares by one column, in order of name. */
export function tenantReferences(): TenantReference[] {
  return Object.values(schema)
    .flatMap((value) => (is(value, PgTable) ? [getTableConfig(value)] : []))
    .flatMap(({ name: table, foreignKeys }) =>
      foreignKeys.flatMap((key): TenantReference[] => {
        const { columns, foreignTable } = key.reference();
        const { name: parent } = getTableConfig(foreignTable);
        const [column] = columns;
        return column === undefined ||
          columns.length > 1 ||
          !tenantTables.has(table) ||
          !tenantTables.has(parent)
          ? []
          : [
              {
                table,
                column: column.name,
                parent,
                constraint: key.getName(),
                onDelete: onDeleteOf(key.onDelete),
              },
            ];
      }),
    )
    .sort((a, b) => (a.constraint < b.constraint ? -1 : 1));
}

const quoted = (name: string) => `public."${name}"`;
const keyIndex = (parent: string) => `tenancy_${parent}_workspaceId_id_key`;
const parentsOf = (references: readonly TenantReference[]) =>
  [...new Set(references.map(({ parent }) => parent))].sort();

/** What a foreign key to both columns needs. May be run again; outside of a transaction. */
export function parentKeySql(references: readonly TenantReference[]): string {
  return parentsOf(references)
    .map(
      (parent) =>
        `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "${keyIndex(parent)}"\n` +
        `  ON ${quoted(parent)} ("workspaceId", "id");\n`,
    )
    .join("\n");
}

function replaceKeySql(
  { table, constraint }: TenantReference,
  key: string,
): string {
  return (
    `ALTER TABLE ${quoted(table)}\n` +
    `  DROP CONSTRAINT IF EXISTS "${constraint}",\n` +
    `  ADD CONSTRAINT "${constraint}" ${key} NOT VALID;\n`
  );
}

/** The foreign key by workspace and id, in the place and under the name of the one by id alone; new rows are checked. */
export function referenceSql(reference: TenantReference): string {
  const { column, parent, onDelete } = reference;
  const action = onDelete === "cascade" ? "CASCADE" : `SET NULL ("${column}")`; // never the workspace
  return replaceKeySql(
    reference,
    `FOREIGN KEY ("workspaceId", "${column}")\n` +
      `  REFERENCES ${quoted(parent)} ("workspaceId", "id") ON UPDATE CASCADE ON DELETE ${action}`,
  );
}

/** Has the rows that are there checked as well, or says how many refer to another workspace. */
export function checkReferenceSql({
  table,
  column,
  parent,
  constraint,
}: TenantReference): string {
  return `SELECT tenancy.check_reference('${table}', '${column}', '${parent}', '${constraint}');\n`;
}

/** Undoes referenceSql: Dittofeed's own key. */
export function dropReferenceSql(reference: TenantReference): string {
  const { column, parent, onDelete, table, constraint } = reference;
  return `${replaceKeySql(
    reference,
    `FOREIGN KEY ("${column}")\n` +
      `  REFERENCES ${quoted(parent)} ("id") ON UPDATE CASCADE ON DELETE ${onDelete.toUpperCase()}`,
  )}\nALTER TABLE ${quoted(table)} VALIDATE CONSTRAINT "${constraint}";\n`;
}

/** Undoes parentKeySql. */
export function dropParentKeySql(
  references: readonly TenantReference[],
): string {
  return parentsOf(references)
    .map(
      (parent) =>
        `DROP INDEX CONCURRENTLY IF EXISTS ${quoted(keyIndex(parent))};\n`,
    )
    .join("\n");
}
