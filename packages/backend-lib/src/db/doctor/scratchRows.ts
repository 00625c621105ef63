// A row for every table of the register, made from the catalog: what the crossing probe tries to reach. Owns choosing values
// that the columns accept, and the order in which rows may be inserted; runs nothing.

import pg from "pg";

import { type TableEntry } from "../policies";

export interface Column {
  table: string;
  name: string;
  type: string;
  /** Must be given a value. */
  isRequired: boolean;
  /** First label of an enum. */
  label: string | null;
  /** Table and column that a foreign key leads to; the workspace itself left out where it comes along. */
  parent: string | null;
  parentColumn: string | null;
}

export const COLUMNS = `
  SELECT c.relname::text AS "table", a.attname::text AS "name", format_type(a.atttypid, NULL) AS "type",
         a.attnotnull AND NOT a.atthasdef AND a.attgenerated = '' AND a.attidentity = '' AS "isRequired",
         (SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = a.atttypid
           ORDER BY e.enumsortorder LIMIT 1) AS "label",
         k."parent", k."parentColumn"
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN LATERAL (
      SELECT p.relname::text AS "parent", b.attname::text AS "parentColumn"
        FROM pg_catalog.pg_constraint AS f
        JOIN pg_catalog.pg_class AS p ON p.oid = f.confrelid
        CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS pair (own, other)
        JOIN pg_catalog.pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = pair.other
       WHERE f.conrelid = c.oid AND f.contype = 'f' AND pair.own = a.attnum
       ORDER BY array_length(f.conkey, 1) LIMIT 1) AS k ON true
   WHERE c.oid = ANY ($1::oid[]) ORDER BY c.relname, a.attnum`;

/** Values by column, as SQL takes them for a parameter. */
export type Row = Readonly<Record<string, string>>;

/** Tables, each after those that its required columns refer to. One that cannot be placed comes last. */
export function inOrderOfReference(columns: readonly Column[]): string[] {
  const waiting = new Set(columns.map(({ table }) => table));
  const ordered: string[] = [];
  const isReady = (table: string) =>
    columns.every(
      (column) =>
        column.table !== table ||
        !isGiven(column) ||
        column.parent === null ||
        column.parent === table ||
        !waiting.has(column.parent),
    );
  while (waiting.size > 0) {
    const ready = [...waiting].filter(isReady);
    const next = ready.length > 0 ? ready : [...waiting];
    next.forEach((table) => {
      waiting.delete(table);
      ordered.push(table);
    });
  }
  return ordered;
}

function isGiven({ name, isRequired }: Column): boolean {
  return isRequired || name === "id" || name === "workspaceId";
}

/** A resource that has a quota, for rows that are about one. */
const SCRATCH_RESOURCE = "users";

/**
 * Lets the workspace $1 have as much as it likes of all else, so that a low default does not keep its rows from being
 * made. What it may have of the scratch resource is said by its own row of "WorkspaceQuota", which sets no limit either.
 */
export const UNLIMITED = `
  INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount")
  SELECT $1, d."resourceType", 'limit', NULL FROM public."QuotaDefault" AS d WHERE d."resourceType" <> '${SCRATCH_RESOURCE}'`;

function plainValue(
  { table, name, type, label }: Column,
  uuid: () => string,
): string {
  if (label !== null) {
    return label;
  }
  if (name === "resourceType" && table !== "QuotaDefault") {
    return SCRATCH_RESOURCE;
  }
  if (type === "uuid") {
    return uuid();
  }
  if (type.startsWith("timestamp") || type === "date") {
    return "2000-01-01T00:00:00Z";
  }
  if (/^(?:smallint|integer|bigint|numeric|real|double precision)/.test(type)) {
    return "1";
  }
  if (/^jsonb?$/.test(type)) {
    return "{}";
  }
  return type === "boolean" ? "false" : `isolation-probe-${uuid()}`;
}

/** The columns, with what the register knows and no foreign key says: through which column a row belongs to its parent. */
export function withRegister(
  columns: readonly Column[],
  entries: ReadonlyMap<string, TableEntry>,
): Column[] {
  return columns.map((column) => {
    const entry = entries.get(column.table);
    // By its own id: the parent's row refers to it, and comes later.
    return entry?.kind === "through" &&
      entry.column === column.name &&
      entry.column !== "id"
      ? {
          ...column,
          isRequired: true,
          parent: entry.parent,
          parentColumn: entry.parentColumn,
        }
      : column;
  });
}

export interface ScratchOptions {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly workspaceId: string;
  /** The workspace's rows that are there already, by table: what this one may refer to. */
  readonly made: ReadonlyMap<string, Row>;
  readonly uuid: () => string;
}

/** A row of `table` for `workspaceId`. Of the workspace's own table, it is that workspace. */
export function scratchRow({
  table,
  columns,
  workspaceId,
  made,
  uuid,
}: ScratchOptions): Row {
  const given = columns.filter(
    (column) => column.table === table && isGiven(column),
  );
  return Object.fromEntries(
    given.map((column) => {
      const isWorkspace =
        column.name === "workspaceId" ||
        (table === "Workspace" && column.name === "id");
      const { parent, parentColumn } = column;
      const referred =
        parent === null ? undefined : made.get(parent)?.[parentColumn ?? ""];
      return [
        column.name,
        isWorkspace ? workspaceId : (referred ?? plainValue(column, uuid)),
      ];
    }),
  );
}

/** The statement that inserts the row, and its values. */
export function insertStatement(
  table: string,
  row: Row,
): { text: string; values: string[] } {
  const names = Object.keys(row);
  return {
    text: `INSERT INTO public.${pg.escapeIdentifier(table)} (${names.map((name) => pg.escapeIdentifier(name)).join(", ")}) VALUES (${names.map((_, at) => `$${at + 1}`).join(", ")})`,
    values: Object.values(row),
  };
}
