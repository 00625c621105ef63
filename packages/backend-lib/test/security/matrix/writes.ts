// The verbs that change rows or add them: all of them, with those of conflicts.ts and ownersOnly.ts. Whatever they did is
// rolled back by the matrix.

import { CONFLICTS } from "./conflicts";
import { OWNERS_ONLY } from "./ownersOnly";
import { hasKey, keyOf, type Statement, statement, TOUCH } from "./statement";
import { at, MARK, type Subject, valuesOf } from "./subject";
import {
  countOf,
  MALFORMED,
  type Outcome,
  type Standing,
  type Verb,
} from "./verb";

const onHome =
  (sql: (subject: Subject, where: string) => string) =>
  (subject: Subject): Statement => {
    const { where, values } = at(subject.homeRow);
    return [sql(subject, where), values];
  };

const ofDraft =
  (sql: (subject: Subject, rows: string) => string) =>
  (subject: Subject): Statement => {
    const { sql: rows, values } = valuesOf(subject.draft);
    return [sql(subject, rows), values];
  };

/** All that is shown goes; the system role may find rows that others refer to. */
const emptied = (
  subject: Subject,
  { sight, isApp }: Standing,
): Outcome | undefined => {
  if (!isApp) {
    return undefined;
  }
  return sight === "error" ? MALFORMED : String(countOf(subject, sight));
};

const WRITES_ONE: readonly Verb[] = [
  statement(
    "update",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) => `UPDATE ${s.name} AS t SET ${TOUCH(s)} WHERE ${where}`,
    ),
  ),
  statement(
    "update returning",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `UPDATE ${s.name} AS t SET ${TOUCH(s)} WHERE ${where} RETURNING ${MARK} AS mark`,
    ),
  ),
  statement("update without a filter", ["SELECT", "UPDATE"], "counts", (s) => [
    `UPDATE ${s.name} AS t SET ${TOUCH(s)}`,
    [],
  ]),
  statement(
    "update from a join",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `UPDATE ${s.name} AS t SET ${TOUCH(s)} FROM ${s.name} AS o WHERE o.ctid = t.ctid AND o.tableoid = t.tableoid AND ${where}`,
    ),
  ),
  statement(
    "delete",
    ["SELECT", "DELETE"],
    "reaches",
    onHome((s, where) => `DELETE FROM ${s.name} AS t WHERE ${where}`),
  ),
  statement(
    "delete returning",
    ["SELECT", "DELETE"],
    "reaches",
    onHome(
      (s, where) =>
        `DELETE FROM ${s.name} AS t WHERE ${where} RETURNING ${MARK} AS mark`,
    ),
  ),
  statement("delete without a filter", ["DELETE"], emptied, (s) => [
    `DELETE FROM ${s.name}`,
    [],
  ]),
  statement(
    "cte that updates",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `WITH w AS (UPDATE ${s.name} AS t SET ${TOUCH(s)} WHERE ${where} RETURNING ${MARK} AS mark) SELECT mark FROM w`,
    ),
  ),
  statement(
    "cte that deletes",
    ["SELECT", "DELETE"],
    "reaches",
    onHome(
      (s, where) =>
        `WITH w AS (DELETE FROM ${s.name} AS t WHERE ${where} RETURNING ${MARK} AS mark) SELECT mark FROM w`,
    ),
  ),
  statement(
    "merge that updates",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `MERGE INTO ${s.name} AS t USING (SELECT 1) AS one ON ${where} WHEN MATCHED THEN UPDATE SET ${TOUCH(s)}`,
    ),
  ),
  statement(
    "merge that deletes",
    ["SELECT", "DELETE"],
    "reaches",
    onHome(
      (s, where) =>
        `MERGE INTO ${s.name} AS t USING (SELECT 1) AS one ON ${where} WHEN MATCHED THEN DELETE`,
    ),
  ),
  statement(
    "select for update",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `SELECT ${MARK} AS mark FROM ${s.name} AS t WHERE ${where} FOR UPDATE`,
    ),
  ),
  statement(
    "select for key share",
    ["SELECT", "UPDATE"],
    "reaches",
    onHome(
      (s, where) =>
        `SELECT ${MARK} AS mark FROM ${s.name} AS t WHERE ${where} FOR KEY SHARE`,
    ),
  ),
];

const ADDS: readonly Verb[] = [
  statement(
    "insert",
    ["INSERT"],
    "adds",
    ofDraft((s, rows) => `INSERT INTO ${s.name} ${rows}`),
  ),
  statement(
    "insert returning",
    ["SELECT", "INSERT"],
    "adds",
    ofDraft(
      (s, rows) =>
        `INSERT INTO ${s.name} AS t ${rows} RETURNING ${MARK} AS mark`,
    ),
  ),
  statement(
    "cte that inserts",
    ["SELECT", "INSERT"],
    "adds",
    ofDraft(
      (s, rows) =>
        `WITH w AS (INSERT INTO ${s.name} AS t ${rows} RETURNING ${MARK} AS mark) SELECT mark FROM w`,
    ),
  ),
  statement(
    "insert on conflict do nothing",
    ["INSERT"],
    "adds",
    ofDraft(
      (s, rows) => `INSERT INTO ${s.name} ${rows} ON CONFLICT DO NOTHING`,
    ),
  ),
  {
    ...statement(
      "insert on conflict do update",
      ["SELECT", "INSERT", "UPDATE"],
      "adds",
      ofDraft(
        (s, rows) =>
          `INSERT INTO ${s.name} AS t ${rows} ON CONFLICT (${keyOf(s)}) DO UPDATE SET ${TOUCH(s)}`,
      ),
    ),
    suits: hasKey,
  },
  statement("merge that inserts", ["SELECT", "INSERT"], "adds", (s) => {
    const { sql, values } = valuesOf(s.draft);
    return [
      `MERGE INTO ${s.name} AS t USING (SELECT 1) AS one ON false WHEN NOT MATCHED THEN INSERT ${sql}`,
      values,
    ];
  }),
];

export const WRITES: readonly Verb[] = [
  ...WRITES_ONE,
  ...ADDS,
  ...CONFLICTS,
  ...OWNERS_ONLY,
];
