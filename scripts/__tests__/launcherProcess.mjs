// A process of its own for the launcher's tests: starts Postgres on a folder, prints what it got on one line,
// and stops when its stdin ends. The tests kill it in the middle, too.
import process from "node:process";

import { startPostgres } from "../postgres.mjs";

const [dataDir = "", mode] = process.argv.slice(2);
const postgres = await startPostgres({
  dataDir,
  mode: mode === "test" ? "test" : "durable",
});
const { adminUrl, pid, reused } = postgres;
process.stdout.write(`${pid} ${reused} ${adminUrl}\n`);
await new Promise((resolve) => {
  process.stdin.once("end", resolve).resume();
});
await postgres.stop();
