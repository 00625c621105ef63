// Part 3, ours: a workspace of a hundred thousand entries among a million is dropped, again and again, and filled again each time.
// What the drop takes and what bystanders see of it; beside it a bare UPDATE of one row, which is the least that a change can cost
// on this server, and bystanders while nobody drops anything.

import { setTimeout as sleep } from "node:timers/promises";

import { Redis } from "ioredis";
import pg from "pg";

import { config } from "../../src/config";
import { closeDb } from "../../src/db";
import { CacheMiss, tenantCache } from "../../src/multitenancy/cache";
import { openBystanders } from "./bystanders";
import { type Drop, dropOnce, rowOf } from "./looks";
import { type Row, sendRows, sizesOfProcess } from "./results";
import { SMALL, smallValue, workspaceIdOf } from "./workload";

/** Of the entries, each workspace has one in so many. */
const WORKSPACES = 10;
/** Written between two waits for Redis. */
const CHUNK = 2_000;
const REST_MS = 5;

const { rounds, entries, drops } = sizesOfProcess();
const { redisUrl = "" } = config();
const perWorkspace = entries / WORKSPACES;
const dropped = workspaceIdOf(0);
const kept = workspaceIdOf(1);
const cache = tenantCache();
const redis = new Redis(redisUrl);

async function fill(workspaceId: string): Promise<void> {
  const missed = await cache.get(SMALL, { workspaceId });
  if (missed.isHit || missed.stamps === undefined) {
    throw new Error("A workspace is filled when it is empty.");
  }
  for (let n = 1; n <= perWorkspace; n += 1) {
    const place = { kind: SMALL, workspaceId, key: `key${n}` };
    cache.set(new CacheMiss(place, missed.stamps), smallValue(n));
    if (n % CHUNK === 0) {
      await redis.ping(); // on another connection, but the server takes one after the other
      await sleep(0);
    }
  }
}

/** It is in both tiers; and after the drop it is nowhere to be found. */
async function check(isThere: boolean): Promise<void> {
  const place = { workspaceId: dropped, key: `key${perWorkspace}` };
  const peeked = cache.peek(SMALL, dropped, place.key) !== undefined;
  const { isHit } = await cache.get(SMALL, place);
  if (peeked !== isThere || isHit !== isThere) {
    throw new Error(isThere ? "It was not filled." : "It was not dropped.");
  }
}

/** A row that nothing watches. */
async function bareUpdates() {
  const superuser = new pg.Client({
    connectionString: process.env.BENCH_SUPERUSER_URL,
  });
  await superuser.connect();
  await superuser.query("CREATE TABLE bench_row (n integer NOT NULL)");
  await superuser.query("INSERT INTO bench_row VALUES (0)");
  return {
    update: async () => {
      await superuser.query("UPDATE bench_row SET n = n + 1");
    },
    end: () => superuser.end(),
  };
}

for (let n = 0; n < WORKSPACES; n += 1) {
  await fill(workspaceIdOf(n));
}
await redis.set("bystander", JSON.stringify(smallValue(1)));
const bystanders = await openBystanders(redis, "bystander", () =>
  cache.peek(SMALL, kept, "key1"),
);
const bare = await bareUpdates();
const ways = [
  { name: "nobody drops", work: () => sleep(1) },
  { name: "a bare UPDATE of one row", work: bare.update },
  {
    name: "ours invalidateWorkspace",
    work: () => cache.invalidateWorkspace(dropped),
    isDrop: true,
  },
];
const rows: Row[] = [];
for (let round = 0; round <= rounds; round += 1) {
  const told = ways.map((): Drop[] => []);
  for (
    let drop = 0;
    drop < (round === 0 ? 1 : (2 * drops) / rounds);
    drop += 1
  ) {
    for (const [at, { work, isDrop = false }] of ways.entries()) {
      if (isDrop) {
        await check(true);
      }
      await sleep(REST_MS);
      told[at]?.push(await dropOnce(drop, bystanders, work));
      if (isDrop) {
        await check(false);
        await fill(dropped);
      }
    }
  }
  if (round > 0) {
    rows.push(
      ...ways.map(({ name }, at) => rowOf(name, round, told[at] ?? [])),
    );
  }
}
bystanders.close();
redis.disconnect();
await bare.end();
await closeDb();
await sendRows(rows);
process.disconnect();
