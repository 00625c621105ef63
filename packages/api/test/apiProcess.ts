// A process of its own that serves the API: started by tests of what several processes see of each other. Prints its address;
// ends on SIGTERM. The database is that of the environment.

import process from "node:process";

import { closeDbAfter } from "backend-lib/src/db";

import { buildApp } from "../src/buildApp";

const app = await buildApp();
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${address}\n`);
process.once("SIGTERM", () => {
  closeDbAfter(app.close()).catch(() => {
    process.exitCode = 1;
  });
});
