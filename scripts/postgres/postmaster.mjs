// The server process: finds one that runs on a cluster, starts one, waits until it answers, and stops it. The word
// of postmaster.pid is never taken alone: its process may be dead, or be another program with a recycled id.
import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { messageOf, UserError } from "../commandLine.mjs";
import { processIdentity, readIfThere, removeIf } from "../lockFile.mjs";
import { serverEnvironment } from "./cluster.mjs";

const PATIENCE_MS = 180_000; // crash recovery replays the log, which may take a while
const LOG_LIMIT_BYTES = 20_000_000;

/** @typedef {{ pid: number, port: number, text: string }} Postmaster */

/**
 * The process that postmaster.pid names, if it really is a server on this cluster. A file left by another program's
 * id is removed; one left by a dead process is left to Postgres, which knows whether its shared memory is still in use.
 * A damaged one names nobody: then the processes are looked through. (A server whose file is damaged ends by itself
 * within a minute; one that only just starts has an empty file for a moment.)
 * @param {string} cluster
 * @returns {Postmaster | null}
 */
export function findPostmaster(cluster) {
  const file = path.join(cluster, "postmaster.pid");
  const text = readIfThere(file);
  if (text === null) return null;
  const lines = text.split("\n");
  const pid = Number.parseInt(lines[0] ?? "", 10);
  const port = Number.parseInt(lines[3] ?? "", 10);
  if (!(pid > 0) || lines.length < 4) {
    const server = allProcesses().find((other) => isServerOf(other, cluster));
    if (server !== undefined) return { pid: server, port: 0, text };
    removeIf(file, text);
    return null;
  }
  if (processIdentity(pid) === null) return null;
  if (isServerOf(pid, cluster)) return { pid, port, text };
  removeIf(file, text);
  return null;
}

/** @returns {number[]} */
function allProcesses() {
  const names =
    process.platform === "linux"
      ? readdirSync("/proc")
      : spawnSync("ps", ["-ax", "-o", "pid="], {
          encoding: "utf8",
        }).stdout.split("\n");
  return names.map(Number).filter((pid) => pid > 0);
}

/** @param {number} pid @param {string} cluster */
function isServerOf(pid, cluster) {
  if (process.platform === "linux") {
    const args = (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0");
    return (
      path.basename(args[0] ?? "") === "postgres" && args.includes(cluster)
    );
  }
  const { stdout } = spawnSync(
    "ps",
    ["-ww", "-o", "command=", "-p", String(pid)],
    {
      encoding: "utf8",
    },
  );
  return stdout.includes("postgres") && stdout.includes(cluster);
}

/**
 * Whether the server answers there as the superuser and serves this very cluster.
 * @param {string} adminUrl
 * @param {string} cluster
 */
export async function answers(adminUrl, cluster) {
  const client = new pg.Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined); // a server that stops meanwhile: the query below says so
  try {
    await client.connect();
    const { rows } = await client.query("SHOW data_directory");
    return realpathSync(rows[0].data_directory) === cluster;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Waits for a server that is there but may be starting, recovering or stopping.
 * @param {string} cluster
 * @param {(port: number) => string} adminUrlAt
 * @returns {Promise<Postmaster | null>} null when there is none, or it went away
 */
export async function awaitRunning(cluster, adminUrlAt) {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const found = findPostmaster(cluster);
    if (found === null) return null;
    if (found.port > 0 && (await answers(adminUrlAt(found.port), cluster)))
      return found;
    await sleep(100);
  }
  throw new UserError(
    `A PostgreSQL server runs on ${cluster}, but it did not answer in ${PATIENCE_MS / 1000} s; postgres.log beside that folder may say why.`,
  );
}

/** @typedef {{ outcome: "running", pid: number } | { outcome: "portTaken" | "busy" | "failed", log: string }} Launch */

/**
 * Starts a server and waits until it answers.
 * @param {import("./place.mjs").Place} place
 * @param {string[]} settings
 * @param {string} adminUrl
 * @returns {Promise<Launch>}
 */
export async function launch(
  { cluster, home, programs, user },
  settings,
  adminUrl,
) {
  const logFile = path.join(home, "postgres.log");
  const log = openSync(logFile, "a", 0o600);
  if (fstatSync(log).size > LOG_LIMIT_BYTES) ftruncateSync(log);
  const logStart = fstatSync(log).size;
  const child = spawn(
    path.join(programs.native, "bin/postgres"),
    ["-D", cluster, ...settings.flatMap((setting) => ["-c", setting])],
    {
      ...user,
      cwd: "/",
      env: serverEnvironment(),
      stdio: ["ignore", log, log],
      detached: true, // Ctrl-C in the terminal is for us: the server goes last
    },
  );
  closeSync(log);
  child.unref();
  /** @type {string | undefined} */
  let ended;
  child.once("error", (error) => {
    ended = messageOf(error);
  });
  child.once("exit", (status, signal) => {
    ended = `ended with ${status ?? signal}`;
  });
  const deadline = Date.now() + PATIENCE_MS;
  while (ended === undefined && Date.now() < deadline) {
    if (child.pid && (await answers(adminUrl, cluster)))
      return { outcome: "running", pid: child.pid };
    await sleep(20);
  }
  if (ended === undefined) child.kill("SIGINT");
  const said = readFileSync(logFile)
    .subarray(logStart)
    .toString()
    .slice(-4_000);
  return explain(`${said}\n(${ended ?? "no answer"})`.trim());
}

/** @param {string} log @returns {Launch} */
function explain(log) {
  if (
    /could not bind IPv4 address|could not create any TCP\/IP sockets/.test(log)
  )
    return { outcome: "portTaken", log };
  if (
    /lock file "postmaster.pid" already exists|shared memory block .* still in use/.test(
      log,
    )
  )
    return { outcome: "busy", log };
  return { outcome: "failed", log };
}

/**
 * Stops the server: open transactions are rolled back, everything committed is on disk ("fast shutdown").
 * @param {number} pid
 * @param {string} cluster
 */
export async function shutDown(pid, cluster) {
  const identity = processIdentity(pid);
  if (identity === null || !isServerOf(pid, cluster)) return;
  /** @type {[NodeJS.Signals, number][]} */
  const steps = [
    ["SIGINT", 60_000],
    ["SIGQUIT", 10_000], // without a checkpoint: the next start replays the log
  ];
  for (const [signal, patience] of steps) {
    process.kill(pid, signal);
    const deadline = Date.now() + patience;
    while (processIdentity(pid) === identity && Date.now() < deadline)
      await sleep(20);
    if (processIdentity(pid) !== identity) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`);
}
