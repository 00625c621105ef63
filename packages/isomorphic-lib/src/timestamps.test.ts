import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseTimestamp } from "./timestamps";

describe("parseTimestamp", () => {
  test("reads back every moment that JavaScript writes", () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date("0001-01-01T00:00:00Z"),
          max: new Date("9999-12-31T23:59:59.999Z"),
          noInvalidDate: true,
        }),
        (date) => {
          expect(parseTimestamp(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });

  test.each([
    ["2024-05-01", "2024-05-01T00:00:00.000Z"],
    ["2024-05-01T10:20", "2024-05-01T10:20:00.000Z"],
    ["2024-05-01T10:20:30", "2024-05-01T10:20:30.000Z"],
    ["2024-05-01 10:20:30z", "2024-05-01T10:20:30.000Z"],
    ["2024-05-01 10:20:30 +02:00", "2024-05-01T08:20:30.000Z"],
    ["2024-05-01T10:20:30,5-0330", "2024-05-01T13:50:30.500Z"],
    ["2024-05-01T10:20:30.123456789Z", "2024-05-01T10:20:30.123Z"],
    ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"],
    ["0099-01-01", "0099-01-01T00:00:00.000Z"],
  ])("reads %s as %s", (text, iso) => {
    expect(parseTimestamp(text)).toBe(new Date(iso).getTime());
  });

  test.each([
    "",
    "yesterday",
    "1714558830",
    "2024-02-30",
    "2023-02-29T00:00:00Z",
    "2024-13-01",
    "2024-00-10",
    "2024-05-00",
    "0000-01-01",
    "2024-05-01T24:00:00Z",
    "2024-05-01T10:60:00Z",
    "2024-05-01T10:20:60Z",
    "2024-05-01T10:20:30+24:00",
    "2024-05-01T10:20:30+01:60",
    "2024-05-01T10:20:30 CET",
    " 2024-05-01",
    "2024-5-1",
    "12024-05-01",
  ])("refuses %j", (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });
});
