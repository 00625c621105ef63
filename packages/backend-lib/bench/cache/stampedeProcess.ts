// One of those who read a key that nobody has: through our cache or another library's, memory before Redis in all of them.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { config } from "../../src/config";
import { closeDb } from "../../src/db";
import { tenantCache } from "../../src/multitenancy/cache";
import { epochMs } from "./bystanders";
import { openLibraries } from "./libraries";
import { SMALL, smallValue, workspaceIdOf } from "./workload";

const LOAD_MS = 50;
/** Before the moment, in which a timer may come late. */
const EARLY_MS = 5;

const Order = Type.Object({
  way: Type.Integer(),
  key: Type.String(),
  at: Type.Number(),
  reads: Type.Integer(),
});

let loads = 0;
async function load() {
  loads += 1;
  await sleep(LOAD_MS);
  return smallValue(7);
}

const cache = tenantCache();
const workspaceId = workspaceIdOf(0);
const libraries = openLibraries({
  tiers: "both",
  redisUrl: config().redisUrl ?? "",
  entries: 100_000,
  load,
});
const ways = [
  {
    name: "ours",
    getOrLoad: (key: string) =>
      cache.getOrLoad(SMALL, { workspaceId, key, load }),
  },
  ...libraries,
];

async function follow(order: unknown) {
  const { way, key, at, reads } = Value.Parse(Order, order);
  const chosen = ways[way];
  if (chosen === undefined) {
    throw new Error(`There is no way ${way}.`);
  }
  await sleep(Math.max(0, at - EARLY_MS - epochMs()));
  while (epochMs() < at) {
    // all begin at one moment
  }
  loads = 0;
  await Promise.all(Array.from({ length: reads }, () => chosen.getOrLoad(key)));
  return { way: chosen.name, loads, endedAt: epochMs() };
}

await cache.open();
process.on("message", (order) => {
  follow(order).then(
    (told) => process.send?.(told),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => {
  void Promise.all(libraries.map((library) => library.close()))
    .then(closeDb)
    .then(() => process.exit());
});
process.send?.("ready");
