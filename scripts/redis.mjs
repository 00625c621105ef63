// A Redis for the tests, from wherever this machine has one: a server that is named to us, a program on the PATH, our
// cache, Debian's package, Docker. Empty, nothing kept, only this machine, with a password; it ends with this process.
// The product itself runs without Redis.
import { randomBytes } from "node:crypto";
import process from "node:process";

import { messageOf } from "./commandLine.mjs";
import { fromDebian, launchTestServer, onPath } from "./testServer.mjs";

/** @typedef {{ url: string, source: string, stop: () => Promise<void> }} TestRedis */
/** @typedef {import("./testServer.mjs").Program} Program */

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
  const steps = [
    () => onPath(["redis-server", "valkey-server"]),
    () => fromDebian({ package: "redis-server", program: "redis-server" }),
  ];
  for (const step of steps) {
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

/** @param {Program} found @returns {Promise<TestRedis>} */
async function startProgram(found) {
  // On a shared machine an open Redis lets anybody write files as its user; and arguments are seen by all: so a
  // password, and the settings through stdin.
  const password = randomBytes(24).toString("base64url");
  const { port, stop } = await launchTestServer(found, {
    args: ["-"],
    ready: /ready to accept connections/i,
    input: (free) =>
      [
        "bind 127.0.0.1",
        `port ${free}`,
        `requirepass ${password}`,
        'save ""',
        "appendonly no",
        "daemonize no",
        "",
      ].join("\n"),
  });
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
