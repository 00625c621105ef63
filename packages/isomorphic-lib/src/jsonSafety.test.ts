import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MAX_JSON_DEPTH } from "./constants";
import { findUnsafeJson, parseJson } from "./jsonSafety";

function nestedArrays(depth: number): string {
  return `${"[".repeat(depth)}${"]".repeat(depth)}`;
}

function parsed(text: string): unknown {
  return parseJson(text).match(
    (value) => value,
    (message) => {
      throw new Error(message);
    },
  );
}

describe("findUnsafeJson", () => {
  test("accepts whatever JSON a well-behaved client sends", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({
          maxDepth: 8,
          noUnicodeString: false,
          stringUnit: "grapheme",
        }),
        (value) => {
          expect(findUnsafeJson(value)).toBeNull();
        },
      ),
    );
  });

  test("accepts nesting up to the limit and refuses one level more", () => {
    expect(findUnsafeJson(parsed(nestedArrays(MAX_JSON_DEPTH)))).toBeNull();
    expect(findUnsafeJson(parsed(nestedArrays(MAX_JSON_DEPTH + 1)))).toEqual({
      field: Array(MAX_JSON_DEPTH).fill("0").join("/"),
      message: "must not nest deeper than 64 levels",
    });
    const deepObject = `${'{"a":'.repeat(65)}1${"}".repeat(65)}`;
    expect(findUnsafeJson(parsed(deepObject))?.message).toContain("64 levels");
    const scalarAtTheBottom = `${"[".repeat(64)}1${"]".repeat(64)}`;
    expect(findUnsafeJson(parsed(scalarAtTheBottom))).toBeNull();
  });

  test("refuses nesting of any depth without overflowing the stack", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 1_000_000; depth++) {
      value = [value];
    }
    expect(findUnsafeJson(value)?.message).toContain("64 levels");
  });

  test("counts a value that contains itself as too deep", () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(findUnsafeJson(value)?.message).toContain("64 levels");
  });

  test("measures depth, not the number of containers", () => {
    expect(
      findUnsafeJson(Array.from({ length: 10_000 }, () => [{}])),
    ).toBeNull();
  });

  const nul = "must not contain the character U+0000 (NUL)";
  const half = "must not contain half of a surrogate pair (malformed Unicode)";

  test.each([
    ["a NUL in a text", '{"traits":{"name":"a\\u0000b"}}', "traits/name", nul],
    ["a NUL in a key", '{"traits":{"a\\u0000b":1}}', "traits/a\uFFFDb", nul],
    ["a NUL in the only text", '"\\u0000"', "", nul],
    ["a high surrogate alone", '{"a":["x","\\ud83d"]}', "a/1", half],
    ["a low surrogate alone", '{"a":"\\ude00 x"}', "a", half],
    ["surrogates in the wrong order", '["\\ude00\\ud83d"]', "0", half],
    ["half a pair in a key", '{"k\\ud83d":{"b":1}}', "k\uFFFD", half],
    [
      "a number too large",
      '{"a":{"b":1e999}}',
      "a/b",
      "must be a finite number",
    ],
    ["a number too small", "[1,-1e999]", "1", "must be a finite number"],
    ["a number alone", "1e999", "", "must be a finite number"],
  ])("names the place of %s", (_what, text, field, message) => {
    expect(findUnsafeJson(parsed(text))).toEqual({ field, message });
  });

  test("accepts a whole surrogate pair", () => {
    expect(findUnsafeJson(parsed('{"😀":"\\ud83d\\ude00"}'))).toBeNull();
  });

  test("names the first fault in reading order", () => {
    expect(
      findUnsafeJson(parsed('{"a":{"b":[1,"\\u0000"]},"c":"\\u0000"}')),
    ).toMatchObject({ field: "a/b/1" });
    expect(
      findUnsafeJson(parsed('{"a":{"b":[]},"c":"\\u0000"}')),
    ).toMatchObject({ field: "c" });
  });

  test("finds a fault wherever it is put", () => {
    const place = fc.array(fc.oneof(fc.nat({ max: 3 }), fc.string()), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(place, (keys) => {
        const value = keys.reduceRight<unknown>(
          (inner, key) =>
            typeof key === "number"
              ? [...Array<number>(key).fill(0), inner]
              : Object.fromEntries([
                  ["sibling", [{}]],
                  [`key ${key}`, inner],
                ]),
          "\0",
        );
        expect(findUnsafeJson(value)?.message).toBe(nul);
        expect(findUnsafeJson(value)?.field.split("/").length).toBe(
          Math.max(1, keys.length),
        );
      }),
    );
  });
});

describe("parseJson", () => {
  test("gives the value of a JSON text", () => {
    expect(parseJson('{"a":[1]}')._unsafeUnwrap()).toEqual({ a: [1] });
  });

  test("gives the parser's message instead of throwing", () => {
    expect(parseJson("{a}")._unsafeUnwrapErr()).toMatch(/JSON/);
  });
});
