// `yarn test:security`: the security tests by themselves; with --check-tenant-isolation the suites that prove isolation, and a
// report of what was tried and what got through. Exit status: 0 nothing, 1 a leak or a failure, 2 a wrong option.
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { ensureInstalled, tool } from "./bootstrap.mjs";
import { runCommand, runNode } from "./children.mjs";
import {
  describe,
  helpShown,
  keepStdoutForAnswers,
  loadVariables,
  messageOf,
  root,
  say,
  UserError,
} from "./commandLine.mjs";
import { readIfThere } from "./lockFile.mjs";
import { HELP, readOptions } from "./security/options.mjs";
import { describeReport, makeReport } from "./security/report.mjs";

const WRONG_OPTION = 2;

/** Every file of a package's security tests. */
const ALL = ["test/security/"];
const ISOLATION = [
  "packages/backend-lib/test/security/tenantIsolation.test.ts",
  "packages/backend-lib/test/security/catalog.test.ts",
  "packages/backend-lib/test/security/interleaving.test.ts",
  "packages/backend-lib/test/security/systemRole.test.ts",
  "packages/backend-lib/src/db/__tests__/register.test.ts",
  "packages/api/test/security/crossWorkspace.test.ts",
];

async function main() {
  /** @type {import("./security/options.mjs").Options} */
  let options;
  try {
    options = readOptions(process.argv.slice(2));
    requireWritable(options.json?.file ?? null);
  } catch (error) {
    console.error(describe(error));
    return WRONG_OPTION;
  }
  loadVariables(["TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_PGBOUNCER"]);
  if (options.json !== null && options.json.file === null)
    keepStdoutForAnswers();
  await ensureInstalled();
  return options.checkIsolation
    ? checkIsolation(options)
    : runVitest(ALL, process.env);
}

/**
 * Better now than after the run, with nothing left of it. Throws UserError when the report could not be written there.
 * @param {string | null} file
 */
function requireWritable(file) {
  if (file === null) return;
  try {
    closeSync(openSync(path.resolve(file), "a"));
  } catch (error) {
    throw new UserError(
      `--json: the report cannot be written to ${file} (${messageOf(error)}). Name a file in a folder that is there.`,
    );
  }
}

/**
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} env
 * @param {import("node:child_process").SpawnOptions} options
 */
function runVitest(files, env, options = {}) {
  return runNode([tool("vitest", "vitest.mjs"), "run", ...files], {
    cwd: root,
    env,
    ...options,
  });
}

/** @param {import("./security/options.mjs").Options} options */
async function checkIsolation({ operations, seed, json }) {
  const startedAt = Date.now();
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-isolation-"));
  const suitesFile = path.join(folder, "suites.jsonl");
  const countsFile = path.join(folder, "counts.json");
  try {
    const status = await runVitest(
      ISOLATION,
      {
        ...process.env,
        ISOLATION_REPORT: suitesFile,
        ISOLATION_OPERATIONS: String(operations),
        ISOLATION_SEED: String(seed),
        ISOLATION_PROGRESS: "true",
        TEST_SUMMARY_FILE: countsFile,
      },
      // What it prints is progress: with --json stdout is the report's alone.
      json?.file === null ? { stdio: ["ignore", 2, 2] } : {},
    );
    /** @type {import("./security/report.mjs").Suite[]} */
    const suites = (readIfThere(suitesFile) ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    const report = makeReport(suites, {
      status,
      seed,
      operations,
      milliseconds: Date.now() - startedAt,
      tests: JSON.parse(
        readIfThere(countsFile) ?? '{"passed":0,"failed":0,"skipped":0}',
      ),
    });
    say(describeReport(report));
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (json !== null && json.file === null) process.stdout.write(text);
    else if (json?.file != null) writeFileSync(path.resolve(json.file), text);
    return report.ok ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!helpShown(HELP)) runCommand(main);
