// Checks of what works with other rights than its caller's: functions, views, rules, foreign tables; and of triggers that
// are switched off. Each is a way round policies that themselves are fine.

import { type Check, problemIf } from "./check";
import { sqlName } from "./examination";

interface Definer {
  signature: string;
  hasPath: boolean;
  isPublic: boolean;
  isCallable: boolean;
}

/** Trigger functions are never called by name. */
const DEFINERS = `
  SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS "signature",
         EXISTS (SELECT 1 FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%') AS "hasPath",
         pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
           AND p.prorettype <> 'pg_catalog.trigger'::regtype AS "isPublic",
         EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'dittofeed_app'
                    AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
                    AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')) AS "isCallable"
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
   WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
   ORDER BY 1`;

const searchPath: Check = {
  id: "function.search-path",
  group: "Functions and views",
  title: "Every SECURITY DEFINER function sets its search_path",
  scope: "isolation",
  needsTables: false,
  run: async ({ query }) => {
    const open = (await query<Definer>(DEFINERS)).filter(
      ({ hasPath }) => !hasPath,
    );
    return [true, false].flatMap((isCallable) => {
      const those = open.filter((each) => each.isCallable === isCallable);
      return problemIf(
        those.map(({ signature }) => signature),
        {
          severity: isCallable ? "failure" : "warning",
          title: `A SECURITY DEFINER function${isCallable ? " that the app role may call" : ""} does not set its search_path`,
          why: "It runs with its owner's rights, but looks names up on its caller's path: a false function or table there is run or read in the owner's name.",
          mend: those.map(
            ({ signature }) =>
              `ALTER FUNCTION ${signature} SET search_path = pg_catalog, pg_temp;`,
          ),
        },
      );
    });
  },
};

const publicDefiners: Check = {
  id: "function.public",
  group: "Functions and views",
  title: "No SECURITY DEFINER function is open to PUBLIC",
  scope: "isolation",
  needsTables: false,
  run: async ({ query }) => {
    const found = (await query<Definer>(DEFINERS)).filter(
      ({ isPublic }) => isPublic,
    );
    return problemIf(
      found.map(({ signature }) => signature),
      {
        severity: "warning",
        title: "A SECURITY DEFINER function is open to PUBLIC",
        why: "Every role may do with it what its owner may do. PostgreSQL gives this right to PUBLIC unless it is taken away.",
        mend: found.map(
          ({ signature }) =>
            `REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC;`,
        ),
      },
    );
  },
};

interface View {
  schema: string;
  name: string;
  isMaterialized: boolean;
  isInvoker: boolean;
  isReadable: boolean;
}

/** Views on tenants' tables, also by way of other views. */
const VIEWS = `
  WITH RECURSIVE uses AS (
    SELECT DISTINCT d.refobjid AS "used", r.ev_class AS "view"
      FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
       AND d.refobjid <> r.ev_class
  ), reached AS (
    SELECT u."view" FROM uses AS u WHERE u."used" = ANY ($1::oid[])
     UNION SELECT u."view" FROM uses AS u JOIN reached ON reached."view" = u."used")
  SELECT n.nspname::text AS "schema", c.relname::text AS "name", c.relkind = 'm' AS "isMaterialized",
         coalesce((SELECT option_value::boolean FROM pg_catalog.pg_options_to_table(c.reloptions)
                    WHERE option_name = 'security_invoker'), false) AS "isInvoker",
         pg_catalog.has_table_privilege('dittofeed_app', c.oid, 'SELECT') AS "isReadable"
    FROM reached JOIN pg_catalog.pg_class AS c ON c.oid = reached."view"
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') ORDER BY 1, 2`;

