// What the database's catalog must not hold, whoever put it there: ways round row-level security that no table's policy shows.
// What each table must have (policies, rights, indexes) is compared with the register in src/db/__tests__/register.test.ts.

import { afterAll, expect, it } from "vitest";

import { useTenantEnv } from "../tenantEnv";
import { reportSuite } from "./report";

const env = useTenantEnv();
const startedAt = performance.now();
const leaks: string[] = [];
let checks = 0;

/** Our roles, and everybody. */
const OURS = `('dittofeed_app', 'dittofeed_system')`;
const NOT_SYSTEM_SCHEMA = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

/** What is wrong, as SQL that names each finding in the column "found". */
const FORBIDDEN: Readonly<Record<string, string>> = {
  "a role of ours that row-level security does not bind": `
    SELECT rolname AS found FROM pg_catalog.pg_roles
     WHERE rolname IN ('dittofeed_owner', 'dittofeed_app', 'dittofeed_system') AND (rolsuper OR rolbypassrls OR rolreplication)`,
  "a role of ours that may make roles or databases": `
    SELECT rolname AS found FROM pg_catalog.pg_roles
     WHERE rolname IN ${OURS} AND (rolcreaterole OR rolcreatedb)`,
  "a role that the app or system role can take on or has the rights of": `
    SELECT format('%s has %s', member.rolname, role.rolname) AS found
      FROM pg_catalog.pg_auth_members AS m
      JOIN pg_catalog.pg_roles AS member ON member.oid = m.member
      JOIN pg_catalog.pg_roles AS role ON role.oid = m.roleid
     WHERE member.rolname IN ${OURS}`,
  "a setting that comes with a login or the database": `
    SELECT format('%s: %s', coalesce(r.rolname, 'everybody'), array_to_string(s.setconfig, ', ')) AS found
      FROM pg_catalog.pg_db_role_setting AS s LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
     WHERE (r.rolname LIKE 'dittofeed%' OR s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
       AND array_to_string(s.setconfig, ',') ~ 'app\\.|role=|row_security|search_path|session_replication_role'`,
  "a relation in public that is not the owner's": `
    SELECT c.relname AS found FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relowner <> 'dittofeed_owner'::regrole`,
  "a view that reads with its owner's rights": `
    SELECT format('%I.%I', n.nspname, c.relname) AS found FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE ${NOT_SYSTEM_SCHEMA} AND (c.relkind = 'm' OR c.relkind = 'v'
       AND NOT coalesce('security_invoker=true' = ANY (c.reloptions) OR 'security_invoker=on' = ANY (c.reloptions), false))`,
  "a foreign table": `
    SELECT c.relname AS found FROM pg_catalog.pg_class AS c WHERE c.relkind = 'f'`,
  "a rule that rewrites queries": `
    SELECT r.rulename AS found FROM pg_catalog.pg_rewrite AS r
      JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND ${NOT_SYSTEM_SCHEMA}`,
  "a SECURITY DEFINER function without a search_path of its own": `
    SELECT p.oid::regprocedure::text AS found FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     WHERE p.prosecdef AND ${NOT_SYSTEM_SCHEMA}
       AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%')`,
  "a SECURITY DEFINER function that everybody may call": `
    SELECT p.oid::regprocedure::text AS found FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS acl
     WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND ${NOT_SYSTEM_SCHEMA}
       AND acl.grantee = 0 AND acl.privilege_type = 'EXECUTE'`,
  "a schema where the app or system role, or everybody, may create": `
    SELECT format('%s in %s', coalesce(r.rolname, 'everybody'), n.nspname) AS found
      FROM pg_catalog.pg_namespace AS n
     CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS acl
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = acl.grantee
     WHERE ${NOT_SYSTEM_SCHEMA} AND acl.privilege_type = 'CREATE'
       AND (acl.grantee = 0 OR r.rolname = 'dittofeed_app' OR r.rolname = 'dittofeed_system' AND n.nspowner <> r.oid)`,
  "a relation outside of public that the app role may touch": `
    SELECT format('%I.%I', n.nspname, c.relname) AS found FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE ${NOT_SYSTEM_SCHEMA} AND n.nspname <> 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND pg_catalog.has_table_privilege('dittofeed_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')`,
  "a right on a relation that is not read, insert, update or delete": `
    SELECT format('%s %s %s', coalesce(r.rolname, 'everybody'), acl.privilege_type, c.relname) AS found
      FROM pg_catalog.pg_class AS c
     CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = acl.grantee
     WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee <> c.relowner
       AND (acl.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') OR acl.is_grantable
            OR acl.grantee = 0 OR r.rolname NOT IN ${OURS})`,
  "a right on a column, which a table's rights do not show": `
    SELECT format('%s.%s', a.attrelid::regclass, a.attname) AS found FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL`,
  "a right that objects made later would come with": `
    SELECT format('%s to %s', acl.privilege_type, coalesce(r.rolname, 'everybody')) AS found
      FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS acl
      LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = acl.grantee
     WHERE acl.grantee = 0 OR r.rolname = 'dittofeed_app'`,
  "a publication that sends rows elsewhere": `
    SELECT pubname AS found FROM pg_catalog.pg_publication`,
};

afterAll(() =>
  reportSuite({
    suite: "catalog",
    tried: { rules: Object.keys(FORBIDDEN).length },
    checks,
    leaks,
    milliseconds: performance.now() - startedAt,
  }),
);

it.each(Object.entries(FORBIDDEN))("does not hold %s", async (rule, sql) => {
  const { rows } = await env.owner.query<{ found: string }>(sql);
  const found = rows.map((row) => row.found);
  checks += 1;
  leaks.push(...found.map((each) => `${rule}: ${each}`));
  expect(found).toEqual([]);
});
