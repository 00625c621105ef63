// `npm test`: everything that must hold before a change is merged, on a machine with Node and npm alone. The last
// line is always `N passed, N failed, N skipped`; a step that fails counts as a failed test, and so does a coverage
// that is too low, so that the line never looks better than the run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { ensureInstalled, tool } from "./bootstrap.mjs";
import { captureNode, runCommand, runNode } from "./children.mjs";
import {
  describe,
  formatDuration,
  helpShown,
  loadVariables,
  root,
  say,
} from "./commandLine.mjs";
import { readIfThere } from "./lockFile.mjs";

const HELP = `
Usage: npm test [-- path … | vitest option …]

Without arguments: install, format check, lint, types, build, and all tests with coverage.
With arguments: only the tests whose path matches, e.g. npm test -- packages/backend-lib/src/db

  TEST_DATABASE_URL   superuser URL of a Postgres to use instead of the own one
  TEST_REDIS_URL      URL of a Redis to use instead of the own one
  TEST_PGBOUNCER      pgbouncer program to use instead of the one found
  CHROMIUM_PATH       a Chromium for the page tests
                      These three are read from .env, too.
  CI=true             what cannot run here (no Redis, no Chromium) is a failure instead of skipped
`;

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 };

async function main() {
  loadVariables([
    "TEST_DATABASE_URL",
    "TEST_REDIS_URL",
    "TEST_PGBOUNCER",
    "CHROMIUM_PATH",
  ]);
  const args = process.argv.slice(2);
  const startedAt = Date.now();
  process.once("exit", () =>
    say(
      `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
    ),
  );
  try {
    await ensureInstalled();
    if (args.length === 0) {
      await checks();
      await runVitest(["--coverage.enabled"]);
    } else await runVitest(args);
  } catch (error) {
    total.failed += 1;
    console.error(describe(error));
  }
  say(`\nAll of it took ${formatDuration(Date.now() - startedAt)}.`);
  return total.failed === 0 ? 0 : 1;
}

async function checks() {
  await step("format", () =>
    captureNode(
      [
        tool("prettier", "bin/prettier.cjs"),
        "--check",
        "--log-level=warn",
        ".",
      ],
      { cwd: root },
    ),
  );
  // Side by side, for each uses one processor.
  await Promise.all([
    step("types", () =>
      captureNode([tool("typescript", "bin/tsc"), "--build"], { cwd: root }),
    ),
    step("lint", () =>
      captureNode(
        [
          "--disable-warning=ESLintRCWarning",
          "--max-old-space-size=4096",
          tool("eslint", "bin/eslint.js"),
          "--ext=.ts,.tsx,.mjs,.mts,.js",
          "--max-warnings=0",
          ".",
        ],
        { cwd: root, env: { ...process.env, ESLINT_USE_FLAT_CONFIG: "false" } },
      ),
    ),
  ]);
  await step("build", () =>
    captureNode([path.join(root, "scripts/build.mjs")], { cwd: root }),
  );
}

/**
 * Runs one step, shows its time, and its output only when it failed.
 * @param {string} name
 * @param {() => Promise<{ status: number, output: string }>} run
 */
async function step(name, run) {
  const startedAt = Date.now();
  const { status, output } = await run();
  const took = formatDuration(Date.now() - startedAt);
  if (status === 0) {
    say(`✓ ${name} (${took})`);
    return;
  }
  total.failed += 1;
  say(`${output.trimEnd()}\n✗ ${name} failed (${took})`);
}

/** @param {string[]} args */
async function runVitest(args) {
  const startedAt = Date.now();
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-summary-"));
  const summaryFile = path.join(folder, "counts.json");
  try {
    const status = await runNode(
      [
        tool("vitest", "vitest.mjs"),
        "run",
        ...args.filter((arg) => arg !== "--"),
      ],
      { cwd: root, env: { ...process.env, TEST_SUMMARY_FILE: summaryFile } },
    );
    /** @type {Counts} */
    const counts = JSON.parse(
      readIfThere(summaryFile) ?? '{"passed":0,"failed":0,"skipped":0}',
    );
    total.passed += counts.passed;
    total.skipped += counts.skipped;
    // Vitest can fail without a failed test: a threshold, a setup that threw, no test found.
    total.failed += status !== 0 && counts.failed === 0 ? 1 : counts.failed;
    say(
      `${status === 0 ? "✓" : "✗"} tests (${formatDuration(Date.now() - startedAt)})`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (!helpShown(HELP)) runCommand(main);
