// The monthly partitions of "UserEvent". Owns how far ahead they are made; the database's own function makes them, with
// the rights of the owner. Events of a month that has none go to the default partition, so nothing is lost meanwhile.

import { sql } from "drizzle-orm";

import { clock } from "../clock";
import { systemDb } from "../db";

/** How many months ahead there is a partition, unless told otherwise. */
const MONTHS_AHEAD = 6;

/** The first day of the month that is `months` after that of `moment`, in UTC, as Postgres reads a date. */
function firstOfMonth(moment: Date, months: number): string {
  return new Date(
    Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + months, 1),
  )
    .toISOString()
    .slice(0, 10);
}

/**
 * Makes the partitions that are not there yet, from the month of `since` (default: now) to the one `monthsAhead` from now,
 * 120 in all at most; resolves to how many it made. Several callers wait for each other. Acts across workspaces: it touches no tenant's data.
 */
export async function ensurePartitions({
  since,
  monthsAhead = MONTHS_AHEAD,
}: {
  readonly since?: Date;
  readonly monthsAhead?: number;
} = {}): Promise<number> {
  const now = clock().now();
  const { rows } = await systemDb().execute<{ made: number }>(
    sql`SELECT public.ensure_user_event_partitions(${firstOfMonth(since ?? now, 0)}::date, ${firstOfMonth(now, monthsAhead)}::date) AS "made"`,
  );
  return rows[0]?.made ?? 0;
}
