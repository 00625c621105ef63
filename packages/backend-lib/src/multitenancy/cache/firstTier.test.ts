import { describe, expect, it } from "vitest";

import { type Stamp } from "./books";
import { FirstTier } from "./firstTier";
import { processKind } from "./kind";

const SMALL = "00000000-0000-4000-8000-000000000001";
const GREEDY = "00000000-0000-4000-8000-000000000002";

const kind = processKind<string>({ name: "texts", scopes: ["segments"] });

function stampOf(workspaceId: string, token = "segments0.0.1") {
  return { workspaceId, token, isCurrent: true };
}

function world({ maxBytes = 1_000_000 } = {}) {
  let now = 0;
  const tier = new FirstTier({ maxBytes, now: () => now });
  const stamps = new Map(
    [SMALL, GREEDY].map((id) => [id, [stampOf(id)] as const]),
  );
  const stampsOf = (id: string): readonly Stamp[] => stamps.get(id) ?? [];
  return {
    tier,
    stampsOf,
    pass: (ms: number) => {
      now += ms;
    },
    keep: (id: string, key: string, { bytes = 100, ttlMs = 1_000 } = {}) => {
      const value = `${id} ${key}`;
      tier.keep(kind, id, key, { value, bytes, ttlMs, stamps: stampsOf(id) });
    },
    find: (id: string, key: string, under = stampsOf(id)) =>
      tier.find(kind, id, key, under)?.value,
    current: (id: string, key: string) => tier.current(kind, id, key)?.value,
  };
}

describe("what is kept in this process", () => {
  it("is found by workspace, kind and key, and nothing else is", () => {
    const { tier, keep, find, stampsOf } = world();
    const namesake = processKind<string>({
      name: "texts",
      scopes: ["segments"],
    });
    keep(SMALL, "a");

    expect(find(SMALL, "a")).toBe(`${SMALL} a`);
    expect(find(SMALL, "b")).toBeUndefined();
    expect(find(GREEDY, "a")).toBeUndefined();
    expect(
      tier.find(namesake, SMALL, "a", stampsOf(SMALL)),
      "a kind of the same name",
    ).toBeUndefined();
  });

  it("is the latest that was kept, and counts once", () => {
    const { tier, keep, stampsOf, find } = world();
    keep(SMALL, "a", { bytes: 5_000 });
    tier.keep(kind, SMALL, "a", {
      value: "newer",
      bytes: 100,
      ttlMs: 1_000,
      stamps: stampsOf(SMALL),
    });

    expect(find(SMALL, "a")).toBe("newer");
    expect(tier.figures()).toEqual({ entries: 1, bytes: 400 });
  });

  it("ends with its time, to the millisecond", () => {
    const { keep, find, current, pass } = world();
    keep(SMALL, "a", { ttlMs: 10 });
    pass(9);
    expect(find(SMALL, "a")).toBeDefined();
    expect(current(SMALL, "a")).toBeDefined();
    pass(1);
    expect(find(SMALL, "a")).toBeUndefined();
    expect(current(SMALL, "a")).toBeUndefined();
  });

  it("is not peeked at once a change of one of its stamps is heard", () => {
    const { tier, current } = world();
    const [one, other] = [stampOf(SMALL), stampOf(SMALL, "access0.0.1")];
    tier.keep(kind, SMALL, "a", {
      value: "v",
      bytes: 1,
      ttlMs: 9,
      stamps: [one, other],
    });
    expect(current(SMALL, "a")).toBe("v");
    other.isCurrent = false;
    expect(current(SMALL, "a")).toBeUndefined();
  });

  it("is good again under new stamps of the same generations, and may be peeked at again", () => {
    const { tier, find, current } = world();
    const before = stampOf(SMALL);
    tier.keep(kind, SMALL, "a", {
      value: "v",
      bytes: 1,
      ttlMs: 9,
      stamps: [before],
    });
    before.isCurrent = false; // the listener was lost, and nothing changed meanwhile
    expect(current(SMALL, "a")).toBeUndefined();

    expect(find(SMALL, "a", [stampOf(SMALL)])).toBe("v");
    expect(current(SMALL, "a")).toBe("v");
  });

  it("is not found under other generations, even before the change was heard", () => {
    const { keep, find } = world();
    keep(SMALL, "a");
    expect(find(SMALL, "a", [stampOf(SMALL, "segments0.0.2")])).toBeUndefined();
  });

  it("is not found for who depends on something else, though it has the same numbers", () => {
    const { tier, find } = world();
    const under = (parent: string) => [stampOf(SMALL), stampOf(parent)];
    const parents = [GREEDY, "00000000-0000-4000-8000-000000000003"] as const;
    tier.keep(kind, SMALL, "a", {
      value: "v",
      bytes: 1,
      ttlMs: 9,
      stamps: under(parents[0]),
    });
    expect(find(SMALL, "a", under(parents[0]))).toBe("v");
    expect(find(SMALL, "a", under(parents[1]))).toBeUndefined();
    expect(find(SMALL, "a", [stampOf(SMALL)])).toBeUndefined();
  });

  it("is not what came under a stamp that has ended, and that takes what was there away", () => {
    const { tier, keep, find, stampsOf } = world();
    keep(SMALL, "a");
    tier.keep(kind, SMALL, "a", {
      value: "late",
      bytes: 1,
      ttlMs: 9,
      stamps: [{ ...stampOf(SMALL), isCurrent: false }],
    });
    expect(find(SMALL, "a", stampsOf(SMALL))).toBeUndefined();
    expect(tier.figures()).toEqual({ entries: 0, bytes: 0 });
  });
});

