import { describe, expect, test } from "vitest";

import { parseJsonBody } from "./jsonBody";
import { RequestRefused } from "./requestRefused";

const parse = (text: string) => parseJsonBody(Buffer.from(text, "utf8"));

function refusal(run: () => unknown): RequestRefused {
  try {
    run();
  } catch (error) {
    if (error instanceof RequestRefused) {
      return error;
    }
    throw error;
  }
  throw new Error("was not refused");
}

describe("a JSON body", () => {
  test("is parsed", () => {
    expect(parse('{"a":[1,"é",null]}')).toEqual({ a: [1, "é", null] });
  });

  test("keeps the last of two members of one name", () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  test.each(["", "{", "{'a':1}", "[1,]", "NaN", "undefined", "{} {}"])(
    "%j is refused as malformed, without being repeated",
    (text) => {
      const { body } = refusal(() => parse(text));
      expect(body.statusCode).toBe(400);
      expect(body.message).toMatch(/^The body is (empty|not valid JSON)/);
    },
  );

  test("that is malformed is not quoted in the answer", () => {
    const { body } = refusal(() => parse('{"password": hunter2}'));
    expect(JSON.stringify(body)).not.toContain("hunter2");
  });

  test("that is not UTF-8 is refused", () => {
    const { body } = refusal(() =>
      parseJsonBody(Buffer.from([0x22, 0xc3, 0x28, 0x22])),
    );
    expect(body.message).toBe("The body is not valid UTF-8.");
  });

  test.each([
    '{"__proto__": {"admin": true}}',
    '{"a": [{"\\u005f_proto__": 1}]}',
    '{"constructor": {"prototype": {"admin": true}}}',
  ])("%s is refused: it is out to poison a prototype", (text) => {
    expect(refusal(() => parse(text)).body.message).toContain("__proto__");
  });

  test.each([
    ["a NUL in a text", '{"name": "a\\u0000b"}', "name"],
    ["a NUL in a key", '{"traits": {"a\\u0000": 1}}', "traits/a\uFFFD"],
    ["half a surrogate pair", '{"name": "\\ud800"}', "name"],
    ["a number beyond all bounds", '{"limit": 1e999}', "limit"],
  ])("%s is refused and its field named", (_, text, field) => {
    const { body } = refusal(() => parse(text));
    expect(body.errors.map((error) => error.field)).toEqual([field]);
    expect(body.message).toContain(`body/${field}: `);
  });

  test("may nest 64 levels and no more, and 100,000 do not overflow the stack", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(() => parse(nested(64))).not.toThrow();
    for (const depth of [65, 100_000]) {
      expect(refusal(() => parse(nested(depth))).body.message).toContain(
        "64 levels",
      );
    }
  });
});
