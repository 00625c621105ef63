// Whether the database can be worked with: reachable by both logins, and migrated. Owns what "migrated" means to a running
// server: every table of the register is there and isolates its tenants. Applying migrations belongs to migrate.ts.

import { sql } from "drizzle-orm";

import { pingDatabase, probeSystemDb } from "../db";
import { JoinNext } from "./joinNext";
import { registeredTables } from "./policies";

export interface DatabaseReadiness {
  /** Both logins can run a statement. */
  readonly isConnected: boolean;
  /** Every table of the register exists and has row-level security forced. False while not connected. */
  readonly isMigrated: boolean;
}

const looks = new JoinNext<DatabaseReadiness>();

/**
 * As of the call or later. Never rejects: what cannot be found out is not ready. Takes as long as a connection may take,
 * waits for nobody's work, and looks once for all who ask at a time.
 */
export async function databaseReadiness(): Promise<DatabaseReadiness> {
  return looks.join("", async (begin) => {
    begin();
    return look();
  });
}

async function look(): Promise<DatabaseReadiness> {
  const names = registeredTables().map(([name]) => name);
  let isConnected = false;
  try {
    await pingDatabase();
    isConnected = true;
    const { rows } = await probeSystemDb().execute<{ isolated: number }>(sql`
      SELECT count(*)::int AS isolated
        FROM pg_catalog.pg_class
       WHERE relnamespace = 'public'::regnamespace
         AND relname IN ${names}
         AND relrowsecurity AND relforcerowsecurity`);
    return { isConnected, isMigrated: rows[0]?.isolated === names.length };
  } catch {
    return { isConnected, isMigrated: false };
  }
}
