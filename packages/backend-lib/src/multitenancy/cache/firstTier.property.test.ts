// The first tier under random use, against a model that only adds up: its figures are the sum of what it keeps, it never
// keeps more than it may, and it never gives what was put elsewhere.

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { FirstTier } from "./firstTier";
import { processKind } from "./kind";

const ENTRY_BYTES = 300;
const MAX_BYTES = 8_000;

const KINDS = [
  processKind<object>({ name: "one", scopes: ["segments"] }),
  processKind<object>({ name: "two", scopes: ["segments"] }),
];
const WORKSPACES = ["a", "b", "c", "d"].map(
  (digit) => `00000000-0000-4000-8000-00000000000${digit}`,
);
const KEYS = ["", "x", "y", "z", "__proto__", "constructor", "1", "ü"];

const place = fc.record({
  kind: fc.constantFrom(...KINDS),
  workspaceId: fc.constantFrom(...WORKSPACES),
  key: fc.constantFrom(...KEYS),
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("keep" as const),
      place,
      bytes: fc.integer({ min: 0, max: 5_000 }),
      ttlMs: fc.integer({ min: 1, max: 50 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("find" as const), place }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("peek" as const), place }),
  },
  fc.record({ do: fc.constant("drop" as const), place }),
  fc.record({ do: fc.constant("change" as const), place }),
  fc.record({ do: fc.constant("dropWorkspace" as const), place }),
  fc.record({
    do: fc.constant("pass" as const),
    place,
    ms: fc.integer({ min: 1, max: 20 }),
  }),
);

describe("any sequence of uses", () => {
  it("leaves figures that are the sum of what is kept, within the bound, and values where they were put", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let now = 0;
        let changes = 0;
        const tier = new FirstTier({ maxBytes: MAX_BYTES, now: () => now });
        const stampOf = new Map(
          WORKSPACES.map((workspaceId) => [
            workspaceId,
            { workspaceId, token: "0", isCurrent: true },
          ]),
        );
        const stamps = (workspaceId: string) => [
          stampOf.get(workspaceId) ?? {
            workspaceId,
            token: "",
            isCurrent: false,
          },
        ];
        /** What was put last in each place, and what it takes; the tier keeps these or fewer. */
        const model = new Map<
          string,
          { value: object; bytes: number; endsAt: number }
        >();
        const nameOf = ({
          kind,
          workspaceId,
          key,
        }: typeof place extends fc.Arbitrary<infer P> ? P : never) =>
          JSON.stringify([workspaceId, kind.name, key]);

        for (const each of steps) {
          const { kind, workspaceId, key } = each.place;
          const name = nameOf(each.place);
          switch (each.do) {
            case "keep": {
              const value = {};
              tier.keep(kind, workspaceId, key, {
                value,
                bytes: each.bytes,
                ttlMs: each.ttlMs,
                stamps: stamps(workspaceId),
              });
              model.set(name, {
                value,
                bytes: each.bytes + ENTRY_BYTES,
                endsAt: now + each.ttlMs,
              });
              break;
            }
            case "find":
            case "peek": {
              const found =
                each.do === "find"
                  ? tier.find(kind, workspaceId, key, stamps(workspaceId))
                  : tier.current(kind, workspaceId, key);
              const put = model.get(name);
              if (found !== undefined) {
                expect(found.value).toBe(put?.value);
                expect(put?.endsAt).toBeGreaterThan(now);
              }
              break;
            }
            case "drop":
              tier.drop(kind, workspaceId, key);
              model.delete(name);
              break;
            case "change": {
              changes += 1;
              const former = stampOf.get(workspaceId);
              if (former !== undefined) {
                former.isCurrent = false;
              }
              stampOf.set(workspaceId, {
                workspaceId,
                token: String(changes),
                isCurrent: true,
              });
              KINDS.forEach((of) =>
                KEYS.forEach((k) => {
                  expect(tier.current(of, workspaceId, k)).toBeUndefined();
                }),
              );
              break;
            }
            case "dropWorkspace":
              tier.dropWorkspace(workspaceId);
              [...model.keys()]
                .filter((put) => put.startsWith(`["${workspaceId}"`))
                .forEach((put) => model.delete(put));
              break;
            default:
              now += each.ms;
          }
          const figures = tier.figures();
          const shelves = WORKSPACES.map((id) => tier.figures(id));
          expect(figures.bytes).toBeLessThanOrEqual(MAX_BYTES);
          expect(figures.bytes).toBe(
            shelves.reduce((sum, { bytes }) => sum + bytes, 0),
          );
          expect(figures.entries).toBe(
            shelves.reduce((sum, { entries }) => sum + entries, 0),
          );
          expect(figures.entries).toBeLessThanOrEqual(model.size);
        }
        // Taken away one by one, nothing is left over: neither of the entries nor of their bytes.
        KINDS.forEach((kind) =>
          WORKSPACES.forEach((workspaceId) =>
            KEYS.forEach((key) => {
              const before = tier.figures();
              tier.drop(kind, workspaceId, key);
              const after = tier.figures();
              if (after.entries < before.entries) {
                expect(before.bytes - after.bytes).toBe(
                  model.get(nameOf({ kind, workspaceId, key }))?.bytes,
                );
              }
            }),
          ),
        );
        expect(tier.figures()).toEqual({ entries: 0, bytes: 0 });
      }),
      { numRuns: 300 },
    );
  });
});
