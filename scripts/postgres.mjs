// The own Postgres, for machines that have none: starts it over a data folder, or finds the one that already runs
// there. Its steps are in postgres/; the rules they keep:
// one server for a folder, whoever asks; the last living process that uses it stops it, whoever started it; a kill -9 at
// any moment loses nothing that was committed.
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { UserError } from "./commandLine.mjs";
import { freePort } from "./freePort.mjs";
import { guard } from "./guardian.mjs";
import { holdLock, processIdentity } from "./lockFile.mjs";
import { ensureCluster, hasCluster } from "./postgres/cluster.mjs";
import { choosePlace } from "./postgres/place.mjs";
import {
  awaitRunning,
  findPostmaster,
  launch,
  shutDown,
} from "./postgres/postmaster.mjs";
import { ensureRoles, ROLES } from "./postgres/roles.mjs";
import { readState, rememberPort } from "./postgres/state.mjs";
import { joinUsers } from "./postgres/users.mjs";
import { watchServer } from "./postgres/watch.mjs";

const DATABASE = "dittofeed";
const ATTEMPTS = 50;

const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=", // one door, with a password: no folder in /tmp to guess or to clean
  "max_connections=200",
  "shared_preload_libraries=pg_stat_statements",
  "timezone=UTC",
  "log_timezone=UTC",
  "jit=off",
  "cluster_name=dittofeed",
  // The log says what failed, but neither statements nor the values in them: they may be personal data.
  "log_min_error_statement=panic",
  "log_error_verbosity=terse",
];
const THROW_AWAY = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
];

/**
 * @typedef {object} OwnPostgres
 * @property {string} adminUrl of the superuser, database "postgres"
 * @property {number} port
 * @property {boolean} reused another living process uses it already
 * @property {string} home the folder with the cluster, its log and its passwords
 * @property {number} pid of the server at the start
 * @property {{ DATABASE_URL: string, DATABASE_SYSTEM_URL: string, DATABASE_ADMIN_URL: string }} urls of the three roles; in test mode only "durable" databases have them made
 * @property {(report: (line: string) => void) => Promise<string>} watch from now on starts the server again, on its port, when it dies; resolves only when it gives up, to a sentence for the person
 * @property {() => Promise<void>} stop stops it, unless others use it; in test mode removes the data too
 */

/**
 * Starts Postgres on the folder, or joins the one that runs there. Durable: fsync on, database "dittofeed" and its roles
 * made, passwords for everybody. Test: nothing is kept, nothing is safe, and it ends with this process however that ends.
 * Throws UserError when the folder or the programs cannot be used.
 * `settings` come last and so hold, as "name=value": a benchmark's throw-away server may have to write as a real one does.
 * @param {{ dataDir: string, mode: "durable" | "test", settings?: readonly string[] }} options
 * @returns {Promise<OwnPostgres>}
 */
export async function startPostgres({ dataDir, mode, settings = [] }) {
  const place = choosePlace(dataDir, mode);
  const { home, cluster } = place;
  const lock = path.join(home, "postgres.lock");
  const release = await holdLock(lock);
  try {
    const { passwords, port: remembered } = readState(
      home,
      hasCluster(cluster),
    );
    const adminUrlAt = (/** @type {number} */ port) =>
      urlOf("postgres", passwords.superuser, port, "postgres");
    await ensureCluster(place, mode, passwords.superuser);
    const { pid, port, isNew } = await findOrLaunch(place, mode, {
      adminUrlAt,
      settings,
      preferred: remembered,
    });
    rememberPort(home, { passwords, port: remembered }, port);

    const adminUrl = adminUrlAt(port);
    const users = joinUsers(home);
    const leave = async () => {
      if (users.leave() > 0) return;
      const server = findPostmaster(cluster); // not the first one's id: it may have been started again since
      if (server) await shutDown(server.pid, cluster);
      if (mode === "test") {
        [home, dataDir].forEach((folder) =>
          rmSync(folder, { recursive: true, force: true }),
        );
      }
    };
    try {
      if (mode === "test" && isNew)
        guard(processIdentity(pid) ?? "", [home, dataDir]);
      if (mode === "durable" && users.others === 0)
        await ensureRoles({ adminUrl, database: DATABASE, passwords });
    } catch (error) {
      await leave();
      throw error;
    }
    const revive = () =>
      findOrLaunch(place, mode, { adminUrlAt, settings, required: port });
    return {
      adminUrl,
      port,
      reused: users.others > 0,
      home,
      pid,
      urls: urlsOf(passwords, port),
      ...lifeOf({ lock, home, pid, revive, leave }),
    };
  } finally {
    release();
  }
}

