// Part 2: reads of what only Redis keeps, as many under way at once in every way: a bare GET, our shared tier's read of the same
// texts, whole reads with an empty first tier, and the others' with their memories off. The process is started with a first tier
// that holds nothing.

import { setTimeout as sleep } from "node:timers/promises";

import { Redis } from "ioredis";

import { config } from "../../src/config";
import { parseRedisUrl } from "../../src/config/redisUrl";
import { closeDb } from "../../src/db";
import { CacheMiss, tenantCache } from "../../src/multitenancy/cache";
import { sharedKey } from "../../src/multitenancy/cache/cacheKey";
import { createSharedTier } from "../../src/multitenancy/cache/sharedTier";
import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { connectRedis } from "../../src/redis";
import { openLibraries } from "./libraries";
import { type Row, sendRows, sizesOfProcess } from "./results";
import {
  KEYS_PER_WORKSPACE,
  LIST,
  listValue,
  readingContext,
  workload,
} from "./workload";

const STREAMS = 64;
const ENTRIES = 1_000;

const { rounds, seconds } = sizesOfProcess();
const { redisUrl = "" } = config();
const { workspaceIds, keys, flat, order } = workload(
  ENTRIES / KEYS_PER_WORKSPACE,
);
const cache = tenantCache();
const bare = new Redis(redisUrl);

function ownTier() {
  const address = parseRedisUrl(redisUrl);
  if (address.isErr()) {
    throw new Error(address.error);
  }
  return createSharedTier(connectRedis(address.value), {
    deadlineMs: config().tenantCacheRedisDeadlineMs,
  });
}
const tier = ownTier();

let loads = 0;
/** Redis has everything: loaded is only what did not come in time. */
async function load() {
  loads += 1;
  return listValue(loads);
}

/** Reads a second; every stream has one under way. */
async function speed(
  read: (entry: number) => Promise<unknown>,
): Promise<Row["figures"]> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  const until = from + seconds * 1000;
  loads = 0;
  let [reads, missed] = [0, 0];
  await Promise.all(
    Array.from({ length: STREAMS }, async (_, stream) => {
      for (let draw = stream; performance.now() < until; draw += STREAMS) {
        const found = await read(order[draw % order.length] ?? 0);
        missed += found === undefined || found === null ? 1 : 0;
        reads += 1;
      }
    }),
  );
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (reads / ms) * 1000,
    perCpuSecond: (reads / (user + system)) * 1e6,
    missedPercent: ((missed + loads) / reads) * 100,
  };
}

/** Puts every value into Redis, through the cache; answers with where they are. */
async function fill(): Promise<readonly string[]> {
  const places: string[] = [];
  for (const [entry, workspaceId] of workspaceIds.entries()) {
    const key = keys[entry] ?? "";
    const missed = await cache.get(LIST, { workspaceId, key });
    if (missed.isHit || missed.stamps === undefined) {
      throw new Error("The cache has to be empty, and to hear the database.");
    }
    const at = sharedKey(LIST, workspaceId, key, missed.stamps);
    // What is written before its connection is there is not kept.
    while ((await bare.get(at)) === null) {
      cache.set(
        new CacheMiss({ kind: LIST, workspaceId, key }, missed.stamps),
        listValue(entry),
      );
      await sleep(1);
    }
    places.push(at);
  }
  return places;
}

async function whole(entry: number): Promise<unknown> {
  const workspaceId = workspaceIds[entry] ?? "";
  return cache.getOrLoad(LIST, {
    workspaceId,
    key: keys[entry] ?? "",
    load,
  });
}

const places = await fill();
const libraries = openLibraries({
  tiers: "redis",
  redisUrl,
  entries: 0,
  load,
});
for (const library of libraries) {
  for (const [entry, key] of flat.entries()) {
    await library.set(key, listValue(entry));
  }
}
const ways = [
  {
    name: "bare GET",
    read: (entry: number) => bare.get(places[entry] ?? ""),
  },
  {
    name: "ours, the shared tier's read",
    read: (entry: number) => tier.read(places[entry] ?? ""),
  },
  {
    name: "ours getOrLoad, in a request",
    read: (entry: number) =>
      runWithTenant(readingContext(workspaceIds[entry] ?? ""), () =>
        whole(entry),
      ),
  },
  { name: "ours getOrLoad, each on its own", read: whole },
  ...libraries.flatMap(({ ways: own }) =>
    own.map(({ name, read }) => ({
      name,
      read: async (entry: number) => read(flat[entry] ?? ""),
    })),
  ),
];
const placeOf = (way: string) => ways.findIndex(({ name }) => name === way);
const rows: Row[] = [];
for (let round = 0; round <= rounds; round += 1) {
  // Whoever is first has an emptier machine, or a colder one.
  for (const { name, read } of round % 2 === 0 ? ways : [...ways].reverse()) {
    const figures = await speed(read);
    if (round > 0) {
      rows.push({ way: name, round, figures });
    }
  }
}
rows.sort((one, other) => placeOf(one.way) - placeOf(other.way));
await Promise.all(libraries.map((library) => library.close()));
await tier.close();
bare.disconnect();
await closeDb();
await sendRows(rows);
process.disconnect();
