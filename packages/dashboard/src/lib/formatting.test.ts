import { describe, expect, it } from "vitest";

import { formatAgo, formatQuantity } from "./formatting";

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

describe("how long ago", () => {
  it.each([
    [0, "just now"],
    [59_000, "just now"],
    [MINUTE, "1 minute ago"],
    [90 * MINUTE, "1 hour ago"],
    [26 * 60 * MINUTE, "yesterday"],
    [15 * 24 * 60 * MINUTE, "2 weeks ago"],
    [800 * 24 * 60 * MINUTE, "2 years ago"],
    [-3 * 60 * MINUTE, "in 3 hours"],
  ])("of %i milliseconds reads %s", (elapsed, text) => {
    expect(formatAgo(NOW - elapsed, { now: NOW, locale: "en" })).toBe(text);
  });
});

describe("a quantity", () => {
  it("has its noun in the right number", () => {
    expect(formatQuantity(1, "user")).toBe("1 user");
    expect(formatQuantity(0, "user")).toBe("0 users");
    expect(formatQuantity(2, "user")).toBe("2 users");
  });
});
