// What is said of timings: the improvement of a query, and the one figure of them all. Owns those definitions.

import { median, quantile } from "../benchReport";

/** Percent, of a value and of the middle half of the rounds. */
export interface Improvement {
  readonly percent: number;
  readonly iqrPercent: readonly [number, number];
}

/**
 * By how much less time `after` takes than `before`, in percent: 0 as long, 50 half as long, below 0 longer. Both are timed in
 * the same rounds, so each round is a comparison of its own, and what slows the machine slows both; the median counts.
 */
export function improvement(
  before: readonly number[],
  after: readonly number[],
): Improvement {
  const rounds = before.flatMap((beforeMs, round) => {
    const afterMs = after[round];
    return afterMs === undefined ? [] : [(1 - afterMs / beforeMs) * 100];
  });
  return {
    percent: median(rounds),
    iqrPercent: [quantile(rounds, 0.25), quantile(rounds, 0.75)],
  };
}

/** How many times as long a changed write takes, from 0; 1 is as long. */
export function slowdown(
  before: readonly number[],
  after: readonly number[],
): number {
  return 1 - improvement(before, after).percent / 100;
}

/** The median of the figures there are; NaN of none. */
export const medianPercent = (rows: readonly { readonly percent: number }[]) =>
  median(rows.map(({ percent }) => percent));
