import { describe, expect, it } from "vitest";

import { aliasOf, Books, HOST, passingStamp, type Reading } from "./books";

const ONE = "00000000-0000-4000-8000-000000000001";
const OTHER = "00000000-0000-4000-8000-000000000002";
const segments = { workspaceId: ONE, scope: "segments" } as const;
const journeys = { workspaceId: ONE, scope: "journeys" } as const;

function reading(sums: Record<string, number> = {}, ofAll = 0): Reading {
  return {
    sums: new Map(
      Object.entries(sums).map(([scope, sum]) => [scope, String(sum)]),
    ),
    ofAll: String(ofAll),
  };
}

describe("stamps", () => {
  it("are unknown until the generations were read", () => {
    const books = new Books();
    expect(books.stamp(segments)).toBeUndefined();
    books.enter(ONE, reading());
    expect(books.stamp(segments)?.isCurrent).toBe(true);
    expect(books.stamp({ ...segments, workspaceId: OTHER })).toBeUndefined();
  });

  it("differ by scope, by a change of the scope, of the workspace, and of everybody", () => {
    const token = (from: Reading, of = segments.scope) =>
      passingStamp({ ...segments, scope: of }, from).token;
    const tokens = [
      token(reading()),
      token(reading({ segments: 1 })),
      token(reading({ segments: 2 })),
      token(reading({ "*": 1 })),
      token(reading({ "*": 1, segments: 1 })),
      token(reading({}, 1)),
      token(reading({ segments: 11 })),
      token(reading({ "*": 1 }, 1)),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(passingStamp(journeys, reading()).token).not.toBe(tokens[0]);
    expect(token(reading({ journeys: 5 }))).toBe(tokens[0]);
  });

  it("stay the same object as long as readings confirm them", () => {
    const books = new Books();
    books.enter(ONE, reading({ segments: 1 }));
    const stamp = books.stamp(segments);
    books.enter(ONE, reading({ segments: 1, journeys: 9 }));
    expect(books.stamp(segments)).toBe(stamp);
    expect(stamp?.isCurrent).toBe(true);
  });

  it("end with a reading that says otherwise", () => {
    const books = new Books();
    books.enter(ONE, reading({ segments: 1 }));
    const [stamp, bystander] = [books.stamp(segments), books.stamp(journeys)];
    books.enter(ONE, reading({ segments: 2 }));
    expect(stamp?.isCurrent).toBe(false);
    expect(books.stamp(segments)?.isCurrent).toBe(true);
    expect(books.stamp(journeys)).toBe(bystander);
  });

  it("end when a change of their scope is heard, and are unknown until they are read again", () => {
    const books = new Books();
    books.enter(ONE, reading({ segments: 1 }));
    const [stamp, bystander] = [books.stamp(segments), books.stamp(journeys)];
    books.forget(aliasOf(ONE), "segments");
    books.forget(aliasOf(OTHER), "segments"); // of which nothing is known
    expect(stamp?.isCurrent).toBe(false);
    expect(bystander?.isCurrent).toBe(true);
    expect(books.stamp(segments)).toBeUndefined();
    books.enter(ONE, reading({ segments: 1 }));
    expect(books.stamp(segments)).not.toBe(stamp);
    expect(stamp?.isCurrent, "once ended, always ended").toBe(false);
  });

  it("of a scope that was not asked for yet are unknown as well, once its change is heard", () => {
    const books = new Books();
    books.enter(ONE, reading());
    books.forget(aliasOf(ONE), "segments");
    expect(books.stamp(segments)).toBeUndefined();
    expect(books.stamp(journeys)).toBeDefined();
  });

  it.each([
    ["of the workspace", ONE, [false, true]],
    ["of everybody", HOST, [false, false]],
  ] as const)("all end with a change %s", (_whose, id, left) => {
    const books = new Books();
    books.enter(ONE, reading());
    books.enter(OTHER, reading());
    const stamps = [
      books.stamp(segments),
      books.stamp({ ...segments, workspaceId: OTHER }),
    ];
    books.forget(aliasOf(id), "*");
    expect(stamps.map((stamp) => stamp?.isCurrent)).toEqual(left);
  });

  it("end with their book, when there are more workspaces than may be remembered", () => {
    const books = new Books({ max: 1 });
    books.enter(ONE, reading());
    const stamp = books.stamp(segments);
    books.enter(OTHER, reading());
    expect(stamp?.isCurrent).toBe(false);
    expect(books.stamp(segments)).toBeUndefined();
    expect(books.stamp({ ...segments, workspaceId: OTHER })).toBeDefined();
  });
});

describe("what is heard of others", () => {
  it("ends nothing here: a workspace of which nothing is known, and the directory", () => {
    const books = new Books();
    books.enter(ONE, reading({ segments: 1 }));
    const stamp = books.stamp(segments);
    books.forget(aliasOf(OTHER), "*");
    books.forget(aliasOf(HOST), "directory");
    expect(stamp?.isCurrent).toBe(true);
  });

  it("ends everything, when everything of everybody changed", () => {
    const books = new Books();
    books.enter(ONE, reading());
    books.enter(OTHER, reading());
    const stamps = [ONE, OTHER].map((workspaceId) =>
      books.stamp({ ...segments, workspaceId }),
    );
    books.forget(aliasOf(HOST), "*");
    expect(stamps.map((stamp) => stamp?.isCurrent)).toEqual([false, false]);
  });
});