const views: Check = {
  id: "view.security-invoker",
  group: "Functions and views",
  title: "Every view on tenants' tables is bound by its reader's policies",
  scope: "isolation",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<View>(VIEWS, [guarded.map(({ oid }) => oid)]);
    const open = found.filter(
      ({ isMaterialized, isInvoker }) => isMaterialized || !isInvoker,
    );
    return [true, false].flatMap((isReadable) => {
      const those = open.filter((each) => each.isReadable === isReadable);
      return problemIf(
        those.map(
          (view) =>
            `${sqlName(view)}${view.isMaterialized ? " (materialized)" : ""}`,
        ),
        {
          severity: isReadable ? "failure" : "warning",
          title: `A view on tenants' tables${isReadable ? " that the app role may read" : ""} works with its owner's rights`,
          why: "It shows what its owner sees, which is every workspace. A materialized view is a copy without any policy.",
          mend: those.map((view) =>
            view.isMaterialized
              ? `REVOKE ALL ON ${sqlName(view)} FROM PUBLIC, dittofeed_app; or DROP MATERIALIZED VIEW ${sqlName(view)};`
              : `ALTER VIEW ${sqlName(view)} SET (security_invoker = true);`,
          ),
        },
      );
    });
  },
};

const foreign: Check = {
  id: "table.foreign",
  group: "Functions and views",
  title: "No tenants' data lies in foreign tables",
  scope: "isolation",
  needsTables: true,
  run: async ({ tables, guarded }) => {
    const known = new Set(guarded.map(({ oid }) => oid));
    const found = tables.filter(
      (table) =>
        table.kind === "foreign" &&
        (table.hasWorkspaceId || known.has(table.oid)),
    );
    return problemIf(found.map(sqlName), {
      severity: "warning",
      title: "A foreign table holds tenants' data",
      why: "PostgreSQL has no row-level security on foreign tables, and what the other server shows is decided there.",
      mend: found.map(
        (table) =>
          `REVOKE ALL ON ${sqlName(table)} FROM PUBLIC, dittofeed_app; or DROP FOREIGN TABLE ${sqlName(table)};`,
      ),
    });
  },
};

const RULES = `
  SELECT r.rulename::text AS "rule", c.relname::text AS "table"
    FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
   WHERE r.ev_class = ANY ($1::oid[]) ORDER BY 1, 2`;

const rules: Check = {
  id: "table.rules",
  group: "Functions and views",
  title: "No rule rewrites statements on tenants' tables",
  scope: "isolation",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<{ rule: string; table: string }>(RULES, [
      guarded.map(({ oid }) => oid),
    ]);
    return problemIf(
      found.map(({ rule, table }) => `${rule} on public."${table}"`),
      {
        severity: "warning",
        title: "A rule rewrites statements on a tenants' table",
        why: "What a rule adds runs with the rights of the table's owner, whose policy allows everything.",
        mend: found.map(
          ({ rule, table }) => `DROP RULE "${rule}" ON public."${table}";`,
        ),
      },
    );
  },
};

const TRIGGERS = `
  SELECT DISTINCT c.relname::text AS "table",
         CASE WHEN t.tgisinternal THEN coalesce(k.conname, 'reference') ELSE t.tgname END::text AS "trigger"
    FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
   WHERE t.tgrelid = ANY ($1::oid[]) AND t.tgenabled IN ('D', 'R') ORDER BY 1, 2`;

const triggers: Check = {
  id: "table.triggers",
  group: "Functions and views",
  title: "No trigger of tenants' tables is switched off",
  scope: "full",
  needsTables: true,
  run: async ({ query, guarded }) => {
    const found = await query<{ trigger: string; table: string }>(TRIGGERS, [
      guarded.map(({ oid }) => oid),
    ]);
    return problemIf(
      found.map(({ trigger, table }) => `${trigger} on public."${table}"`),
      {
        severity: "warning",
        title: "A trigger of a tenants' table is switched off",
        why: "References are checked by triggers: while they are off, a row may refer to another workspace's. A restore of data alone leaves them so when it breaks off.",
        mend: [...new Set(found.map(({ table }) => table))].map(
          (table) => `ALTER TABLE public."${table}" ENABLE TRIGGER ALL;`,
        ),
      },
    );
  },
};

export const codeChecks: readonly Check[] = [
  searchPath,
  publicDefiners,
  views,
  foreign,
  rules,
  triggers,
];
