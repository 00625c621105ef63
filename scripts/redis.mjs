// A Redis for the tests, from wherever this machine has one: a server that is named to us, a program on the PATH, our
// cache, Debian's package, Docker. Empty, nothing kept, only this machine, with a password; it ends with this process.
// The product itself runs without Redis.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { messageOf, root } from "./commandLine.mjs";
import { freePort } from "./freePort.mjs";
import { guard } from "./guardian.mjs";
import { processIdentity } from "./lockFile.mjs";
import { unpackFromDebian } from "./redis/debian.mjs";

/** @typedef {{ url: string, source: string, stop: () => Promise<void> }} TestRedis */
/** @typedef {{ program: string, env: NodeJS.ProcessEnv, source: string }} Program */

const ATTEMPTS = 5;

/**
 * Starts a Redis, or says why none can be had.
 * @returns {Promise<TestRedis | { missing: string }>}
 */
export async function startRedis() {
  const given = process.env.TEST_REDIS_URL;
  if (given)
    return {
      url: given,
      source: "TEST_REDIS_URL",
      stop: async () => undefined,
    };
  /** @type {string[]} */
  const failures = [];
  for (const step of [onPath, fromCacheOrDebian]) {
    try {
      const found = await step();
      if (typeof found !== "string") return await startProgram(found);
      failures.push(found);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  try {
    return await startContainer();
  } catch (error) {
    failures.push(`no Docker (${messageOf(error)})`);
  }
  return { missing: failures.join("; ") };
}

/** @returns {Promise<Program | string>} */
async function onPath() {
  const folders = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter(Boolean);
  for (const name of ["redis-server", "valkey-server"]) {
    const program = folders
      .map((folder) => path.join(folder, name))
      .find(isExecutable);
    if (program) return { program, env: process.env, source: program };
  }
  return "no redis-server or valkey-server on the PATH";
}

/** @returns {Promise<Program | string>} */
async function fromCacheOrDebian() {
  const folder = path.join(
    root,
    "node_modules/.cache/redis",
    `${process.platform}-${process.arch}`,
  );
  if (!existsSync(folder)) {
    const hasTools = ["apt-get", "apt-cache", "dpkg-deb"].every(
      (tool) => spawnSync(tool, ["--version"]).status === 0,
    );
    if (!hasTools) return "not a Debian system";
    await unpackFromDebian(folder);
  }
  const libraries = path.join(folder, "usr/lib");
  const triplets = readdirSync(libraries)
    .filter((name) => name.includes("linux-gnu"))
    .map((name) => path.join(libraries, name));
  return {
    program: path.join(folder, "usr/bin/redis-server"),
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

/** @param {Program} found @returns {Promise<TestRedis>} */
async function startProgram({ program, env, source }) {
  let said = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await freePort();
    // On a shared machine an open Redis lets anybody write files as its user; and arguments are seen by all: so a
    // password, and the settings through stdin.
    const password = randomBytes(24).toString("base64url");
    const server = spawn(program, ["-"], {
      cwd: tmpdir(),
      env,
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    server.stdin.on("error", () => undefined); // a program that ends at once: its exit tells
    server.stdin.end(
      [
        "bind 127.0.0.1",
        `port ${port}`,
        `requirepass ${password}`,
        'save ""',
        "appendonly no",
        "daemonize no",
        "",
      ].join("\n"),
    );
    said = await readyOrEnded(server);
    if (server.exitCode === null && server.signalCode === null && server.pid) {
      guard(processIdentity(server.pid) ?? "");
      server.unref();
      const stop = async () => {
        const ended = once(server, "exit");
        if (server.exitCode === null && server.kill("SIGTERM")) await ended;
      };
      return { url: `redis://:${password}@127.0.0.1:${port}`, source, stop };
    }
  }
  throw new Error(`${program} does not start: ${said.slice(-500)}`);
}

/**
 * Resolves when the server takes connections or has ended, to what it printed.
 * @param {import("node:child_process").ChildProcessByStdio<import("node:stream").Writable, import("node:stream").Readable, null>} server
 * @returns {Promise<string>}
 */
function readyOrEnded(server) {
  return new Promise((resolve) => {
    let said = "";
    server.stdout.on("data", (/** @type {Buffer} */ chunk) => {
      said = (said + chunk.toString()).slice(-10_000); // read on for as long as it runs, or it would block
      if (/ready to accept connections/i.test(said)) resolve(said);
    });
    server.once("error", (error) => resolve(messageOf(error)));
    server.once("close", () => resolve(said));
  });
}

/** @returns {Promise<TestRedis>} */
async function startContainer() {
  const { GenericContainer } = await import("testcontainers"); // slow to load: only when nothing else is left
  const container = await new GenericContainer("redis:7.4-alpine")
    .withExposedPorts(6379)
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    source: "Docker",
    stop: async () => {
      await container.stop();
    },
  };
}
