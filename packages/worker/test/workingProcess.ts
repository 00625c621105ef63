// A process of its own that runs workspaces' jobs until it is killed. Started by tests of what becomes of jobs whose process
// has ended; announces that it is ready. Its leases are short, so that another takes over soon.
import process from "node:process";

import { buildWorker } from "../src/buildWorker";

await buildWorker({
  jobs: {},
  config: { tenantPollIntervalMs: 20, tenantLeaseMs: 1_000 },
});
process.stdout.write("ready\n");
