// The process's way to Redis: one lazily opened connection, or one to each node of a Redis Cluster. Owns how it is reached and
// that it never holds anybody up: no queue while it is away, no repetition, a way back by itself. Redis is optional, and
// a store that may forget; how long to wait for an answer is its users' business.

import { Cluster, type CommonRedisOptions, Redis } from "ioredis";

import { config } from "./config";
import { parseRedisUrl, type RedisAddress } from "./config/redisUrl";
import { logger } from "./logger";

export type RedisClient = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which nothing comes for so long, though something was asked, is given up: also one that never greets. */
const SILENCE_MS = 3_000;
/** What a connection that is given up may still send. */
const DISCONNECT_MS = 50;
const RETRY_MS_MAX = 1_000;
const SLOTS_TIMEOUT_MS = 1_000;
/** A cluster's nodes also tell by their answers when slots have moved; this finds the rest. */
const SLOTS_REFRESH_MS = 30_000;
const REDIRECTIONS_MAX = 4;

/** Soon at first; never in step with the other processes. */
function retryMs(attempt: number): number {
  const longest = Math.min(25 * 2 ** attempt, RETRY_MS_MAX);
  return Math.round(longest * (0.75 + Math.random() / 4));
}

function commonOptions(address: RedisAddress) {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    connectionName: "dittofeed", // for CLIENT LIST
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    disconnectTimeout: DISCONNECT_MS,
    keepAlive: 10_000,
    // What was not answered is not asked again: nobody waits for it any more.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
  } satisfies CommonRedisOptions & { disconnectTimeout: number };
}

/** Opens a connection of its own, to be ended by `disconnect()`. Never rejects or throws later: it tries for ever. */
export function connectRedis(address: RedisAddress): RedisClient {
  const client = address.isCluster
    ? connectCluster(address)
    : new Redis({
        ...address.nodes[0],
        ...commonOptions(address),
        db: address.database,
        enableOfflineQueue: false,
        retryStrategy: retryMs,
      });
  reportOutages(client);
  return client;
}

function connectCluster(address: RedisAddress): Cluster {
  return new Cluster([...address.nodes], {
    redisOptions: commonOptions(address),
    enableOfflineQueue: false,
    clusterRetryStrategy: retryMs,
    // Certificates name hosts: their names must not be looked up before.
    ...(address.tls
      ? { dnsLookup: (host, callback) => callback(null, host) }
      : {}),
    maxRedirections: REDIRECTIONS_MAX,
    // 0: a command is not kept for a better time.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
  });
}

/** One line when it is lost, one when it is back: attempts fail many times a second. */
function reportOutages(client: RedisClient): void {
  let isLost = false;
  client.on("error", (error: Error) => {
    if (!isLost) {
      isLost = true;
      logger().warn(
        { err: error },
        "Redis cannot be reached; what it would keep comes from the database",
      );
    }
  });
  client.on("ready", () => {
    if (isLost) {
      isLost = false;
      logger().info("Redis is reached again");
    }
  });
}

let current: RedisClient | undefined;

/** This process's connection to Redis; null without REDIS_URL. It may be down at any time, and comes back by itself. */
export function redis(): RedisClient | null {
  const { redisUrl } = config();
  if (redisUrl === undefined) {
    return null;
  }
  if (current === undefined || current.status === "end") {
    current = parseRedisUrl(redisUrl).match(connectRedis, (problem) => {
      throw new Error(`REDIS_URL ${problem}.`); // config() would not have let it pass
    });
  }
  return current;
}

/** Ends the connection; what is under way is dropped. The next `redis()` opens another. */
export function closeRedis(): void {
  current?.disconnect();
  current = undefined;
}
