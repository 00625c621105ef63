// A database that answers and whose changes are not heard: everything works, past the cache.

import { randomUUID } from "node:crypto";

import { traitSegment } from "backend-lib/test/definitions";
import { expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

// Nothing listens on port 1.
const api = useApi({
  hearsThrough: () => "postgresql://nobody@127.0.0.1:1/none",
});

test("every answer is the database's, and says so", async () => {
  const { headers } = await api.workspace();
  for (let round = 0; round < 3; round += 1) {
    const name = randomUUID();
    const request = { url: "/api/segments", headers };
    const payload = { name, definition: traitSegment() };
    await api.inject({ ...request, method: "PUT", payload });
    const reply = await api.inject(request);
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain(name);
    expect(reply.headers["cache-status"]).toBe("dittofeed; fwd=bypass");
  }
});

test("the server is ready, and tells what it does without", async () => {
  const reply = await api.inject({ url: "/api/health/ready" });
  expect([reply.statusCode, reply.json()]).toMatchObject([
    200,
    { status: "ready", checks: { cache: { status: "failed" } } },
  ]);
  const { body } = await api.inject({ url: "/metrics" });
  expect(body).toContain("\ncache_listening 0\n");
  expect(body).toContain(
    'cache_reads_total{kind="segments",outcome="bypassed"} 3\n',
  );
});
