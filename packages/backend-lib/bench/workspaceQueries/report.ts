// The tables that a person reads: every query before and after, deletes, writes, what the indexes cost, and the candidates that
// are not made. Owns their looks.

import { printTable } from "../benchReport";
import {
  type CandidateFigures,
  type IndexFigures,
  type QueryFigures,
  type SizeResult,
} from "./results";

const ms = (value: number) =>
  value < 10 ? value.toFixed(2) : value.toFixed(1);
const percent = (value: number) => `${value.toFixed(0)} %`;
const range = ([low, high]: readonly [number, number]) =>
  `${ms(low)}–${ms(high)}`;
const USED = ["no", "yes"];
const short = (names: readonly string[]) =>
  names.map((name) => name.replace(/^tenancy_/, "")).join(", ");

function queryRow(row: QueryFigures) {
  return {
    query: row.name,
    workspace: row.size,
    "before ms": ms(row.before.medianMs),
    "quartiles ": range(row.before.iqrMs),
    "after ms": ms(row.after.medianMs),
    quartiles: range(row.after.iqrMs),
    "less time": percent(row.improvement.percent),
    "pages before": row.pages?.before ?? "",
    after: row.pages?.after ?? "",
    "our indexes used":
      row.indexes === undefined ? "" : short(row.indexes) || "none",
  };
}

function candidateRow(row: CandidateFigures) {
  return {
    "index, not made": row.name,
    "meant for": row.query,
    workspace: row.size,
    "without ms": ms(row.without.medianMs),
    "with ms": ms(row.with.medianMs),
    "less time": percent(row.improvement.percent),
    used: row.isUsed === undefined ? "" : (USED[Number(row.isUsed)] ?? ""),
    MB: (row.bytes / 1e6).toFixed(1),
  };
}

const indexRow = ({ name, bytes, queries }: IndexFigures) => ({
  index: name,
  MB: (bytes / 1e6).toFixed(1),
  "queries that use it": queries,
});

/** Everything about one number of workspaces. */
export function printSize(result: SizeResult): void {
  const { workspaces, rows, lookedAt } = result;
  const users = Object.entries(lookedAt)
    .map(([size, workspace]) => `${size} ${workspace.users}`)
    .join(", ");
  const title = `${workspaces} workspaces, ${rows.users} users, ${rows.events} events (users of the workspaces looked at: ${users})`;
  printTable(
    `Lists, filters and look-ups: ${title}`,
    result.reads.map(queryRow),
  );
  printTable(`Deletes: ${title}`, result.deletes.map(queryRow));
  printTable(
    `Writes: ${title}`,
    result.writes.map(({ name, size, before, after, slowdown }) => ({
      write: name,
      workspace: size,
      "before ms": ms(before.medianMs),
      "after ms": ms(after.medianMs),
      "times as long": slowdown.toFixed(2),
    })),
  );
  printTable(`What our indexes take: ${title}`, result.indexes.map(indexRow));
  if (result.candidates.length > 0) {
    printTable(
      `Tried and not made: ${title}`,
      result.candidates.map(candidateRow),
    );
  }
}

/** The overall figures, each with what it is the median of. */
export function printOverall(
  lines: readonly {
    readonly of: string;
    readonly figures: number;
    readonly percent: number;
  }[],
): void {
  printTable(
    "Less time, the median over …",
    lines.map(({ of, figures, percent: value }) => ({
      of,
      figures,
      "less time": percent(value),
    })),
  );
}
