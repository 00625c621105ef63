// What every linter of the database answers, and how a person reads it. Running the linters is their own files' affair.

export interface Finding {
  readonly linter: "dblint" | "schemalint" | "squawk";
  readonly rule: string;
  readonly message: string;
}

/** Either what a linter found, or why it could not run on this machine. */
export type LintResult =
  { readonly findings: readonly Finding[] } | { readonly skipped: string };

/** One line a finding, those of one rule together. */
export function listOf(findings: readonly Finding[]): string {
  return findings
    .map(({ linter, rule, message }) => `${linter} ${rule}: ${message}`)
    .sort()
    .join("\n");
}
