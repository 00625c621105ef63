// What came of measuring the ways to set the context: its shape, the targets, and its tables. Leaves the measuring to
// ../contextWays.ts.

import { printTable } from "../benchReport";
import { type ReadName, READS, type Way, WAYS } from "./ways";

/** Microseconds for one read, or a ratio of rates: its median and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

export interface ContextWaysRow {
  readonly read: ReadName;
  readonly network: "loopback" | "2 ms";
  /** What the shortest exchange really took, in milliseconds. */
  readonly roundTripMs: number;
  readonly connections: number;
  readonly way: Way;
  readonly description: string;
  readonly microseconds: Spread;
  /** Rate compared to the same read without row-level security, by the same library; 1 is as fast. */
  readonly ofNoRls: Spread;
  /** Rate compared to the usual advice, a Drizzle transaction that begins with set_config. */
  readonly ofDrizzleTransaction: Spread;
}

export interface ContextWaysTarget {
  readonly what: string;
  readonly wanted: number;
  readonly got: number;
  readonly isMet: boolean;
}

export interface ContextWaysResult {
  readonly rows: readonly ContextWaysRow[];
  readonly targets: readonly ContextWaysTarget[];
}

/** The targets, and whether the rows meet them. */
export function targetsOf(
  rows: readonly ContextWaysRow[],
): ContextWaysTarget[] {
  const of = (network: ContextWaysRow["network"], way: Way) =>
    rows.find(
      (row) =>
        row.read === "list" &&
        row.network === network &&
        row.connections === 1 &&
        row.way === way,
    );
  const target = (what: string, wanted: number, got = NaN) => ({
    what,
    wanted,
    got,
    isMet: got >= wanted,
  });
  return [
    ...(["fused", "fusedDrizzle"] as const).flatMap((way) => [
      target(
        `${WAYS[way]}, of no row-level security, 2 ms`,
        0.95,
        of("2 ms", way)?.ofNoRls.median,
      ),
      target(
        `${WAYS[way]}, of no row-level security, loopback`,
        0.8,
        of("loopback", way)?.ofNoRls.median,
      ),
    ]),
    target(
      `${WAYS.fusedDrizzle}, of the Drizzle transaction, 2 ms`,
      3,
      of("2 ms", "fusedDrizzle")?.ofDrizzleTransaction.median,
    ),
  ];
}

const text = ({ median: middle, q1, q3 }: Spread) =>
  `${middle.toFixed(2)} (${q1.toFixed(2)}–${q3.toFixed(2)})`;

/** The result as tables on stdout. */
export function printContextWays({ rows, targets }: ContextWaysResult): void {
  const titleOf = (row: ContextWaysRow) =>
    `${READS[row.read]}: ${row.network} (a round trip took ${row.roundTripMs} ms), ${row.connections} connection(s); median (quartiles)`;
  for (const title of new Set(rows.map(titleOf))) {
    printTable(
      title,
      rows
        .filter((row) => titleOf(row) === title)
        .map((row) => ({
          way: row.description,
          "µs a read": `${row.microseconds.median} (${row.microseconds.q1}–${row.microseconds.q3})`,
          "rate, of no RLS": text(row.ofNoRls),
          "of the Drizzle transaction": text(row.ofDrizzleTransaction),
        })),
    );
  }
  printTable(
    `Targets: ${READS.list}; one connection`,
    targets.map(({ what, wanted, got, isMet }) => ({
      what,
      "at least": wanted,
      got,
      met: isMet ? "yes" : "NO",
    })),
  );
}
