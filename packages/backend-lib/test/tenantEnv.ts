// A database of its own for each test file: a clone of the migrated template, with db(), systemDb() and config() pointed
// at it. Owns cloning, logins and cleaning up; the server itself is started once by the root's test/globalSetup.ts.

import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";

import { closeDb } from "../src/db";
import { type Actor, runWithTenant } from "../src/multitenancy/tenantContext";

export type Login = "dittofeed_app" | "dittofeed_system" | "dittofeed_owner";

export interface NewWorkspace {
  readonly name?: string;
  readonly type?: "Root" | "Child" | "Parent";
  readonly status?: "Active" | "Paused" | "Tombstoned";
  readonly parentWorkspaceId?: string;
  readonly externalId?: string;
}

export interface AsOptions {
  readonly actor?: Actor;
  readonly requestId?: string;
}

export interface TenantEnv {
  /** URL of this file's database for one of the product's logins, or for the superuser. */
  url(login: Login | "superuser"): string;
  /** As the owner: sees every row. For arranging and asserting. */
  readonly owner: pg.Pool;
  /** As the bare app login, without any tenant context. */
  readonly app: pg.Pool;
  /** Inserts a workspace and answers its id. */
  createWorkspace(input?: NewWorkspace): Promise<string>;
  /** Runs `work` in the workspace's context. */
  as<T>(
    workspaceId: string,
    work: () => T | PromiseLike<T>,
    options?: { readonly actor?: Actor; readonly requestId?: string },
  ): Promise<T>;
}

/** A connection that was just ended may still be known to the server; killing it would look like a lost one. */
const awaitLastSession = (database: string) => `
  DO $$ BEGIN
    FOR attempt IN 1..100 LOOP
      EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = '${database}');
      PERFORM pg_sleep(0.02);
      PERFORM pg_stat_clear_snapshot();
    END LOOP;
  END $$`;

const TEST_ACTOR: Actor = { type: "admin", id: "test" };

function urlFor(superuserUrl: string, database: string, login?: Login): string {
  const url = new URL(superuserUrl);
  url.pathname = `/${database}`;
  if (login !== undefined) {
    url.username = login;
    url.password = login;
  }
  return url.toString();
}

async function asSuperuser(
  superuserUrl: string,
  ...statements: string[]
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const statement of statements) {
      await client.query(statement);
    }
  } finally {
    await client.end();
  }
}

export interface TenantEnvOptions {
  /** "empty" begins with no table at all, for tests of the migrations themselves. */
  readonly template?: "migrated" | "empty";
  /** The way that db() and systemDb() take to the database: makes their URL of the direct one. */
  readonly through?: (url: string) => string;
  /** As `through`, of the connection on which the cache hears of changes. By default the direct one. */
  readonly hearsThrough?: (url: string) => string;
}

/** Registers this file's database with Vitest's hooks; the answer's members may be used from `beforeAll` on. */
export function useTenantEnv({
  template = "migrated",
  through = (direct) => direct,
  hearsThrough = (direct) => direct,
}: TenantEnvOptions = {}): TenantEnv {
  const superuserUrl = inject("postgresAdminUrl");
  const database = `test_${randomUUID().replaceAll("-", "")}`;
  const url = (login: Login | "superuser") =>
    urlFor(superuserUrl, database, login === "superuser" ? undefined : login);
  // A pool connects at its first query, so these may be made before the database is.
  const owner = new pg.Pool({
    connectionString: url("dittofeed_owner"),
    max: 4,
  });
  const app = new pg.Pool({ connectionString: url("dittofeed_app"), max: 4 });

  beforeAll(async () => {
    const from =
      template === "migrated"
        ? ` TEMPLATE "${inject("templateDatabase")}"`
        : "";
    await asSuperuser(
      superuserUrl,
      `CREATE DATABASE "${database}"${from} OWNER dittofeed_owner`,
    );
    process.env.DATABASE_URL = through(url("dittofeed_app"));
    process.env.DATABASE_SYSTEM_URL = through(url("dittofeed_system"));
    process.env.DATABASE_ADMIN_URL = url("dittofeed_owner");
    process.env.DATABASE_LISTEN_URL = hearsThrough(url("dittofeed_system"));
    await asSuperuser(
      url("superuser"),
      // Privileges on the database itself are not cloned with a template.
      `GRANT CREATE ON DATABASE "${database}" TO dittofeed_system`,
      `REVOKE TEMPORARY ON DATABASE "${database}" FROM PUBLIC`,
    );
  });

  afterAll(async () => {
    await Promise.all([closeDb(), owner.end(), app.end()]);
    await asSuperuser(
      superuserUrl,
      awaitLastSession(database),
      `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`,
    );
  });

  return {
    url,
    owner,
    app,
    async createWorkspace({
      name,
      type = "Root",
      status = "Active",
      ...rest
    } = {}) {
      const id = randomUUID();
      await owner.query(
        `INSERT INTO public."Workspace" ("id", "name", "type", "status", "parentWorkspaceId", "externalId", "updatedAt")
         VALUES ($1, $2, $3, $4, $5, $6, now())`,
        [
          id,
          name ?? `Workspace ${id}`,
          type,
          status,
          rest.parentWorkspaceId,
          rest.externalId,
        ],
      );
      return id;
    },
    as(
      workspaceId,
      work,
      { actor = TEST_ACTOR, requestId = randomUUID() } = {},
    ) {
      // Drizzle's queries start when they are awaited: here, in the context.
      return runWithTenant({ workspaceId, actor, requestId }, async () =>
        work(),
      );
    },
  };
}
