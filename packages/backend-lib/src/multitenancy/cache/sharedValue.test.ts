import { Type } from "@sinclair/typebox";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { processKind, sharedKind } from "./kind";
import { fromText, frozen, toText } from "./sharedValue";

const kind = sharedKind({
  name: "things",
  scopes: ["segments"],
  schema: Type.Union([
    Type.Null(),
    Type.Object({ name: Type.String(), count: Type.Integer() }),
  ]),
});
const place = {
  kind,
  workspaceId: "00000000-0000-4000-8000-000000000001",
  key: "a",
};
const thing = { name: "n", count: 1 };

/** What another process would have put there. */
const textOf = (...parts: unknown[]) => JSON.stringify(parts);

describe("a value's way to Redis and back", () => {
  it("gives the value again, also null, whatever the key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (key) => {
        const there = { ...place, key };
        expect(fromText(there, toText(there, thing) ?? "")).toEqual([thing]);
        expect(fromText(there, toText(there, null) ?? "")).toEqual([null]);
      }),
    );
  });

  it("keeps a key apart that no encoding of characters has", () => {
    const there = { ...place, key: "\ud800" };
    const text = Buffer.from(toText(there, thing) ?? "").toString();
    expect(fromText(there, text)).toEqual([thing]);
    expect(fromText({ ...place, key: "\ud801" }, text)).toBeUndefined();
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["another shape", JSON.stringify({ value: thing })],
    ["a bare value", JSON.stringify(thing)],
    ["too few parts", textOf(place.workspaceId, "things", "a")],
    ["too many parts", textOf(place.workspaceId, "things", "a", thing, 1)],
    [
      "another workspace's value",
      textOf("00000000-0000-4000-8000-000000000002", "things", "a", thing),
    ],
    ["another kind's value", textOf(place.workspaceId, "keys", "a", thing)],
    ["another key's value", textOf(place.workspaceId, "things", "b", thing)],
    [
      "a value of another version",
      textOf(place.workspaceId, "things", "a", { name: "n" }),
    ],
    [
      "a value that is deep beyond measure",
      `["${place.workspaceId}","things","a",${"[".repeat(200_000)}${"]".repeat(200_000)}]`,
    ],
    ["a large text", "[".repeat(5_000_000)],
  ])("takes %s for nothing", (_what, text) => {
    expect(fromText(place, text)).toBeUndefined();
  });

  it("takes nothing for a value of a kind that stays in its process", () => {
    const secret = processKind<unknown>({
      name: "secrets",
      scopes: ["access"],
    });
    const there = { ...place, kind: secret };
    expect(fromText(there, toText(there, "s") ?? "")).toBeUndefined();
  });

  it("has no text for what JSON has no words for, instead of failing", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const any = processKind<unknown>({ name: "any", scopes: ["access"] });
    expect(toText({ ...place, kind: any }, circle)).toBeUndefined();
    expect(toText({ ...place, kind: any }, 1n)).toBeUndefined();
  });

  it("has a name for the kind that is letters only", () => {
    ["", "a:b", "a b", "ä", "a".repeat(41)].forEach((name) => {
      expect(() => processKind({ name, scopes: ["access"] })).toThrow(
        TypeError,
      );
    });
  });
});

describe("a shared value", () => {
  it("cannot be changed, however deep, also inside of what was unchangeable on its outside", () => {
    const inner = { list: [{ leaf: 1 }] };
    const value = frozen(Object.freeze({ inner }));
    expect(() => {
      value.inner.list.push({ leaf: 2 });
    }).toThrow(TypeError);
    expect(() => {
      inner.list.forEach((each) => Object.assign(each, { leaf: 2 }));
    }).toThrow(TypeError);
  });

  it("may be a circle, deep, a buffer, or no object", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(Object.isFrozen(frozen(circle))).toBe(true);
    let deep: unknown[] = [];
    for (let i = 0; i < 100_000; i += 1) {
      deep = [deep];
    }
    expect(Object.isFrozen(frozen(deep))).toBe(true);
    expect(frozen({ bytes: Buffer.from("a") }).bytes.toString()).toBe("a");
    expect([frozen(1), frozen(null), frozen("x")]).toEqual([1, null, "x"]);
  });
});
