// The cached routes with TENANT_CACHE_TTL=0: all is read from the database, and it is said.

import { expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

process.env.TENANT_CACHE_TTL = "0"; // before the configuration is read
const api = useApi();

test("Cache-Status says that the cache was passed by, every time", async () => {
  const { headers } = await api.workspace();
  for (let round = 0; round < 2; round += 1) {
    const reply = await api.inject({ url: "/api/segments", headers });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers["cache-status"]).toBe("dittofeed; fwd=bypass");
  }
});

test("without a cache, readiness does not speak of one", async () => {
  const reply = await api.inject({ url: "/api/health/ready" });
  expect(reply.json<{ checks: object }>().checks).toEqual({
    database: { status: "ok" },
    migrations: { status: "ok" },
  });
});
