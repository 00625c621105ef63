import { Type } from "@sinclair/typebox";
import { err, ok } from "neverthrow";
import { expect, test } from "vitest";

import { JsonResult } from "../types";
import { toJsonResult, unwrap } from "./resultUtils";
import { explainErrors } from "./schemaValidation";

test("unwrap gives the value of an Ok", () => {
  expect(unwrap(ok(5))).toBe(5);
});

test("unwrap throws an error as it is, anything else as the cause of one", () => {
  const error = new Error("broken");
  expect(() => unwrap(err(error))).toThrow(error);
  const value = { type: "NotFound", message: "no such segment" };
  try {
    unwrap(err(value));
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toMatchObject({ cause: value });
    expect(String(thrown)).toContain("no such segment");
  }
});

test("a Result reads in JSON as Ok with a value or Err with an err", () => {
  const schema = JsonResult(Type.Number(), Type.String());
  expect(toJsonResult(ok(1))).toEqual({ type: "Ok", value: 1 });
  expect(explainErrors(schema, toJsonResult(ok(1)))).toEqual([]);
  expect(toJsonResult(err("no"))).toEqual({ type: "Err", err: "no" });
  expect(explainErrors(schema, toJsonResult(err("no")))).toEqual([]);
  expect(explainErrors(schema, { type: "Err" })).toEqual([
    { field: "err", message: "required" },
  ]);
});
