// The worker alone, for deployments that run it beside several API processes with ENABLE_WORKER=false. SIGTERM and SIGINT
// let the jobs under way end.
import process from "node:process";

import { closeDb } from "backend-lib/src/db";
import { checkIsolationAtStart } from "backend-lib/src/db/doctor";
import { logger } from "backend-lib/src/logger";
import { applyDefaultQuotas } from "backend-lib/src/multitenancy/resourceQuotas";

import { buildWorker } from "../src/buildWorker";

async function start(): Promise<void> {
  await checkIsolationAtStart();
  await applyDefaultQuotas();
  const worker = await buildWorker();
  const stop = () => {
    worker
      .stop()
      .then(closeDb)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          logger().error({ err: error }, "stopping failed");
          process.exit(1);
        },
      );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  logger().info("the worker is running");
}

start().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
