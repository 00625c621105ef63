// A process of its own that admits held events of one workspace, over and over, until it is killed. Started by tests of what
// several processes do to each other; announces that it is ready, and once more after each run.
import process from "node:process";

import { runWithTenant } from "../src/multitenancy/tenantContext";
import { admitHeldEvents } from "../src/userEvents";

const workspaceId = process.argv[2] ?? "";

process.stdout.write("ready\n");
await runWithTenant(
  { workspaceId, actor: { type: "worker", id: "test" }, requestId: "test" },
  async () => {
    for (;;) {
      process.stdout.write(`${await admitHeldEvents({ workspaceId })}\n`);
    }
  },
);
