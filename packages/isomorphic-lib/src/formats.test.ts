import { FormatRegistry } from "@sinclair/typebox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { formatLabel, isUuid } from "./formats";

function accepts(format: string, text: string): boolean {
  const check = FormatRegistry.Get(format);
  if (check === undefined) {
    throw new Error(`the format ${format} is not registered`);
  }
  return check(text);
}

describe("formats", () => {
  test("a UUID of any version in either case is one", () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(isUuid(id)).toBe(true);
        expect(accepts("uuid", id.toUpperCase())).toBe(true);
      }),
    );
    expect(isUuid("00000000-0000-0000-0000-000000000000")).toBe(true);
  });

  test.each([
    "test-workspace-id",
    "",
    "0b7f1d5e8a4e4b8a9a530d5f9be0a001",
    "{0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a001}",
    "0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a001 ",
    "0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a00g",
    "0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a001\n",
  ])("%j is no UUID", (text) => {
    expect(isUuid(text)).toBe(false);
  });

  test.each([
    ["date-time", "2024-05-01T10:20:30Z", "2024-02-30T10:20:30Z"],
    ["email", "maya@example.com", "maya@"],
    ["email", "m@localhost", "maya @example.com"],
    ["uri", "https://example.com/a?b=c", "example"],
    ["naturalNumber", "0", "-1"],
    ["naturalNumber", "9007199254740991", "9007199254740993"],
    ["naturalNumber", "12", "1.5"],
    ["float", "-1.5", "1e5"],
    ["float", "3", "three"],
  ])("%s takes %s and refuses %s", (format, good, bad) => {
    expect(accepts(format, good)).toBe(true);
    expect(accepts(format, bad)).toBe(false);
  });

  test("messages call a format by what it is", () => {
    expect(formatLabel("uuid")).toBe("a UUID");
    expect(formatLabel("hostname")).toBe("the format hostname");
  });
});
