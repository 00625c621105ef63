// The report of `yarn test:security --check-tenant-isolation`: what the suites said of themselves (the line that each leaves in
// the file of packages/backend-lib/test/security/report.ts), as a table for people. Owns the wording and the verdict.
import { formatDuration } from "../commandLine.mjs";

/**
 * What one suite says of its run.
 * @typedef {object} Suite
 * @property {string} suite
 * @property {Record<string, number>} tried
 * @property {number} checks
 * @property {string[]} leaks
 * @property {number} milliseconds
 * @property {number} [seed]
 * @property {Record<string, string>} [accepted]
 */

/**
 * The whole run.
 * @typedef {object} Report
 * @property {boolean} ok
 * @property {number} seed
 * @property {number} operations
 * @property {number} leaks
 * @property {number} checks
 * @property {number} milliseconds
 * @property {string[]} missing suites that did not get to their end
 * @property {{ passed: number, failed: number, skipped: number }} tests
 * @property {Suite[]} suites
 */

/** The suites that a run must have, in the order of the report. */
export const SUITES = ["matrix", "catalog", "soak", "probe"];

const MOST_LEAKS_SHOWN = 20;

/** @param {number} value */
const number = (value) => value.toLocaleString("en-GB");

/** @param {Suite} suite */
function triedOf({ suite, tried, seed }) {
  const parts = Object.entries(tried);
  if (suite === "soak") {
    const operations = parts.reduce((sum, [, count]) => sum + count, 0);
    return `${number(operations)} requests of ${parts.length} kinds, seed ${seed ?? "unknown"}`;
  }
  return parts.map(([what, count]) => `${number(count)} ${what}`).join(", ");
}

/**
 * The cells side by side, each column as wide as its widest.
 * @param {string[][]} rows
 */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < 2 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/**
 * @param {Suite[]} suites
 * @param {Omit<Report, "ok" | "suites" | "missing" | "leaks" | "checks"> & { status: number }} run
 * @returns {Report}
 */
export function makeReport(suites, { status, ...run }) {
  const missing = SUITES.filter(
    (name) => !suites.some(({ suite }) => suite === name),
  );
  const leaks = suites.reduce((sum, suite) => sum + suite.leaks.length, 0);
  return {
    ok: status === 0 && leaks === 0 && missing.length === 0,
    ...run,
    leaks,
    checks: suites.reduce((sum, { checks }) => sum + checks, 0),
    missing,
    suites: SUITES.flatMap((name) =>
      suites.filter(({ suite }) => suite === name),
    ),
  };
}

/** @param {Suite} suite */
function busiest({ tried }) {
  return Object.entries(tried)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${kind} ${number(count)}`)
    .join(", ");
}

/**
 * The report as people read it.
 * @param {Report} report
 * @returns {string}
 */
export function describeReport(report) {
  const { suites, missing, tests } = report;
  const rows = suites.map((suite) => [
    suite.suite,
    triedOf(suite),
    number(suite.checks),
    number(suite.leaks.length),
    formatDuration(suite.milliseconds),
  ]);
  const leaks = suites.flatMap((suite) =>
    suite.leaks.map((leak) => `  ${suite.suite}: ${leak}`),
  );
  const accepted = suites.flatMap(({ accepted: known = {} }) =>
    Object.entries(known),
  );
  const reasons = [...new Set(accepted.map(([, why]) => why))];
  return [
    "",
    "Tenant isolation",
    "",
    ...table([["suite", "tried", "checks", "leaks", "time"], ...rows]),
    "",
    ...suites
      .filter(({ suite }) => suite === "soak")
      .map((suite) => `The soak's requests: ${busiest(suite)}.`),
    ...reasons.map((why) => {
      const where = accepted.flatMap(([name, reason]) =>
        reason === why ? [name] : [],
      );
      return `Known and accepted on ${where.join(", ")}: ${why}`;
    }),
    ...missing.map((suite) => `✗ ${suite} did not get to its end.`),
    ...leaks.slice(0, MOST_LEAKS_SHOWN),
    ...(leaks.length > MOST_LEAKS_SHOWN
      ? [`  … and ${number(leaks.length - MOST_LEAKS_SHOWN)} more`]
      : []),
    "",
    `${tests.passed} tests passed, ${tests.failed} failed, ${tests.skipped} skipped, in ${formatDuration(report.milliseconds)}.`,
    `${report.ok ? "✓" : "✗"} ${number(report.leaks)} leaks in ${number(report.checks)} checks.`,
  ].join("\n");
}
