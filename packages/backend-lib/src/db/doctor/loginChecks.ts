// Checks of the logins: whether one of them, or a role that it may take on, stands above row-level security. Owns what each
// login is allowed to be; which logins are in use is found out in examination.ts.

import { type Check, type Problem, problemIf, type Severity } from "./check";
import {
  APP_ROLE,
  type Examination,
  OWNER_ROLE,
  SYSTEM_ROLE,
} from "./examination";
import { type Place, type RoleFacts, type Subject, subjects } from "./subjects";

type Weights = Partial<Record<Subject["side"], Severity>>;

interface LoginRule {
  readonly id: string;
  readonly title: string;
  readonly broken: string;
  readonly weights: Weights;
  /** What of it is found; nothing, or the empty text, when all is well. */
  readonly detail: (
    facts: RoleFacts,
    side: Subject["side"],
  ) => string | undefined;
  readonly why: string;
  readonly mend: (facts: RoleFacts) => string[];
}

const OWN_LOGINS =
  "First log in as plain roles: DATABASE_URL as dittofeed_app, DATABASE_SYSTEM_URL as dittofeed_system, DATABASE_ADMIN_URL as dittofeed_owner; for example ALTER ROLE dittofeed_app LOGIN PASSWORD '…';";

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const onDatabase = (right: string, role: string) =>
  `DO $$ BEGIN EXECUTE format('REVOKE ${right} ON DATABASE %I FROM PUBLIC, %I', current_database(), '${role.replaceAll("'", "''")}'); END $$;`;

const TAKE_BACK: Record<Place, (role: string) => string> = {
  "the database": (role) => onDatabase("CREATE", role),
  "temporary tables": (role) => onDatabase("TEMPORARY", role),
  "schema public": (role) =>
    `REVOKE CREATE ON SCHEMA public FROM PUBLIC, ${quoted(role)};`,
};

/** What no login that serves requests may become. */
function tooPowerful(names: readonly string[], side: Subject["side"]) {
  return names.filter(
    (name) => name !== APP_ROLE && !(side === "system" && name === SYSTEM_ROLE),
  );
}

