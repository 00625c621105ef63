// The cached routes with Redis behind the cache of this process.

import "backend-lib/test/provided";

import { beforeAll, describe, inject } from "vitest";

import { describeCachedReads } from "../../../test/cachedReads";
import { useApi } from "../../../test/useApi";

const redisUrl = inject("redisUrl");

describe.skipIf(redisUrl === null)("with Redis", () => {
  beforeAll(() => {
    // Before the configuration is read. A busy machine decides nothing.
    process.env.REDIS_URL = redisUrl ?? "";
    process.env.TENANT_CACHE_REDIS_DEADLINE_MS = "10000";
  });
  const api = useApi();
  describeCachedReads(api, { hasRedis: true });
});
