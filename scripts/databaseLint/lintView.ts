// Makes a database look to the linters as it is in service. Splinter's rules (dblint) know requests by the roles `anon`
// and `authenticated` and look only into the schemas of the setting pgrst.db_schemas; without them most rules about
// security are silently passed over. So the app role's rights and policies are `authenticated`'s as well, here.
// Owns that view of a throw-away database; the linters are run by their own files.

import pg from "pg";

const ROLES = ["anon", "authenticated", "service_role"] as const;

const { escapeIdentifier, escapeLiteral } = pg;

/** What the linters need to know of a database. */
export interface LintView {
  /** URL of a superuser, who sees every object. */
  readonly url: string;
  readonly schemas: readonly string[];
}

/** Every schema with an object of ours; a library's own schema is the library's. */
const OUR_SCHEMAS = `
  SELECT n.nspname::text AS name FROM pg_catalog.pg_namespace AS n
   WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'graphile_worker')
   ORDER BY n.nspname`;

/** Roles belong to the server: another run may make them at this moment. */
const MAKE_ROLES = ROLES.map(
  (role) => `
  DO $$ BEGIN
    CREATE ROLE ${role} NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`,
).join(";");

/** The app role's policies, for every role they are for and for \`authenticated\`. */
const SHARE_POLICIES = `
  DO $$
  DECLARE
    policy record;
  BEGIN
    FOR policy IN
      SELECT schemaname, tablename, policyname, array_to_string(roles, ', ') AS roles
        FROM pg_catalog.pg_policies WHERE 'dittofeed_app' = ANY (roles)
    LOOP
      EXECUTE format('ALTER POLICY %I ON %I.%I TO %s, authenticated',
        policy.policyname, policy.schemaname, policy.tablename, policy.roles);
    END LOOP;
  END $$`;

async function connected<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Changes the database at the superuser's `url`, which nothing else may need afterwards. */
export async function showToLinters(url: string): Promise<LintView> {
  return connected(url, async (client) => {
    await client.query(MAKE_ROLES);
    await client.query(
      "GRANT dittofeed_app TO authenticated; GRANT dittofeed_system TO service_role",
    );
    await client.query(SHARE_POLICIES);
    const { rows } = await client.query<{ name: string }>(OUR_SCHEMAS);
    const schemas = rows.map(({ name }) => name);
    await client.query(
      `ALTER DATABASE ${escapeIdentifier(client.database ?? "")} SET pgrst.db_schemas = ${escapeLiteral(schemas.join(", "))}`,
    );
    return { url, schemas };
  });
}

/** Takes the roles off the server again, once no database that was shown to linters is left. */
export async function removeLintRoles(url: string): Promise<void> {
  await connected(url, (client) =>
    client.query(`DROP ROLE IF EXISTS ${ROLES.join(", ")}`),
  );
}

/** Runs `work` with an empty database of the superuser's server, dropped afterwards. */
export async function withEmptyDatabase<T>(
  superuserUrl: string,
  name: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const database = escapeIdentifier(name);
  await connected(superuserUrl, (client) =>
    client.query(`CREATE DATABASE ${database}`),
  );
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  try {
    return await work(url.href);
  } finally {
    await connected(superuserUrl, (client) =>
      client.query(`DROP DATABASE ${database} WITH (FORCE)`),
    );
  }
}
