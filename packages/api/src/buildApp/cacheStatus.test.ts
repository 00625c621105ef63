import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { runWithTenant } from "backend-lib/src/multitenancy/tenantContext";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import Fastify from "fastify";
import { afterEach, expect, test } from "vitest";

import { useCacheStatus } from "./cacheStatus";

type Outcome = "process" | "redis" | "loaded" | "bypassed";

const workspaceId = randomUUID();

function read(outcome: Outcome): void {
  tenantEvents.emit("cacheRead", { workspaceId, kind: "any", outcome });
}

/** An app whose one route reads as its query says, in the context of one workspace. */
function reading() {
  const app = Fastify();
  useCacheStatus(app);
  app.addHook("preHandler", (_request, _reply, done) => {
    read("bypassed"); // before the context: whoever is calling was looked up
    runWithTenant(
      { workspaceId, actor: { type: "admin", id: "test" }, requestId: "r" },
      done,
    );
  });
  app.get<{ Querystring: { reads?: string } }>(
    "/",
    async ({ query: { reads = "" } }) => {
      for (const each of reads.split(",")) {
        await pause(1);
        if (
          each === "process" ||
          each === "redis" ||
          each === "loaded" ||
          each === "bypassed"
        ) {
          read(each);
        }
      }
      return {};
    },
  );
  return app;
}

const app = reading();
afterEach(() => app.close());

test("the worst read of a request is told, of this request alone", async () => {
  const cases = [
    ["process", "dittofeed; hit; detail=process"],
    ["redis,process", "dittofeed; hit; detail=redis"],
    ["process,loaded,redis", "dittofeed; fwd=miss"],
    ["loaded,bypassed,process", "dittofeed; fwd=bypass"],
    ["", undefined],
  ] as const;
  const asked = Array.from({ length: 20 }, () => cases).flat();
  const told = await Promise.all(
    asked.map(async ([reads]) => {
      const { headers } = await app.inject({ url: "/", query: { reads } });
      return headers["cache-status"];
    }),
  );
  expect(told).toEqual(asked.map(([, field]) => field));
});

test("an app that was closed listens no more", async () => {
  const before = tenantEvents.listenerCount("cacheRead");
  const other = reading();
  expect(tenantEvents.listenerCount("cacheRead")).toBe(before + 1);
  await other.close();
  expect(tenantEvents.listenerCount("cacheRead")).toBe(before);
});
