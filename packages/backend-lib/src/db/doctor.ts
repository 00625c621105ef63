// The doctor: looks whether the database keeps workspaces apart by itself, and says what is wrong, why it matters and how to
// mend it. Owns which checks there are, running them, and the start-up's part; each group of checks is a file of doctor/.
// Only looks: it changes nothing.

import { type Result } from "neverthrow";

import { type Config, config } from "../config";
import { logger } from "../logger";
import {
  type Check,
  type Group,
  GROUPS,
  type Problem,
  type Scope,
  SCOPES,
  sentenceOf,
  type Severity,
} from "./doctor/check";
import { codeChecks } from "./doctor/codeChecks";
import { type Crossing, tryCrossing } from "./doctor/crossing";
import {
  type DatabaseUnreachable,
  type Examination,
  examining,
  type Urls,
} from "./doctor/examination";
import { keyChecks } from "./doctor/keyChecks";
import { leakChecks } from "./doctor/leakChecks";
import { liveChecks } from "./doctor/liveChecks";
import { loginChecks } from "./doctor/loginChecks";
import { ownCodeChecks } from "./doctor/ownCodeChecks";
import { policyChecks } from "./doctor/policyChecks";
import { poolingChecks } from "./doctor/poolingChecks";
import { registerChecks } from "./doctor/registerChecks";
import { rightsChecks } from "./doctor/rightsChecks";
import { sealChecks } from "./doctor/sealChecks";
import { serverChecks } from "./doctor/serverChecks";
import { settingChecks } from "./doctor/settingChecks";
import { widerRightsChecks } from "./doctor/widerRightsChecks";

export { GROUPS };
export type { Crossing, DatabaseUnreachable, Group, Scope, Severity };

export interface Finding extends Problem {
  /** Id of the check that found it. */
  readonly check: string;
  readonly group: Group;
}

export interface CheckOutcome {
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  /** The worst of what it found; passed when that is nothing. */
  readonly outcome: "passed" | "notChecked" | Severity;
  /** Why it could not look. */
  readonly reason?: string;
}

export interface Diagnosis {
  /** No failure. */
  readonly ok: boolean;
  readonly database: {
    readonly name: string;
    readonly server: string;
    /** Login that the catalog was read as. */
    readonly readAs: string;
  };
  readonly summary: {
    readonly failures: number;
    readonly warnings: number;
    readonly notes: number;
    readonly passed: number;
    readonly notChecked: number;
  };
  readonly checks: readonly CheckOutcome[];
  /** In the order of the groups; within one, as the checks come. */
  readonly findings: readonly Finding[];
}

/** Every check there is; ids are unique. */
export const CHECKS: readonly Check[] = [
  ...loginChecks,
  ...settingChecks,
  ...serverChecks,
  ...registerChecks,
  ...policyChecks,
  ...sealChecks,
  ...rightsChecks,
  ...widerRightsChecks,
  ...codeChecks,
  ...ownCodeChecks,
  ...keyChecks,
  ...poolingChecks,
  ...leakChecks,
  ...liveChecks,
];

export interface ExamineOptions {
  /** How much is looked at; full unless told otherwise. */
  readonly scope?: Scope;
  /** The logins; the configured ones unless told otherwise. */
  readonly urls?: Urls;
  /** Connections that one process may open; the configured sum unless told otherwise. */
  readonly poolMax?: number;
}

/** The logins of the configuration. Throws when DATABASE_URL is not set. */
export function configuredUrls(
  {
    databaseUrl,
    databaseSystemUrl,
    databaseAdminUrl,
  }: Pick<
    Config,
    "databaseUrl" | "databaseSystemUrl" | "databaseAdminUrl"
  > = config(),
): Urls {
  if (databaseUrl === undefined) {
    throw new Error(
      "DATABASE_URL is not set: there is no database to look into.",
    );
  }
  return {
    app: databaseUrl,
    system: databaseSystemUrl,
    admin: databaseAdminUrl,
  };
}

const configuredPoolMax = (
  { databasePoolMax, databaseSystemPoolMax }: Config = config(),
) => databasePoolMax + databaseSystemPoolMax;

const BY_WEIGHT: readonly Severity[] = ["failure", "warning", "note"];

interface Ran {
  readonly outcome: CheckOutcome;
  readonly findings: readonly Finding[];
}

async function runCheck(check: Check, examination: Examination): Promise<Ran> {
  const { id, group, title } = check;
  const notChecked = (reason: string): Ran => ({
    outcome: { id, group, title, outcome: "notChecked", reason },
    findings: [],
  });
  if (check.needsTables && !examination.isMigrated) {
    return notChecked("the database is not migrated");
  }
  try {
    const problems = await check.run(examination);
    if ("notChecked" in problems) {
      return notChecked(problems.notChecked);
    }
    const worst = BY_WEIGHT.find((weight) =>
      problems.some(({ severity }) => severity === weight),
    );
    return {
      outcome: { id, group, title, outcome: worst ?? "passed" },
      findings: problems.map((problem) => ({ check: id, group, ...problem })),
    };
  } catch (error) {
    await examination.recover();
    // What could not be seen may be broken: it must not pass for well.
    return {
      outcome: { id, group, title, outcome: "failure" },
      findings: [
        {
          check: id,
          group,
          severity: "failure",
          title: "A check could not be made",
          what: [sentenceOf(error)],
          why: `Whether this holds is not known: ${title}.`,
          mend: ["Look into the server's log, and run the doctor again."],
        },
      ],
    };
  }
}

