// The server of a benchmark, as a child process of it: a throw-away Postgres, or the one that BENCH_DATABASE_URL names, with a
// database and roles of its own. Says the superuser's URL over IPC, and takes everything away when its parent goes,
// however that goes. packages/backend-lib/bench/benchDatabase.ts starts it.
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import pg from "pg";

import { describe } from "./commandLine.mjs";
import { startPostgres } from "./postgres.mjs";
import { ensureRoles, ROLES } from "./postgres/roles.mjs";

const DATABASE = `dittofeed_bench_${process.pid}`;

/** What a commit costs in production: the data is thrown away all the same. */
const DURABLE = [
  "fsync=on",
  "synchronous_commit=on",
  "full_page_writes=on",
  "wal_level=replica",
];

/** The options of the command line: `--durable`, and settings as `name=value`, which hold over it. */
const given = process.argv.slice(2);
const settings = [
  ...(given.includes("--durable") ? DURABLE : []),
  ...given.filter((argument) => argument.includes("=")),
];

/** @returns {Promise<{ url: string, stop: () => Promise<void> }>} of the superuser */
async function findServer() {
  const url = process.env.BENCH_DATABASE_URL;
  if (url) {
    return { url, stop: () => dropDatabase(url) };
  }
  const dataDir = mkdtempSync(path.join(tmpdir(), "dittofeed-bench-"));
  chmodSync(dataDir, 0o711); // when we are root, the server's user passes through
  const { adminUrl, stop } = await startPostgres({
    dataDir,
    mode: "test",
    settings,
  });
  return { url: adminUrl, stop };
}

/** @param {string} adminUrl */
async function dropDatabase(adminUrl) {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  await client.end();
}

async function main() {
  const server = await findServer();
  /** @type {Promise<void> | undefined} */
  let stopping;
  const stop = () => {
    stopping ??= server.stop().then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`${describe(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("disconnect", stop);
  try {
    const { owner, app, system } = ROLES;
    // Each role's password is its name: nothing here outlives the run.
    await ensureRoles({
      adminUrl: server.url,
      database: DATABASE,
      passwords: { owner, app, system },
    });
    const url = new URL(server.url);
    url.pathname = DATABASE;
    process.send?.({ superuserUrl: url.href });
  } catch (error) {
    await server.stop();
    throw error;
  }
}

// Ctrl-C reaches the whole group; the parent decides, and its going is what we listen for.
process.on("SIGINT", () => undefined);
main().catch((error) => {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
});
