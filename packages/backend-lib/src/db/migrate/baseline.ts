// Compares a database that Dittofeed made with what the baseline migration would have made. Owns the comparison; more
// than expected is fine (other tables, other columns), less is not.

import { readFileSync } from "node:fs";
import path from "node:path";

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type pg from "pg";

import { generatedFolder, type Migration } from "./files";

/** The part of drizzle-kit's snapshot that is compared. */
const Snapshot = Type.Object({
  tables: Type.Record(
    Type.String(),
    Type.Object({
      name: Type.String(),
      columns: Type.Record(
        Type.String(),
        Type.Object({
          name: Type.String(),
          type: Type.String(),
          notNull: Type.Boolean(),
        }),
      ),
    }),
  ),
  enums: Type.Record(
    Type.String(),
    Type.Object({ name: Type.String(), values: Type.Array(Type.String()) }),
  ),
});

interface ColumnRow {
  table: string;
  column: string;
  type: string;
  notNull: boolean;
}

const COLUMNS = `
  SELECT c.relname AS "table", a.attname AS "column",
         format_type(a.atttypid, a.atttypmod) AS "type", a.attnotnull AS "notNull"
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND a.attnum > 0 AND NOT a.attisdropped`;

const ENUMS = `
  SELECT t.typname AS "name", array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS "values"
    FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_enum AS e ON e.enumtypid = t.oid
   WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.typname`;

/** One spelling for a type: `timestamp (3)` of drizzle-kit is `timestamp(3) without time zone` of the server. */
function spelling(type: string): string {
  return type.replace(" without time zone", "").replaceAll(/[\s"]/g, "");
}

/** What the database lacks, a line each; empty when it can be adopted. Only reads. */
export async function checkBaseline(
  client: pg.Client,
  baseline: Migration,
): Promise<string[]> {
  const number = baseline.name.split("_")[0] ?? "";
  const file = path.join(generatedFolder(), "meta", `${number}_snapshot.json`);
  const snapshot = Value.Parse(
    Snapshot,
    JSON.parse(readFileSync(file, "utf8")),
  );

  const columns = new Map(
    (await client.query<ColumnRow>(COLUMNS)).rows.map((row) => [
      `${row.table}.${row.column}`,
      row,
    ]),
  );
  const enums = new Map(
    (await client.query<{ name: string; values: string[] }>(ENUMS)).rows.map(
      (row) => [row.name, row.values],
    ),
  );

  const missing: string[] = [];
  for (const table of Object.values(snapshot.tables)) {
    for (const column of Object.values(table.columns)) {
      const label = `"${table.name}"."${column.name}"`;
      const found = columns.get(`${table.name}.${column.name}`);
      if (found === undefined) {
        missing.push(`${label} is missing`);
      } else if (spelling(found.type) !== spelling(column.type)) {
        missing.push(`${label} is ${found.type}, expected ${column.type}`);
      } else if (found.notNull !== column.notNull) {
        missing.push(
          `${label} ${column.notNull ? "must not be" : "has to be"} nullable`,
        );
      }
    }
  }
  for (const { name, values } of Object.values(snapshot.enums)) {
    const found = enums.get(name);
    const lacking = values.filter((value) => found?.includes(value) !== true);
    if (lacking.length > 0) {
      missing.push(`enum "${name}" lacks ${lacking.join(", ")}`);
    }
  }
  return missing;
}
