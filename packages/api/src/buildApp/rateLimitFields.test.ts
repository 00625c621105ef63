import { useClock } from "backend-lib/src/clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  policyName,
  rateLimitFields,
  retryAfterSeconds,
  toStanding,
} from "./rateLimitFields";

const messages = {
  policy: "messages",
  limit: 10_000,
  remaining: 8_123,
  resetsAt: "2026-12-01T00:00:00.000Z",
};
const segments = {
  policy: "segments",
  limit: 5,
  remaining: 0,
  resetsAt: null,
};

let restore = () => {};
const at = (moment: string) => {
  restore();
  restore = useClock({ now: () => new Date(moment) });
};
beforeEach(() => at("2026-11-30T00:00:00Z"));
afterEach(() => restore());

describe("the fields", () => {
  test("name a month's length and what is left of it", () => {
    expect(rateLimitFields([messages])).toEqual({
      "ratelimit-policy": '"messages";q=10000;w=2592000',
      ratelimit: '"messages";r=8123;t=86400',
    });
  });

  test("say how long February was, and December", () => {
    for (const [resetsAt, days] of [
      ["2027-03-01T00:00:00.000Z", 28],
      ["2028-03-01T00:00:00.000Z", 29],
      ["2027-01-01T00:00:00.000Z", 31],
    ] as const) {
      const { "ratelimit-policy": policy } = rateLimitFields([
        { ...messages, resetsAt },
      ]);
      expect(policy).toBe(`"messages";q=10000;w=${days * 86_400}`);
    }
  });

  test("have no window and no time for what exists now", () => {
    expect(rateLimitFields([segments])).toEqual({
      "ratelimit-policy": '"segments";q=5',
      ratelimit: '"segments";r=0',
    });
  });

  test("list several quotas, in one order", () => {
    expect(rateLimitFields([segments, messages])).toEqual({
      "ratelimit-policy": '"segments";q=5, "messages";q=10000;w=2592000',
      ratelimit: '"segments";r=0, "messages";r=8123;t=86400',
    });
  });

  test("hold no number longer than fifteen digits, which no parser would take", () => {
    const limit = Number.MAX_SAFE_INTEGER;
    expect(rateLimitFields([{ ...segments, limit, remaining: limit }])).toEqual(
      {
        "ratelimit-policy": '"segments";q=999999999999999',
        ratelimit: '"segments";r=999999999999999',
      },
    );
  });

  test("do not count below zero when the month has turned already", () => {
    at("2026-12-01T00:00:03Z");
    expect(rateLimitFields([messages]).ratelimit).toBe('"messages";r=8123;t=0');
  });
});

describe("waiting", () => {
  test("takes whole seconds, rounded up, and at least one", () => {
    const { resetsAt } = messages;
    at("2026-11-30T23:59:58.400Z");
    expect(retryAfterSeconds({ resetsAt })).toBe(2);
    at("2026-12-01T00:00:00Z");
    expect(retryAfterSeconds({ resetsAt })).toBe(1);
  });

  test("frees nothing that exists", () => {
    expect(retryAfterSeconds({ resetsAt: null })).toBeNull();
  });
});

test("without a limit there is no policy", () => {
  const usage = { resourceType: "users", resetsAt: null } as const;
  expect(toStanding({ ...usage, limit: null, remaining: null })).toBeNull();
  expect(toStanding({ ...usage, limit: 7, remaining: 3 })).toEqual({
    policy: "users",
    limit: 7,
    remaining: 3,
    resetsAt: null,
  });
});

test("what is shared has a name of its own", () => {
  expect(policyName({ resourceType: "users" })).toBe("users");
  expect(policyName({ resourceType: "users", scope: "pool" })).toBe(
    "users-pool",
  );
});
