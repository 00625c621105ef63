import { expect, test } from "vitest";

import {
  assertUnreachable,
  isDefined,
  isNotNull,
  isPresent,
  isRecord,
} from "./typeAssertions";

test("the guards keep what they say", () => {
  const values = [0, "", null, undefined, false];
  expect(values.filter(isNotNull)).toEqual([0, "", undefined, false]);
  expect(values.filter(isDefined)).toEqual([0, "", null, false]);
  expect(values.filter(isPresent)).toEqual([0, "", false]);
});

test("a record is an object that is no array", () => {
  const bare: unknown = Object.create(null);
  expect([{}, { a: 1 }, bare].every(isRecord)).toBe(true);
  expect([null, [], "a", 1, undefined].some(isRecord)).toBe(false);
});

test("an unhandled member of a union is named when it comes after all", () => {
  const call = () => {
    Reflect.apply(assertUnreachable, undefined, [{ type: "New" }, "node"]);
  };
  expect(call).toThrow('unhandled node: {"type":"New"}');
});
