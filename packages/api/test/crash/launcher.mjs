// What `npm start` starts, small enough to be killed often: an own, durable Postgres on the folder of the first argument,
// migrated, and the API over it. Run with tsx. Prints one line of JSON once the API answers, and lives on.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { migrate } from "backend-lib/src/db/migrate";

// The own Postgres belongs to the repository, not to a package.
/* eslint-disable import/no-relative-packages */
import { freePort } from "../../../../scripts/freePort.mjs";
import { startPostgres } from "../../../../scripts/postgres.mjs";
/* eslint-enable import/no-relative-packages */

const postgres = await startPostgres({
  dataDir: process.argv[2] ?? "",
  mode: "durable",
});
await migrate({ adminUrl: postgres.urls.DATABASE_ADMIN_URL });

const port = await freePort();
Object.assign(process.env, postgres.urls, { PORT: String(port) });
await import("../../scripts/startServer.ts");

const origin = `http://127.0.0.1:${port}`;
for (;;) {
  const response = await fetch(`${origin}/api/health/ready`).catch(() => null);
  if (response?.ok) break;
  await sleep(50);
}
process.stdout.write(
  `${JSON.stringify({
    origin,
    home: postgres.home,
    urls: postgres.urls,
    pids: { server: process.pid, postgres: postgres.pid },
  })}\n`,
);
