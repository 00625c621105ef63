// Redis servers that a test may kill, and bring back on the same port with their data gone: a child process of the test, which
// takes them all away when its parent goes, however that goes. Owns finding the program, starting and ending;
// packages/backend-lib/test/redisServers.ts asks over IPC, and makes clusters of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { messageOf } from "./commandLine.mjs";
import { freePort } from "./freePort.mjs";
import { guard } from "./guardian.mjs";
import { findRedis, launchRedis, newPassword } from "./redis.mjs";

/** @typedef {import("./testServer.mjs").Program} Program */
/** @typedef {import("./testServer.mjs").Running} Running */

/**
 * @typedef {object} Server
 * @property {string} folder what it runs in: a cluster's node keeps there who its peers are
 * @property {string} password
 * @property {string[]} settings
 * @property {number} busPort of a cluster's node
 * @property {Running} running
 */

/**
 * @typedef {{ id: number } & (
 *   | { ask: "find" }
 *   | { ask: "start", password?: string, settings: string[], isClustered: boolean }
 *   | { ask: "kill" | "restart" | "stop", port: number }
 * )} Question
 */

/** @type {Map<number, Server>} */
const servers = new Map();

const home = mkdtempSync(path.join(tmpdir(), "dittofeed-redis-"));
const removeHome = guard("", [home]);

/** @type {Promise<Program | { missing: string }> | undefined} */
let finding;

function find() {
  finding ??= findRedis();
  return finding;
}

async function program() {
  const found = await find();
  if ("missing" in found) throw new Error(found.missing);
  return found;
}

/** @param {number} port */
function serverAt(port) {
  const server = servers.get(port);
  if (!server) throw new Error(`no server was started on port ${port}`);
  return server;
}

/** @param {Omit<Server, "running">} server @param {number} [port] */
async function launch({ folder, password, settings }, port) {
  return launchRedis(await program(), {
    password,
    settings: [`dir ${folder}`, ...settings],
    stopSignal: "SIGKILL", // also ends one that was stopped, and there is nothing to save
    ...(port === undefined ? {} : { port }),
  });
}

/** @param {{ password?: string, settings: string[], isClustered: boolean }} options */
async function start({ password = newPassword(), settings, isClustered }) {
  const folder = mkdtempSync(path.join(home, "server-"));
  const busPort = isClustered ? await freePort() : 0;
  const server = {
    folder,
    password,
    busPort,
    settings: [
      ...(isClustered
        ? [
            "cluster-enabled yes",
            `cluster-port ${busPort}`, // the usual one, 10000 higher, may lie beyond the last port
            `masterauth ${password}`,
          ]
        : []),
      ...settings,
    ],
  };
  const running = await launch(server);
  servers.set(running.port, { ...server, running });
  return { port: running.port, pid: running.pid, password, busPort };
}

/** @param {number} port */
async function restart(port) {
  const server = serverAt(port);
  await server.running.stop();
  server.running = await launch(server, port);
  return { pid: server.running.pid };
}

/** @param {number} port */
async function stop(port) {
  const server = serverAt(port);
  servers.delete(port);
  await server.running.stop();
  rmSync(server.folder, { recursive: true, force: true });
}

/** @param {Question} question */
async function answer(question) {
  switch (question.ask) {
    case "find": {
      const found = await find();
      return "missing" in found ? found : { source: found.source };
    }
    case "start":
      return start(question);
    case "kill":
      return serverAt(question.port).running.stop();
    case "restart":
      return restart(question.port);
    default:
      return stop(question.port);
  }
}

process.on("message", (/** @type {Question} */ question) => {
  answer(question).then(
    (value) => process.send?.({ id: question.id, value: value ?? {} }),
    (error) => process.send?.({ id: question.id, error: messageOf(error) }),
  );
});
process.once("disconnect", () => {
  void Promise.allSettled([...servers.keys()].map(stop)).then(() => {
    removeHome();
    process.exit();
  });
});
// The parent's end is told by the channel; a Ctrl-C that goes to both must not leave servers.
["SIGINT", "SIGTERM"].forEach((signal) =>
  process.on(signal, () => process.disconnect?.()),
);
