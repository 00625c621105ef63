// The words of the matrix: what a verb is, what a context may do, and the outcome that follows from the two. Owns no SQL.

import pg from "pg";

import { type Privilege } from "../../../src/db/policies";
import { type Subject } from "./subject";

/** What happened, in a word or two; an error is its SQLSTATE. */
export type Outcome = string;

/** insufficient_privilege: what a policy's WITH CHECK and a missing right both answer. */
export const REFUSED = "42501";
/** invalid_text_representation: a context that is no UUID. */
export const MALFORMED = "22P02";
/** feature_not_supported: COPY FROM into a table with row-level security. */
export const UNSUPPORTED = "0A000";
export const DIVISION_BY_ZERO = "22012";

/** Whose rows a context shows. `error` when it shows none because asking is an error. */
export type Sight = "home" | "away" | "nothing" | "everything" | "error";

export interface Standing {
  readonly sight: Sight;
  /** Bound by tenant policies and the register's rights; the system role is not. */
  readonly isApp: boolean;
}

/** What the verb does, and so what must come of it. */
export type Effect =
  /** Reads without a filter: sees what the context shows. */
  | "shows"
  /** Counts without a filter. */
  | "counts"
  /** Aims at the row of `home`: reaches it when the context shows it. */
  | "reaches"
  /** Writes the row of `fresh`. */
  | "adds"
  /** Is refused to everybody but the owner. */
  | "refused"
  /** Anything else says it itself. */
  | ((subject: Subject, standing: Standing) => Outcome | undefined);

export interface Verb {
  readonly name: string;
  /** What the app role must have been granted for more than a refusal. */
  readonly needs: readonly Privilege[];
  readonly effect: Effect;
  /** False for a table on which the verb makes no sense. */
  readonly suits?: (subject: Subject) => boolean;
  readonly run: (client: pg.ClientBase, subject: Subject) => Promise<Outcome>;
}

/** The workspace whose context is the right one for a verb. */
export function rightWorkspace(verb: Verb): "home" | "fresh" {
  return verb.effect === "adds" ? "fresh" : "home";
}

function lacksRight({ entry }: Subject, { needs }: Verb): boolean {
  const granted: readonly Privilege[] =
    entry.kind === "global" ? [] : entry.app;
  return (
    granted.length === 0 ||
    needs.some((privilege) => !granted.includes(privilege))
  );
}

/** How many rows a context shows. */
export function countOf(subject: Subject, sight: Sight): number {
  const owners = [...subject.owners.values()];
  return sight === "everything"
    ? owners.length
    : owners.filter((owner) => owner === sight).length;
}

/** What must come of the verb; undefined when nothing is promised. */
export function expected(
  verb: Verb,
  subject: Subject,
  standing: Standing,
): Outcome | undefined {
  const { effect } = verb;
  const { sight, isApp } = standing;
  if (effect === "refused" || (isApp && lacksRight(subject, verb))) {
    return REFUSED;
  }
  if (typeof effect === "function") {
    return effect(subject, standing);
  }
  if (sight === "error") {
    return MALFORMED;
  }
  const isRight = sight === "home" || sight === "everything";
  switch (effect) {
    case "shows":
      return sight;
    case "counts":
      return String(countOf(subject, sight));
    case "reaches":
      return isRight ? "1" : "0";
    case "adds":
      return isRight ? "1" : REFUSED;
  }
}

/** The outcome of an attempt: its own word, or the SQLSTATE that ended it. */
export async function outcomeOf(attempt: Promise<Outcome>): Promise<Outcome> {
  try {
    return await attempt;
  } catch (error) {
    return error instanceof pg.DatabaseError
      ? (error.code ?? error.message)
      : String(error);
  }
}
