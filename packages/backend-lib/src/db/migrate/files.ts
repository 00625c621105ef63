// Finds and reads the migration files. Owns their order, names and checksums; leaves running them to ../migrate.ts.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /** False for a file that opens with `-- non-transactional`: CREATE INDEX CONCURRENTLY needs to be outside of one. */
  readonly transactional: boolean;
  readonly down: string | null;
}

const Journal = Type.Object({
  entries: Type.Array(Type.Object({ idx: Type.Number(), tag: Type.String() })),
});

/** The package's folder, also from within a bundle that lies elsewhere. */
export function packageRoot(): string {
  return path.dirname(
    createRequire(import.meta.url).resolve("backend-lib/package.json"),
  );
}

export const generatedFolder = () => path.join(packageRoot(), "drizzle");
const handWrittenFolder = () =>
  path.join(packageRoot(), "src", "db", "migrations");

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/**
 * What a linter is told about a line that stays as it is: `-- lint: reason` and, after it, `-- squawk-ignore rule`. Such
 * lines may be added to a file that was applied already, so its checksum leaves them out.
 */
const LINT_COMMENT = /^[ \t]*-- (?:lint:|squawk-ignore ).*\n/gm;

/** What the ledger keeps of a file, to notice that it was edited after it was applied. */
export function checksumOf(sql: string): string {
  return createHash("sha256")
    .update(sql.replaceAll("\r\n", "\n").replaceAll(LINT_COMMENT, ""))
    .digest("hex");
}

function migration(name: string, file: string): Migration {
  const sql = readFileSync(file, "utf8");
  return {
    name,
    sql,
    checksum: checksumOf(sql),
    transactional: !sql.startsWith("-- non-transactional"),
    down: readIfThere(path.join(handWrittenFolder(), `${name}.down.sql`)),
  };
}

function readJournal(): Static<typeof Journal> {
  const file = path.join(generatedFolder(), "meta", "_journal.json");
  return Value.Parse(Journal, JSON.parse(readFileSync(file, "utf8")));
}

/** Every migration in the order of its running: generated ones by drizzle's journal, then hand-written ones by number. */
export function readMigrations(): Migration[] {
  const generated = [...readJournal().entries]
    .sort((a, b) => a.idx - b.idx)
    .map(({ tag }) =>
      migration(tag, path.join(generatedFolder(), `${tag}.sql`)),
    );
  const handWritten = readdirSync(handWrittenFolder())
    .filter((file) => file.endsWith(".sql") && !file.endsWith(".down.sql"))
    .sort()
    .map((file) =>
      migration(
        path.basename(file, ".sql"),
        path.join(handWrittenFolder(), file),
      ),
    );
  return [...generated, ...handWritten];
}
