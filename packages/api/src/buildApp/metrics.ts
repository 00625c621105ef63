// What Prometheus reads at /metrics. Owns the process's meter provider and the figures of HTTP, the database's boundary, quotas
// and the process; those of the cache are in cacheMetrics.ts. Labels are bounded: routes by their pattern, never an id; what a tenant uses is told by other means.

import { type Counter, type Histogram, metrics } from "@opentelemetry/api";
import {
  PrometheusExporter,
  PrometheusSerializer,
} from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { databaseFigures } from "backend-lib/src/db";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { meter } from "backend-lib/src/openTelemetry";
import { type FastifyInstance } from "fastify";

import { observeCache } from "./cacheMetrics";
import { routePattern } from "./routeConfig";

/** Seconds; from a hit in a cache to a request that should have been a job. */
const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Instruments {
  readonly duration: Histogram;
  readonly requests: Counter;
}

interface Metrics extends Instruments {
  readonly exporter: PrometheusExporter;
  readonly serializer: PrometheusSerializer;
}

let current: Metrics | undefined;

function observeProcess(): void {
  const ours = meter();
  ours
    .createObservableGauge("process_resident_memory_bytes", {
      description: "Resident memory of the process in bytes.",
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  ours
    .createObservableCounter("process_cpu_seconds", {
      description: "User and system CPU time spent, in seconds.",
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe((user + system) / 1e6);
    });
  const startedAt = Date.now() / 1000 - process.uptime();
  ours
    .createObservableGauge("process_start_time_seconds", {
      description: "When the process started, as Unix time in seconds.",
    })
    .addCallback((result) => result.observe(startedAt));
}

/** Counts what the tenant boundary announces; which workspace it was is for the log, not for a label. */
function observeBoundary(): void {
  const ours = meter();
  const queries = ours.createHistogram("database_query_duration_seconds", {
    description:
      "Time of a database statement in seconds, without the wait for a connection.",
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  const waits = ours.createHistogram("database_queue_wait_seconds", {
    description:
      "Time that work had to wait for a database connection, in seconds; work that had not to wait is not counted.",
    advice: { explicitBucketBoundaries: DURATION_BUCKETS },
  });
  const denials = ours.createCounter("tenant_denied_requests", {
    description: "Requests refused at the boundary between workspaces.",
  });
  tenantEvents.on("query", ({ workspaceId, durationMs, failed }) => {
    queries.record(durationMs / 1000, {
      role: workspaceId === null ? "system" : "tenant",
      outcome: failed ? "error" : "ok",
    });
  });
  tenantEvents.on("queued", ({ waitedMs, outcome }) => {
    waits.record(waitedMs / 1000, { outcome });
  });
  tenantEvents.on("denied", ({ reason }) => {
    denials.add(1, { reason });
  });
}

/** Counts what becomes of quotas and of what they hold up, by resource: there are as many as the registry has. */
function observeQuotas(): void {
  const ours = meter();
  const refusals = ours.createCounter("quota_refusals", {
    description: "Times that a quota had no room for what was asked of it.",
  });
  const crossings = ours.createCounter("quota_crossings", {
    description:
      "Thresholds of quotas that were crossed, and crossings that are over; level says whether it is the limit itself.",
  });
  const held = ours.createCounter("held_events", {
    description:
      "Events that had no room, by what became of them: held, and later admitted or dropped.",
  });
  const messages = ours.createCounter("messages", {
    description: "Messages that came into a state, by channel.",
  });
  tenantEvents.on("quotaRefused", ({ resourceType, scope }) => {
    refusals.add(1, { resource: resourceType, scope });
  });
  tenantEvents.on("quotaCrossed", ({ resourceType, scope, state, percent }) => {
    const level = percent === 100 ? "limit" : "warning";
    crossings.add(1, { resource: resourceType, scope, state, level });
  });
  tenantEvents.on("eventsHeld", ({ held: count, droppedFull }) => {
    held.add(count, { outcome: "held" });
    held.add(droppedFull, { outcome: "droppedFull" });
  });
  tenantEvents.on("heldEventsLeft", ({ outcome, count }) => {
    held.add(count, { outcome });
  });
  tenantEvents.on("message", ({ channel, state, count }) => {
    messages.add(count, { channel, state });
  });
}

/** As the pool is at the moment of asking. */
function observePool(): void {
  const ours = meter();
  for (const [figure, description] of [
    ["active", "Database connections that tenants' work uses."],
    ["queued", "Units of tenants' work that wait for a database connection."],
  ] as const) {
    ours
      .createObservableGauge(`database_connections_${figure}`, { description })
      .addCallback((result) => result.observe(databaseFigures()[figure]));
  }
}

/** The process has one provider, however many apps are built in it. */
function processMetrics(): Metrics {
  if (current === undefined) {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    metrics.setGlobalMeterProvider(
      new MeterProvider({
        resource: resourceFromAttributes({ "service.name": "dittofeed" }),
        readers: [exporter],
      }),
    );
    observeProcess();
    observeBoundary();
    observeQuotas();
    observePool();
    observeCache();
    current = {
      exporter,
      serializer: new PrometheusSerializer(
        undefined,
        false,
        undefined,
        true,
        true,
      ),
      duration: meter().createHistogram("http_request_duration_seconds", {
        description: "Time to answer an HTTP request, in seconds.",
        advice: { explicitBucketBoundaries: DURATION_BUCKETS },
      }),
      requests: meter().createCounter("http_requests", {
        description: "HTTP requests answered.",
      }),
    };
  }
  return current;
}

/** Measures every request of the app and serves the figures at GET /metrics. */
export function useMetrics(app: FastifyInstance): void {
  const { exporter, serializer, duration, requests } = processMetrics();
  app.addHook("onResponse", async (request, reply) => {
    const labels = {
      method: request.method,
      route: routePattern(request) ?? "unknown",
      status: String(reply.statusCode),
    };
    duration.record(reply.elapsedTime / 1000, labels);
    requests.add(1, labels);
  });
  app.get(
    "/metrics",
    { schema: { hide: true }, exposeHeadRoute: false },
    async (_request, reply) => {
      const { resourceMetrics } = await exporter.collect();
      return reply
        .type(CONTENT_TYPE)
        .header("cache-control", "no-store")
        .send(`${serializer.serialize(resourceMetrics).trimEnd()}\n`);
    },
  );
}
