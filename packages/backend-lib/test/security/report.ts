// What a suite tells `yarn test:security` about its run, beside passing or failing: what was tried, how often, and what got
// through. One JSON line a suite in the file that ISOLATION_REPORT names; without it nothing is written.

import { appendFileSync } from "node:fs";

export interface SuiteReport {
  readonly suite: "matrix" | "catalog" | "soak" | "probe";
  /** What was tried, in words, with how often. */
  readonly tried: Readonly<Record<string, number>>;
  /** Outcomes that were compared with what must be. */
  readonly checks: number;
  /** What was seen, written or learnt that must not have been; each says where. */
  readonly leaks: readonly string[];
  readonly milliseconds: number;
  /** Gives the same run again. */
  readonly seed?: number;
  /** Outcomes that are known and accepted, with why. */
  readonly accepted?: Readonly<Record<string, string>>;
}

/** Adds the suite's line to the report. */
export function reportSuite(report: SuiteReport): void {
  const file = process.env.ISOLATION_REPORT;
  if (file !== undefined && file !== "") {
    appendFileSync(file, `${JSON.stringify(report)}\n`);
  }
}
