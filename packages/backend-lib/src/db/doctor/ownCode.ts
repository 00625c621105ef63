// The functions and triggers that the migrations make, read from their files: what a database is compared with. Knows the
// few forms in which our own migrations write them, and no other SQL.

import { readMigrations } from "../migrate";

export interface OwnFunction {
  /** As `schema.name`. */
  readonly name: string;
  readonly migration: string;
  readonly body: string;
  readonly isDefiner: boolean;
  /** SET search_path, as the server keeps it. */
  readonly searchPath: string | undefined;
}

export interface OwnTrigger {
  readonly name: string;
  /** In schema public. */
  readonly table: string;
  readonly migration: string;
  /** The whole statement. */
  readonly statement: string;
}

const FUNCTION =
  /^CREATE (?:OR REPLACE )?FUNCTION (\w+\.\w+)\(([^]*?)\nAS (\$\w*\$)([^]*?)\3;/gm;
const TRIGGER =
  /^CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s[^;]*?\sON public\."(\w+)"[^;]*;/gm;

/** Line ends are the checkout's, not the function's. */
export const withLineFeeds = (text: string) => text.replaceAll("\r\n", "\n");

const migrations = () =>
  readMigrations().map(({ name, sql }) => ({ name, sql: withLineFeeds(sql) }));

/** Each function as the last migration that makes it says, in order of making. */
export function ownFunctions(): OwnFunction[] {
  const last = new Map<string, OwnFunction>();
  for (const { name: migration, sql } of migrations()) {
    for (const [, name = "", head = "", , body = ""] of sql.matchAll(
      FUNCTION,
    )) {
      last.set(name, {
        name,
        migration,
        body,
        isDefiner: /\bSECURITY DEFINER\b/.test(head),
        searchPath: /\bSET search_path = ([^\n]+)/.exec(head)?.[1]?.trim(),
      });
    }
  }
  return [...last.values()];
}

/** Each trigger as the last migration that makes it says. */
export function ownTriggers(): OwnTrigger[] {
  const last = new Map<string, OwnTrigger>();
  for (const { name: migration, sql } of migrations()) {
    for (const [statement, name = "", table = ""] of sql.matchAll(TRIGGER)) {
      last.set(`${name} ${table}`, { name, table, migration, statement });
    }
  }
  return [...last.values()];
}

/** The same text for a trigger of ours and for how any version of the server writes it out. */
export function canonicalTrigger(statement: string): string {
  return inServersOrder(statement)
    .split(/('(?:[^']|'')*')/)
    .map((part) => (part.startsWith("'") ? part : canonicalPart(part)))
    .join("");
}

/** Events and transition tables as the server puts them, whatever order they were said in. */
function inServersOrder(statement: string): string {
  const events = ["INSERT", "DELETE", "UPDATE", "TRUNCATE"];
  const at = (event: string) =>
    events.findIndex((name) => event.startsWith(name));
  return statement
    .replace(
      /(?<=\b(?:BEFORE|AFTER|INSTEAD OF)\s+)\S[^]*?(?=\s+ON\s)/,
      (said) =>
        said
          .split(/\s+OR\s+/)
          .sort((a, b) => at(a) - at(b))
          .join(" OR "),
    )
    .replace(
      /(NEW TABLE (?:AS )?\w+)\s+(OLD TABLE (?:AS )?\w+)/,
      (_, added: string, removed: string) => `${removed} ${added}`,
    );
}

function canonicalPart(text: string): string {
  return text
    .replaceAll(/::(?:\w+\.)?(?:"\w+"|\w+)/g, "")
    .replaceAll(/[\s();]/g, "")
    .replaceAll(/"([^"]*)"|[^"]+/g, (part: string, quoted?: string) =>
      quoted === undefined ? part.toLowerCase() : quoted,
    );
}
