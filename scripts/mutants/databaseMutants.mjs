// Mutants of the database beside its tables: roles, functions, views, partitions, keys, seals. The SQL is run as the superuser
// on the migrated template, like the mistake of an operator or of the next migration would be.

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} sql
 * @param {readonly import("./suites.mjs").SuiteName[]} suites
 * @returns {import("./list.mjs").DatabaseMutant}
 */
const ofDatabase = (name, weakens, sql, suites = ["catalog"]) => ({
  name: `database: ${name}`,
  weakens,
  sql,
  suites,
});

const PARTITION = `public."UserEvent_default"`;

/** @type {readonly import("./list.mjs").DatabaseMutant[]} */
export const DATABASE_MUTANTS = [
  ofDatabase(
    "app role bypasses",
    "the app role has BYPASSRLS",
    "ALTER ROLE dittofeed_app BYPASSRLS",
  ),
  ofDatabase(
    "app role is a superuser",
    "the app role is a superuser",
    "ALTER ROLE dittofeed_app SUPERUSER",
  ),
  ofDatabase(
    "app role is the system's",
    "the app role has the system role's rights",
    "GRANT dittofeed_system TO dittofeed_app",
  ),
  ofDatabase(
    "app role is the owner's",
    "the app role has the owner's rights",
    "GRANT dittofeed_owner TO dittofeed_app",
  ),
  ofDatabase(
    "owner bypasses",
    "the owner has BYPASSRLS",
    "ALTER ROLE dittofeed_owner BYPASSRLS",
  ),
  ofDatabase(
    "app role reads all data",
    "the app role may read every table",
    "GRANT pg_read_all_data TO dittofeed_app",
  ),
  ofDatabase(
    "a context from the start",
    "the app's login comes with a workspace",
    "ALTER ROLE dittofeed_app SET app.current_workspace_id = '00000000-0000-4000-8000-000000000001'",
  ),
  ofDatabase(
    "app role makes tables",
    "the app role may create in public",
    "GRANT CREATE ON SCHEMA public TO dittofeed_app",
  ),
  ofDatabase(
    "rights on what comes",
    "tables made later are everybody's",
    "ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner GRANT SELECT ON TABLES TO dittofeed_app",
  ),
  ofDatabase(
    "a function that leaks",
    "a SECURITY DEFINER function reads for everybody",
    `CREATE FUNCTION public.segment_names() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT "name" FROM public."Segment"'; ALTER FUNCTION public.segment_names() OWNER TO dittofeed_owner`,
  ),
  ofDatabase(
    "a function without a path",
    "the partitions' function takes the caller's search_path",
    "ALTER FUNCTION public.ensure_user_event_partitions(date, date) RESET search_path",
  ),
  ofDatabase(
    "partitions by everybody",
    "everybody may call the partitions' function",
    "GRANT EXECUTE ON FUNCTION public.ensure_user_event_partitions(date, date) TO PUBLIC",
  ),
  ofDatabase(
    "a view that leaks",
    "a view reads with its owner's rights",
    'CREATE VIEW public."Overview" AS SELECT * FROM public."Segment"; ALTER VIEW public."Overview" OWNER TO dittofeed_owner; GRANT SELECT ON public."Overview" TO dittofeed_app',
  ),
  ofDatabase(
    "a copy that leaks",
    "a materialized view holds everybody's rows",
    'CREATE MATERIALIZED VIEW public."Overview" AS SELECT * FROM public."Segment"; ALTER MATERIALIZED VIEW public."Overview" OWNER TO dittofeed_owner; GRANT SELECT ON public."Overview" TO dittofeed_app',
  ),
  ofDatabase(
    "a new table without a policy",
    "a table with workspaceId that nobody entered in the register",
    'CREATE TABLE public."Note" ("id" uuid PRIMARY KEY, "workspaceId" uuid NOT NULL); ALTER TABLE public."Note" OWNER TO dittofeed_owner; GRANT SELECT, INSERT ON public."Note" TO dittofeed_app',
  ),
  ofDatabase(
    "a rule",
    "a rule rewrites what is asked",
    'CREATE RULE also AS ON INSERT TO public."Segment" DO ALSO SELECT 1',
  ),
  ofDatabase(
    "a publication",
    "rows are sent elsewhere, whoever subscribes",
    "CREATE PUBLICATION everything FOR ALL TABLES",
  ),
  ofDatabase(
    "the ledger for the app",
    "the app role may read a table outside of public",
    'GRANT USAGE ON SCHEMA tenancy TO dittofeed_app; GRANT SELECT ON tenancy."Migration" TO dittofeed_app',
  ),
  ofDatabase(
    "a partition without a policy",
    "row-level security is off on a partition",
    `ALTER TABLE ${PARTITION} DISABLE ROW LEVEL SECURITY`,
  ),
  ofDatabase(
    "a partition that is open",
    "the app role may read a partition beside its parent's policy",
    `ALTER TABLE ${PARTITION} DISABLE ROW LEVEL SECURITY; GRANT SELECT ON ${PARTITION} TO dittofeed_app`,
    ["catalog", "matrix"],
  ),
  ofDatabase(
    "a partition's policy",
    "a partition's policy reads all",
    `ALTER POLICY tenant_isolation ON ${PARTITION} USING (true)`,
  ),
  ofDatabase(
    "partitions to come",
    "new partitions are made without row-level security",
    "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('public.ensure_user_event_partitions(date, date)'::regprocedure), 'ENABLE ROW LEVEL SECURITY', 'DISABLE ROW LEVEL SECURITY'); END $$",
    ["catalog", "partitions"],
  ),
  ofDatabase(
    "partitions to come, not forced",
    "new partitions do not bind their owner",
    `DO $$ BEGIN EXECUTE replace(pg_get_functiondef('public.ensure_user_event_partitions(date, date)'::regprocedure), 'FORCE ROW LEVEL SECURITY', 'NO FORCE ROW LEVEL SECURITY'); END $$`,
    ["partitions"],
  ),
  ofDatabase(
    "partitions to come, open",
    "new partitions are the app role's to read",
    `ALTER DEFAULT PRIVILEGES FOR ROLE dittofeed_owner IN SCHEMA public GRANT SELECT ON TABLES TO dittofeed_app`,
    ["catalog", "partitions"],
  ),
  ofDatabase(
    "a reference by id alone",
    "a write key may refer to another workspace's secret",
    'ALTER TABLE public."WriteKey" DROP CONSTRAINT "WriteKey_secretId_fkey", ADD CONSTRAINT "WriteKey_secretId_fkey" FOREIGN KEY ("secretId") REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE CASCADE',
    ["channels"],
  ),
  ofDatabase(
    "a large table's reference by id",
    "an assignment may refer to another workspace's segment",
    'ALTER TABLE public."SegmentAssignment" DROP CONSTRAINT "SegmentAssignment_segmentId_fkey", ADD CONSTRAINT "SegmentAssignment_segmentId_fkey" FOREIGN KEY ("segmentId") REFERENCES public."Segment" ("id") ON UPDATE CASCADE ON DELETE CASCADE',
    ["channels"],
  ),
  ofDatabase(
    "no reference at all",
    "a broadcast may refer to any segment",
    'ALTER TABLE public."Broadcast" DROP CONSTRAINT "Broadcast_segmentId_fkey"',
    ["channels"],
  ),
  ofDatabase(
    "a key across workspaces",
    "names are unique among all workspaces, and so can be asked for",
    'CREATE UNIQUE INDEX "Segment_name_key" ON public."Segment" ("name")',
    ["channels"],
  ),
  ofDatabase(
    "an index asked before the owner",
    "the unique key of property indices answers for other workspaces",
    'DROP TRIGGER require_own_user_property ON public."UserPropertyIndex"',
    ["channels"],
  ),
  ofDatabase(
    "any seal will do",
    "the database takes every context for sealed",
    `CREATE OR REPLACE FUNCTION tenancy.context_seal_problem(workspace uuid, seal text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT NULL::text'`,
    ["sealed"],
  ),
  ofDatabase(
    "the keys of seals",
    "the app role may read what seals are made with",
    'GRANT SELECT ON tenancy."ContextSealKey" TO dittofeed_app',
    ["sealed", "catalog"],
  ),
];
