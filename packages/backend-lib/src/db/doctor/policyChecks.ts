// Checks of row-level security: on, forced, and every policy the one that the register asks for. Compares what the server
// says of its policies with policies.ts, in whatever dialect is in force; leaves nothing and makes nothing to do so.

import { type PolicyDialect, policySql } from "../policies";
import { type Check, type Problem, problemIf } from "./check";
import { sqlName } from "./examination";
import {
  canonical,
  compare,
  type Expected,
  type LivePolicy,
} from "./policyComparison";

const enabled: Check = {
  id: "rls.enabled",
  group: "Row-level security",
  title: "Row-level security is on for every table and partition",
  scope: "start",
  needsTables: true,
  run: async ({ guarded }) => {
    const open = guarded.filter(({ isProtected }) => !isProtected);
    return problemIf(open.map(sqlName), {
      severity: "failure",
      title: "Row-level security is off",
      why: "Policies of such a table are not applied: a query without its own filter sees every workspace.",
      mend: open.map(
        (table) => `ALTER TABLE ${sqlName(table)} ENABLE ROW LEVEL SECURITY;`,
      ),
    });
  },
};

const forced: Check = {
  id: "rls.forced",
  group: "Row-level security",
  title: "Row-level security is forced on every table and partition",
  scope: "start",
  needsTables: true,
  run: async ({ guarded }) => {
    const open = guarded.filter(({ isForced }) => !isForced);
    return problemIf(open.map(sqlName), {
      severity: "failure",
      title: "Row-level security is not forced",
      why: "The tables' owner is bound by no policy then, and neither is a view or function that works with its rights.",
      mend: open.map(
        (table) => `ALTER TABLE ${sqlName(table)} FORCE ROW LEVEL SECURITY;`,
      ),
    });
  },
};

/** The statements of the generator that make this one policy anew. */
function remake({ relation, policy }: Expected, dialect: PolicyDialect) {
  const { root, entry, name } = relation;
  const isAbout = new RegExp(` POLICY (?:IF EXISTS )?${policy} ON `);
  return policySql(root, entry, { dialect, relation: name })
    .split("\n")
    .filter((line) => isAbout.test(line));
}

const changePolicy = ({ relation, policy, condition }: Expected) =>
  `ALTER POLICY ${policy} ON ${sqlName(relation)} USING (${condition}) WITH CHECK (${condition});`;

const label = ({ relation, policy }: Expected) =>
  `${policy} on ${sqlName(relation)}`;

const present: Check = {
  id: "policy.present",
  group: "Row-level security",
  title: "Every table and partition has its policies",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const { compared, dialect } = await compare(examination);
    const missing = compared.flatMap(({ expected, live }) =>
      live === undefined ? [expected] : [],
    );
    return problemIf(missing.map(label), {
      severity: "failure",
      title: "A policy is missing",
      why: "Without its policy a role sees no row: tenants' queries, the system's work or migrations find the table empty, and whoever mends that in haste opens it to all.",
      mend: missing.flatMap((each) => remake(each, dialect)),
    });
  },
};

const withCheck: Check = {
  id: "policy.with-check",
  group: "Row-level security",
  title: "Every policy has a WITH CHECK",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const { compared, dialect } = await compare(examination);
    const bare = compared.flatMap(({ expected, live }) =>
      live?.check === null ? [expected] : [],
    );
    return problemIf(bare.map(label), {
      severity: "failure",
      title: "A policy has no WITH CHECK",
      why: "What may be written is then only what USING happens to say; loosened for reading, it lets rows be put into other workspaces.",
      mend: bare.flatMap((each) => remake(each, dialect)),
    });
  },
};

/** What of a policy is not as it has to be; the lack of a WITH CHECK is told by its own check. */
function deviations(expected: Expected, live: LivePolicy): string[] {
  const isOther = (expression: string) =>
    canonical(expression) !== canonical(expected.condition);
  const { isPermissive, command, roles, using, check } = live;
  return [
    ...(isPermissive ? [] : ["is restrictive"]),
    ...(command === "*" ? [] : ["is not FOR ALL"]),
    ...(roles.join() === expected.role
      ? []
      : [`is for ${roles.join(", ")} instead of ${expected.role}`]),
    ...(using !== null && isOther(using) ? [`USING ${using}`] : []),
    ...(check !== null && isOther(check) ? [`WITH CHECK ${check}`] : []),
  ];
}

const asRegistered: Check = {
  id: "policy.condition",
  group: "Row-level security",
  title: "Every policy says what the register says",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const { compared, dialect } = await compare(examination);
    const other = compared.flatMap(({ expected, live }) => {
      const found = live === undefined ? [] : deviations(expected, live);
      return found.length === 0 ? [] : [{ expected, found }];
    });
    return problemIf(
      other.map(
        ({ expected, found }) => `${label(expected)}: ${found.join("; ")}`,
      ),
      {
        severity: "failure",
        title: "A policy is not the one that the register asks for",
        why: `What it lets through is not what was reviewed and tested (in the dialect "${dialect}").`,
        mend: other.flatMap(({ expected, found }) =>
          // With other words only, it is changed in one statement: at no moment is there none.
          found.every((each) => /^(?:USING|WITH CHECK) /.test(each))
            ? [changePolicy(expected)]
            : remake(expected, dialect),
        ),
      },
    );
  },
};

function extraProblems(extra: readonly LivePolicy[]): Problem[] {
  return [true, false].flatMap((isPermissive) => {
    const those = extra.filter((each) => each.isPermissive === isPermissive);
    return problemIf(
      those.map(
        ({ relation, policy, roles, using, check }) =>
          `${policy} on public."${relation}" for ${roles.join(", ")}: USING ${using ?? "nothing"} WITH CHECK ${check ?? "nothing"}`,
      ),
      {
        severity: isPermissive ? "failure" : "warning",
        title: isPermissive
          ? "There is a policy that nobody registered"
          : "There is a restrictive policy that nobody registered",
        why: isPermissive
          ? "Policies add up: one that lets more rows through undoes all others."
          : "It hides rows that a workspace ought to see.",
        mend: those.map(
          ({ relation, policy }) =>
            `DROP POLICY "${policy}" ON public."${relation}";`,
        ),
      },
    );
  });
}

const noOthers: Check = {
  id: "policy.extra",
  group: "Row-level security",
  title: "There are no policies beside those of the register",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const { compared, live } = await compare(examination);
    const expected = new Set(compared.map((each) => each.live));
    return extraProblems(live.filter((each) => !expected.has(each)));
  },
};

export const policyChecks: readonly Check[] = [
  enabled,
  forced,
  present,
  withCheck,
  asRegistered,
  noOthers,
];
