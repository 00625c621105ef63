-- One deliberate mistake for each rule of the linters, so that a rule which does not run is noticed: a linter that
-- cannot reach the database, or lacks the roles and settings it looks for, finds nothing and says so cheerfully.
-- Applied to an empty database that is dropped again; never to one with data.

CREATE SCHEMA auth;
CREATE TABLE auth.users (id integer PRIMARY KEY, email text UNIQUE);

CREATE TABLE public.parent (id integer PRIMARY KEY);

-- noPrimaryKey, unindexedForeignKeys, fkeyToAuthUnique, unsupportedRegTypes, unusedIndex, duplicateIndex, and for
-- schemalint: the types, the inflection, the missing row-level security
CREATE TABLE public.careless_things (
  number serial,
  parent_id integer REFERENCES public.parent (id),
  email text REFERENCES auth.users (email),
  kind regproc,
  title varchar(10),
  document json
);
CREATE INDEX careless_title_one ON public.careless_things (title);
CREATE INDEX careless_title_two ON public.careless_things (title);

-- rlsDisabledInPublic, sensitiveColumnsExposed, policyExistsRlsDisabled
CREATE TABLE public.open_door (id integer PRIMARY KEY, password text);
GRANT SELECT ON public.open_door TO authenticated;
CREATE POLICY idle ON public.open_door FOR SELECT TO authenticated USING (id = 1);

-- rlsEnabledNoPolicy; for schemalint: enabled, but not forced
CREATE TABLE public.shut_door (id integer PRIMARY KEY);
ALTER TABLE public.shut_door ENABLE ROW LEVEL SECURITY;

-- rlsPolicyAlwaysTrue, multiplePermissivePolicies, authRlsInitplan, rlsReferencesUserMetadata
CREATE TABLE public.weak_lock (id text PRIMARY KEY);
ALTER TABLE public.weak_lock ENABLE ROW LEVEL SECURITY;
CREATE POLICY anything ON public.weak_lock FOR ALL TO authenticated USING (true) WITH CHECK (true);
CREATE POLICY each_row ON public.weak_lock FOR ALL TO authenticated
  USING (id = current_setting('app.current_workspace_id', true));
CREATE POLICY claims ON public.weak_lock FOR SELECT TO authenticated
  USING (id = (SELECT current_setting('request.jwt.claims', true)::json -> 'user_metadata' ->> 'id'));

-- securityDefinerView, authUsersExposed, materializedViewInApi, foreignTableInApi
CREATE VIEW public.everybody AS SELECT id, email FROM auth.users;
GRANT SELECT ON public.everybody TO authenticated;
CREATE MATERIALIZED VIEW public.copied AS SELECT id FROM public.parent;
GRANT SELECT ON public.copied TO authenticated;
CREATE EXTENSION file_fdw SCHEMA pg_catalog;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE public.far_away (id integer) SERVER elsewhere OPTIONS (filename '/dev/null');
GRANT SELECT ON public.far_away TO authenticated;

-- insecureQueueExposedInApi
CREATE SCHEMA pgmq;
CREATE SCHEMA pgmq_public;
CREATE TABLE pgmq.q_letters (id integer PRIMARY KEY);
GRANT SELECT ON pgmq.q_letters TO authenticated;

-- functionSearchPathMutable
CREATE FUNCTION public.wandering() RETURNS integer LANGUAGE sql AS 'SELECT 1';

-- extensionInPublic, extensionVersionsOutdated
CREATE EXTENSION hstore SCHEMA public VERSION '1.4';

-- tableBloat: thirty megabytes of which next to nothing is left
CREATE TABLE public.swollen (id integer PRIMARY KEY, filling text) WITH (autovacuum_enabled = false);
ALTER TABLE public.swollen ALTER COLUMN filling SET STORAGE PLAIN;
INSERT INTO public.swollen SELECT n, repeat('x', 7000) FROM generate_series(1, 4000) AS n;
DELETE FROM public.swollen WHERE id <> 4000;
ANALYZE public.swollen;
