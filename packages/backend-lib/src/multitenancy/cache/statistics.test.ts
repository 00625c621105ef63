import { expect, it } from "vitest";

import { noStatistics, StatisticsBook } from "./statistics";

const id = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

it("counts by workspace, and altogether", () => {
  const book = new StatisticsBook();
  book.count(id(1), "process");
  book.count(id(1), "process");
  book.count(id(2), "loads");
  expect(book.of(id(1))).toEqual({ ...noStatistics(), process: 2 });
  expect(book.of(id(2))).toEqual({ ...noStatistics(), loads: 1 });
  expect(book.of(id(3))).toEqual(noStatistics());
  expect(book.total).toEqual({ ...noStatistics(), process: 2, loads: 1 });
});

it("forgets the workspaces that came first, when there are too many, and never what there was altogether", () => {
  const book = new StatisticsBook();
  for (let n = 0; n < 20_001; n += 1) {
    book.count(id(n), "redis");
  }
  expect(book.of(id(0))).toEqual(noStatistics());
  expect(book.of(id(1)).redis).toBe(1);
  expect(book.total.redis).toBe(20_001);
});
