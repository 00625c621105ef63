// The one statistic of the benchmark that is its own.

import { expect, it } from "vitest";

import { waitQuantile } from "./bystanders";

it("counts a standstill by its time, however many quick looks there were before it", () => {
  const quick = Array.from({ length: 900 }, () => ({ ms: 0.1, shareMs: 0.1 }));
  const standstill = { ms: 40, shareMs: 40 };
  expect(waitQuantile([...quick, standstill], 0.5)).toBe(0.1);
  expect(waitQuantile([...quick, standstill], 0.99)).toBe(40);
  expect(waitQuantile(quick, 0.99)).toBe(0.1);
  expect(waitQuantile([], 0.99)).toBeNaN();
});
