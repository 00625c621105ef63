// Checks of rights beside those on tenants' tables: the tables of schema tenancy, schemas, tables to come, and functions of
// the server that watch and end sessions. Rights on tenants' tables are rightsChecks.ts.

import { type Check, problemIf } from "./check";

const quoted = (name: string) =>
  name === "PUBLIC" ? name : `"${name.replaceAll('"', '""')}"`;

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
  scope: "start",
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

export const widerRightsChecks: readonly Check[] = [
  innerGrants,
  schemaGrants,
  defaults,
  watching,
];
