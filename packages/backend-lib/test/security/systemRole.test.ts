// Which modules work across workspaces, as dittofeed_system: these and no other. ESLint keeps the others from importing
// systemDb(); here is the list itself, so that it does not grow unseen. Needs no database.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

const PACKAGES = fileURLToPath(new URL("../../..", import.meta.url));

/** Each with what it needs every workspace for. */
const ALLOWED: Readonly<Record<string, string>> = {
  "backend-lib/src/auth/adminApiKey.ts": "whose key it is",
  "backend-lib/src/auth/writeKey.ts": "whose key it is",
  "backend-lib/src/db.ts": "is where it is made",
  "backend-lib/src/db/partitions.ts": "tables of all workspaces",
  "backend-lib/src/db/readiness.ts": "the server's own state",
  "backend-lib/src/heldEvents/ageing.ts": "what waited for too long",
  "backend-lib/src/heldEvents/asking.ts": "where held events have room again",
  "backend-lib/src/multitenancy/cache.ts": "tells what changed, in any",
  "backend-lib/src/multitenancy/resourceQuotas/fromAbove.ts":
    "ceilings, and upkeep of all counters",
  "backend-lib/src/rbac.ts": "members of several workspaces",
  "backend-lib/src/requestContext/memberAccounts.ts": "who a member is",
  "backend-lib/src/requestContext/workspaceAccess.ts":
    "which workspaces a member has",
  "backend-lib/src/seed/demo.ts": "makes the first workspace",
  "backend-lib/src/tenantJobs.ts": "whose turn it is",
  "backend-lib/src/workspaces.ts": "makes and finds workspaces",
};

function sources(): string[] {
  return ["backend-lib", "api", "worker", "admin-cli"].flatMap((name) =>
    readdirSync(path.join(PACKAGES, name, "src"), {
      recursive: true,
      encoding: "utf8",
    })
      .filter((file) => file.endsWith(".ts") && !/\.test\.ts$/.test(file))
      .map((file) => path.posix.join(name, "src", file)),
  );
}

it("is taken on by the modules that must, and by no other", () => {
  const users = sources().filter((file) =>
    /\b(?:systemDb|probeSystemDb)\b/.test(
      readFileSync(path.join(PACKAGES, file), "utf8").replaceAll(
        /\/\*[^]*?\*\/|\/\/.*/g,
        "",
      ),
    ),
  );
  expect(users.sort()).toEqual(Object.keys(ALLOWED).sort());
});
