// Part 1: reads of what this process keeps. Ours without a promise (peek), in a request that has taken its turn, and each on its
// own, a thousand at once; the others' beside it, in turns. Counted by seconds of this process's CPU time: what else runs on the
// machine is not in them.

import process from "node:process";

import { closeDb } from "../../src/db";
import { CacheMiss, tenantCache } from "../../src/multitenancy/cache";
import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { openLibraries } from "./libraries";
import { type Row, sendRows, sizesOfProcess } from "./results";
import {
  KEYS_PER_WORKSPACE,
  readingContext,
  SMALL,
  smallValue,
  workload,
} from "./workload";

/** Reads between two looks at the clock. */
const BATCH = 10_000;
/** Reads of one request, or of a thousand at once. */
const [IN_REQUEST, AT_ONCE] = [100, 1_000];

const { rounds, seconds, workspaces } = sizesOfProcess();
const { workspaceIds, keys, flat, order } = workload(workspaces);
const cache = tenantCache();

const load = () => Promise.reject(new Error("Everything is kept already."));

/** A batch of reads; answers with how many did not find what is there. */
type Batch = (from: number) => number | Promise<number>;

const anyAt = (draw: number) => order[draw % order.length] ?? 0;
/** Of a tenth of the workspaces: what a processor's caches hold, whatever else is kept. */
const hot = workload(Math.ceil(workspaces / 10)).order;
const hotAt = (draw: number) => hot[draw % hot.length] ?? 0;

/** Reads a second of CPU time, and of the clock. */
async function speed(batch: Batch): Promise<Row["figures"]> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  let [reads, missed] = [0, 0];
  while (performance.now() - from < seconds * 1000) {
    missed += await batch(reads);
    reads += BATCH;
  }
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  if (missed > 0) {
    throw new Error(`${missed} of ${reads} reads found nothing.`);
  }
  return {
    perCpuSecond: (reads / (user + system)) * 1e6,
    perSecond: (reads / ms) * 1000,
  };
}

const peeking =
  (entryOf: (draw: number) => number): Batch =>
  (from) => {
    let missed = 0;
    for (let draw = from; draw < from + BATCH; draw += 1) {
      const entry = entryOf(draw);
      const found = cache.peek(
        SMALL,
        workspaceIds[entry] ?? "",
        keys[entry] ?? "",
      );
      missed += found === undefined ? 1 : 0;
    }
    return missed;
  };

const query = (entry: number) => ({
  workspaceId: workspaceIds[entry] ?? "",
  key: keys[entry] ?? "",
  load,
});

/** As a request that has taken its turn; answers with how many were not what they should be. */
async function inOneRequest(entry: number): Promise<number> {
  const first = entry - (entry % KEYS_PER_WORKSPACE);
  return runWithTenant(readingContext(workspaceIds[entry] ?? ""), async () => {
    let wrong = 0;
    for (let each = 0; each < IN_REQUEST; each += 1) {
      const at = first + (each % KEYS_PER_WORKSPACE);
      const found = await cache.getOrLoad(SMALL, query(at));
      wrong += found.n === at ? 0 : 1;
    }
    return wrong;
  });
}

const inRequests: Batch = async (from) => {
  let wrong = 0;
  for (let draw = from; draw < from + BATCH; draw += IN_REQUEST) {
    wrong += await inOneRequest(hotAt(draw));
  }
  return wrong;
};

const atOnce: Batch = async (from) => {
  for (let draw = from; draw < from + BATCH; draw += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, each) =>
        cache.getOrLoad(SMALL, query(hotAt(draw + each))),
      ),
    );
  }
  return 0;
};

const now =
  (read: (key: string) => unknown, entryOf = hotAt): Batch =>
  (from) => {
    let missed = 0;
    for (let draw = from; draw < from + BATCH; draw += 1) {
      missed += read(flat[entryOf(draw)] ?? "") === undefined ? 1 : 0;
    }
    return missed;
  };

const awaited =
  (read: (key: string) => unknown): Batch =>
  async (from) => {
    let missed = 0;
    for (let draw = from; draw < from + BATCH; draw += 1) {
      missed += (await read(flat[hotAt(draw)] ?? "")) === undefined ? 1 : 0;
    }
    return missed;
  };

/** Keeps every entry: under the generations of one read of its workspace. */
async function fill(): Promise<void> {
  for (let entry = 0; entry < keys.length; entry += KEYS_PER_WORKSPACE) {
    const workspaceId = workspaceIds[entry] ?? "";
    const missed = await cache.get(SMALL, { workspaceId });
    if (!missed.isHit) {
      for (let each = entry; each < entry + KEYS_PER_WORKSPACE; each += 1) {
        const place = { kind: SMALL, workspaceId, key: keys[each] ?? "" };
        cache.set(new CacheMiss(place, missed.stamps), smallValue(each));
      }
    }
  }
}

await fill();
const libraries = openLibraries({
  tiers: "memory",
  redisUrl: "",
  entries: keys.length * 2,
  load,
});
for (const library of libraries) {
  for (const [entry, key] of flat.entries()) {
    await library.set(key, smallValue(entry));
  }
}
const ways = [
  { name: "ours peek", batch: peeking(hotAt) },
  { name: `ours getOrLoad, ${IN_REQUEST} in a request`, batch: inRequests },
  { name: `ours getOrLoad, ${AT_ONCE} at once`, batch: atOnce },
  ...libraries
    .flatMap((library) => library.ways)
    .map(({ name, read, isNow }) => ({
      name,
      batch: isNow ? now(read) : awaited(read),
    })),
  // The same of all workspaces: more than a processor's caches hold, and so a matter of memory.
  { name: "ours peek, of all", batch: peeking(anyAt) },
  ...libraries
    .flatMap((library) => library.ways)
    .filter(({ isNow }) => isNow)
    .map(({ name, read }) => ({
      name: `${name}, of all`,
      batch: now(read, anyAt),
    })),
];
const rows: Row[] = [];
for (let round = 0; round <= rounds; round += 1) {
  for (const { name, batch } of ways) {
    const figures = await speed(batch);
    if (round > 0) {
      rows.push({ way: name, round, figures }); // the first compiles what runs
    }
  }
}
await Promise.all(libraries.map((library) => library.close()));
await closeDb();
await sendRows(rows);
process.disconnect();
