import { expect, test } from "vitest";

import { parseQueryString, queryRefusal } from "./queryString";

test.each(["ids=a&ids=b", "ids[]=a&ids[]=b", "ids[0]=a&ids[1]=b"])(
  "%s is a list",
  (text) => {
    expect({ ...parseQueryString(text) }).toEqual({ ids: ["a", "b"] });
  },
);

test("a hundred ids are all taken, in order", () => {
  const ids = Array.from({ length: 100 }, (_, at) => `id${at}`);
  const text = ids.map((id) => `ids=${id}`).join("&");
  expect(parseQueryString(text).ids).toEqual(ids);
});

test("keys cannot reach a prototype", () => {
  const query = parseQueryString("__proto__[admin]=1&constructor[x]=1");
  expect(Reflect.get({}, "admin")).toBeUndefined();
  expect(Reflect.get(query, "admin")).toBeUndefined();
});

test.each([
  ["nesting", "a[b][c][d][e][f][g][h]=1"],
  [
    "too many parameters",
    Array.from({ length: 1001 }, (_, at) => `p${at}=1`).join("&"),
  ],
  ["too long a list", Array.from({ length: 1001 }, () => "a=1").join("&")],
])("%s is refused with a reason and does not throw", (_, text) => {
  const query = parseQueryString(text);
  expect(query).toEqual({});
  expect(queryRefusal(query)).toContain("at most 1000 parameters");
});

test("an accepted query has no refusal", () => {
  expect(queryRefusal(parseQueryString("a=1"))).toBeUndefined();
  expect(queryRefusal(undefined)).toBeUndefined();
});
