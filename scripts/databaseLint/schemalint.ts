// `schemalint`: reads the catalog and asks for row-level security on every table, forced, and a few habits more. Its
// rules are in .schemalintrc.js.

import path from "node:path";
import process from "node:process";

import { root } from "../commandLine.mjs";
import { run } from "./command";
import type { Finding } from "./findings";
import type { LintView } from "./lintView";

const PROGRAM = path.join(
  root,
  "scripts/databaseLint/schemalintWithoutPglite.cjs",
);
const LINE = /^(?<where>\S+): error (?<rule>\S+) : (?<what>.+)$/;

/** Throws when it fails without naming a finding. */
export async function schemalint({
  url,
  schemas,
}: LintView): Promise<{ findings: readonly Finding[] }> {
  const { status, stdout, stderr } = await run(
    process.execPath,
    [PROGRAM, "--config", ".schemalintrc.js"],
    { DATABASE_URL: url, LINT_SCHEMAS: schemas.join(",") },
  );
  const findings = stderr.split("\n").flatMap((line): Finding[] => {
    const { where, rule, what } = LINE.exec(line)?.groups ?? {};
    return rule === undefined
      ? []
      : [{ linter: "schemalint", rule, message: `${where} ${what}` }];
  });
  const isClean = status === 0 && stdout.includes("No issues detected");
  if (!isClean && findings.length === 0) {
    throw new Error(`schemalint failed: ${stdout}${stderr}`);
  }
  return { findings };
}
