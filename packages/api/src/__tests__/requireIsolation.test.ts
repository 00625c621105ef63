// The API alone, as a process, on a database that does not keep workspaces apart by itself.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { expect, it } from "vitest";

const env = useTenantEnv();

it("with REQUIRE_ISOLATION the server does not start for a superuser login, and says what to do", async () => {
  const program = fileURLToPath(
    new URL("../../scripts/startServer.ts", import.meta.url),
  );
  const ended = await new Promise<{ status: number | null; stderr: string }>(
    (resolve) => {
      const child = execFile(
        process.execPath,
        ["--import", "tsx", program],
        {
          env: {
            ...process.env,
            DATABASE_URL: env.url("superuser"),
            REQUIRE_ISOLATION: "true",
            PORT: "0",
          },
          timeout: 25_000,
        },
        (_error, _stdout, stderr) => {
          resolve({ status: child.exitCode, stderr });
        },
      );
    },
  );
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain("REQUIRE_ISOLATION is set");
  expect(ended.stderr).toMatch(/^ {2}What {2}.*superuser$/m);
  expect(ended.stderr).toMatch(/^ {2}Mend {2}First log in as plain roles/m);
});