describe("room", () => {
  it("is made by the workspace that keeps most: however much it asks for, it drives out nobody else's", () => {
    const { tier, keep, find } = world({ maxBytes: 40_000 });
    for (let i = 0; i < 10; i += 1) {
      keep(SMALL, `small ${i}`);
    }
    for (let i = 0; i < 10_000; i += 1) {
      keep(GREEDY, `greedy ${i}`);
    }
    expect(tier.figures(SMALL)).toEqual({ entries: 10, bytes: 4_000 });
    for (let i = 0; i < 10; i += 1) {
      expect(find(SMALL, `small ${i}`)).toBeDefined();
    }
    expect(tier.figures().bytes).toBeLessThanOrEqual(40_000);
    expect(find(GREEDY, "greedy 9999")).toBeDefined();
  });

  it("is given by what was not used since the hand passed it, whether it was found or peeked at", () => {
    const { keep, find, current } = world({ maxBytes: 1_600 }); // four of 400
    ["a", "b", "c", "d"].forEach((key) => keep(SMALL, key));
    find(SMALL, "a");
    current(SMALL, "c");

    keep(SMALL, "e"); // passes a, takes b
    keep(SMALL, "f"); // passes c, takes d
    expect(
      ["a", "b", "c", "d", "e", "f"].filter(
        (key) => current(SMALL, key) !== undefined,
      ),
    ).toEqual(["a", "c", "e", "f"]);
  });

  it("is found when every entry was used", () => {
    const { tier, keep, find } = world({ maxBytes: 1_600 });
    ["a", "b", "c", "d"].forEach((key) => {
      keep(SMALL, key);
      find(SMALL, key);
    });
    keep(SMALL, "e");
    expect(tier.figures().entries).toBe(4);
    expect(find(SMALL, "e")).toBeDefined();
  });

  it("is not made for a value that takes more than half of it, nor where there is none", () => {
    const { tier, keep, find } = world({ maxBytes: 2_000 });
    keep(SMALL, "a");
    keep(GREEDY, "large", { bytes: 701 });
    expect(find(GREEDY, "large")).toBeUndefined();
    expect(find(SMALL, "a")).toBeDefined();
    keep(GREEDY, "half", { bytes: 700 });
    expect(find(GREEDY, "half")).toBeDefined();

    const none = world({ maxBytes: 0 });
    none.keep(SMALL, "a", { bytes: 0 });
    expect(none.tier.figures()).toEqual({ entries: 0, bytes: 0 });
    expect(tier.figures().entries).toBe(2);
  });
});

describe("dropping", () => {
  it("a value leaves the others", () => {
    const { tier, keep, find } = world();
    keep(SMALL, "a");
    keep(SMALL, "b");
    tier.drop(kind, SMALL, "a");
    tier.drop(kind, SMALL, "no such");
    tier.drop(kind, GREEDY, "a");
    expect(find(SMALL, "a")).toBeUndefined();
    expect(find(SMALL, "b")).toBeDefined();
    expect(tier.figures()).toEqual({ entries: 1, bytes: 400 });
  });

  it("a workspace leaves the others, and all of its room can be used again", () => {
    const { tier, keep, find } = world({ maxBytes: 40_000 });
    for (let i = 0; i < 100; i += 1) {
      keep(GREEDY, `${i}`);
    }
    keep(SMALL, "a");
    tier.dropWorkspace(GREEDY);
    tier.dropWorkspace(GREEDY);
    expect(tier.figures()).toEqual({ entries: 1, bytes: 400 });
    expect(find(SMALL, "a")).toBeDefined();
    for (let i = 0; i < 99; i += 1) {
      keep(GREEDY, `${i}`);
    }
    expect(tier.figures()).toEqual({ entries: 100, bytes: 40_000 });
  });

  it("a workspace touches none of its values, however many they are", () => {
    const { tier, keep } = world({ maxBytes: 1e9 });
    let touched = 0;
    const touch = () => {
      touched += 1;
      return true;
    };
    const objects = processKind<object>({
      name: "objects",
      scopes: ["segments"],
    });
    const stamp = {
      workspaceId: GREEDY,
      token: "segments0.0.1",
      get isCurrent() {
        return touch();
      },
    };
    const value = Object.freeze({
      get read() {
        return touch();
      },
    });
    for (let i = 0; i < 1_000; i += 1) {
      const kept = { value, bytes: 1, ttlMs: 1, stamps: [stamp] };
      tier.keep(objects, GREEDY, `${i}`, kept);
    }
    expect(touched).toBeGreaterThan(0);
    keep(SMALL, "a");
    touched = 0;
    tier.dropWorkspace(GREEDY);
    expect(touched).toBe(0);
    expect(tier.figures().entries).toBe(1);
    tier.clear();
    expect(tier.figures()).toEqual({ entries: 0, bytes: 0 });
  });
});
