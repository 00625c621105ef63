import { expect, it } from "vitest";

import { keySlot } from "./keySlot";

// The specification's own examples; that Redis sees it the same is checked against a cluster in __tests__/sharedTierCluster.test.ts.
it("a slot is CRC16 of the key, modulo 16384", () => {
  expect(keySlot("123456789")).toBe(0x31c3);
  expect(keySlot("")).toBe(0);
});

it("what the first braces enclose decides, if they enclose anything", () => {
  expect(keySlot("{user1000}.following")).toBe(keySlot("user1000"));
  expect(keySlot("{user1000}.followers")).toBe(keySlot("user1000"));
  expect(keySlot("foo{{bar}}zap")).toBe(keySlot("{bar"));
  expect(keySlot("foo{bar}{zap}")).toBe(keySlot("bar"));
  expect(keySlot("foo{}{bar}")).not.toBe(keySlot("bar"));
});
