// The database and its three login roles, which only a superuser can make: the owner migrates, the app and the
// system role serve. What each may do with the tables is the migrations' business.
import { readFileSync } from "node:fs";

import pg from "pg";

const { escapeIdentifier, escapeLiteral } = pg;

/** The roles by their task. Their rights on tables come from the migrations. */
export const ROLES = {
  owner: "dittofeed_owner",
  app: "dittofeed_app",
  system: "dittofeed_system",
};

/**
 * Makes the roles and the database, or brings them up to date; any number of times.
 * @param {object} options
 * @param {string} options.adminUrl of a superuser
 * @param {string} options.database
 * @param {{ owner: string, app: string, system: string }} [options.passwords] none: the roles log in without one, where the server allows it
 */
export async function ensureRoles({ adminUrl, database, passwords }) {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    // Utility statements are kept word for word, passwords and all, by pg_stat_statements.
    await client.query(
      "SELECT set_config('pg_stat_statements.track_utility', 'off', false)",
    );
    await ensureRole(client, ROLES.owner, "CREATEROLE", passwords?.owner);
    await ensureRole(client, ROLES.app, "NOCREATEROLE", passwords?.app);
    await ensureRole(client, ROLES.system, "NOCREATEROLE", passwords?.system);
    // The job queue's tables are the system role's; the owner has to be able to drop them.
    await client.query(`GRANT ${ROLES.system} TO ${ROLES.owner}`);
    await letOwnerActAsApp(client);
    await ensureDatabase(client, database);
  } finally {
    await client.end();
  }
  await closeSideChannels(adminUrl, database);
}

/** What Postgres lets every login see and do to the others: rights that only a superuser may take away, in each database. */
const SERVER_RIGHTS = new URL(
  "../../docker/postgres/serverRights.sql",
  import.meta.url,
);

/**
 * @param {string} adminUrl
 * @param {string} database
 */
async function closeSideChannels(adminUrl, database) {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(readFileSync(SERVER_RIGHTS, "utf8"));
  } finally {
    await client.end();
  }
}

/**
 * `admin isolation verify` plays both parts in one transaction. The owner gains nothing by it: the app role may do less.
 * @param {pg.Client} client
 */
async function letOwnerActAsApp(client) {
  const { rows } = await client.query(
    "SELECT current_setting('server_version_num')::integer >= 160000 AS \"canSay\"",
  );
  const how = rows[0].canSay ? " WITH INHERIT FALSE, SET TRUE" : "";
  await client.query(`GRANT ${ROLES.app} TO ${ROLES.owner}${how}`);
}

/**
 * @param {pg.Client} client
 * @param {string} role
 * @param {"CREATEROLE" | "NOCREATEROLE"} createRole
 * @param {string | undefined} password
 */
async function ensureRole(client, role, createRole, password) {
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_roles WHERE rolname = $1",
    [role],
  );
  await client.query(
    `${rowCount === 0 ? "CREATE" : "ALTER"} ROLE ${escapeIdentifier(role)} WITH LOGIN NOSUPERUSER NOCREATEDB NOBYPASSRLS ${createRole} PASSWORD ${password === undefined ? "NULL" : escapeLiteral(password)}`,
  );
}

/**
 * @param {pg.Client} client
 * @param {string} database
 */
async function ensureDatabase(client, database) {
  const name = escapeIdentifier(database);
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_database WHERE datname = $1",
    [database],
  );
  if (rowCount === 0)
    await client.query(`CREATE DATABASE ${name} OWNER ${ROLES.owner}`);
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await client.query(
    `GRANT CONNECT ON DATABASE ${name} TO ${ROLES.app}, ${ROLES.system}`,
  );
}
