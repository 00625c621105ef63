// The process's connection to Redis, before a real one that goes away and comes back.

import {
  afterAll,
  afterEach,
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
} from "../../test/redisServers";

const SOON = { timeout: 20_000, interval: 5 };

/** As a process that has just started sees it. */
async function freshRedis(url: string) {
  vi.resetModules();
  vi.stubEnv("REDIS_URL", url);
  return import("../redis");
}

it("without REDIS_URL there is none", async () => {
  const { closeRedis, redis } = await freshRedis("");
  expect(redis()).toBeNull();
  closeRedis();
});

describe.skipIf((await redisServersMissing()) !== null)("redis()", () => {
  let server: RedisServer;
  let close: () => void = () => undefined;

  beforeEach(async () => {
    server = await startRedisServer();
  });
  afterEach(async () => {
    close();
    await server.stop();
  });
  afterAll(() => {
    vi.resetModules();
  });

  async function connection() {
    const { closeRedis, redis } = await freshRedis(`${server.url}/3`);
    close = closeRedis;
    const client = redis();
    if (client === null) {
      throw new Error("REDIS_URL is set.");
    }
    await vi.waitFor(() => expect(client.status).toBe("ready"), SOON);
    return { client, redis, closeRedis };
  }

  it("is one connection, to the database that was named, until it is closed", async () => {
    const { client, redis, closeRedis } = await connection();
    expect(redis()).toBe(client);
    await client.set("here", "1");
    expect(await server.command("INFO", "keyspace")).toContain("db3:keys=1");
    closeRedis();
    await vi.waitFor(() => expect(client.status).toBe("end"), SOON);
    const next = redis();
    expect(next).not.toBe(client);
    await vi.waitFor(() => expect(next?.status).toBe("ready"), SOON);
  });

  it("queues nothing while Redis is away, and is back by itself", async () => {
    const { client } = await connection();
    server.pause();
    const underWay = client.get("here");
    const lost = expect(underWay).rejects.toThrow();
    await server.kill();
    await lost;
    await expect(client.get("here")).rejects.toThrow();
    await server.restart();
    await vi.waitFor(() => expect(client.status).toBe("ready"), SOON);
    expect(await client.get("here")).toBeNull();
  });

  it("gives up a connection that never greets", async () => {
    const { client } = await connection();
    await server.kill();
    await server.restart();
    server.pause(); // from here on connections are accepted, and nothing more
    const attempts: unknown[] = [];
    client.on("connect", () => attempts.push(null));
    await vi.waitFor(() => expect(attempts.length).toBeGreaterThan(1), SOON);
    server.resume();
    await vi.waitFor(() => expect(client.status).toBe("ready"), SOON);
  });
});
