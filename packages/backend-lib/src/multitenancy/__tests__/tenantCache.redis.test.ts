// The cache over a Redis that hangs, dies, loses its data or is written to by others: everybody reads what holds, as if
// there were no Redis.

import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  vi,
} from "vitest";

import {
  type RedisServer,
  redisServersMissing,
  startRedisServer,
} from "../../../test/redisServers";
import { segmentNames, useTenantCaches } from "../../../test/tenantCaches";
import { useTenantEnv } from "../../../test/tenantEnv";
import { type TenantCache } from "../cache";

const env = useTenantEnv();
const caches = useTenantCaches(env);
const isMissing = (await redisServersMissing()) !== null;

describe.skipIf(isMissing)("Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(async () => server.stop());

  let workspaceId: string;
  beforeEach(async () => {
    workspaceId = await env.createWorkspace();
  });

  const read = (cache: TenantCache) =>
    cache.getOrLoad(segmentNames, {
      workspaceId,
      load: () => caches.names(workspaceId),
    });

  const isAsked = (cache: TenantCache) =>
    vi.waitFor(() => expect(cache.figures().redis?.state).toBe("closed"), {
      timeout: 20_000,
      interval: 5,
    });

  /** Two processes, of which the second knows of nothing but what Redis has. */
  async function processes(deadlineMs = 1_000) {
    const options = { redisUrl: server.url, deadlineMs };
    const [one, other] = [caches.open(options), caches.open(options)];
    await Promise.all([isAsked(one), isAsked(other)]);
    return { one, other };
  }

  const keyInRedis = async () => {
    const keys = await server.command("KEYS", `workspace:{${workspaceId}}:*`);
    return Array.isArray(keys)
      ? keys.map(String).filter((key) => !key.endsWith(":lease"))
      : [];
  };

  it("that hangs holds nobody up for ever, serves nothing meanwhile, and nothing stale when it goes on", async () => {
    const { one, other } = await processes(50);
    await read(one);
    server.pause();
    await caches.addSegment(workspaceId, "while it hung");
    expect(await read(one)).toEqual(["while it hung"]);
    expect(await read(other)).toEqual(["while it hung"]);
    expect(one.figures().redis?.state).not.toBe("closed");
    server.resume();
    await Promise.all([isAsked(one), isAsked(other)]);
    expect(await read(one)).toEqual(["while it hung"]);
    expect(await read(other)).toEqual(["while it hung"]);
    await caches.addSegment(workspaceId, "later");
    expect(await read(other)).toContain("later");
    expect(await read(one)).toContain("later");
  });

  it("that is killed and comes back empty changes nothing for those who read", async () => {
    const { one, other } = await processes();
    await read(one);
    await server.kill();
    await caches.addSegment(workspaceId, "while it was dead");
    expect(await read(one)).toEqual(["while it was dead"]);
    await one.invalidateWorkspace(workspaceId); // needs no Redis
    expect(await read(other)).toEqual(["while it was dead"]);
    await server.restart();
    await Promise.all([isAsked(one), isAsked(other)]);
    expect(await read(one)).toEqual(["while it was dead"]);
  });

  it("that is set back to what it had before has nothing that anybody asks for", async () => {
    const { one, other } = await processes();
    await read(one);
    await vi.waitFor(async () => expect(await keyInRedis()).toHaveLength(1));
    const [former = ""] = await keyInRedis();
    const dump = String(await server.command("GET", former));
    await caches.addSegment(workspaceId, "new");
    await read(one);
    await server.command("FLUSHALL");
    await server.command("SET", former, dump);
    expect(await read(other)).toEqual(["new"]);
    expect(await read(one)).toEqual(["new"]);
  });

  it.each([
    ["no JSON", () => "{"],
    [
      "another workspace's value",
      () =>
        JSON.stringify([
          "00000000-0000-4000-8000-000000000009",
          "segmentNames",
          "",
          ["theirs"],
        ]),
    ],
    [
      "another kind's value",
      () => JSON.stringify([workspaceId, "keys", "", ["theirs"]]),
    ],
    [
      "another shape",
      () => JSON.stringify([workspaceId, "segmentNames", "", [1]]),
    ],
    ["megabytes", () => "[".repeat(3_000_000)],
  ])(
    "in which somebody wrote %s is not believed: the value is loaded",
    async (_what, text) => {
      const { one, other } = await processes();
      await read(one);
      await vi.waitFor(async () => expect(await keyInRedis()).toHaveLength(1));
      const [key = ""] = await keyInRedis();
      await server.command("SET", key, text());
      const before = caches.loads();
      expect(await read(other)).toEqual([]);
      expect(caches.loads()).toBe(before + 1);
    },
  );

  it("keeps a value no longer than its time", async () => {
    const options = { redisUrl: server.url, ttlSeconds: 100 };
    const cache = caches.open(options);
    await isAsked(cache);
    await read(cache);
    await vi.waitFor(async () => expect(await keyInRedis()).toHaveLength(1));
    const [key = ""] = await keyInRedis();
    const left = Number(await server.command("PTTL", key));
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(100_000);
  });
});
