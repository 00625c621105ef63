// The one process that is the product: migrates, seeds an empty database, serves the API with the dashboard, and runs the
// worker's jobs. Owns the order of starting and stopping; `npm start` bundles it to dist/host.js and runs it beside the
// own Postgres, the Docker image runs it alone.
import type { Server } from "node:http";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { buildApp } from "api/src/buildApp";
import { config } from "backend-lib/src/config";
import { closeDbAfter } from "backend-lib/src/db";
import { checkIsolationAtStart } from "backend-lib/src/db/doctor";
import { migrate } from "backend-lib/src/db/migrate";
import { configuredPolicies } from "backend-lib/src/db/sealKeys";
import { logger } from "backend-lib/src/logger";
import { tenantCache } from "backend-lib/src/multitenancy/cache";
import { applyDefaultQuotas } from "backend-lib/src/multitenancy/resourceQuotas";
import { seedDemo } from "backend-lib/src/seed/demo";
import { buildWorker } from "worker/src/buildWorker";

import { codeOf, messageOf } from "./commandLine.mjs";

const DASHBOARD = fileURLToPath(
  new URL("../packages/dashboard/out", import.meta.url),
);
/** Beyond what the database's work is given: for cancelling it and for closing. */
const STOPPING_MS = 5_000;
const SAME_SIGNAL_MS = 1_000; // Ctrl-C reaches us twice: from the terminal and from the launcher

/** What runs and works with the database. */
const running: (() => Promise<void>)[] = [];
let stoppingSince: number | undefined;

async function stopAll(): Promise<void> {
  await closeDbAfter(Promise.all(running.splice(0).map((stop) => stop())));
}

/** Lets requests and jobs finish, closes the pools, ends the process. Asked again after a second, it ends at once. */
function shutDown(): void {
  if (stoppingSince !== undefined) {
    if (Date.now() - stoppingSince > SAME_SIGNAL_MS) {
      process.exit(1);
    }
    return;
  }
  stoppingSince = Date.now();
  setTimeout(() => {
    logger().error("what was still running did not finish in time");
    process.exit(1);
  }, config().databaseDrainTimeoutMs + STOPPING_MS).unref();
  stopAll().then(
    () => process.exit(0),
    (error: unknown) => {
      logger().error({ err: error }, "stopping failed");
      process.exit(1);
    },
  );
}

/** Addresses that a person can open: a server on all addresses is reached by its machine's name. */
function originOf(server: Server): string {
  const { host, port: wanted } = config();
  const address = server.address();
  const port =
    address !== null && typeof address === "object" ? address.port : wanted;
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const name = isEverywhere ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function announce(at: string): void {
  const lines = [
    ["Dashboard", `${at}/dashboard`],
    ["API", `${at}/api`],
    ["OpenAPI", `${at}/documentation`],
    ["Health", `${at}/api/health/ready`],
    ["Metrics", `${at}/metrics`],
  ].map(([name = "", address = ""]) => `  ${name.padEnd(10)} ${address}`);
  const rule = "─".repeat(Math.max(...lines.map((line) => line.length)) + 2);
  process.stdout.write(`\n${[rule, ...lines, rule].join("\n")}\n\n`);
}

const logAs = (step: string) => (line: string) => {
  logger().info({ step }, line);
};

async function start(): Promise<void> {
  const settings = config();
  const adminUrl = settings.databaseAdminUrl ?? settings.databaseUrl;
  if (adminUrl === undefined) {
    throw new Error(
      "DATABASE_URL is not set. `npm start` brings a database of its own; alone, this program needs one.",
    );
  }
  await migrate({
    adminUrl,
    log: logAs("migration"),
    policies: configuredPolicies(),
  });
  await checkIsolationAtStart();
  await applyDefaultQuotas();
  if (settings.seedDemo) {
    await seedDemo({ log: logAs("seed") });
  }
  if (settings.enableWorker) {
    const worker = await buildWorker();
    running.push(() => worker.stop());
  }
  await tenantCache().open();
  const app = await buildApp({ dashboardFolder: DASHBOARD });
  running.push(() => app.close());
  await app.listen({ host: settings.host, port: settings.port });
  announce(originOf(app.server));
  process.send?.({ type: "listening" });
}

process.on("SIGTERM", shutDown);
process.on("SIGINT", shutDown);
// The launcher is gone, however it went: nobody will stop us, so we do.
process.on("disconnect", shutDown);

start().catch(async (error: unknown) => {
  if (stoppingSince !== undefined) {
    return; // it failed because it was stopped in the middle, which is under way
  }
  const text =
    codeOf(error) === "EADDRINUSE"
      ? `Port ${config().port} is taken by another program: stop that, or choose another port with PORT.`
      : messageOf(error);
  process.stderr.write(`${text}\n`);
  await stopAll().catch(() => undefined);
  process.exit(1);
});
