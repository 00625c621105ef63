// What our tables' declarations share: how a foreign key is named, and what a moment is. Owns only these conventions.

import { type AnyPgColumn, foreignKey, timestamp } from "drizzle-orm/pg-core";

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

/** A point in time, to the millisecond, with its zone. Dittofeed's own tables leave the zone out. */
export const moment = () =>
  timestamp({ precision: 3, mode: "date", withTimezone: true });
