import { config } from "backend-lib/src/config";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { expect, test } from "vitest";

import { buildApp } from "../../buildApp";

useTenantEnv({ template: "empty" });

test("a database without tables is reachable but the server is not ready", async () => {
  const app = await buildApp({ config: config() });
  const response = await app.inject({ url: "/api/health/ready" });
  const session = await app.inject({ url: "/api/session" });
  await app.close();
  expect([response.statusCode, response.json()]).toMatchObject([
    503,
    {
      checks: { database: { status: "ok" }, migrations: { status: "failed" } },
    },
  ]);
  // A missing table is our fault and not the caller's; its name is nobody's business.
  expect(session.statusCode).toBe(500);
  expect(session.body).not.toMatch(/relation|Workspace|select/i);
});
