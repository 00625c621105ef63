// `yarn lint:database`: the public linters of schema and migrations, on a database that is made for it and dropped again.
// Owns the order and the printing; each linter is a file of databaseLint/. The same runs as part of the tests.
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { migrate } from "backend-lib/src/db/migrate";

import { messageOf } from "./commandLine.mjs";
import { dblint } from "./databaseLint/dblint";
import { type LintResult, listOf } from "./databaseLint/findings";
import { showToLinters } from "./databaseLint/lintView";
import { schemalint } from "./databaseLint/schemalint";
import { handWrittenMigrations, squawk } from "./databaseLint/squawk";
import { startPostgres } from "./postgres.mjs";
import { ensureRoles, ROLES } from "./postgres/roles.mjs";

const HELP = `Usage: yarn lint:database

Makes a database, brings it up to date and has it looked at:
  dblint      every rule of the Postgres language server's linter (postgres-language-server.jsonc)
  schemalint  row-level security on every table, forced, and more (.schemalintrc.js)
  squawk      the hand-written migrations, forth and back (.squawk.toml)

Exit status 1 when one of them finds something; in CI also when one cannot run on the machine.
`;

const DATABASE = "dittofeed_lint";

/** Prints what a linter answered; true when there is nothing to mend. */
function report(linter: string, result: LintResult): boolean {
  if ("skipped" in result) {
    console.log(`${linter}: skipped: ${result.skipped}`);
    return process.env.CI !== "true";
  }
  const { findings } = result;
  console.log(
    `${linter}: ${findings.length === 0 ? "nothing found" : `${findings.length} found`}`,
  );
  if (findings.length > 0) {
    console.log(listOf(findings).replaceAll(/^/gm, "  "));
  }
  return findings.length === 0;
}

/** A superuser's URL of a migrated database, and how to end its server. */
async function startMigrated() {
  const dataDir = mkdtempSync(path.join(tmpdir(), "dittofeed-lint-"));
  chmodSync(dataDir, 0o711); // when we are root, the server's user passes through
  const { adminUrl, stop } = await startPostgres({ dataDir, mode: "test" });
  const { owner, app, system } = ROLES;
  await ensureRoles({
    adminUrl,
    database: DATABASE,
    passwords: { owner, app, system },
  });
  const url = new URL(adminUrl);
  url.pathname = `/${DATABASE}`;
  const ownerUrl = new URL(url);
  ownerUrl.username = owner;
  ownerUrl.password = owner;
  await migrate({ adminUrl: ownerUrl.href });
  return { url: url.href, stop };
}

async function lintAll(): Promise<boolean> {
  const server = await startMigrated();
  try {
    const view = await showToLinters(server.url);
    const isClean = [
      report("dblint", await dblint(view)),
      report("schemalint", await schemalint(view)),
      report("squawk", await squawk(handWrittenMigrations())),
    ];
    return isClean.every(Boolean);
  } finally {
    await server.stop();
  }
}

if (process.argv.includes("--help")) {
  process.stdout.write(HELP);
} else {
  try {
    process.exitCode = (await lintAll()) ? 0 : 1;
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
