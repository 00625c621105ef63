-- Events of users, partitioned by month of "processingTime": a month is dropped as a whole when it is no longer
-- kept, and the newest month's indexes stay small. The default partition takes what no month is there for, so that
-- nothing acknowledged is ever lost to a missing partition. Locks: none that others wait for; the table is new.

CREATE TABLE public."UserEvent" (
  "workspaceId" uuid NOT NULL,
  "messageId" text NOT NULL,
  "processingTime" timestamptz(3) NOT NULL,
  -- lint: the event's place within one request, which holds a few thousand at most
  -- squawk-ignore prefer-bigint-over-int
  "position" integer NOT NULL DEFAULT 0,
  "eventTime" timestamptz(3) NOT NULL,
  "eventType" text NOT NULL,
  "event" text NOT NULL,
  "userId" text,
  "anonymousId" text,
  "userOrAnonymousId" text NOT NULL,
  "properties" jsonb NOT NULL DEFAULT '{}'::jsonb,
  "context" jsonb,
  "hidden" boolean NOT NULL DEFAULT false,
  CONSTRAINT "UserEvent_pkey" PRIMARY KEY ("workspaceId", "processingTime", "messageId"),
  CONSTRAINT "UserEvent_workspaceId_fkey" FOREIGN KEY ("workspaceId")
    REFERENCES public."Workspace" ("id") ON UPDATE CASCADE ON DELETE CASCADE
) PARTITION BY RANGE ("processingTime");

CREATE INDEX "UserEvent_workspaceId_userOrAnonymousId_idx"
  ON public."UserEvent" ("workspaceId", "userOrAnonymousId", "processingTime");

CREATE TABLE public."UserEvent_default" PARTITION OF public."UserEvent" DEFAULT;

ALTER TABLE public."UserEvent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserEvent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserEvent";
CREATE POLICY tenant_isolation ON public."UserEvent" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserEvent";
CREATE POLICY system_all ON public."UserEvent" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserEvent";
CREATE POLICY owner_all ON public."UserEvent" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserEvent" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserEvent" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserEvent" TO dittofeed_system;

ALTER TABLE public."UserEvent_default" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserEvent_default" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserEvent_default";
CREATE POLICY tenant_isolation ON public."UserEvent_default" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserEvent_default";
CREATE POLICY system_all ON public."UserEvent_default" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserEvent_default";
CREATE POLICY owner_all ON public."UserEvent_default" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserEvent_default" FROM PUBLIC, dittofeed_app, dittofeed_system;

-- Makes the monthly partitions from one month to another, both included, that are not there yet; answers how many it
-- made. Rows that had gone to the default partition meanwhile are moved to where they belong. Runs as the owner,
-- since making a table is the owner's right; the caller chooses nothing but two dates.
CREATE FUNCTION public.ensure_user_event_partitions(from_month date, to_month date)
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

REVOKE ALL ON FUNCTION public.ensure_user_event_partitions(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.ensure_user_event_partitions(date, date) TO dittofeed_system;

SELECT public.ensure_user_event_partitions(
  (now() AT TIME ZONE 'UTC')::date, ((now() AT TIME ZONE 'UTC') + interval '6 months')::date);
