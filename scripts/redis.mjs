// A Redis for the tests, from wherever this machine has one: a server that is named to us, a program on the PATH, our
// cache, Debian's package, Docker. Empty, nothing kept, only this machine, with a password; it ends with this process.
// The product itself runs without Redis. Servers that a test kills and brings back are redisServers.mjs.
import { randomBytes } from "node:crypto";
import process from "node:process";

import { messageOf } from "./commandLine.mjs";
import { fromDebian, launchTestServer, onPath } from "./testServer.mjs";

/** @typedef {{ url: string, source: string, stop: () => Promise<void> }} TestRedis */
/** @typedef {import("./testServer.mjs").Program} Program */
/** @typedef {import("./testServer.mjs").Running} Running */

/**
 * @typedef {object} RedisLaunch
 * @property {string} password
 * @property {string[]} [settings] more lines of redis.conf, which hold over ours
 * @property {number} [port] has to be this one; any that is free unless given
 * @property {NodeJS.Signals} [stopSignal]
 */

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
  try {
    const found = await findRedis();
    if (!("missing" in found)) return await startProgram(found);
    failures.push(found.missing);
  } catch (error) {
    failures.push(messageOf(error));
  }
  try {
    return await startContainer();
  } catch (error) {
    failures.push(`no Docker (${messageOf(error)})`);
  }
  return { missing: failures.join("; ") };
}

/**
 * Finds the program, or says why none can be had.
 * @returns {Promise<Program | { missing: string }>}
 */
export async function findRedis() {
  /** @type {string[]} */
  const failures = [];
  const steps = [
    () => onPath(["redis-server", "valkey-server"]),
    () => fromDebian({ package: "redis-server", program: "redis-server" }),
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

/** On a shared machine an open Redis lets anybody write files as its user. */
export function newPassword() {
  return randomBytes(24).toString("base64url");
}

/**
 * Runs the program. Throws when it ends instead of getting ready.
 * @param {Program} found
 * @param {RedisLaunch} launch
 * @returns {Promise<Running>}
 */
export function launchRedis(found, { password, settings = [], ...options }) {
  return launchTestServer(found, {
    ...options,
    args: ["-"], // arguments are seen by all: the settings go through stdin
    ready: /ready to accept connections/i,
    input: (port) =>
      [
        "bind 127.0.0.1",
        `port ${port}`,
        `requirepass ${password}`,
        'save ""',
        "appendonly no",
        "daemonize no",
        ...settings,
        "",
      ].join("\n"),
  });
}

/** @param {Program} found @returns {Promise<TestRedis>} */
async function startProgram(found) {
  const password = newPassword();
  const { port, stop } = await launchRedis(found, { password });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  return { url, source: found.source, stop };
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
