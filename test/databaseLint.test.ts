// The public linters of schema and migrations find nothing to mend in ours; and on a database full of mistakes each of
// their rules finds its own, so that "nothing" is not the silence of a linter that looks elsewhere.
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { lintCanaries } from "../scripts/databaseLint/canaries";
import {
  dblint,
  dblintRules,
  whyNoDblint,
} from "../scripts/databaseLint/dblint";
import { type LintResult, listOf } from "../scripts/databaseLint/findings";
import {
  type LintView,
  removeLintRoles,
  showToLinters,
} from "../scripts/databaseLint/lintView";
import { schemalint } from "../scripts/databaseLint/schemalint";
import { handWrittenMigrations, squawk } from "../scripts/databaseLint/squawk";

// Registered first and so run last, when the database with policies for these roles is gone.
afterAll(() => removeLintRoles(inject("postgresAdminUrl")));

const env = useTenantEnv();
let view: LintView;

const missing = whyNoDblint();
// On CI a linter that is not there is a failure, for what is skipped proves nothing.
const isSkipped = missing !== null && process.env.CI !== "true";
if (isSkipped) {
  process.stderr.write(`${missing}; its tests are skipped.\n`);
}

function findingsOf(result: LintResult) {
  if ("skipped" in result) {
    throw new Error(result.skipped);
  }
  return result.findings;
}

const rulesIn = (result: LintResult) =>
  new Set(findingsOf(result).map(({ rule }) => rule));

beforeAll(async () => {
  view = await showToLinters(env.url("superuser"));
});

describe("the linters' view of the database", () => {
  it("has every schema of ours, and the app's policies as those of the role that the rules know", async () => {
    expect(view.schemas).toEqual(expect.arrayContaining(["public", "tenancy"]));
    const { rows } = await env.owner.query<{ roles: string[] }>(
      `SELECT roles::text[] FROM pg_policies
        WHERE schemaname = 'public' AND tablename = 'Segment' AND policyname = 'tenant_isolation'`,
    );
    expect(rows[0]?.roles.sort()).toEqual(["authenticated", "dittofeed_app"]);
  });
});

describe.skipIf(isSkipped)("dblint", () => {
  it("finds nothing in our schema", async () => {
    expect(listOf(findingsOf(await dblint(view)))).toBe("");
  });

  it("finds each mistake that it has a rule for", async () => {
    const found = rulesIn(
      await lintCanaries(inject("postgresAdminUrl"), dblint),
    );
    const rules = dblintRules().filter(
      (rule) => rule !== "performance/unusedIndex", // needs a server with a history
    );
    expect(rules.length).toBeGreaterThan(20);
    expect([...found].sort()).toEqual(rules.sort());
  });
});

describe("schemalint", () => {
  it("finds nothing in our schema", async () => {
    expect(listOf(findingsOf(await schemalint(view)))).toBe("");
  });

  it("finds each mistake that it has a rule for", async () => {
    const result = await lintCanaries(inject("postgresAdminUrl"), schemalint);
    expect([...rulesIn(result)].sort()).toEqual([
      "index-referencing-column",
      "name-inflection",
      "prefer-identity-to-serial",
      "prefer-jsonb-to-json",
      "prefer-text-to-varchar",
      "row-level-security",
    ]);
    expect(listOf(findingsOf(result))).toContain(
      "public.shut_door Row-level security is not enforced",
    );
  });
});

describe("squawk", () => {
  it("finds nothing in the migrations, forth or back", async () => {
    const files = handWrittenMigrations();
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "002_row_level_security.sql",
        "002_row_level_security.down.sql",
      ]),
    );
    expect(listOf(findingsOf(await squawk(files)))).toBe("");
  });

  it("finds what would block others, also in one that must not be in a transaction", async () => {
    const found = await squawk([
      {
        name: "blocks.sql",
        sql: '\nCREATE INDEX blocking ON public."Segment" ("name");\n',
        transactional: true,
      },
      {
        name: "fails.sql",
        sql: '-- non-transactional\nCREATE INDEX CONCURRENTLY IF NOT EXISTS late ON public."Segment" ("name");\n',
        transactional: true,
      },
      {
        name: "works.sql",
        sql: '-- non-transactional\nCREATE INDEX CONCURRENTLY IF NOT EXISTS late ON public."Segment" ("name");\n',
        transactional: false,
      },
    ]);
    expect(
      found.findings.map(({ rule, message }) => [
        message.replace(/ .*/, ""),
        rule,
      ]),
    ).toEqual([
      ["blocks.sql:2", "require-concurrent-index-creation"],
      ["fails.sql:2", "ban-concurrent-index-creation-in-transaction"],
    ]);
  });

  it("wants a reason for each exception", async () => {
    const { findings } = await squawk([
      {
        name: "silent.sql",
        sql: "-- squawk-ignore ban-drop-table\nDROP TABLE IF EXISTS public.one;\n",
        transactional: true,
      },
      {
        name: "said.sql",
        sql: "-- lint: it was never used\n-- squawk-ignore ban-drop-table\nDROP TABLE IF EXISTS public.two;\n",
        transactional: true,
      },
    ]);
    expect(listOf(findings)).toBe(
      'squawk unexplained-exception: silent.sql:1 needs a line "-- lint: why" above it',
    );
  });
});