const RULES: readonly LoginRule[] = [
  {
    id: "login.superuser",
    title: "No login is a superuser",
    broken: "A login is a superuser",
    weights: { app: "failure", system: "warning", admin: "note" },
    detail: (facts) => (facts.isSuperuser ? "superuser" : undefined),
    why: "A superuser is bound by no policy, not even a forced one. Isolation then rests on every statement taking on dittofeed_app first; one that does not, or an injected RESET ROLE, sees every workspace.",
    mend: () => [OWN_LOGINS],
  },
  {
    id: "login.bypass-rls",
    title: "No login has BYPASSRLS",
    broken: "A login has BYPASSRLS",
    weights: { app: "failure", system: "warning", admin: "note" },
    detail: (facts) =>
      facts.bypassesRls && !facts.isSuperuser ? "BYPASSRLS" : undefined,
    why: "BYPASSRLS passes by every policy: a query without its own filter sees every workspace.",
    mend: (facts) => [`ALTER ROLE ${quoted(facts.name)} NOBYPASSRLS;`],
  },
  {
    id: "login.owner",
    title: "No serving login owns tables or has an owner's policies",
    broken: "A login owns tables of the register, or has their owner's rights",
    weights: { app: "failure", system: "warning" },
    detail: (facts, side) => {
      const inherited = tooPowerful(facts.inherits, side);
      return [
        ...(facts.owns.length > 0
          ? [`owns ${facts.owns.map(quoted).join(", ")}`]
          : []),
        ...(inherited.length > 0
          ? [`has the rights of ${inherited.join(", ")}`]
          : []),
      ].join("; ");
    },
    why: "An owner may switch row-level security off, and the allow-all policies of the owner and the system role hold for whoever inherits from them. PostgreSQL's own roles read, write, empty or watch what is everybody's.",
    mend: (facts) => [
      ...facts.owns.map(
        (table) =>
          `ALTER TABLE public.${quoted(table)} OWNER TO ${OWNER_ROLE};`,
      ),
      ...facts.inherits
        .filter((name) => name !== APP_ROLE)
        .map((name) => `REVOKE ${quoted(name)} FROM ${quoted(facts.name)};`),
    ],
  },
  {
    id: "login.create-role",
    title: "No serving login may make roles",
    broken: "A login may make roles",
    weights: { app: "failure", system: "warning" },
    detail: (facts) =>
      facts.createsRoles && !facts.isSuperuser ? "CREATEROLE" : undefined,
    why: "Until Postgres 15 CREATEROLE is enough to grant oneself the owner's role; since 16 it still makes logins that nobody knows of.",
    mend: (facts) => [`ALTER ROLE ${quoted(facts.name)} NOCREATEROLE;`],
  },
  {
    id: "login.replication",
    title: "No serving login may replicate",
    broken: "A login may replicate the whole server",
    weights: { app: "failure", system: "warning" },
    detail: (facts) =>
      facts.replicates && !facts.isSuperuser ? "REPLICATION" : undefined,
    why: "Replication copies every row of every workspace, past all policies.",
    mend: (facts) => [`ALTER ROLE ${quoted(facts.name)} NOREPLICATION;`],
  },
  {
    id: "login.create",
    title: "The serving logins make no objects beside the tables",
    broken: "A login may make objects of its own",
    weights: { app: "warning", system: "warning" },
    // The system role makes the job queue's schema: it needs the right on the database.
    detail: (facts, side) =>
      facts.createsIn
        .filter((place) => side === "app" || place !== "the database")
        .map((place) =>
          place === "temporary tables" ? place : `CREATE on ${place}`,
        )
        .join(", "),
    why: "Who can make tables and functions beside the real ones can put a false one in their way, and keep what an injection found. A temporary table is found before the real one of its name.",
    mend: ({ createsIn, name }) =>
      createsIn.map((place) => TAKE_BACK[place](name)),
  },
];

/** One login serves tenants' queries and cross-workspace reads. */
const isShared = ({ logins }: Examination) => {
  const app = logins.find(({ variable }) => variable === "DATABASE_URL");
  const system = logins.find(
    ({ variable }) => variable === "DATABASE_SYSTEM_URL",
  );
  return system === undefined || system.name === app?.name;
};

function loginCheck(rule: LoginRule): Check {
  return {
    id: rule.id,
    group: "Logins",
    title: rule.title,
    scope: "start",
    needsTables: false,
    run: async (examination) => {
      const found = (await subjects(examination)).flatMap(
        ({ side, label, facts }) => {
          const detail = rule.detail(facts, side) ?? "";
          const severity = rule.weights[side];
          return detail === "" || severity === undefined
            ? []
            : [{ severity, facts, what: `${label}: ${detail}` }];
        },
      );
      return (["failure", "warning", "note"] as const).flatMap((severity) => {
        const those = found.filter((each) => each.severity === severity);
        return problemIf(
          those.map(({ what }) => what),
          {
            severity,
            title: rule.broken,
            why: rule.why,
            mend: [
              ...(rule.id === "login.owner" && isShared(examination)
                ? [OWN_LOGINS]
                : []),
              ...new Set(those.flatMap(({ facts }) => rule.mend(facts))),
            ],
          },
        );
      });
    },
  };
}

