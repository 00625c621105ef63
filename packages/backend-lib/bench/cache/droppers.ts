// How others drop all of a workspace: a namespace, a tag, a group, a prefix; and KEYS with DEL, which is what one writes first. Each
// opened with memory before Redis, where it has both.

import KeyvRedis from "@keyv/redis";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisDriver } from "bentocache/drivers/redis";
import { createCache } from "cache-manager";
import { type Redis } from "ioredis";
import { Keyv } from "keyv";
import { ManualGroupCache, RedisGroupCache } from "layered-loader";

import { smallValue } from "./workload";

export interface Dropper {
  readonly name: string;
  set(key: string, n: number): Promise<unknown>;
  /** What is found of the key: undefined or null after the drop. */
  get(key: string): Promise<unknown>;
  drop(): Promise<unknown>;
  close(): Promise<void>;
}

const TTL_MS = 3_600_000;
const GROUP = "dropped";

function bentoCaches(redis: Redis, entries: number): readonly Dropper[] {
  const cache = new BentoCache({
    default: "one",
    stores: {
      one: bentostore()
        .useL1Layer(memoryDriver({ maxItems: entries * 2 }))
        .useL2Layer(redisDriver({ connection: redis })),
    },
  });
  const ofSpace = cache.namespace(GROUP);
  return [
    {
      name: "BentoCache namespace.clear",
      set: (key, n) => ofSpace.set({ key, value: smallValue(n), ttl: TTL_MS }),
      get: (key) => ofSpace.get({ key }),
      drop: () => ofSpace.clear(),
      close: async () => undefined,
    },
    {
      name: "BentoCache deleteByTag",
      set: (key, n) =>
        cache.set({ key, value: smallValue(n), ttl: TTL_MS, tags: [GROUP] }),
      get: (key) => cache.get({ key }),
      drop: () => cache.deleteByTag({ tags: [GROUP] }),
      close: () => cache.disconnectAll(),
    },
  ];
}

function layeredLoader(redis: Redis, entries: number): Dropper {
  const cache = new ManualGroupCache<unknown>({
    inMemoryCache: { ttlInMsecs: TTL_MS, maxItemsPerGroup: entries },
    asyncCache: new RedisGroupCache(redis, { json: true, ttlInMsecs: TTL_MS }),
  });
  return {
    name: "layered-loader invalidateCacheForGroup",
    set: (key, n) => cache.set(key, smallValue(n), GROUP),
    get: async (key) => cache.get(key, GROUP),
    drop: () => cache.invalidateCacheForGroup(GROUP),
    close: async () => undefined,
  };
}

function cacheManager(redisUrl: string): Dropper {
  const redis = new KeyvRedis(redisUrl);
  const cache = createCache({
    ttl: TTL_MS,
    stores: [
      new Keyv({
        serialize: undefined,
        deserialize: undefined,
        namespace: GROUP,
      }),
      new Keyv({ store: redis, namespace: GROUP }),
    ],
  });
  return {
    name: "cache-manager clear",
    set: (key, n) => cache.set(key, smallValue(n)),
    get: (key) => cache.get(key),
    drop: () => cache.clear(),
    close: async () => {
      await redis.disconnect();
    },
  };
}

/** DEL takes its keys as arguments: so many at a time, or the call itself fails. */
const DEL_MAX = 10_000;

function keysAndDel(redis: Redis): Dropper {
  return {
    name: "KEYS and DEL",
    set: (key, n) =>
      redis.set(`${GROUP}|${key}`, JSON.stringify(smallValue(n)), "PX", TTL_MS),
    get: (key) => redis.get(`${GROUP}|${key}`),
    drop: async () => {
      const keys = await redis.keys(`${GROUP}|*`);
      for (let at = 0; at < keys.length; at += DEL_MAX) {
        await redis.del(keys.slice(at, at + DEL_MAX));
      }
    },
    close: async () => undefined,
  };
}

/** All of them, over the connection; the last to be closed is that. */
export const openDroppers = (
  redis: Redis,
  redisUrl: string,
  entries: number,
): readonly Dropper[] => [
  ...bentoCaches(redis, entries),
  layeredLoader(redis, entries),
  cacheManager(redisUrl),
  keysAndDel(redis),
];
