// A diagnosis as a person reads it in a terminal. Owns the form; what is found, and its words, are backend-lib's.

import {
  type CheckOutcome,
  type Diagnosis,
  type Finding,
  type Group,
  GROUPS,
} from "backend-lib/src/db/doctor";

import { visible } from "./output";

const WIDTH = 100;
/** A finding on every table names each of them only in JSON. */
const SHOWN = 8;

const MARKS: Record<CheckOutcome["outcome"], string> = {
  failure: "✘",
  warning: "⚠",
  note: "ℹ",
  notChecked: "…",
  passed: "✔",
};
const BY_WEIGHT: readonly CheckOutcome["outcome"][] = [
  "failure",
  "warning",
  "note",
  "notChecked",
];

/** Lines no longer than the terminal is wide, broken between words; a word that is longer stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of visible(text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

function labelled(label: string, items: readonly string[]): string[] {
  const indent = " ".repeat(10);
  const rest = items.length - SHOWN;
  const shown =
    rest > 1
      ? [
          ...items.slice(0, SHOWN),
          `(and ${rest} more like these: --json has all)`,
        ]
      : items;
  return shown
    .flatMap((item) => wrapped(item, WIDTH - indent.length))
    .map((line, at) =>
      at === 0 ? `    ${label.padEnd(6)}${line}` : `${indent}${line}`,
    );
}

function findingLines(finding: Finding): string[] {
  return [
    `  ${MARKS[finding.severity]} ${finding.severity}: ${finding.title}  [${finding.check}]`,
    ...labelled("What", finding.what),
    ...labelled("Why", [finding.why]),
    ...labelled("Mend", finding.mend),
    "",
  ];
}

/** What could not be looked at; several for the same reason are counted. */
function uncheckedLines(checks: readonly CheckOutcome[]): string[] {
  const unchecked = checks.filter(({ outcome }) => outcome === "notChecked");
  const reasons = new Set(unchecked.map(({ reason = "" }) => reason));
  return [...reasons].flatMap((reason) => {
    const those = unchecked.filter((check) => (check.reason ?? "") === reason);
    const what =
      those.length > 1
        ? `${those.length} checks`
        : those.map(({ title }) => title).join();
    return wrapped(
      `${MARKS.notChecked} not checked: ${what} (${reason})`,
      WIDTH - 4,
    ).map((line, at) => `${at === 0 ? "  " : "    "}${line}`);
  });
}

function groupLines(
  group: Group,
  { checks, findings }: Pick<Diagnosis, "checks" | "findings">,
): string[] {
  const own = checks.filter((check) => check.group === group);
  if (own.length === 0) {
    return [];
  }
  const worst = BY_WEIGHT.find((outcome) =>
    own.some((check) => check.outcome === outcome),
  );
  const passed = own.filter(({ outcome }) => outcome === "passed").length;
  const head =
    worst === undefined
      ? `${MARKS.passed} ${group} (${own.length})`
      : `${MARKS[worst]} ${group} (${passed} of ${own.length} passed)`;
  return [
    head,
    ...uncheckedLines(own),
    ...findings
      .filter((finding) => finding.group === group)
      .flatMap(findingLines),
  ];
}

/** `1, "warning"` → "1 warning". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Group by group: passed ones in one line, findings with what, why and mend; the sum at the end. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const { database, summary } = diagnosis;
  const sum = [
    counted(summary.failures, "failure"),
    counted(summary.warnings, "warning"),
    counted(summary.notes, "note"),
    `${counted(summary.passed, "check")} passed`,
    ...(summary.notChecked > 0 ? [`${summary.notChecked} not checked`] : []),
  ];
  const body = GROUPS.flatMap((group) => groupLines(group, diagnosis));
  return [
    visible(
      `Database ${database.name}, ${database.server}, read as ${database.readAs}`,
    ),
    "",
    ...body,
    ...(body.at(-1) === "" ? [] : [""]),
    sum.join(", "),
    "",
  ].join("\n");
}
