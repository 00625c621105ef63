// `squawk` on the hand-written migrations, forth and back: what would block readers or writers, or break a rerun. Each file
// is shown to it as the runner runs it, with the time-outs that the runner sets and inside a transaction or not. An
// exception stands in its file, `-- squawk-ignore rule`, under a line `-- lint: why`.

import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import {
  SESSION_SETTINGS,
  TRANSACTION_SETTINGS,
} from "backend-lib/src/db/migrate/running";

import { root } from "../commandLine.mjs";
import { run } from "./command";
import type { Finding } from "./findings";
import { items, member } from "./json";

const PROGRAM = path.join(root, "node_modules/squawk-cli/js/bin/squawk");
const MIGRATIONS = path.join(root, "packages/backend-lib/src/db/migrations");

export interface SqlFile {
  readonly name: string;
  readonly sql: string;
  readonly transactional: boolean;
}

/** The hand-written files; a way back runs as its way forth does. */
export function handWrittenMigrations(): SqlFile[] {
  const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  const read = (name: string) =>
    readFileSync(path.join(MIGRATIONS, name), "utf8");
  return names.map((name) => {
    const forth = name.replace(/\.down\.sql$/, ".sql");
    return {
      name,
      sql: read(name),
      // The tables' own migrations are generated and lie elsewhere; they run in a transaction.
      transactional: !(
        names.includes(forth) && read(forth).startsWith("-- non-transactional")
      ),
    };
  });
}

function unexplained({ name, sql }: SqlFile): Finding[] {
  const lines = sql.split("\n").map((line) => line.trim());
  return lines.flatMap((line, index): Finding[] =>
    line.startsWith("-- squawk-ignore") &&
    !/^-- (?:lint: \S|squawk-ignore)/.test(lines[index - 1] ?? "")
      ? [
          {
            linter: "squawk",
            rule: "unexplained-exception",
            message: `${name}:${index + 1} needs a line "-- lint: why" above it`,
          },
        ]
      : [],
  );
}

/** `folder` is the caller's; the settings go on the first line, so that the lines keep their numbers. */
async function lint(
  folder: string,
  files: readonly SqlFile[],
  { settings, args }: { settings: readonly string[]; args: readonly string[] },
): Promise<Finding[]> {
  if (files.length === 0) {
    return [];
  }
  const paths = files.map(({ name, sql }) => {
    const file = path.join(folder, name);
    writeFileSync(file, `${settings.join("; ")}; ${sql}`);
    return file;
  });
  const { stdout, stderr } = await run(process.execPath, [
    PROGRAM,
    "--config",
    path.join(root, ".squawk.toml"),
    "--reporter",
    "json",
    ...args,
    ...paths,
  ]);
  if (!stdout.startsWith("[")) {
    throw new Error(`squawk answered no report: ${stdout}${stderr}`);
  }
  return items(JSON.parse(stdout), (found) => {
    const file = path.basename(String(member(found, "file")));
    const line = Number(member(found, "line")) + 1; // its own count begins with 0
    return {
      linter: "squawk",
      rule: String(member(found, "rule_name")),
      message: `${file}:${line} ${String(member(found, "message"))}`,
    };
  });
}

/** Throws when squawk fails or answers something else than a report. */
export async function squawk(
  files: readonly SqlFile[],
): Promise<{ findings: readonly Finding[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-squawk-"));
  try {
    const found = await Promise.all([
      lint(
        folder,
        files.filter(({ transactional }) => transactional),
        { settings: TRANSACTION_SETTINGS, args: ["--assume-in-transaction"] },
      ),
      lint(
        folder,
        files.filter(({ transactional }) => !transactional),
        { settings: SESSION_SETTINGS, args: ["--no-assume-in-transaction"] },
      ),
    ]);
    return { findings: [...found.flat(), ...files.flatMap(unexplained)] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
