import "backend-lib/test/provided";

import { tenantCache } from "backend-lib/src/multitenancy/cache";
import { beforeAll, expect, inject, test } from "vitest";

import { useApi } from "../../../test/useApi";

const redisUrl = inject("redisUrl");
beforeAll(() => {
  if (redisUrl !== null) {
    // Before the configuration is read. A busy machine decides nothing.
    process.env.REDIS_URL = redisUrl;
    process.env.TENANT_CACHE_REDIS_DEADLINE_MS = "10000";
  }
});
const api = useApi();

async function samples(): Promise<Map<string, number>> {
  const { body } = await api.inject({ url: "/metrics" });
  const lines = body.split("\n").filter((line) => line.startsWith("cache_"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test("reads are counted by kind and by what served them, and no workspace becomes a label", async () => {
  const { workspaceId, headers } = await api.workspace();
  const before = await samples();
  for (let round = 0; round < 3; round += 1) {
    await api.inject({ url: "/api/journeys", headers });
  }
  const after = await samples();
  const grown = (name: string) =>
    (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grown('cache_reads_total{kind="journeys",outcome="loaded"}')).toBe(1);
  expect(grown('cache_reads_total{kind="journeys",outcome="process"}')).toBe(2);
  expect(grown("cache_loads_total")).toBeGreaterThanOrEqual(1);
  expect(grown("cache_entries")).toBeGreaterThanOrEqual(1);
  expect(grown("cache_bytes")).toBeGreaterThan(0);
  expect(after.get("cache_stale_prevented_total")).toBe(0);
  expect(after.get("cache_turns_total")).toBeGreaterThan(0);
  expect(after.get("cache_listening")).toBe(1);
  expect([...after.keys()].join()).not.toContain(workspaceId);
});

test.skipIf(redisUrl === null)(
  "what becomes of requests to Redis is counted",
  async () => {
    const isReached = () => tenantCache().figures().redis?.state === "closed";
    await expect.poll(isReached, { timeout: 10_000 }).toBe(true);
    const { headers } = await api.workspace();
    await api.inject({ url: "/api/segments", headers });
    const figures = await samples();
    expect(figures.get("cache_redis_available")).toBe(1);
    expect(figures.get("cache_redis_outages_total")).toBe(0);
    expect(figures.get("cache_redis_requests_total")).toBeGreaterThan(0);
    const failures = ["timeout", "lost", "refused"].map((reason) =>
      figures.get(`cache_redis_failures_total{reason="${reason}"}`),
    );
    expect(failures).toEqual([0, 0, 0]);
  },
);

test("readiness tells whether changes are heard", async () => {
  const { headers } = await api.workspace();
  await api.inject({ url: "/api/segments", headers });
  const reply = await api.inject({ url: "/api/health/ready" });
  expect(reply.statusCode).toBe(200);
  expect(reply.json<{ checks: object }>().checks).toMatchObject({
    cache: { status: "ok" },
  });
});
