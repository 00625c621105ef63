// Part 5: Redis stops answering. What a read of a key that nobody has takes over the time of its load: of a hundred that begin when
// the server has just fallen silent, and of a hundred more a little later. A paused server is one that hangs: its line is open,
// what is sent is taken, and nothing comes back.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { Redis } from "ioredis";

import { config } from "../../src/config";
import { closeDb } from "../../src/db";
import { tenantCache } from "../../src/multitenancy/cache";
import { median } from "../benchReport";
import { openLibraries } from "./libraries";
import { type Row, sendRows, sizesOfProcess } from "./results";
import { SMALL, smallValue, workspaceIdOf } from "./workload";

const READS = 100;
const LOAD_MS = 20;
const PAUSE_MS = 1_500;
const BETWEEN_MS = 200;
const SETTLE_MS = 10_000;

const { rounds } = sizesOfProcess();
const { redisUrl = "" } = config();
const cache = tenantCache();
const workspaceId = workspaceIdOf(0);

/** By key: how long its load took, which a busy machine lengthens. */
const loadMs = new Map<string, number>();
async function load(key: string) {
  const from = performance.now();
  await sleep(LOAD_MS);
  loadMs.set(key, performance.now() - from);
  return smallValue(7);
}

const libraries = openLibraries({
  tiers: "both",
  redisUrl,
  entries: 100_000,
  load,
});
const ways = [
  {
    name: "ours",
    getOrLoad: (key: string) =>
      cache.getOrLoad(SMALL, { workspaceId, key, load: () => load(key) }),
  },
  ...libraries,
];

async function over(
  getOrLoad: (key: string) => Promise<unknown>,
  name: string,
): Promise<readonly number[]> {
  return Promise.all(
    Array.from({ length: READS }, async (_, n) => {
      const key = `${name} ${n}`;
      const from = performance.now();
      await getOrLoad(key);
      return performance.now() - from - (loadMs.get(key) ?? 0);
    }),
  );
}

async function untilItAnswers(admin: Redis): Promise<void> {
  await admin.ping();
  const end = performance.now() + SETTLE_MS;
  while (cache.figures().redis?.state !== "closed") {
    if (performance.now() > end) {
      throw new Error("The cache does not come back to Redis.");
    }
    await cache.get(SMALL, { workspaceId, key: "is it back" });
    await sleep(20);
  }
}

const admin = new Redis(redisUrl);
await cache.open();
const rows: Row[] = [];
for (let round = 0; round <= rounds; round += 1) {
  for (const way of ways) {
    const getOrLoad = (key: string) => way.getOrLoad(key);
    await untilItAnswers(admin);
    await over(getOrLoad, `before ${round}`);
    await admin.client("PAUSE", PAUSE_MS, "ALL");
    const first = await over(getOrLoad, `first ${round}`);
    await sleep(BETWEEN_MS);
    const later = await over(getOrLoad, `later ${round}`);
    if (round > 0) {
      rows.push({
        way: way.name,
        round,
        figures: {
          firstMs: median(first),
          firstMostMs: Math.max(...first),
          laterMs: median(later),
          laterMostMs: Math.max(...later),
        },
      });
    }
  }
}
await untilItAnswers(admin);
admin.disconnect();
await Promise.all(libraries.map((library) => library.close()));
await closeDb();
await sendRows(rows);
process.disconnect();
