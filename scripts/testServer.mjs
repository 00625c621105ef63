// Throw-away servers for the tests: finds a server's program on this machine or in Debian's package, runs it on a free
// port, and sees to it that it ends with this process, however that ends. Leaves to redis.mjs and pgbouncer.mjs what is
// particular to each; Postgres, which also keeps data, has postgres.mjs.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { messageOf, root } from "./commandLine.mjs";
import { freePort } from "./freePort.mjs";
import { guard } from "./guardian.mjs";
import { processIdentity } from "./lockFile.mjs";
import { unpackFromDebian } from "./testServer/debian.mjs";

/** @typedef {{ program: string, env: NodeJS.ProcessEnv, source: string }} Program */
/** @typedef {{ port: number, pid: number, stop: () => Promise<void> }} Running */

/**
 * @typedef {object} Launch
 * @property {string[]} args
 * @property {RegExp} ready what the server prints once it takes connections
 * @property {(port: number) => string} [input] written to its stdin, which is then closed
 * @property {(port: number) => void} [prepare] before every attempt
 * @property {string[]} [folders] removed after this process
 * @property {number} [port] has to be this one, as for a server that comes back; any that is free unless given
 * @property {NodeJS.Signals} [stopSignal] that ends it at once; SIGTERM unless given
 */

const ATTEMPTS = 5;
const SYSTEM_PROGRAMS = ["usr/bin", "usr/sbin"];

/**
 * The first of the programs that the PATH has, or a sentence that says there is none.
 * @param {string[]} names
 * @returns {Promise<Program | string>}
 */
export async function onPath(names) {
  const folders = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter(Boolean);
  for (const name of names) {
    const program = folders
      .map((folder) => path.join(folder, name))
      .find(isExecutable);
    if (program) return { program, env: process.env, source: program };
  }
  return `no ${names.join(" or ")} on the PATH`;
}

/**
 * The program out of Debian's package, from our cache or else downloaded into it. Throws when the download fails.
 * @param {{ package: string, program: string }} wanted
 * @returns {Promise<Program | string>} a sentence on a machine that is not Debian's
 */
export async function fromDebian({ package: name, program }) {
  const folder = path.join(
    root,
    "node_modules/.cache",
    name,
    `${process.platform}-${process.arch}`,
  );
  if (!existsSync(folder)) {
    const hasTools = ["apt-get", "apt-cache", "dpkg-deb"].every(
      (tool) => spawnSync(tool, ["--version"]).status === 0,
    );
    if (!hasTools) return "not a Debian system";
    await unpackFromDebian(folder, name);
  }
  const found = SYSTEM_PROGRAMS.map((place) =>
    path.join(folder, place, program),
  ).find(isExecutable);
  if (!found) return `no ${program} in Debian's package ${name}`;
  const libraries = path.join(folder, "usr/lib");
  const triplets = existsSync(libraries)
    ? readdirSync(libraries)
        .filter((entry) => entry.includes("linux-gnu"))
        .map((entry) => path.join(libraries, entry))
    : [];
  return {
    program: found,
    env: { ...process.env, LD_LIBRARY_PATH: triplets.join(":") },
    source: "Debian's package",
  };
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs the program on a port of this machine that was free a moment ago, unless it has to be a certain one. Throws when
 * it ends instead of getting ready.
 * @param {Program} found
 * @param {Launch} launch
 * @returns {Promise<Running>}
 */
export async function launchTestServer(
  { program, env },
  {
    args,
    ready,
    input,
    prepare,
    folders = [],
    port: given,
    stopSignal = "SIGTERM",
  },
) {
  let said = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = given ?? (await freePort());
    prepare?.(port);
    const server = spawn(program, args, {
      cwd: tmpdir(),
      env,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    server.stdin.on("error", () => undefined); // a program that ends at once: its exit tells
    server.stdin.end(input?.(port));
    said = await readyOrEnded(server, ready);
    if (server.exitCode === null && server.signalCode === null && server.pid) {
      const dismiss = guard(processIdentity(server.pid) ?? "", folders);
      letGo(server);
      const stop = async () => {
        const ended = once(server, "exit");
        server.ref();
        if (server.exitCode === null && server.kill(stopSignal)) await ended;
        dismiss();
      };
      return { port, pid: server.pid, stop };
    }
  }
  throw new Error(`${program} does not start: ${said.slice(-500)}`);
}

/**
 * Resolves when the server takes connections or has ended, to what it printed.
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} server
 * @param {RegExp} ready
 * @returns {Promise<string>}
 */
function readyOrEnded(server, ready) {
  return new Promise((resolve) => {
    let said = "";
    const hear = (/** @type {Buffer} */ chunk) => {
      said = (said + chunk.toString()).slice(-10_000); // read on for as long as it runs, or it would block
      if (ready.test(said)) resolve(said);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.once("error", (error) => resolve(messageOf(error)));
    server.once("close", () => resolve(said));
  });
}

/**
 * A process that has done its work must not wait for its server's end.
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} server
 */
function letGo(server) {
  server.unref();
  for (const stream of [server.stdout, server.stderr])
    if ("unref" in stream && typeof stream.unref === "function") stream.unref();
}
