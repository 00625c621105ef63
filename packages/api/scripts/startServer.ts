// Starts the API alone: no worker, no migrations, no seed. For deployments that run these as processes of their own; `npm start`
// at the repository's root runs everything in one.

import path from "node:path";

import { config } from "backend-lib/src/config";
import { closeDbAfter } from "backend-lib/src/db";
import { checkIsolationAtStart } from "backend-lib/src/db/doctor";
import { logger } from "backend-lib/src/logger";
import { tenantCache } from "backend-lib/src/multitenancy/cache";
import { applyDefaultQuotas } from "backend-lib/src/multitenancy/resourceQuotas";

import { buildApp } from "../src/buildApp";

const DASHBOARD = path.resolve(import.meta.dirname, "../../dashboard/out");

async function start(): Promise<void> {
  const { host, port } = config();
  await checkIsolationAtStart();
  await applyDefaultQuotas();
  await tenantCache().open();
  const app = await buildApp({ dashboardFolder: DASHBOARD });

  let isStopping = false;
  const stop = async () => {
    if (isStopping) {
      return;
    }
    isStopping = true;
    await closeDbAfter(app.close()); // answers what is under way, takes nothing new
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        logger().error({ err: error }, "the server did not stop cleanly");
        process.exitCode = 1;
      });
    });
  }
  await app.listen({ host, port }); // logs the address
}

start().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
