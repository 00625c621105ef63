// The own Postgres, for machines that have none: starts it over a data folder, or finds the one that already runs
// there. Its steps are in postgres/; the rules they keep:
// one server for a folder, whoever asks; the process that started it (or took it over from a dead one) stops it, and
// nobody else does; a kill -9 at any moment loses nothing that was committed.
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { UserError } from "./commandLine.mjs";
import { freePort } from "./freePort.mjs";
import { guard } from "./guardian.mjs";
import {
  holdLock,
  isAlive,
  ownIdentity,
  processIdentity,
  readIfThere,
  removeIf,
} from "./lockFile.mjs";
import { ensureCluster, hasCluster } from "./postgres/cluster.mjs";
import { choosePlace } from "./postgres/place.mjs";
import { awaitRunning, launch, shutDown } from "./postgres/postmaster.mjs";
import { ensureRoles, ROLES } from "./postgres/roles.mjs";
import { readState, rememberPort } from "./postgres/state.mjs";

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
 * @property {boolean} reused it ran already, and another living process answers for it
 * @property {string} home the folder with the cluster, its log and its passwords
 * @property {number} pid
 * @property {{ DATABASE_URL: string, DATABASE_SYSTEM_URL: string, DATABASE_ADMIN_URL: string }} urls of the three roles; in test mode only "durable" databases have them made
 * @property {() => Promise<void>} stop stops it, unless it is another process's to stop; in test mode removes the data too
 */

/**
 * Starts Postgres on the folder, or joins the one that runs there. Durable: fsync on, database "dittofeed" and its roles
 * made, passwords for everybody. Test: nothing is kept, nothing is safe, and it ends with this process however that ends.
 * Throws UserError when the folder or the programs cannot be used.
 * @param {{ dataDir: string, mode: "durable" | "test" }} options
 * @returns {Promise<OwnPostgres>}
 */
export async function startPostgres({ dataDir, mode }) {
  const place = choosePlace(dataDir, mode);
  const { home, cluster } = place;
  const release = await holdLock(path.join(home, "postgres.lock"));
  try {
    const state = readState(home, hasCluster(cluster));
    const adminUrlAt = (/** @type {number} */ port) =>
      urlOf("postgres", state.passwords.superuser, port, "postgres");
    ensureCluster(place, mode, state.passwords.superuser);
    const server =
      (await awaitRunning(cluster, adminUrlAt)) ??
      (await launchOnFreePort(place, mode, state.port, adminUrlAt));
    rememberPort(home, state, server.port);

    const adminUrl = adminUrlAt(server.port);
    const ownership = claim(home, server);
    const stop = async () => {
      if (!ownership.isOurs()) return;
      await shutDown(server.pid, cluster);
      ownership.giveUp();
      if (mode === "test") {
        [home, dataDir].forEach((folder) =>
          rmSync(folder, { recursive: true, force: true }),
        );
      }
    };
    try {
      if (ownership.isOurs() && mode === "durable") {
        const { passwords } = state;
        await ensureRoles({ adminUrl, database: DATABASE, passwords });
      } else if (ownership.isOurs()) {
        guard(processIdentity(server.pid) ?? "", [home, dataDir]);
      }
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      adminUrl,
      port: server.port,
      reused: !ownership.isOurs(),
      home,
      pid: server.pid,
      urls: urlsOf(state.passwords, server.port),
      stop,
    };
  } finally {
    release();
  }
}

/**
 * Settles who answers for the server: who started it, or who found it left by a process that is gone.
 * @param {string} home
 * @param {{ pid: number, isNew?: boolean }} server
 */
function claim(home, { pid, isNew = false }) {
  const file = path.join(home, "postgres.owner");
  const owner = readIfThere(file);
  const isTaken =
    !isNew && owner !== null && isAlive(owner.split("\n", 1)[0] ?? "");
  // Names the server as well: a process may start one, stop it, and start the next.
  const mine = `${ownIdentity()}\n${processIdentity(pid)}`;
  if (!isTaken) writeFileSync(file, mine);
  return {
    isOurs: () => !isTaken && readIfThere(file) === mine,
    giveUp: () => removeIf(file, mine),
  };
}

/**
 * @param {import("./postgres/place.mjs").Place} place
 * @param {"durable" | "test"} mode
 * @param {number | undefined} rememberedPort
 * @param {(port: number) => string} adminUrlAt
 * @returns {Promise<{ pid: number, port: number, isNew: true }>}
 */
async function launchOnFreePort(place, mode, rememberedPort, adminUrlAt) {
  let preferred = rememberedPort;
  let lastLog = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await freePort(preferred);
    const settings = [
      ...SETTINGS,
      ...(mode === "test" ? THROW_AWAY : []),
      `port=${port}`,
    ];
    const launched = await launch(place, settings, adminUrlAt(port));
    if (launched.outcome === "running")
      return { pid: launched.pid, port, isNew: true };
    lastLog = launched.log;
    if (launched.outcome === "failed") break;
    if (launched.outcome === "portTaken") preferred = undefined;
    else await sleep(200); // "busy": what a killed server left behind is still ending
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
