// The API as a process of its own, as it is deployed: listens on a free port, tells it over IPC, and tells its cache's figures when
// it is asked. Ends with its parent.

import process from "node:process";

import { closeDbAfter } from "backend-lib/src/db";
import { tenantCache } from "backend-lib/src/multitenancy/cache";

import { buildApp } from "../../src/buildApp";

const app = await buildApp();
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.on("message", () => {
  const { reads, turns } = tenantCache().figures();
  process.send?.({ ...reads, turns });
});
process.once("disconnect", () => {
  closeDbAfter(app.close()).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.send?.({ address });
