// A PgBouncer for the tests, from wherever this machine has one: a program that is named to us or on the PATH, our cache,
// Debian's package. Only on this machine, a password for each login, its strictest settings; it ends with this process.
// The product itself runs without one; where one stands before the database it has to work all the same.
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { messageOf } from "./commandLine.mjs";
import { findUser } from "./postgres/place.mjs";
import { fromDebian, launchTestServer, onPath } from "./testServer.mjs";

/** @typedef {import("./testServer.mjs").Program} Program */
/** @typedef {"transaction" | "session"} PoolMode */
/** @typedef {{ url: string, stop: () => Promise<void> }} PgBouncer url: without a database; its console is database and user "pgbouncer" */

/**
 * @typedef {object} PgBouncerOptions
 * @property {string} serverUrl of the Postgres behind it, whichever its databases
 * @property {Record<string, string>} users password by login: for PgBouncer and, by it, for the server
 * @property {PoolMode} poolMode
 * @property {number} poolSize connections to the server for each pair of login and database
 */

/**
 * Finds the program, or says why none can be had.
 * @returns {Promise<Program | { missing: string }>}
 */
export async function findPgBouncer() {
  const given = process.env.TEST_PGBOUNCER;
  if (given)
    return { program: given, env: process.env, source: "TEST_PGBOUNCER" };
  /** @type {string[]} */
  const failures = [];
  const steps = [
    () => onPath(["pgbouncer"]),
    () => fromDebian({ package: "pgbouncer", program: "pgbouncer" }),
  ];
  for (const step of steps) {
    try {
      const found = await step();
      if (typeof found !== "string") return found;
      failures.push(found);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  return { missing: failures.join("; ") };
}

/**
 * Starts the program before a Postgres. Throws when it ends instead of getting ready.
 * @param {Program} program
 * @param {PgBouncerOptions} options
 * @returns {Promise<PgBouncer>}
 */
export async function startPgBouncer(program, options) {
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-pgbouncer-"));
  chmodSync(folder, 0o700);
  const settings = path.join(folder, "pgbouncer.ini");
  const logins = path.join(folder, "users.txt");
  const consolePassword = randomBytes(24).toString("base64url");
  const write = (/** @type {string} */ file, /** @type {string} */ text) =>
    writeFileSync(file, text, { mode: 0o600 });
  write(
    logins,
    Object.entries({ ...options.users, pgbouncer: consolePassword })
      .map(([login, password]) => `${quoted(login)} ${quoted(password)}\n`)
      .join(""),
  );
  const user = userOfServer();
  const { port, stop } = await launchTestServer(program, {
    args: [settings],
    ready: /process up/,
    folders: [folder],
    stopSignal: "SIGQUIT", // since 1.23 SIGTERM waits for the clients
    prepare: (free) => {
      write(settings, settingsText(options, { port: free, logins, user }));
      // Started as root it becomes this user, who reads the files again.
      if (user)
        [folder, settings, logins].forEach((name) =>
          chownSync(name, user.uid, user.gid),
        );
    },
  });
  return {
    url: `postgresql://pgbouncer:${consolePassword}@127.0.0.1:${port}`,
    stop,
  };
}

/** PgBouncer does not run as root either: there it changes to the user that Postgres would have. */
function userOfServer() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const ids = findUser(name);
    if (ids) return { name, ...ids };
  }
  return undefined;
}

/**
 * @param {PgBouncerOptions} options
 * @param {{ port: number, logins: string, user: { name: string } | undefined }} place
 */
function settingsText({ serverUrl, poolMode, poolSize }, place) {
  const server = new URL(serverUrl);
  return `[databases]
* = host=${server.hostname} port=${server.port || "5432"}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${place.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${place.logins}
admin_users = pgbouncer
pool_mode = ${poolMode}
default_pool_size = ${poolSize}
max_client_conn = 500
log_connections = 0
log_disconnections = 0
${place.user ? `user = ${place.user.name}\n` : ""}`;
}

/** As the file of logins wants it. @param {string} text */
function quoted(text) {
  return `"${text.replaceAll('"', '""')}"`;
}
