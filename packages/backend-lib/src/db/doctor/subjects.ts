// The roles in use and what each may do, beyond what its policies give: read from the catalog once in an examination. Leaves
// judging them to loginChecks.ts.

import { oncePer } from "./check";
import { APP_ROLE } from "./examination";

/** Where a role may make objects of its own. */
export type Place = "the database" | "schema public" | "temporary tables";

/** What a role may do, beyond what its policies give. Empty lists for a superuser, who may do everything. */
export interface RoleFacts {
  name: string;
  isSuperuser: boolean;
  bypassesRls: boolean;
  createsRoles: boolean;
  replicates: boolean;
  /** Tables of the register. */
  owns: string[];
  /** Roles whose policies and rights are its own, without being asked for. */
  inherits: string[];
  /** Roles that it may become by SET ROLE. */
  canBecome: string[];
  createsIn: Place[];
}

const ROLES = `
  WITH owners AS (SELECT DISTINCT c.relowner FROM pg_catalog.pg_class AS c WHERE c.oid = ANY ($2::oid[])),
  powerful AS (
    SELECT g.oid, g.rolname FROM pg_catalog.pg_roles AS g
     WHERE g.rolsuper OR g.rolbypassrls OR g.oid IN (SELECT relowner FROM owners)
        OR g.rolname IN ('dittofeed_app', 'dittofeed_system', 'dittofeed_owner', 'pg_read_server_files',
                         'pg_write_server_files', 'pg_execute_server_program', 'pg_read_all_data', 'pg_write_all_data',
                         'pg_maintain', 'pg_monitor', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_signal_backend',
                         'pg_create_subscription', 'pg_database_owner'))
  SELECT r.rolname::text AS "name", r.rolsuper AS "isSuperuser", r.rolbypassrls AS "bypassesRls",
         r.rolcreaterole AS "createsRoles", r.rolreplication AS "replicates",
         ARRAY(SELECT c.relname::text FROM pg_catalog.pg_class AS c
                WHERE NOT r.rolsuper AND c.relowner = r.oid AND c.oid = ANY ($2::oid[]) ORDER BY 1) AS "owns",
         ARRAY(SELECT g.rolname::text FROM powerful AS g
                WHERE NOT r.rolsuper AND g.oid <> r.oid
                  AND pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE') ORDER BY 1) AS "inherits",
         ARRAY(SELECT g.rolname::text FROM powerful AS g
                WHERE NOT r.rolsuper AND g.oid <> r.oid
                  AND pg_catalog.pg_has_role(r.oid, g.oid,
                        CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
                ORDER BY 1) AS "canBecome",
         CASE WHEN r.rolsuper THEN '{}' ELSE array_remove(ARRAY[
           CASE WHEN pg_catalog.has_database_privilege(r.oid, current_database(), 'CREATE') THEN 'the database' END,
           CASE WHEN pg_catalog.has_schema_privilege(r.oid, 'public', 'CREATE') THEN 'schema public' END,
           CASE WHEN pg_catalog.has_database_privilege(r.oid, current_database(), 'TEMPORARY') THEN 'temporary tables' END],
           NULL)
         END AS "createsIn"
    FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1)`;

/** A role in use: the app's and the system's login, and the role that statements run as where that is another. */
export interface Subject {
  readonly side: "app" | "system" | "admin";
  readonly label: string;
  readonly facts: RoleFacts;
}

const SIDES = {
  DATABASE_URL: "app",
  DATABASE_SYSTEM_URL: "system",
  DATABASE_ADMIN_URL: "admin",
} as const;

/** The logins, and the app role where no login is that itself. */
export const subjects = oncePer(async (examination): Promise<Subject[]> => {
  const named = examination.logins.map(
    ({ variable, name }): [Subject["side"], string, string] => [
      SIDES[variable],
      `${name} (${variable})`,
      name,
    ],
  );
  if (named.every(([side, , name]) => side !== "app" || name !== APP_ROLE)) {
    named.push(["app", `${APP_ROLE} (what statements run as)`, APP_ROLE]);
  }
  const rows = await examination.query<RoleFacts>(ROLES, [
    [...new Set(named.map(([, , name]) => name))],
    examination.guarded.map(({ oid }) => oid),
  ]);
  return named.flatMap(([side, label, name]) =>
    rows
      .filter((facts) => facts.name === name)
      .map((facts) => ({ side, label, facts })),
  );
});
