import { useClock } from "backend-lib/src/clock";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createAttemptLimiter } from "./attemptLimiter";

let now = 1_000_000;
let restore: () => void = () => undefined;
beforeEach(() => {
  now = 1_000_000;
  restore = useClock({ now: () => new Date(now) });
});
afterEach(() => restore());

function failing(times: number, source = "192.0.2.1") {
  const limiter = createAttemptLimiter();
  for (let at = 0; at < times; at += 1) {
    limiter.recordFailure(source);
  }
  return limiter;
}

test("four failures do not block, five do", () => {
  expect(failing(4).blockedForSeconds("192.0.2.1")).toBe(0);
  expect(failing(5).blockedForSeconds("192.0.2.1")).toBe(60);
});

test("others are not blocked with it", () => {
  expect(failing(5).blockedForSeconds("192.0.2.2")).toBe(0);
});

test("the block ends a minute after the first failure", () => {
  const limiter = failing(5);
  now += 59_500;
  expect(limiter.blockedForSeconds("192.0.2.1")).toBe(1);
  now += 500;
  expect(limiter.blockedForSeconds("192.0.2.1")).toBe(0);
  limiter.recordFailure("192.0.2.1");
  expect(limiter.blockedForSeconds("192.0.2.1")).toBe(0);
});

test("success forgets the failures", () => {
  const limiter = failing(5);
  limiter.forget("192.0.2.1");
  expect(limiter.blockedForSeconds("192.0.2.1")).toBe(0);
});

test("a flood of sources displaces the oldest and not the newest", () => {
  const limiter = failing(5, "first");
  for (let at = 0; at < 9_999; at += 1) {
    limiter.recordFailure(`source ${at}`);
  }
  expect(limiter.blockedForSeconds("first")).toBe(60);
  for (let at = 0; at < 5; at += 1) {
    limiter.recordFailure("last");
  }
  expect(limiter.blockedForSeconds("first")).toBe(0);
  expect(limiter.blockedForSeconds("last")).toBe(60);
});
