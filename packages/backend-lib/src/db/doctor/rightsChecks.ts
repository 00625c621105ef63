// Checks of rights: nobody has more on tenants' tables than the register gives, now or for tables to come. Owns reading the
// access lists of tables, columns, schemas and defaults.

import { type Privilege } from "../policies";
import { type Check, problemIf } from "./check";
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
  scope: "isolation",
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

const appGrants: Check = {
  id: "rights.app",
  group: "Rights",
  title: "The app role has the rights of the register, and no more",
  scope: "isolation",
  needsTables: true,
  run: async (examination) => {
    const found = (await tableGrants(examination)).filter(
      ({ grantee }) => grantee === APP_ROLE,
    );
    const allowed = (table: GuardedTable, privilege: string) =>
      registered(table).some((each) => each === privilege);
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

const INNER = `
  SELECT c.relname::text AS "name",
         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END::text AS "grantee",
         a.privilege_type AS "privilege"
    FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
   WHERE c.relnamespace = to_regnamespace('tenancy') AND c.relkind IN ('r', 'p', 'v', 'm')
     AND a.grantee <> c.relowner
     AND (a.grantee = 0 OR pg_catalog.pg_get_userbyid(a.grantee) IN ('dittofeed_app', 'dittofeed_system'))
   ORDER BY 1, 2, 3`;

const innerGrants: Check = {
  id: "rights.tenancy",
  group: "Rights",
  title: "Only the owner reads the tables of schema tenancy",
  scope: "isolation",
  needsTables: true,
  run: async ({ query }) => {
    const found = await query<{
      name: string;
      grantee: string;
      privilege: string;
    }>(INNER);
    return problemIf(
      found.map(
        ({ name, grantee, privilege }) =>
          `${grantee}: ${privilege} on tenancy."${name}"`,
      ),
      {
        severity: "failure",
        title: "A serving role reaches the tables of schema tenancy",
        why: "They hold the ledger of migrations and the keys of sealed contexts: who reads a key can seal any context.",
        mend: found.map(
          ({ name, grantee, privilege }) =>
            `REVOKE ${privilege} ON tenancy."${name}" FROM ${grantee};`,
        ),
      },
    );
  },
};

const SCHEMAS = `
  SELECT n.nspname::text AS "name",
         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END::text AS "grantee"
    FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
   WHERE a.privilege_type = 'CREATE' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
     AND a.grantee <> n.nspowner
     AND (a.grantee = 0 OR pg_catalog.pg_get_userbyid(a.grantee) IN ('dittofeed_app', 'dittofeed_system'))`;

const schemaGrants: Check = {
  id: "rights.schemas",
  group: "Rights",
  title: "Only owners may make objects in the schemas",
  scope: "full",
  needsTables: false,
  run: async ({ query }) => {
    const found = await query<{ name: string; grantee: string }>(SCHEMAS);
    return problemIf(
      found.map(({ name, grantee }) => `${grantee}: CREATE on schema ${name}`),
      {
        severity: "warning",
        title: "Others than the owner may make objects in a schema",
        why: "A false function or table on the search path runs with the rights of whoever calls it. PostgreSQL 14 and older gave this right to everybody.",
        mend: found.map(
          ({ name, grantee }) =>
            `REVOKE CREATE ON SCHEMA "${name}" FROM ${quoted(grantee)};`,
        ),
      },
    );
  },
};

const DEFAULTS = `
  SELECT coalesce(n.nspname, '')::text AS "schema", pg_catalog.pg_get_userbyid(d.defaclrole)::text AS "maker",
         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END::text AS "grantee",
         string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS "privileges"
    FROM pg_catalog.pg_default_acl AS d
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
   WHERE d.defaclobjtype = 'r' AND a.grantee <> d.defaclrole AND (n.nspname IS NULL OR n.nspname = 'public')
     AND (a.grantee = 0 OR pg_catalog.pg_get_userbyid(a.grantee) IN ('dittofeed_app', 'dittofeed_system'))
   GROUP BY 1, 2, 3`;

const defaults: Check = {
  id: "rights.defaults",
  group: "Rights",
  title: "New tables give no right to anybody by themselves",
  scope: "full",
  needsTables: false,
  run: async ({ query }) => {
    const found = await query<{
      schema: string;
      maker: string;
      grantee: string;
      privileges: string;
    }>(DEFAULTS);
    return problemIf(
      found.map(
        ({ schema, maker, grantee, privileges }) =>
          `${grantee}: ${privileges} on each table that ${maker} makes${schema === "" ? "" : ` in schema ${schema}`}`,
      ),
      {
        severity: "warning",
        title: "New tables give rights by themselves",
        why: "A new table is open before its policies are made, and for good when they are forgotten.",
        mend: found.map(
          ({ schema, maker, grantee }) =>
            `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(maker)}${schema === "" ? "" : ` IN SCHEMA ${schema}`} REVOKE ALL ON TABLES FROM ${quoted(grantee)};`,
        ),
      },
    );
  },
};

const WATCHING = `
  SELECT DISTINCT p.proname::text AS "name" FROM pg_catalog.pg_proc AS p
   WHERE p.pronamespace = 'pg_catalog'::regnamespace
     AND (p.proname IN ('pg_terminate_backend', 'pg_cancel_backend', 'pg_stat_get_activity', 'pg_stat_get_progress_info',
                        'pg_lock_status', 'lo_creat', 'lo_create', 'lo_from_bytea')
          OR p.proname LIKE 'pg\\_stat\\_get\\_backend\\_%')
     AND pg_catalog.has_function_privilege('dittofeed_app', p.oid, 'EXECUTE')
   ORDER BY 1`;

const watching: Check = {
  id: "rights.sessions",
  group: "Rights",
  title: "The app role can neither watch nor end sessions",
  scope: "full",
  needsTables: true,
  run: async ({ query }) => {
    const found = await query<{ name: string }>(WATCHING);
    return problemIf(
      found.map(({ name }) => `pg_catalog.${name}`),
      {
        severity: "warning",
        title: "The app role can watch and end sessions, or keep large objects",
        why: "All workspaces share one login: an injection in one could see which others are at work, end their statements, and pass data by large objects, which no policy guards. Only a superuser can take these rights away.",
        mend: [
          "As a superuser, in this database: psql --file docker/postgres/serverRights.sql",
          "On a server where nobody is one, it stays as it is.",
        ],
      },
    );
  },
};

export const rightsChecks: readonly Check[] = [
  publicGrants,
  appGrants,
  otherGrants,
  innerGrants,
  schemaGrants,
  defaults,
  watching,
];
