import { describe, expect, it } from "vitest";

import { parsePropertyPath } from "./propertyPath";

describe("a property path", () => {
  it.each([
    ["plan", ["plan"]],
    ["address.city", ["address", "city"]],
    ["$.address.city", ["address", "city"]],
    ["items[0].sku", ["items", "0", "sku"]],
    ["$.items[0][1]", ["items", "0", "1"]],
    [`$['first name']["last.name"]`, ["first name", "last.name"]],
    [String.raw`$['it\'s']`, ["it's"]],
    ["first name", ["first name"]],
    ["$price", ["$price"]],
    ["x'; DROP TABLE y; --", ["x'; DROP TABLE y; --"]],
  ])("%s leads through %j", (path, steps) => {
    expect(parsePropertyPath(path)).toEqual(steps);
  });

  it.each(["", "   ", "$", "a..b", "a[", "a[b]", "[]", "a.", "$['x"])(
    "%j is none",
    (path) => {
      expect(parsePropertyPath(path)).toBeNull();
    },
  );
});