function diagnosisOf(examination: Examination, ran: readonly Ran[]): Diagnosis {
  const checks = ran.map(({ outcome }) => outcome);
  const findings = ran.flatMap((each) => each.findings);
  const found = (severity: Severity) =>
    findings.filter((finding) => finding.severity === severity).length;
  const ended = (outcome: CheckOutcome["outcome"]) =>
    checks.filter((check) => check.outcome === outcome).length;
  const { reader } = examination;
  return {
    ok: found("failure") === 0,
    database: {
      name: reader.database,
      server: `PostgreSQL ${reader.versionText}`,
      readAs: reader.name,
    },
    summary: {
      failures: found("failure"),
      warnings: found("warning"),
      notes: found("note"),
      passed: ended("passed"),
      notChecked: ended("notChecked"),
    },
    checks,
    findings,
  };
}

async function diagnose(
  examination: Examination,
  scopes: readonly Scope[],
): Promise<Diagnosis> {
  const ran: Ran[] = [];
  for (const check of CHECKS.filter(({ scope }) => scopes.includes(scope))) {
    ran.push(await runCheck(check, examination));
  }
  return diagnosisOf(examination, ran);
}

/**
 * Looks into the database. Err when it cannot be reached with DATABASE_URL. A check that the database refuses to answer
 * counts as a failure, with the reason; the others go on.
 */
export async function examine({
  scope = "full",
  urls = configuredUrls(),
  poolMax = configuredPoolMax(),
}: ExamineOptions = {}): Promise<Result<Diagnosis, DatabaseUnreachable>> {
  const wanted = SCOPES.slice(0, SCOPES.indexOf(scope) + 1);
  return examining({ urls, poolMax }, (examination) =>
    diagnose(examination, wanted),
  );
}

export interface Verification {
  /** No failure, and every attempt to cross was made and failed. */
  readonly ok: boolean;
  readonly diagnosis: Diagnosis;
  readonly crossing: Crossing;
}

/**
 * As examine, for isolation alone, and then tries in earnest to get from one workspace into another; in a transaction that
 * is rolled back, so it is safe on a database at work. Err when the database cannot be reached.
 */
export async function verifyIsolation({
  urls = configuredUrls(),
}: { readonly urls?: Urls } = {}): Promise<
  Result<Verification, DatabaseUnreachable>
> {
  return examining(
    { urls, poolMax: configuredPoolMax() },
    async (examination) => {
      const diagnosis = await diagnose(examination, ["start", "isolation"]);
      const crossing = await tryCrossing(urls, examination);
      return {
        ok: diagnosis.ok && crossing.tried && crossing.leaks.length === 0,
        diagnosis,
        crossing,
      };
    },
  );
}

/** The start is refused: REQUIRE_ISOLATION is set and the database does not keep workspaces apart. */
export class IsolationRequired extends Error {
  override readonly name = "IsolationRequired";
}

/** What, why and how to mend, as lines of plain text. */
export function findingText({ title, what, why, mend }: Problem): string {
  const list = (label: string, lines: readonly string[]) =>
    lines.map((line, at) => `  ${(at === 0 ? label : "").padEnd(5)} ${line}`);
  return [
    title,
    ...list("What", what),
    ...list("Why", [why]),
    ...list("Mend", mend),
  ].join("\n");
}

/**
 * The cheap part of the examination, at every start: each finding is a warning in the log. With `requireIsolation` it throws
 * IsolationRequired for failures, with what, why and mend of each, and when the database cannot be reached.
 */
export async function checkIsolationAtStart({
  urls = configuredUrls(),
  requireIsolation = config().requireIsolation,
}: {
  readonly urls?: Urls;
  readonly requireIsolation?: boolean;
} = {}): Promise<void> {
  const examined = await examine({ scope: "start", urls });
  if (examined.isErr()) {
    const reason = examined.error.message;
    if (requireIsolation) {
      throw new IsolationRequired(
        `REQUIRE_ISOLATION is set, and isolation cannot be checked. ${reason}`,
      );
    }
    logger().warn({ reason }, "isolation could not be checked");
    return;
  }
  const { findings } = examined.value;
  for (const { check, severity, title, what, why, mend } of findings) {
    logger().warn({ check, severity, what, why, mend }, title);
  }
  const failures = findings.filter(({ severity }) => severity === "failure");
  if (requireIsolation && failures.length > 0) {
    throw new IsolationRequired(
      `REQUIRE_ISOLATION is set, and this database does not keep workspaces apart:\n\n${failures.map(findingText).join("\n\n")}\n\nNothing was started. \`yarn admin doctor\` tells more.`,
    );
  }
}
