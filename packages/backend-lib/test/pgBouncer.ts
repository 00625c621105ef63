// PgBouncer between a test and its database. Owns the way through it and its letting go of the database at the end; the
// poolers themselves are started once by the root's test/globalSetup.ts.
import "./provided";

import pg from "pg";
import { afterAll, inject } from "vitest";

import { type TenantEnv } from "./tenantEnv";

export type PoolMode = "transaction" | "session";

/** For `describe.skipIf`: this machine has no PgBouncer, which the run has said already. */
export function hasPgBouncer(): boolean {
  return inject("pgBouncerUrls") !== null;
}

function poolerUrl(mode: PoolMode): URL {
  const urls = inject("pgBouncerUrls");
  if (urls === null) {
    throw new Error("There is no PgBouncer: skip by hasPgBouncer().");
  }
  return new URL(urls[mode]);
}

/** The URL of a test database, through a pooler that has 3 connections to the server for each login. */
export function throughPgBouncer(
  url: string,
  mode: PoolMode = "transaction",
): string {
  const { hostname, port } = poolerUrl(mode);
  const through = new URL(url);
  through.hostname = hostname;
  through.port = port;
  return through.href;
}

/** Has the pooler drop its connections to the file's database at the end. Call it right after `useTenantEnv`. */
export function usePgBouncer(
  env: TenantEnv,
  mode: PoolMode = "transaction",
): void {
  afterAll(async () => {
    if (!hasPgBouncer()) {
      return;
    }
    const url = poolerUrl(mode);
    url.pathname = "/pgbouncer"; // its console
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const database = new URL(env.url("superuser")).pathname.slice(1);
    await client.query(`KILL ${database}`).catch(() => undefined); // nobody came this way
    await client.end();
  });
}
