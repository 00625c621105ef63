// A process that has nothing to do with a drop, but asks the same Redis: GET after GET from "begin" to "end", then says how long
// each took.

import process from "node:process";

import { Redis } from "ioredis";

import { config } from "../../src/config";
import { looking, type Looks } from "./bystanders";

const redis = new Redis(config().redisUrl ?? "");
const key = process.argv.at(-1) ?? "";
let isOver = false;
let looks: Promise<Looks> = Promise.resolve([]);

await redis.get(key);
process.on("message", (message) => {
  if (message === "begin") {
    isOver = false;
    looks = looking(
      () => redis.get(key),
      () => isOver,
    );
    process.send?.("begun");
  } else {
    isOver = true;
    void looks.then((seen) => process.send?.(seen));
  }
});
process.on("disconnect", () => redis.disconnect());
process.send?.("ready");
