// What drops took and bystanders saw, as the figures of a round.

import { quantile } from "../benchReport";
import {
  type Bystanders,
  type Look,
  type Seen,
  waitQuantile,
} from "./bystanders";
import { type Row } from "./results";

/**
 * One that took so long with nobody looking, or what was seen of one: who looks all the time takes processors away, and would be
 * measured too.
 */
export type Drop = { readonly ms: number } | { readonly seen: Seen };

/** Every other drop is looked at. */
export async function dropOnce(
  turn: number,
  bystanders: Bystanders,
  work: () => Promise<unknown>,
): Promise<Drop> {
  if (turn % 2 === 1) {
    return { seen: await bystanders.during(work) };
  }
  const from = performance.now();
  await work();
  return { ms: performance.now() - from };
}

/** Milliseconds: of the drops, and the slowest hundredth of the bystanders. */
export function rowOf(way: string, round: number, drops: readonly Drop[]): Row {
  const ms = drops.flatMap((drop) => ("ms" in drop ? [drop.ms] : []));
  const p99 = (of: (seen: Seen) => readonly Look[]) =>
    waitQuantile(
      drops.flatMap((drop) => ("seen" in drop ? of(drop.seen) : [])),
      0.99,
    );
  return {
    way,
    round,
    figures: {
      p50: quantile(ms, 0.5),
      p99: quantile(ms, 0.99),
      turn: p99(({ turns }) => turns),
      ownGet: p99(({ ownGets }) => ownGets),
      otherGet: p99(({ otherGets }) => otherGets),
    },
  };
}
