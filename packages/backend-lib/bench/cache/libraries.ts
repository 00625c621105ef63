// Other libraries, set up as their own pages advise, each with what it has of: memory alone, Redis alone, both. Owns how they are
// opened; what is read from them is the parts' business.

import KeyvRedis from "@keyv/redis";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { createCache } from "cache-manager";
import { Redis } from "ioredis";
import { Keyv } from "keyv";
import { Loader, RedisCache } from "layered-loader";

export type Tiers = "memory" | "redis" | "both";

export interface LibraryOptions {
  readonly tiers: Tiers;
  readonly redisUrl: string;
  /** Entries that the memory has to hold. */
  readonly entries: number;
  readonly load: (key: string) => Promise<unknown>;
}

export interface Way {
  readonly name: string;
  /** A read of what is kept, loaded if it is not where the library's method does that. */
  readonly read: (key: string) => unknown;
  /** Whether the value is there at once, without a promise. */
  readonly isNow: boolean;
}

export interface Library {
  readonly name: string;
  /** Its ways to read, the one that also loads the last. */
  readonly ways: readonly Way[];
  set(key: string, value: unknown): Promise<unknown>;
  /** Loads what is missing, once for all who ask if the library sees to that. */
  getOrLoad(key: string): Promise<unknown>;
  close(): Promise<void>;
}

const TTL_MS = 3_600_000;

function connection(url: string): Redis {
  return new Redis(url);
}

/** Its memory keeps values as they are, which is its fastest setting; before Redis it cannot (1.6.1 throws), and keeps JSON. */
function bentoCache({
  tiers,
  redisUrl,
  entries,
  load,
}: LibraryOptions): Library {
  const client = tiers === "memory" ? undefined : connection(redisUrl);
  const store = bentostore();
  if (tiers !== "redis") {
    store.useL1Layer(
      memoryDriver({ maxItems: entries, serialize: tiers === "both" }),
    );
  }
  if (client !== undefined) {
    store.useL2Layer(redisDriver({ connection: client }));
  }
  if (tiers === "both") {
    const { hostname, port, password } = new URL(redisUrl);
    store.useBus(
      redisBusDriver({
        connection: { host: hostname, port: Number(port), password },
      }),
    );
  }
  const cache = new BentoCache({ default: "one", stores: { one: store } });
  const getOrLoad = (key: string) =>
    cache.getOrSet({ key, factory: () => load(key), ttl: TTL_MS });
  return {
    name: "BentoCache",
    ways: [
      {
        name: "BentoCache get",
        read: (key) => cache.get({ key }),
        isNow: false,
      },
      { name: "BentoCache getOrSet", read: getOrLoad, isNow: false },
    ],
    set: (key, value) => cache.set({ key, value, ttl: TTL_MS }),
    getOrLoad,
    close: async () => {
      await cache.disconnectAll();
      client?.disconnect();
    },
  };
}

function layeredLoader({
  tiers,
  redisUrl,
  entries,
  load,
}: LibraryOptions): Library {
  const client = tiers === "memory" ? undefined : connection(redisUrl);
  const loader = new Loader<unknown>({
    inMemoryCache:
      tiers === "redis" ? false : { ttlInMsecs: TTL_MS, maxItems: entries },
    ...(client === undefined
      ? {}
      : {
          asyncCache: new RedisCache(client, {
            json: true,
            ttlInMsecs: TTL_MS,
          }),
        }),
    dataSourceGetOneFn: load,
  });
  const getOrLoad = async (key: string) => loader.get(key);
  return {
    name: "layered-loader",
    ways: [
      ...(tiers === "redis"
        ? []
        : [
            {
              name: "layered-loader getInMemoryOnly",
              read: (key: string) => loader.getInMemoryOnly(key),
              isNow: true,
            },
          ]),
      {
        name: "layered-loader get",
        read: (key) => loader.get(key),
        isNow: false,
      },
    ],
    set: (key, value) => loader.forceSetValue(key, value),
    getOrLoad,
    close: async () => {
      client?.disconnect();
    },
  };
}

/** Its memory is a Map, and keeps values as they are. */
function cacheManager({ tiers, redisUrl, load }: LibraryOptions): Library {
  const redis = tiers === "memory" ? undefined : new KeyvRedis(redisUrl);
  const cache = createCache({
    ttl: TTL_MS,
    stores: [
      ...(tiers === "redis"
        ? []
        : [new Keyv({ serialize: undefined, deserialize: undefined })]),
      ...(redis === undefined
        ? []
        : [new Keyv({ store: redis, namespace: "bench" })]),
    ],
  });
  const getOrLoad = (key: string) => cache.wrap(key, () => load(key));
  return {
    name: "cache-manager",
    ways: [
      {
        name: "cache-manager get",
        read: (key) => cache.get(key),
        isNow: false,
      },
      { name: "cache-manager wrap", read: getOrLoad, isNow: false },
    ],
    set: (key, value) => cache.set(key, value),
    getOrLoad,
    close: async () => {
      await redis?.disconnect();
    },
  };
}

/** All that we compare with, opened; close() each. */
export const openLibraries = (options: LibraryOptions): readonly Library[] =>
  [bentoCache, layeredLoader, cacheManager].map((open) => open(options));
