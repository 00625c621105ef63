-- Sealed policies go back to the plain dialect first, for they use the function; each is changed in place, so that there is no
-- moment without one. Locks: ACCESS EXCLUSIVE on each table whose policy changes, for milliseconds.

DO $$
DECLARE
  policy record;
  plain constant text := $sql$nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid$sql$;
  asked constant text := '\( SELECT tenancy\.sealed_workspace\(\) AS sealed_workspace\)';
BEGIN
  PERFORM set_config('search_path', 'pg_catalog', true);
  FOR policy IN
    SELECT c.oid::regclass AS relation, p.polname,
           pg_get_expr(p.polqual, p.polrelid) AS using_text, pg_get_expr(p.polwithcheck, p.polrelid) AS check_text
      FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
     WHERE c.relnamespace = 'public'::regnamespace AND p.polname = 'tenant_isolation'
       AND concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ asked
  LOOP
    EXECUTE format('ALTER POLICY %I ON %s USING (%s) WITH CHECK (%s)', policy.polname, policy.relation,
      regexp_replace(policy.using_text, asked, plain, 'g'), regexp_replace(policy.check_text, asked, plain, 'g'));
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION public.ensure_user_event_partitions(from_month date, to_month date)
  RETURNS integer
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month_start timestamp := date_trunc('month', from_month::timestamp);
  part text;
  lower_bound text;
  upper_bound text;
  made integer := 0;
BEGIN
  IF to_month - from_month > 3660 THEN
    RAISE EXCEPTION 'more than ten years of partitions at once' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ensure_user_event_partitions'));
  WHILE month_start <= to_month LOOP
    part := 'UserEvent_' || to_char(month_start, 'YYYY_MM');
    IF to_regclass(format('public.%I', part)) IS NULL THEN
      lower_bound := to_char(month_start, 'YYYY-MM-DD') || ' 00:00:00+00';
      upper_bound := to_char(month_start + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
      EXECUTE format(
        'CREATE TABLE public.%I (LIKE public."UserEvent" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
      EXECUTE format(
        'WITH moved AS (DELETE FROM public."UserEvent_default"'
        '  WHERE "processingTime" >= %L AND "processingTime" < %L RETURNING *)'
        ' INSERT INTO public.%I SELECT * FROM moved', lower_bound, upper_bound, part);
      EXECUTE format($sql$ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY$sql$, part);
      EXECUTE format($sql$ALTER TABLE public.%I FORCE ROW LEVEL SECURITY$sql$, part);
      EXECUTE format($sql$CREATE POLICY tenant_isolation ON public.%I FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid)$sql$, part);
      EXECUTE format($sql$CREATE POLICY system_all ON public.%I FOR ALL TO dittofeed_system USING (true) WITH CHECK (true)$sql$, part);
      EXECUTE format($sql$CREATE POLICY owner_all ON public.%I FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true)$sql$, part);
      EXECUTE format($sql$REVOKE ALL ON public.%I FROM PUBLIC, dittofeed_app, dittofeed_system$sql$, part);
      EXECUTE format(
        'ALTER TABLE public."UserEvent" ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        part, lower_bound, upper_bound);
      made := made + 1;
    END IF;
    month_start := month_start + interval '1 month';
  END LOOP;
  RETURN made;
END
$$;

DROP FUNCTION tenancy.sealed_workspace();
DROP FUNCTION tenancy.context_seal_problem(uuid, text);
-- lint: the table is this migration's own; the keys in it are in the configuration as well
-- squawk-ignore ban-drop-table
DROP TABLE tenancy."ContextSealKey";
REVOKE USAGE ON SCHEMA tenancy FROM dittofeed_app, dittofeed_system;
