import { expect, test } from "vitest";

import { requestIdOf } from "./requestId";

const of = (id: string | string[]) =>
  requestIdOf({ headers: { "x-request-id": id } });
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("a short and plain id of the client is kept", () => {
  expect(of("trace-01.A:b_c")).toBe("trace-01.A:b_c");
});

test.each(["", "a b", "a\nb", "é", "x".repeat(129), "'; select 1"])(
  "%j is replaced by a new one",
  (id) => {
    expect(of(id)).toMatch(UUID);
  },
);

test("without one, each request gets its own", () => {
  expect(requestIdOf({ headers: {} })).not.toBe(requestIdOf({ headers: {} }));
});
