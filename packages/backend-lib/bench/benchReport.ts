// What every benchmark needs to be read: its options, its progress, tables on stdout, JSON in a file, and the few
// statistics. Owns no figure itself.

import { writeFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";

/** The p-quantile, 0 ≤ p ≤ 1, linear between neighbours; NaN of nothing. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** Progress, on stderr: stdout is for the result. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns as wide as they need to be; the first to the left, the others to the right. */
export function printTable(
  title: string,
  rows: readonly Readonly<Record<string, string | number>>[],
): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const text = (row: Readonly<Record<string, string | number>>, at: string) =>
    String(row[at] ?? "");
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => text(row, column).length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        at === 0
          ? cell.padEnd(widths[at] ?? 0)
          : cell.padStart(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd();
  process.stdout.write(
    `${[
      "",
      title,
      line(columns),
      line(widths.map((width) => "─".repeat(width))),
      ...rows.map((row) => line(columns.map((column) => text(row, column)))),
    ].join("\n")}\n`,
  );
}

/** Whose figures these are: a result without its machine says little. */
export function machine(): { node: string; cpus: number; cpu: string } {
  const cpus = os.cpus();
  return {
    node: process.version,
    cpus: cpus.length,
    cpu: cpus[0]?.model.trim() ?? "unknown",
  };
}

/** With a `file`, writes the result there, with when and on what machine it was measured. */
export function writeResult(file: string | undefined, result: object): void {
  if (file !== undefined) {
    const whole = {
      at: new Date().toISOString(),
      machine: machine(),
      ...result,
    };
    writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
    progress(`Written to ${file}.`);
  }
}

/**
 * The options of the command line by name, each with a value; `--json FILE` is always one, and `--help` prints `help`. Those of
 * `flags` take no value and are "true" when given. Help and mistakes end the process here. Read numbers with `positive`.
 */
export function benchOptions(
  help: string,
  names: readonly string[] = [],
  flags: readonly string[] = [],
): Readonly<Record<string, string | undefined>> {
  const args = process.argv.slice(2).filter((argument) => argument !== "--");
  if (args.includes("--help")) {
    process.stdout.write(`${help.trim()}\n`);
    process.exit(0);
  }
  const options: Record<string, { type: "string" | "boolean" }> = {};
  [...names, "json"].forEach((name) => {
    options[name] = { type: "string" };
  });
  flags.forEach((name) => {
    options[name] = { type: "boolean" };
  });
  try {
    const { values } = parseArgs({ args, options });
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, String(value)]),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n\n${help.trim()}\n`);
    process.exit(2);
  }
}

/** A whole number of at least 1, or the given one where the option is absent; anything else ends the process. */
export function positive(value: unknown, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value);
  if (!Number.isInteger(number) || number < 1) {
    process.stderr.write(`"${String(value)}" is not a whole number above 0.\n`);
    process.exit(2);
  }
  return number;
}
