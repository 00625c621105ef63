// How every foreign key of the schema is declared. Owns only that convention.

import { type AnyPgColumn, foreignKey } from "drizzle-orm/pg-core";

/** A foreign key as Dittofeed names them: `<Table>_<column>_fkey`, ON UPDATE CASCADE. */
export function reference(
  table: string,
  column: AnyPgColumn,
  target: AnyPgColumn,
  onDelete: "cascade" | "set null" | "restrict" = "cascade",
) {
  return foreignKey({
    columns: [column],
    foreignColumns: [target],
    name: `${table}_${column.name}_fkey`,
  })
    .onUpdate("cascade")
    .onDelete(onDelete);
}
