// Checks of rights: nobody has more on tenants' tables than the register gives, by itself or
// by way of another role. Owns reading the access lists of tables and columns; other rights are widerRightsChecks.ts.

import { type Privilege } from "../policies";
import { type Check, type Problem, problemIf } from "./check";
import {
  APP_ROLE,
  type Examination,
  type GuardedTable,
  OWNER_ROLE,
  sqlName,
  SYSTEM_ROLE,
} from "./examination";

interface Grant {
  oid: number;
  column: string | null;
  grantee: string;
  privilege: string;
}

/** Rights on tables and on single columns; those of the owner itself are left out. */
const GRANTS = `
  SELECT c.oid::integer AS "oid", g."column", g."privilege",
         CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee) END::text AS "grantee"
    FROM pg_catalog.pg_class AS c
    CROSS JOIN LATERAL (
      SELECT NULL::text AS "column", a.grantee, a.privilege_type AS "privilege"
        FROM aclexplode(c.relacl) AS a
       UNION ALL
      SELECT t.attname::text, a.grantee, a.privilege_type
        FROM pg_catalog.pg_attribute AS t CROSS JOIN LATERAL aclexplode(t.attacl) AS a
       WHERE t.attrelid = c.oid AND NOT t.attisdropped) AS g
   WHERE c.oid = ANY ($1::oid[]) AND g.grantee <> c.relowner
   ORDER BY c.relname, g."privilege", g."column"`;

interface TableGrant extends Grant {
  readonly table: GuardedTable;
}

async function tableGrants(examination: Examination): Promise<TableGrant[]> {
  const { guarded } = examination;
  const grants = await examination.query<Grant>(GRANTS, [
    guarded.map(({ oid }) => oid),
  ]);
  return grants.flatMap((grant) => {
    const table = guarded.find(({ oid }) => oid === grant.oid);
    return table === undefined ? [] : [{ ...grant, table }];
  });
}

const quoted = (name: string) =>
  name === "PUBLIC" ? name : `"${name.replaceAll('"', '""')}"`;

const said = ({ table, column, privilege, grantee }: TableGrant) =>
  `${grantee}: ${privilege} on ${sqlName(table)}${column === null ? "" : ` ("${column}")`}`;

const revoke = ({ table, column, privilege, grantee }: TableGrant) =>
  `REVOKE ${privilege}${column === null ? "" : ` ("${column}")`} ON ${sqlName(table)} FROM ${quoted(grantee)};`;

function registered({
  entry,
  isPartition,
}: GuardedTable): readonly Privilege[] {
  // Partitions are reached through their parent only.
  return isPartition || entry.kind === "global" ? [] : entry.app;
}

const publicGrants: Check = {
  id: "rights.public",
  group: "Rights",
  title: "PUBLIC has no right on tenants' tables",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const found = (await tableGrants(examination)).filter(
      ({ grantee }) => grantee === "PUBLIC",
    );
    return problemIf(found.map(said), {
      severity: "failure",
      title: "PUBLIC has rights on tenants' tables",
      why: "Every role of the server has them, also those made tomorrow; and TRUNCATE asks no policy.",
      mend: found.map(revoke),
    });
  },
};

/** A role that a serving login, or the app role, is a member of; or that login itself. */
interface Membership {
  member: string;
  role: string;
  /** What the member was made a member of, and by that of the role; nothing for the login itself. */
  by: string[];
}

/**
 * Roles whose rights can be had by inheriting them or by SET ROLE. Left out: the product's own roles and the server's, which
 * loginChecks.ts judges, and superusers, who need none.
 */
const MEMBERSHIPS = `
  SELECT m.rolname::text AS "member", g.rolname::text AS "role",
         ARRAY(SELECT d.rolname::text FROM pg_catalog.pg_auth_members AS a
                 JOIN pg_catalog.pg_roles AS d ON d.oid = a.roleid
                WHERE a.member = m.oid AND d.rolname <> 'dittofeed_app'
                  AND pg_catalog.pg_has_role(d.oid, g.oid, 'MEMBER') ORDER BY 1) AS "by"
    FROM pg_catalog.pg_roles AS m
    JOIN pg_catalog.pg_roles AS g ON pg_catalog.pg_has_role(m.oid, g.oid, 'MEMBER')
   WHERE m.rolname = ANY ($1) AND NOT m.rolsuper AND g.rolname NOT LIKE 'pg\\_%'
     AND g.rolname NOT IN ('dittofeed_app', 'dittofeed_system', 'dittofeed_owner')
   ORDER BY 1, 2`;

