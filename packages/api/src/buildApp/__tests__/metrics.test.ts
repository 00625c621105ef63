import { randomUUID } from "node:crypto";

import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { traitSegment } from "backend-lib/test/definitions";
import { expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

const api = useApi();

const LINE =
  /^[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (?:[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

test("/metrics is in Prometheus' text format, each metric declared once", async () => {
  await api.inject({ url: "/api/session" });
  const response = await api.inject({ url: "/metrics" });
  expect(response.headers["content-type"]).toBe(
    "text/plain; version=0.0.4; charset=utf-8",
  );
  expect(response.body.endsWith("\n")).toBe(true);
  const lines = response.body.trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  expect(samples.filter((line) => !LINE.test(line))).toEqual([]);
  const types = lines.filter((line) => line.startsWith("# TYPE"));
  expect(new Set(types).size).toBe(types.length);
  const keys = samples.map((line) => line.slice(0, line.lastIndexOf(" ")));
  expect(new Set(keys).size).toBe(keys.length);
  for (const name of [
    "http_requests_total",
    "http_request_duration_seconds_bucket",
    "database_query_duration_seconds_count",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
  ]) {
    expect(response.body).toContain(`\n${name}`);
  }
});

test("requests are counted by route, method and status, and no id becomes a label", async () => {
  const id = randomUUID();
  for (const url of [
    `/${id}`,
    `/api/segments?workspaceId=${id}`,
    `/dashboard/${id}`,
  ]) {
    await api.inject({ url });
  }
  const { body } = await api.inject({ url: "/metrics" });
  expect(body).toContain(
    'http_requests_total{method="GET",route="/api/segments",status="403"} 1',
  );
  expect(body).not.toContain(id);
});

test("a request that a quota refuses is counted, once", async () => {
  const { workspaceId, headers } = await api.workspace();
  await api.env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'segments', 'limit', 1)`,
    [workspaceId],
  );
  const create = (name: string) =>
    api.inject({
      method: "POST",
      url: "/api/admin/segments",
      headers,
      payload: { name, definition: traitSegment() },
    });
  expect((await create("one")).statusCode).toBe(201);
  expect((await create("another")).statusCode).toBe(429);
  const { body } = await api.inject({ url: "/metrics" });
  expect(body).toContain(
    'quota_refusals_total{resource="segments",scope="workspace"} 1\n',
  );
});

test("what becomes of quotas is counted by resource, and no workspace becomes a label", async () => {
  const workspaceId = randomUUID();
  const facts = {
    workspaceId,
    resourceType: "messages",
    scope: "workspace",
  } as const;
  tenantEvents.emit("quotaRefused", facts);
  tenantEvents.emit("quotaRefused", facts);
  tenantEvents.emit("quotaRefused", { ...facts, scope: "pool" });
  tenantEvents.emit("quotaCrossed", {
    ...facts,
    state: "crossed",
    percent: 95,
  });
  tenantEvents.emit("quotaCrossed", {
    ...facts,
    state: "crossed",
    percent: 100,
  });
  tenantEvents.emit("quotaCrossed", {
    ...facts,
    state: "resolved",
    percent: 95,
  });
  tenantEvents.emit("eventsHeld", { workspaceId, held: 5, droppedFull: 2 });
  tenantEvents.emit("heldEventsLeft", {
    workspaceId,
    outcome: "admitted",
    count: 3,
  });
  tenantEvents.emit("message", {
    workspaceId,
    channel: "Email",
    state: "Sent",
    count: 4,
  });
  const { body } = await api.inject({ url: "/metrics" });
  for (const line of [
    'quota_refusals_total{resource="messages",scope="workspace"} 2',
    'quota_refusals_total{resource="messages",scope="pool"} 1',
    'quota_crossings_total{resource="messages",scope="workspace",state="crossed",level="warning"} 1',
    'quota_crossings_total{resource="messages",scope="workspace",state="crossed",level="limit"} 1',
    'quota_crossings_total{resource="messages",scope="workspace",state="resolved",level="warning"} 1',
    'held_events_total{outcome="held"} 5',
    'held_events_total{outcome="droppedFull"} 2',
    'held_events_total{outcome="admitted"} 3',
    'messages_total{channel="Email",state="Sent"} 4',
  ]) {
    expect(body).toContain(line);
  }
  expect(body).not.toContain(workspaceId);
});
