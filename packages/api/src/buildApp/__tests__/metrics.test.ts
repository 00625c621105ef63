import { randomUUID } from "node:crypto";

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
