// The judge's own marks: a commit is dated by its own writer alone.

import { expect, it } from "vitest";

import { type Change } from "../commitLog";
import { History } from "./history";
import { fingerprintOf, PLACES, rowText } from "./places";
import { ALL, tableNamed } from "./world";

const [from = "", to = ""] = ALL;
const key = tableNamed("Segment").keyOf(from, 0);
const row = (workspaceId: string, name: string) =>
  new Map([
    ["id", key],
    ["workspaceId", workspaceId],
    ["name", name],
  ]);
const change = (
  before?: Change["before"],
  after?: Change["after"],
): Change => ({
  table: "Segment",
  before,
  after,
});
const place = PLACES.find(
  ({ kind, workspaceId }) =>
    kind.cacheKind.name === "segments" && workspaceId === from,
);
const withRow = fingerprintOf([rowText("Segment", key, "v1")]);
const read = (fingerprint: number, asOf: number, endedAt: number) => ({
  place: place?.at ?? NaN,
  fingerprint,
  asOf,
  endedAt,
  way: "strict" as const,
});

it("a row's move is not dated by whoever wrote the row, and tells of that only after the move", () => {
  const history = new History();
  history.follow([
    { lsn: 1n, xid: 1, changes: [change(undefined, row(from, "v1"))] },
    {
      lsn: 2n,
      xid: 2,
      changes: [change(row(from, "v1"), row(to, "v1"))],
    },
  ]);
  history.tell({ marks: ["+v1"], sentAt: 0, toldAt: 10 });
  history.tell({ marks: ["x2"], sentAt: 20, toldAt: 30 });
  expect(history.judge(read(withRow, 15, 25))).toBe("right");
  expect(history.judge(read(withRow, 31, 35))).toBe("stale");
  expect(history.judge(read(fingerprintOf([]), 15, 19))).toBe("stale");
  expect(history.judge(read(fingerprintOf([]), 31, 35))).toBe("right");
});
