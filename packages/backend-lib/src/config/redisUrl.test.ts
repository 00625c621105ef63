import { describe, expect, it } from "vitest";

import { loadConfig } from "../config";
import { parseRedisUrl } from "./redisUrl";

const addressIn = (text: string) => parseRedisUrl(text)._unsafeUnwrap();
const problemIn = (text: string) => parseRedisUrl(text)._unsafeUnwrapErr();

describe("REDIS_URL", () => {
  it("names one Redis", () => {
    expect(addressIn("redis://:pass%2Fword@cache.example/2")).toEqual({
      nodes: [{ host: "cache.example", port: 6379 }],
      isCluster: false,
      tls: false,
      username: undefined,
      password: "pass/word",
      database: 2,
    });
    expect(addressIn("rediss://me:secret@[::1]:80")).toEqual({
      nodes: [{ host: "::1", port: 80 }],
      isCluster: false,
      tls: true,
      username: "me",
      password: "secret",
      database: 0,
    });
  });

  it("names a cluster by several hosts, or by one that says so", () => {
    expect(addressIn("redis://:a:b@one:7000,two,[::2]:7002")).toMatchObject({
      nodes: [
        { host: "one", port: 7000 },
        { host: "two", port: 6379 },
        { host: "::2", port: 7002 },
      ],
      isCluster: true,
      password: "a:b",
    });
    expect(addressIn("rediss://one?cluster=true")).toMatchObject({
      isCluster: true,
      tls: true,
      password: undefined,
    });
    expect(addressIn("redis://one:1/?cluster=false").isCluster).toBe(false);
  });

  it.each([
    ["cache.example:6379", "must look like"],
    ["http://cache.example", "must look like"],
    ["redis://", "must look like"],
    ["redis://one:99999", "must look like"],
    ["redis://one,,two", "must look like"],
    ["redis://one:7000/abc", "must look like"],
    ["redis://:50%@one", "percent-encoded"],
    ["redis://one?family=6", "cluster=true"],
    ["redis://one,two?cluster=false", "several hosts"],
    ["redis://one,two/3", "only number 0"],
  ])("says what is wrong with %s", (text, problem) => {
    expect(problemIn(text)).toContain(problem);
  });

  it("is checked when the settings are read, and never shown", () => {
    expect(() => loadConfig({ REDIS_URL: "redis://:s3cret@one:x" })).toThrow(
      /^(?!.*s3cret)[^]*REDIS_URL must look like/,
    );
    expect(loadConfig({ REDIS_URL: "redis://one,two" }).redisUrl).toBe(
      "redis://one,two",
    );
  });
});
