// The cached routes with the cache of this process alone. With Redis: cachedReads.redis.test.ts.

import { randomUUID } from "node:crypto";

import { traitSegment } from "backend-lib/test/definitions";
import { describe, expect, test } from "vitest";

import { describeCachedReads } from "../../../test/cachedReads";
import { useApi } from "../../../test/useApi";

const api = useApi();

describeCachedReads(api, { hasRedis: false });

describe("Cache-Status", () => {
  test("says how the cache served the request, for HEAD as well, and pages of other origins may read it", async () => {
    const { headers } = await api.workspace();
    const ask = async (method: "GET" | "HEAD") => {
      const reply = await api.inject({ method, url: "/api/segments", headers });
      expect(reply.headers["access-control-expose-headers"]).toContain(
        "Cache-Status",
      );
      return reply.headers["cache-status"];
    };
    expect([await ask("GET"), await ask("GET"), await ask("HEAD")]).toEqual([
      "dittofeed; fwd=miss",
      "dittofeed; hit; detail=process",
      "dittofeed; hit; detail=process",
    ]);
  });

  test("is absent where nothing is asked of the cache, as with secrets and what changes something", async () => {
    const { headers } = await api.workspace();
    const requests = [
      { url: "/api/secrets" },
      { url: "/api/quotas" },
      {
        method: "PUT" as const,
        url: "/api/segments",
        payload: { name: randomUUID(), definition: traitSegment() },
      },
    ];
    for (const request of requests) {
      const reply = await api.inject({ ...request, headers });
      expect([reply.statusCode, reply.headers["cache-status"]]).toEqual([
        200,
        undefined,
      ]);
    }
  });
});
