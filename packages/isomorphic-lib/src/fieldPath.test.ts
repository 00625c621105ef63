import { describe, expect, test } from "vitest";

import { fieldErrorText, fieldPath } from "./fieldPath";

describe("fieldPath", () => {
  test("joins keys and indices", () => {
    expect(fieldPath(["definition", "nodes", 0, "type"])).toBe(
      "definition/nodes/0/type",
    );
    expect(fieldPath([])).toBe("");
  });

  test("keeps a key's own slashes and tildes apart from the joints", () => {
    expect(fieldPath(["a/b", "c~d", ""])).toBe("a~1b/c~0d/");
  });

  test("cuts long keys and hides what cannot be printed", () => {
    expect(fieldPath(["x".repeat(1000)])).toBe(`${"x".repeat(64)}…`);
    expect(fieldPath(["a\0b\nc\u202Ed\ud83d"])).toBe(
      "a\uFFFDb\uFFFDc\uFFFDd\uFFFD",
    );
  });
});

describe("fieldErrorText", () => {
  test("names the part of the request and the field", () => {
    const error = { field: "name", message: "required" };
    expect(fieldErrorText(error, "body")).toBe("body/name: required");
    expect(fieldErrorText(error)).toBe("name: required");
  });

  test("does without a field when the whole value is meant", () => {
    const error = { field: "", message: "expected object, got null" };
    expect(fieldErrorText(error, "body")).toBe(
      "body: expected object, got null",
    );
    expect(fieldErrorText(error)).toBe("expected object, got null");
  });
});
