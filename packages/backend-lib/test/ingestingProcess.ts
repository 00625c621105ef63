// A process of its own that ingests: started by tests of what several processes do to each other. Reads its work from the
// first argument; announces that it is ready, and begins when a line arrives on standard input.
import process from "node:process";
import { createInterface } from "node:readline";

import { Type } from "@sinclair/typebox";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { BatchItem, Uuid } from "isomorphic-lib/src/types";

import { closeDb } from "../src/db";
import { runWithTenant } from "../src/multitenancy/tenantContext";
import { ingestEvents } from "../src/userEvents";

const Work = Type.Object({
  workspaceId: Uuid,
  batches: Type.Array(Type.Array(BatchItem)),
});
const { workspaceId, batches } = unwrap(
  schemaValidate(JSON.parse(process.argv[2] ?? ""), Work),
);

process.stdout.write("ready\n");
const input = createInterface(process.stdin);
await new Promise((resolve) => {
  input.once("line", resolve);
});
input.close();

let stored = 0;
await runWithTenant(
  { workspaceId, actor: { type: "worker", id: "test" }, requestId: "test" },
  async () => {
    for (const events of batches) {
      const result = await ingestEvents({ workspaceId, events });
      stored += result._unsafeUnwrap().storedCount;
    }
  },
);
process.stdout.write(`${stored}\n`);
await closeDb();
