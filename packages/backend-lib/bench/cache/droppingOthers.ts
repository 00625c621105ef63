// Part 3, the others: the same workspace among the same million, dropped as each of them does it. Their memories hold the workspace
// alone, and what is not dropped lies in Redis only, which favours them.

import { setTimeout as sleep } from "node:timers/promises";

import { Redis } from "ioredis";

import { config } from "../../src/config";
import { openBystanders } from "./bystanders";
import { openDroppers } from "./droppers";
import { type Drop, dropOnce, rowOf } from "./looks";
import { type Row, sendRows, sizesOfProcess } from "./results";
import { smallValue } from "./workload";

const AT_ONCE = 1_000;
const REST_MS = 5;
const OTHERS_PREFIX = "kept";

const { rounds, entries } = sizesOfProcess();
const { redisUrl = "" } = config();
const perWorkspace = entries / 10;
const redis = new Redis(redisUrl);

/** Made by the server itself, which is done in a second or two. */
const FILL = `for n = 1, ARGV[1] do redis.call("SET", KEYS[1] .. n, ARGV[2]) end`;

async function fill(set: (key: string, n: number) => Promise<unknown>) {
  for (let n = 1; n <= perWorkspace; n += AT_ONCE) {
    await Promise.all(
      Array.from(
        { length: Math.min(AT_ONCE, perWorkspace - n + 1) },
        (_, each) => set(`key${n + each}`, n + each),
      ),
    );
  }
}

await redis.flushall();
await redis.eval(
  FILL,
  1,
  OTHERS_PREFIX,
  entries - perWorkspace,
  JSON.stringify(smallValue(1)),
);
const droppers = openDroppers(redis, redisUrl, perWorkspace);
const bystanders = await openBystanders(
  redis,
  `${OTHERS_PREFIX}1`,
  () => undefined,
);
const rows: Row[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const each of droppers) {
    const { name } = each;
    const last = `key${perWorkspace}`;
    const told: Drop[] = [];
    for (const turn of [0, 1]) {
      await fill((key, n) => each.set(key, n));
      if ((await each.get(last)) === undefined) {
        throw new Error(`${name}: it was not filled.`);
      }
      await sleep(REST_MS);
      told.push(await dropOnce(turn, bystanders, () => each.drop()));
      if (((await each.get(last)) ?? undefined) !== undefined) {
        throw new Error(`${name}: it was not dropped.`);
      }
    }
    rows.push(rowOf(name, round, told));
  }
}
bystanders.close();
await Promise.all(droppers.map((each) => each.close()));
redis.disconnect();
await sendRows(rows);
process.disconnect();
