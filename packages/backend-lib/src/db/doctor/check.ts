// What a check of the doctor is, and what it says. Owns the words: severity, finding, outcome; the checks themselves are in
// the files beside this one, their order and their running in ../doctor.ts.

import { type Examination } from "./examination";

/**
 * failure: isolation does not hold by the database alone, or the product cannot work. warning: it holds, with less in
 * reserve than there should be. note: what an operator ought to know.
 */
export type Severity = "failure" | "warning" | "note";

export const GROUPS = [
  "Logins",
  "Server",
  "Migrations and register",
  "Row-level security",
  "Rights",
  "Functions and views",
  "Indexes and constraints",
  "Pooling",
  "Logs and replication",
  "Live probe",
] as const;
export type Group = (typeof GROUPS)[number];

export interface Problem {
  readonly severity: Severity;
  /** One sentence without a full stop. */
  readonly title: string;
  /** What was found, by name; never a password, a key or a tenant's data. */
  readonly what: readonly string[];
  /** Why it matters. */
  readonly why: string;
  /** Statements or settings, in the order of doing. */
  readonly mend: readonly string[];
}

/** Instead of problems: the check could not look, for this reason. */
export interface NotChecked {
  readonly notChecked: string;
}

export interface Check {
  /** Stable; programs may rely on it. */
  readonly id: string;
  readonly group: Group;
  /** What holds when nothing is found. */
  readonly title: string;
  /** The smallest examination that it is part of: each contains the ones before. */
  readonly scope: Scope;
  /** True for what only a migrated database can be asked. */
  readonly needsTables: boolean;
  readonly run: (
    examination: Examination,
  ) => Promise<readonly Problem[] | NotChecked>;
}

/** start: cheap enough for every start. isolation: what isolation rests on. full: everything. */
export const SCOPES = ["start", "isolation", "full"] as const;
export type Scope = (typeof SCOPES)[number];

/** No problem when nothing was found. */
export function problemIf(
  found: readonly string[],
  problem: Omit<Problem, "what">,
): Problem[] {
  return found.length === 0 ? [] : [{ ...problem, what: found }];
}

/** An error in its own words, without the name of its class. */
export function sentenceOf(error: unknown): string {
  return String(error).replace(/^\w*error: /i, "");
}

/** What several checks ask for is found out once in an examination. */
export function oncePer<T>(
  find: (examination: Examination) => Promise<T>,
): (examination: Examination) => Promise<T> {
  const found = new WeakMap<Examination, Promise<T>>();
  return (examination) => {
    const known = found.get(examination) ?? find(examination);
    found.set(examination, known);
    return known;
  };
}