/** One login for everything has to become the system role; that much is documented, and weighed as such. */
function setRoleProblems(
  all: readonly Subject[],
  hasOneLogin: boolean,
): Problem[] {
  return all.flatMap(({ side, label, facts }): Problem[] => {
    if (side === "admin") {
      return [];
    }
    const roles = tooPowerful(facts.canBecome, side);
    const isByDesign =
      side === "app" &&
      hasOneLogin &&
      roles.every((name) => name === SYSTEM_ROLE);
    return problemIf(
      roles.map((name) => `${label} may become ${name}`),
      {
        severity: side === "app" && !isByDesign ? "failure" : "warning",
        title: "A login may take on a role above the policies",
        why: "An injected SET ROLE is then enough to reach what is every workspace's.",
        mend: isByDesign
          ? [
              "Give the system role a login of its own, and set DATABASE_SYSTEM_URL.",
              `REVOKE ${SYSTEM_ROLE} FROM ${quoted(facts.name)};`,
            ]
          : [
              ...(hasOneLogin ? [OWN_LOGINS] : []),
              ...roles.map(
                (name) => `REVOKE ${quoted(name)} FROM ${quoted(facts.name)};`,
              ),
            ],
      },
    );
  });
}

const setRole: Check = {
  id: "login.set-role",
  group: "Logins",
  title: "No serving login may take on a role above the policies",
  scope: "start",
  needsTables: false,
  run: async (examination) =>
    setRoleProblems(await subjects(examination), isShared(examination)),
};

const usable: Check = {
  id: "login.usable",
  group: "Logins",
  title: "Each login works, and may act as its role",
  scope: "start",
  needsTables: false,
  run: async (examination) => {
    const mayAct = (facts: RoleFacts, role: string, how: "be" | "have") =>
      facts.isSuperuser ||
      facts.name === role ||
      (how === "be" ? facts.canBecome : facts.inherits).includes(role);
    const all = await subjects(examination);
    const cannot = all.flatMap(({ side, label, facts }) => {
      const [role, how] =
        side === "admin"
          ? ([OWNER_ROLE, "have"] as const)
          : ([side === "app" ? APP_ROLE : SYSTEM_ROLE, "be"] as const);
      return mayAct(facts, role, how) || !examination.isMigrated
        ? []
        : [{ side, role, facts, label }];
    });
    const refused = examination.refused.map(({ variable, reason }) => ({
      side: variable === "DATABASE_ADMIN_URL" ? "admin" : "system",
      what: `${variable}: ${reason}`,
      mend: `Correct ${variable}.`,
    }));
    const strangers = examination.logins
      .filter(({ database }) => database !== examination.logins[0]?.database)
      .map(({ variable, database }) => ({
        side: variable === "DATABASE_ADMIN_URL" ? "admin" : "system",
        what: `${variable} leads to another database, ${database}`,
        mend: `Let ${variable} name the database of DATABASE_URL.`,
      }));
    const found = [
      ...refused,
      ...strangers,
      ...cannot.map(({ side, role, facts, label }) => ({
        side,
        what: `${label} may not act as ${role}`,
        mend: `GRANT ${role} TO ${quoted(facts.name)};`,
      })),
    ];
    return [true, false].flatMap((isAdmin) => {
      const those = found.filter(({ side }) => (side === "admin") === isAdmin);
      return problemIf(
        those.map(({ what }) => what),
        {
          severity: isAdmin ? "warning" : "failure",
          title: "A login does not work as it has to",
          why: isAdmin
            ? "Migrations, and the checks that need the owner, cannot run."
            : "Every statement that needs it fails.",
          mend: those.map(({ mend }) => mend),
        },
      );
    });
  },
};

const separate: Check = {
  id: "login.separate",
  group: "Logins",
  title: "Tenants' queries and cross-workspace reads log in separately",
  scope: "full",
  needsTables: false,
  run: async (examination) =>
    problemIf(
      isShared(examination) && examination.refused.length === 0
        ? [
            `${examination.logins[0]?.name ?? ""} is the login of DATABASE_URL and of DATABASE_SYSTEM_URL`,
          ]
        : [],
      {
        severity: "warning",
        title: "One login serves tenants' queries and cross-workspace reads",
        why: "What may become the system role for some statements may do so for all: an injection can, too.",
        mend: [OWN_LOGINS],
      },
    ),
};

export const loginChecks: readonly Check[] = [
  usable,
  ...RULES.map(loginCheck),
  setRole,
  separate,
];