/**
 * The two ends of a use: watching and stopping. What they do to the server they do under its lock.
 * @param {object} options
 * @param {string} options.lock
 * @param {string} options.home
 * @param {number} options.pid
 * @param {() => Promise<{ pid: number }>} options.revive
 * @param {() => Promise<void>} options.leave
 * @returns {Pick<OwnPostgres, "watch" | "stop">}
 */
function lifeOf({ lock, home, pid, revive, leave }) {
  /** @type {Promise<void> | undefined} */
  let stopping;
  const isOver = () => stopping !== undefined;
  const locked = async (/** @type {() => Promise<unknown>} */ work) => {
    const release = await holdLock(lock);
    try {
      await work();
    } finally {
      release();
    }
  };
  return {
    watch: async (report) => {
      let current = pid;
      const reason = await watchServer({
        pid,
        isOver,
        report,
        revive: async () => {
          await locked(async () => {
            if (!isOver()) current = (await revive()).pid;
          });
          return current;
        },
      });
      return `PostgreSQL ended; see ${path.join(home, "postgres.log")} (${reason}).`;
    },
    stop: () => {
      stopping ??= existsSync(home) ? locked(leave) : Promise.resolve();
      return stopping;
    },
  };
}

/**
 * @param {import("./postgres/place.mjs").Place} place
 * @param {"durable" | "test"} mode
 * @param {{ adminUrlAt: (port: number) => string, settings: readonly string[], preferred?: number, required?: number }} wishes a required port, or none
 * @returns {Promise<{ pid: number, port: number, isNew: boolean }>}
 */
async function findOrLaunch(place, mode, wishes) {
  const { adminUrlAt, required } = wishes;
  const found = await awaitRunning(place.cluster, adminUrlAt);
  if (found === null) return launchOnFreePort(place, mode, wishes);
  if (required !== undefined && found.port !== required)
    throw new UserError(
      `it was started again on port ${found.port}, not ${required}`,
    );
  return { pid: found.pid, port: found.port, isNew: false };
}

/**
 * @param {import("./postgres/place.mjs").Place} place
 * @param {"durable" | "test"} mode
 * @param {{ adminUrlAt: (port: number) => string, settings: readonly string[], preferred?: number, required?: number }} wishes
 * @returns {Promise<{ pid: number, port: number, isNew: true }>}
 */
async function launchOnFreePort(place, mode, wishes) {
  const { adminUrlAt, required } = wishes;
  let { preferred } = wishes;
  let lastLog = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = required ?? (await freePort(preferred));
    const settings = [
      ...SETTINGS,
      ...(mode === "test" ? THROW_AWAY : []),
      ...wishes.settings,
      `port=${port}`,
    ];
    const launched = await launch(place, settings, adminUrlAt(port));
    if (launched.outcome === "running")
      return { pid: launched.pid, port, isNew: true };
    lastLog = launched.log;
    if (launched.outcome === "failed") break;
    if (launched.outcome === "portTaken") preferred = undefined;
    // "busy": what a killed server left behind is still ending; that may hold the port, too.
    if (launched.outcome === "busy" || required !== undefined) await sleep(200);
  }
  throw new UserError(
    `PostgreSQL did not start on ${place.cluster}:\n${lastLog}`,
  );
}

/**
 * @param {import("./postgres/state.mjs").Passwords} passwords
 * @param {number} port
 */
function urlsOf(passwords, port) {
  return {
    DATABASE_URL: urlOf(ROLES.app, passwords.app, port, DATABASE),
    DATABASE_SYSTEM_URL: urlOf(ROLES.system, passwords.system, port, DATABASE),
    DATABASE_ADMIN_URL: urlOf(ROLES.owner, passwords.owner, port, DATABASE),
  };
}

/**
 * @param {string} role
 * @param {string} password
 * @param {number} port
 * @param {string} database
 */
function urlOf(role, password, port, database) {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
}
