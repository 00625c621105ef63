// Proves that the linters look: plants one mistake for each rule in an empty database and answers what was found. The
// mistakes themselves are in canaries.sql.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";

import { root } from "../commandLine.mjs";
import type { LintResult } from "./findings";
import { type LintView, showToLinters, withEmptyDatabase } from "./lintView";

const CANARIES = path.join(root, "scripts/databaseLint/canaries.sql");

/** Runs the linter on a database of mistakes, made and dropped on the superuser's server. */
export async function lintCanaries<T extends LintResult>(
  superuserUrl: string,
  linter: (view: LintView) => Promise<T>,
): Promise<T> {
  const name = `canary_${randomUUID().replaceAll("-", "")}`;
  return withEmptyDatabase(superuserUrl, name, async (url) => {
    await showToLinters(url); // makes the roles that the mistakes name
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(readFileSync(CANARIES, "utf8"));
    } finally {
      await client.end();
    }
    return linter(await showToLinters(url));
  });
}
