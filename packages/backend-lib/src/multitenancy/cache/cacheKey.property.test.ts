// Places under fuzzed ids and keys: whatever they hold, no two of workspace, kind, key and generations meet, neither in
// Redis nor in this process.

import { createHash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Stamp } from "./books";
import { cacheWorkspaceId, sharedKey } from "./cacheKey";
import { FirstTier } from "./firstTier";
import { processKind } from "./kind";

const RUNS = 10_000;

const KINDS = ["k", "h", "keys", "keysh"].map((name) =>
  processKind<string>({ name, scopes: ["segments"] }),
);

/** Digits of an id that differ from another's in one place, in its case or in nothing. */
const workspaceId = fc.oneof(
  fc.uuid(),
  fc.constantFrom(
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-4000-8000-00000000000a",
    "00000000-0000-4000-8000-00000000000A",
    "00000000-0000-4000-8000-00000000000b",
  ),
);

/** A digest as keys that are not plain have one, in either of the alphabets that such a thing may be written in. */
const digestLike = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .chain((bytes) =>
    fc.constantFrom(
      Buffer.from(bytes).toString("base64url"),
      Buffer.from(bytes).toString("hex"),
      `h${Buffer.from(bytes).toString("base64url")}`,
    ),
  );

const AWKWARD = [
  "",
  "k",
  "h",
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "0",
  "00",
  "4294967295",
  ":",
  "{}",
  "}:{",
  "\0",
  "a\0",
  "\ud800",
  "\udfff",
  "\ufffd",
  "a\u0301",
  "á",
  "Á",
  " ",
  "\n",
  "\r\n",
  "*",
  "_",
  ".",
  "null",
  "undefined",
  "k:k",
  "workspace:{00000000-0000-4000-8000-00000000000a}:segments0.0.0:k:k",
];

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...AWKWARD) },
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  // UTF-16 as it comes, whole characters or not.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(...AWKWARD), { maxLength: 5 })
    .map((parts) => parts.join("")),
  fc.stringMatching(/^[0-9]{1,20}$/),
  fc.stringMatching(/^[a-zA-Z0-9-]{76,84}$/),
  digestLike,
  fc.integer({ min: 1_000, max: 20_000 }).map((length) => "x".repeat(length)),
);

const place = fc.record({
  workspaceId,
  kind: fc.constantFrom(...KINDS),
  key,
  tokens: fc.array(
    fc.constantFrom("segments0.0.1", "segments0.1.0", "access0.0.11"),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
  other: fc.option(workspaceId, { nil: undefined }),
});

/** What makes a place: what the database takes for one workspace is one. */
function identity({
  workspaceId: id,
  kind,
  key: text,
  tokens,
  other,
}: {
  workspaceId: string;
  kind: { name: string };
  key: string;
  tokens: string[];
  other: string | undefined;
}): string {
  const own = id.toLowerCase();
  const foreign = other?.toLowerCase();
  return JSON.stringify([own, kind.name, text, tokens, foreign]);
}

function stampsOf(
  id: string,
  tokens: string[],
  other: string | undefined,
): Stamp[] {
  const stamp = (of: string, token: string) => ({
    workspaceId: cacheWorkspaceId(of),
    token,
    isCurrent: true,
  });
  return [
    ...tokens.map((token) => stamp(id, token)),
    ...(other === undefined ? [] : [stamp(other, "access0.0.2")]),
  ];
}

describe("places", () => {
  it(`are told apart in Redis: ${RUNS} fuzzed ids and keys`, () => {
    const taken = new Map<string, string>();
    const identities = new Set<string>();
    fc.assert(
      fc.property(place, (each) => {
        const id = cacheWorkspaceId(each.workspaceId);
        const isOwn =
          each.other !== undefined && cacheWorkspaceId(each.other) === id;
        const meant = { ...each, other: isOwn ? undefined : each.other };
        const name = sharedKey(
          each.kind,
          id,
          each.key,
          stampsOf(id, meant.tokens, meant.other),
        );
        const who = identity(meant);
        identities.add(who);
        expect(taken.get(name) ?? who, `${name} is two places`).toBe(who);
        taken.set(name, who);
        // In one slot of a cluster with the rest of its workspace, and in bounds.
        expect(/^workspace:\{([^{}]+)\}:[^{}]*$/.exec(name)?.[1]).toBe(id);
        expect(name).toMatch(/^[\x21-\x7e]{1,400}$/);
      }),
      { numRuns: RUNS },
    );
    expect(taken.size, "every place has one name").toBe(identities.size);
    expect(taken.size).toBeGreaterThan(RUNS / 3); // it looked at enough different ones
  });

  it("of a key and of another that is its digest are two", () => {
    const [kind] = KINDS;
    const id = cacheWorkspaceId("00000000-0000-4000-8000-00000000000a");
    const digestOf = (text: string) =>
      createHash("sha256").update(text, "utf16le").digest("base64url");
    // One whose digest is plain enough to stand as it is.
    const awkward = Array.from({ length: 1_000 }, (_, i) => `é${i}`).filter(
      (text) => /^[a-zA-Z0-9-]+$/.test(digestOf(text)),
    );
    expect(awkward.length).toBeGreaterThan(0);
    awkward.forEach((text) => {
      const name = (of: string) => kind && sharedKey(kind, id, of, []);
      expect(name(text)).toContain(digestOf(text));
      expect(name(digestOf(text))).toContain(digestOf(text));
      expect(name(digestOf(text))).not.toBe(name(text));
    });
  });

  it(`are told apart in this process: ${RUNS} fuzzed ids and keys`, () => {
    const tier = new FirstTier({ maxBytes: 1e12 });
    const kept = new Map<string, string>();
    let made = 0;
    fc.assert(
      fc.property(place, ({ workspaceId: given, kind, key: text }) => {
        const id = cacheWorkspaceId(given);
        const stamps = stampsOf(id, ["segments0.0.1"], undefined);
        const who = JSON.stringify([id, kind.name, text]);
        expect(tier.find(kind, id, text, stamps)?.value).toBe(kept.get(who));
        made += 1;
        const value = `value ${made}`;
        tier.keep(kind, id, text, { value, bytes: 1, ttlMs: 1e9, stamps });
        kept.set(who, value);
      }),
      { numRuns: RUNS },
    );
    expect(tier.figures().entries).toBe(kept.size);
  });
});

describe("a workspace's id", () => {
  it("is the same workspace in either case", () => {
    const id = "ABCDEF00-0000-4000-8000-00000000000A";
    expect(cacheWorkspaceId(id)).toBe(id.toLowerCase());
  });

  it("is a UUID, or there is no place for it", () => {
    const wrong = [
      "",
      "*",
      "a",
      "00000000000040008000000000000001",
      "{00000000-0000-4000-8000-000000000001}",
      "00000000-0000-4000-8000-000000000001 ",
      "00000000-0000-4000-8000-000000000001\n",
      "00000000-0000-4000-8000-00000000000g",
      "00000000-0000-4000-8000-0000000000001",
      "００000000-0000-4000-8000-000000000001",
      "__proto__",
    ];
    wrong.forEach((id) => {
      expect(() => cacheWorkspaceId(id), JSON.stringify(id)).toThrow(TypeError);
    });
    fc.assert(
      fc.property(key, (text) => {
        fc.pre(!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text));
        expect(() => cacheWorkspaceId(text)).toThrow(TypeError);
      }),
    );
  });
});
