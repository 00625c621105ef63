// Other caching libraries, set up as their own pages advise for several processes: memory before Redis, a key deleted after its
// write, and the library's own way of telling the other processes where it has one. What is asked of them is caches.ts's.

import process from "node:process";

import KeyvRedis from "@keyv/redis";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import { createCache } from "cache-manager";
import { Redis } from "ioredis";
import { Keyv } from "keyv";
import { createNotificationPair, Loader, RedisCache } from "layered-loader";

import { type Value } from "./places";

export const PEERS = ["bentocache", "layered-loader", "cache-manager"] as const;
export type PeerName = (typeof PEERS)[number];

export function isPeer(name: string): name is PeerName {
  return PEERS.some((peer) => peer === name);
}

export interface OpenPeer {
  getOrLoad(key: string, load: () => Promise<Value>): Promise<Value>;
  forget(keys: readonly string[]): Promise<void>;
}

const TTL_MS = 300_000;

function connection(url: string): Redis {
  const client = new Redis(url);
  client.on("error", () => undefined); // what is asked meanwhile rejects
  return client;
}

function bentoCache(url: string): OpenPeer {
  const { hostname, port, password } = new URL(url);
  const cache = new BentoCache({
    default: "both",
    stores: {
      both: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 10_000 }))
        .useL2Layer(redisDriver({ connection: connection(url) }))
        .useBus(
          redisBusDriver({
            connection: { host: hostname, port: Number(port), password },
          }),
        ),
    },
  });
  return {
    getOrLoad: (key, factory) =>
      cache.getOrSet({ key, factory, ttl: TTL_MS, grace: false }),
    forget: async (keys) => {
      await cache.deleteMany({ keys: [...keys] });
    },
  };
}

interface Wanted {
  readonly key: string;
  readonly load: () => Promise<Value>;
}

async function layeredLoader(url: string): Promise<OpenPeer> {
  const { publisher, consumer } = createNotificationPair<Value>({
    channel: "checker",
    consumerRedis: connection(url),
    publisherRedis: connection(url),
  });
  const loader = new Loader<Value, Wanted>({
    inMemoryCache: { ttlInMsecs: TTL_MS, maxItems: 10_000 },
    asyncCache: new RedisCache<Value>(connection(url), {
      json: true,
      ttlInMsecs: TTL_MS,
    }),
    notificationConsumer: consumer,
    notificationPublisher: publisher,
    dataSourceGetOneFn: ({ load }) => load(),
    cacheKeyFromLoadParamsResolver: ({ key }) => key,
  });
  await loader.init();
  return {
    getOrLoad: async (key, load) => {
      const value = await loader.get({ key, load });
      return value ?? load();
    },
    forget: (keys) => loader.invalidateCacheForMany([...keys]),
  };
}

/** Tells nobody: the other processes go by the time to live. */
function cacheManager(url: string): OpenPeer {
  const redis = new KeyvRedis(url);
  const cache = createCache({
    ttl: TTL_MS,
    stores: [new Keyv(), new Keyv({ store: redis, namespace: "checker" })],
  });
  return {
    getOrLoad: (key, load) => cache.wrap(key, load),
    forget: async (keys) => {
      await cache.mdel([...keys]);
    },
  };
}

/** Opens the library on REDIS_URL. */
export async function openPeer(name: PeerName): Promise<OpenPeer> {
  const url = process.env.REDIS_URL ?? "";
  switch (name) {
    case "bentocache":
      return bentoCache(url);
    case "layered-loader":
      return layeredLoader(url);
    default:
      return cacheManager(url);
  }
}
