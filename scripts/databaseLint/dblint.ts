// `dblint` of the Postgres language server: splinter's rules about security and speed, all but one (its configuration
// says why). Its programs come one package a platform, and only the one for x86-64 Linux with glibc could be locked.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { root } from "../commandLine.mjs";
import { run } from "./command";
import type { LintResult } from "./findings";
import { items, member, memberNames } from "./json";
import type { LintView } from "./lintView";

const CONFIG = path.join(root, "postgres-language-server.jsonc");
const FOLDER = path.join(
  root,
  "node_modules/@postgres-language-server/cli-x86_64-linux-gnu",
);
const PROGRAM = path.join(FOLDER, "postgres-language-server");

/** Null where the program is, else the reason for doing without. */
export function whyNoDblint(): string | null {
  return existsSync(PROGRAM)
    ? null
    : `dblint has no program for ${process.platform}-${process.arch} among our packages`;
}

/** Every rule that the installed program has, as it names them in what it reports. */
export function dblintRules(): string[] {
  const schema: unknown = JSON.parse(
    readFileSync(path.join(FOLDER, "schema.json"), "utf8"),
  );
  return ["Security", "Performance"].flatMap((group) =>
    memberNames(member(schema, "definitions", group, "properties"))
      .filter((name) => name !== "all" && name !== "recommended")
      .map((name) => `${group.toLowerCase()}/${name}`),
  );
}

/** Throws when the program fails or answers something else than a report. */
export async function dblint({ url }: LintView): Promise<LintResult> {
  const skipped = whyNoDblint();
  if (skipped !== null) {
    return { skipped };
  }
  const { stdout, stderr } = await run(
    PROGRAM,
    [
      "dblint",
      `--config-path=${CONFIG}`,
      "--max-diagnostics=none",
      "--reporter=json",
    ],
    { DATABASE_URL: url },
  );
  const start = stdout.indexOf("{");
  if (start === -1) {
    throw new Error(`dblint answered no report: ${stdout}${stderr}`);
  }
  const report: unknown = JSON.parse(stdout.slice(start));
  return {
    findings: items(member(report, "diagnostics"), (found) => ({
      linter: "dblint",
      rule: String(member(found, "category")).replace(/^splinter\//, ""),
      message: String(member(found, "message")).replaceAll("\\`", "`"),
    })),
  };
}
