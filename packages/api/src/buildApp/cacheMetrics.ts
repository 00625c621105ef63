// The figures of the workspace cache at /metrics. Owns their names; metrics.ts serves them. Labels are bounded: kinds are
// named in the code, and how one workspace is served is told by tenantCache().statistics().

import {
  type CacheFigures,
  tenantCache,
} from "backend-lib/src/multitenancy/cache";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { meter } from "backend-lib/src/openTelemetry";

type Measure = readonly [
  name: string,
  description: string,
  of: (figures: CacheFigures) => number,
];

/** As they are at the moment of asking. */
const GAUGES: readonly Measure[] = [
  ["entries", "Values that this process keeps.", ({ entries }) => entries],
  ["bytes", "Bytes of these values, as JSON.", ({ bytes }) => bytes],
  [
    "listening",
    "1 while the process hears what changes in the database, 0 while every read goes past the cache.",
    ({ isListening }) => Number(isListening),
  ],
];

/** Since the process began. */
const COUNTERS: readonly Measure[] = [
  [
    "loads",
    "Values loaded from the database; reads that miss at the same time share one.",
    ({ reads }) => reads.loads,
  ],
  [
    "stale_prevented",
    "Loaded values that were not kept, since something changed meanwhile.",
    ({ reads }) => reads.stalePrevented,
  ],
  [
    "turns",
    "Round trips to the database that told whether something had changed; reads share them.",
    ({ turns }) => turns,
  ],
];

type RedisFigures = NonNullable<CacheFigures["redis"]>;

const REDIS_COUNTERS: readonly (readonly [
  name: string,
  description: string,
  of: (figures: RedisFigures) => number,
])[] = [
  ["requests", "Requests sent to Redis.", ({ asked }) => asked],
  [
    "skipped",
    "Requests that were not sent to Redis, since it was away.",
    ({ skipped }) => skipped,
  ],
  [
    "outages",
    "Times that Redis, or a node of it, began to be left out.",
    ({ opened }) => opened,
  ],
];

/** Nothing is shown of a Redis that is not there. */
function observeRedis(): void {
  const ours = meter();
  const figures = () => tenantCache().figures().redis;
  ours
    .createObservableGauge("cache_redis_available", {
      description: "1 while Redis is asked, 0 while it is away and left out.",
    })
    .addCallback((result) => {
      const found = figures();
      if (found !== null) {
        result.observe(Number(found.state === "closed"));
      }
    });
  for (const [name, description, of] of REDIS_COUNTERS) {
    ours
      .createObservableCounter(`cache_redis_${name}`, { description })
      .addCallback((result) => {
        const found = figures();
        if (found !== null) {
          result.observe(of(found));
        }
      });
  }
  ours
    .createObservableCounter("cache_redis_failures", {
      description: "Requests that Redis did not answer, or not with a value.",
    })
    .addCallback((result) => {
      const found = figures();
      if (found !== null) {
        result.observe(found.timeouts, { reason: "timeout" });
        result.observe(found.lost, { reason: "lost" });
        result.observe(found.refused, { reason: "refused" });
      }
    });
}

/** Counts reads as they are announced, and shows what the cache says of itself. */
export function observeCache(): void {
  const ours = meter();
  const reads = ours.createCounter("cache_reads", {
    description:
      "Reads of the workspace cache: served by this process or Redis, loaded, or bypassed while the cache could not be trusted.",
  });
  tenantEvents.on("cacheRead", ({ kind, outcome }) => {
    reads.add(1, { kind, outcome });
  });
  for (const [name, description, of] of GAUGES) {
    ours
      .createObservableGauge(`cache_${name}`, { description })
      .addCallback((result) => result.observe(of(tenantCache().figures())));
  }
  for (const [name, description, of] of COUNTERS) {
    ours
      .createObservableCounter(`cache_${name}`, { description })
      .addCallback((result) => result.observe(of(tenantCache().figures())));
  }
  observeRedis();
}
