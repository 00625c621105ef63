import { Type } from "@sinclair/typebox";
import { expect, test } from "vitest";

import { convertText } from "./conversion";

test.each([
  ["a number", Type.Number(), "1.5", 1.5],
  ["a negative number", Type.Integer(), "-3", -3],
  ["no number", Type.Integer(), "3 apples", "3 apples"],
  ["hexadecimal is no number", Type.Integer(), "0x10", "0x10"],
  ["an empty text is no number", Type.Number(), "", ""],
  ["true", Type.Boolean(), "true", true],
  ["false", Type.Boolean(), "false", false],
  ["1 is no boolean", Type.Boolean(), "1", "1"],
  ["a text stays a text", Type.String(), "5", "5"],
  ["one element is a list", Type.Array(Type.Integer()), "5", [5]],
  ["a list of texts", Type.Array(Type.Integer()), ["5", "6"], [5, 6]],
  ["a literal number", Type.Literal(5), "5", 5],
  [
    "text of a union stays text",
    Type.Union([Type.Number(), Type.String()]),
    "5",
    "5",
  ],
  [
    "a union of list and boolean",
    Type.Union([Type.Boolean(), Type.Array(Type.String())]),
    "true",
    true,
  ],
  [
    "a union that nothing fits",
    Type.Union([Type.Boolean(), Type.Integer()]),
    "x",
    "x",
  ],
  [
    "an intersection",
    Type.Intersect([
      Type.Object({ a: Type.Integer() }),
      Type.Object({ b: Type.Boolean() }),
    ]),
    { a: "1", b: "true" },
    { a: 1, b: true },
  ],
  [
    "an object, unknown members untouched",
    Type.Object({ a: Type.Integer() }),
    { a: "1", z: "1" },
    { a: 1, z: "1" },
  ],
  ["what is no object", Type.Object({ a: Type.Integer() }), "a", "a"],
])("%s", (_, schema, given, expected) => {
  expect(convertText(schema, given)).toEqual(expected);
});