const allowed = (table: GuardedTable, privilege: string) =>
  registered(table).some((each) => each === privilege);

/** What the app can do on tenants' tables by a role that is not its own, beyond the register. */
async function borrowedRights(examination: Examination): Promise<Problem[]> {
  const members = [
    APP_ROLE,
    ...examination.logins.flatMap(({ variable, name }) =>
      variable === "DATABASE_URL" ? [name] : [],
    ),
  ];
  const memberships = await examination.query<Membership>(MEMBERSHIPS, [
    members,
  ]);
  const grants = await tableGrants(examination);
  const found = memberships.flatMap(({ member, role, by }) =>
    grants
      .filter(
        (grant) =>
          grant.grantee === role && !allowed(grant.table, grant.privilege),
      )
      .map((grant) => ({
        what:
          role === member
            ? said(grant)
            : `${member}, as a member of ${said(grant)}`,
        mend:
          role === member
            ? [revoke(grant)]
            : by.map(
                (each) => `REVOKE ${quoted(each)} FROM ${quoted(member)};`,
              ),
      })),
  );
  return problemIf([...new Set(found.map(({ what }) => what))], {
    severity: "failure",
    title: "The app has rights by another role that the register does not give",
    why: "What a role may do, its members may do, too: at once, or after SET ROLE. TRUNCATE asks no policy.",
    mend: [...new Set(found.flatMap(({ mend }) => mend))],
  });
}

const appGrants: Check = {
  id: "rights.app",
  group: "Rights",
  title: "The app role has the rights of the register, and no more",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const found = (await tableGrants(examination)).filter(
      ({ grantee }) => grantee === APP_ROLE,
    );
    const beyond = found.filter(
      ({ table, privilege }) => !allowed(table, privilege),
    );
    const missing = examination.guarded.flatMap((table) =>
      registered(table)
        .filter((privilege) =>
          found.every(
            (grant) =>
              grant.oid !== table.oid ||
              grant.privilege !== privilege ||
              grant.column !== null,
          ),
        )
        .map((privilege) => ({ table, privilege })),
    );
    return [
      ...(await borrowedRights(examination)),
      ...problemIf(beyond.map(said), {
        severity: "failure",
        title: "The app role has more rights than the register gives",
        why: "TRUNCATE asks no policy, TRIGGER and REFERENCES run or look past them, and other rights are there to be used by an injection.",
        mend: beyond.map(revoke),
      }),
      ...problemIf(
        missing.map(
          ({ table, privilege }) => `${privilege} on ${sqlName(table)}`,
        ),
        {
          severity: "warning",
          title: "The app role lacks rights that the register gives",
          why: "Requests that need them fail.",
          mend: missing.map(
            ({ table, privilege }) =>
              `GRANT ${privilege} ON ${sqlName(table)} TO ${APP_ROLE};`,
          ),
        },
      ),
    ];
  },
};

const VERBS: readonly string[] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

const otherGrants: Check = {
  id: "rights.others",
  group: "Rights",
  title: "Nobody else has rights on tenants' tables",
  scope: "full",
  needsTables: true,
  run: async (examination) => {
    const grants = await tableGrants(examination);
    const system = grants.filter(
      ({ grantee, privilege }) =>
        grantee === SYSTEM_ROLE && !VERBS.includes(privilege),
    );
    const known = ["PUBLIC", APP_ROLE, SYSTEM_ROLE, OWNER_ROLE];
    const strangers = [
      ...new Set(
        grants.flatMap(({ grantee }) =>
          known.includes(grantee) ? [] : [grantee],
        ),
      ),
    ];
    return [
      ...problemIf(system.map(said), {
        severity: "warning",
        title: "The system role has more rights than it needs",
        why: "It reads and writes rows across workspaces; nothing that it does needs more.",
        mend: system.map(revoke),
      }),
      ...problemIf(strangers, {
        severity: "note",
        title: "Other roles have rights on tenants' tables",
        why: "No policy names them, so they see no row, unless they have BYPASSRLS.",
        mend: strangers.map(
          (name) =>
            `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${quoted(name)};`,
        ),
      }),
    ];
  },
};

export const rightsChecks: readonly Check[] = [
  publicGrants,
  appGrants,
  otherGrants,
];
