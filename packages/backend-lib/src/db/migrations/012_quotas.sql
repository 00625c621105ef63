-- Quotas: counted and decided here, in the transaction that makes the thing, so that no path goes past them. Owns the
-- counters, how much of a limit each may still give away, and what a limit is; leaves which rows count to the triggers of
-- 013. docs/quotas.md tells the whole story.
--
-- A counter is one row of "WorkspaceUsage", or several slots of it once transactions were seen waiting for each other. A
-- slot may be used by its "room" more without a look at the others: the rooms of all slots together never exceed what
-- the limit, or the next threshold below it, leaves. Whoever finds no slot with enough room locks all of them, counts,
-- reads the limit anew and deals out room again, or refuses. Whoever changes a limit takes the room from all slots, and so
-- waits for those who use them: what they do comes before the change, and what comes after reads the new limit.
-- Locks: none that others wait for; the tables are new.

ALTER TABLE public."HeldEvent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."HeldEvent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."HeldEvent";
CREATE POLICY tenant_isolation ON public."HeldEvent" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."HeldEvent";
CREATE POLICY system_all ON public."HeldEvent" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."HeldEvent";
CREATE POLICY owner_all ON public."HeldEvent" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."HeldEvent" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."HeldEvent" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."HeldEvent" TO dittofeed_system;
ALTER TABLE public."HeldEventFigures" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."HeldEventFigures" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."HeldEventFigures";
CREATE POLICY tenant_isolation ON public."HeldEventFigures" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."HeldEventFigures";
CREATE POLICY system_all ON public."HeldEventFigures" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."HeldEventFigures";
CREATE POLICY owner_all ON public."HeldEventFigures" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."HeldEventFigures" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."HeldEventFigures" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."HeldEventFigures" TO dittofeed_system;
ALTER TABLE public."Message" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Message" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Message";
CREATE POLICY tenant_isolation ON public."Message" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Message";
CREATE POLICY system_all ON public."Message" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Message";
CREATE POLICY owner_all ON public."Message" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Message" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Message" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Message" TO dittofeed_system;
ALTER TABLE public."QuotaChange" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaChange" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."QuotaChange";
CREATE POLICY tenant_isolation ON public."QuotaChange" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."QuotaChange";
CREATE POLICY system_all ON public."QuotaChange" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaChange";
CREATE POLICY owner_all ON public."QuotaChange" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaChange" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."QuotaChange" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaChange" TO dittofeed_system;
ALTER TABLE public."QuotaCrossing" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaCrossing" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."QuotaCrossing";
CREATE POLICY tenant_isolation ON public."QuotaCrossing" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."QuotaCrossing";
CREATE POLICY system_all ON public."QuotaCrossing" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaCrossing";
CREATE POLICY owner_all ON public."QuotaCrossing" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaCrossing" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."QuotaCrossing" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaCrossing" TO dittofeed_system;
ALTER TABLE public."QuotaDefault" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaDefault" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS system_all ON public."QuotaDefault";
CREATE POLICY system_all ON public."QuotaDefault" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaDefault";
CREATE POLICY owner_all ON public."QuotaDefault" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaDefault" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaDefault" TO dittofeed_system;
ALTER TABLE public."QuotaExemption" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaExemption" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."QuotaExemption";
CREATE POLICY tenant_isolation ON public."QuotaExemption" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."QuotaExemption";
CREATE POLICY system_all ON public."QuotaExemption" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaExemption";
CREATE POLICY owner_all ON public."QuotaExemption" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaExemption" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."QuotaExemption" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaExemption" TO dittofeed_system;
ALTER TABLE public."QuotaNotification" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaNotification" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."QuotaNotification";
CREATE POLICY tenant_isolation ON public."QuotaNotification" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."QuotaNotification";
CREATE POLICY system_all ON public."QuotaNotification" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaNotification";
CREATE POLICY owner_all ON public."QuotaNotification" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaNotification" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaNotification" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaNotification" TO dittofeed_system;
ALTER TABLE public."QuotaReservation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaReservation" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."QuotaReservation";
CREATE POLICY tenant_isolation ON public."QuotaReservation" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."QuotaReservation";
CREATE POLICY system_all ON public."QuotaReservation" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."QuotaReservation";
CREATE POLICY owner_all ON public."QuotaReservation" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."QuotaReservation" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."QuotaReservation" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."QuotaReservation" TO dittofeed_system;
ALTER TABLE public."WorkspaceQuota" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceQuota" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceQuota";
CREATE POLICY tenant_isolation ON public."WorkspaceQuota" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceQuota";
CREATE POLICY system_all ON public."WorkspaceQuota" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceQuota";
CREATE POLICY owner_all ON public."WorkspaceQuota" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceQuota" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceQuota" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceQuota" TO dittofeed_system;
ALTER TABLE public."WorkspaceUsage" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUsage" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUsage";
CREATE POLICY tenant_isolation ON public."WorkspaceUsage" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceUsage";
CREATE POLICY system_all ON public."WorkspaceUsage" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUsage";
CREATE POLICY owner_all ON public."WorkspaceUsage" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceUsage" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."WorkspaceUsage" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceUsage" TO dittofeed_system;
ALTER TABLE public."WorkspaceUsageSample" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUsageSample" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUsageSample";
CREATE POLICY tenant_isolation ON public."WorkspaceUsageSample" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceUsageSample";
CREATE POLICY system_all ON public."WorkspaceUsageSample" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUsageSample";
CREATE POLICY owner_all ON public."WorkspaceUsageSample" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceUsageSample" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."WorkspaceUsageSample" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceUsageSample" TO dittofeed_system;

-- A counter is updated far more often than it is read: room on its page keeps the new version beside the old one.
ALTER TABLE public."WorkspaceUsage" SET (fillfactor = 40);

-- The time that months go by.
CREATE FUNCTION tenancy.quota_now()
  RETURNS timestamptz
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT now();
$$;

-- The month that a moment is in, UTC, by its first day.
CREATE FUNCTION tenancy.month_of(moment timestamptz)
  RETURNS date
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (date_trunc('month', moment AT TIME ZONE 'UTC'))::date;
$$;

-- The period that a resource is counted in now. NULL for a resource that is not known.
CREATE FUNCTION tenancy.quota_period(resource text)
  RETURNS date
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN d."isMonthly" THEN tenancy.month_of(tenancy.quota_now()) ELSE '-infinity'::date END
    FROM public."QuotaDefault" AS d WHERE d."resourceType" = resource;
$$;

-- The limits that hold for a workspace: of each resource the one in force, whose word it is, and what bounds it. A pool is
-- its parent's, and bounds the children together. VOLATILE: within a transaction it sees what others have committed.
CREATE FUNCTION tenancy.quota_limits(workspace uuid, resource text)
  RETURNS TABLE (
    "resourceType" text, "isMonthly" boolean, "amount" bigint, "source" text, "isSet" boolean, "setAmount" bigint,
    "hasCeiling" boolean, "ceiling" bigint, "poolWorkspaceId" uuid, "poolAmount" bigint)
  LANGUAGE sql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d."resourceType", d."isMonthly", least(wanted.amount, ceiling."amount"),
         CASE WHEN ceiling."amount" < wanted.amount OR (wanted.amount IS NULL AND ceiling."amount" IS NOT NULL)
              THEN 'ceiling' ELSE wanted.source END,
         own."layer" IS NOT NULL, own."amount", ceiling."layer" IS NOT NULL, ceiling."amount",
         pool."workspaceId", pool."amount"
    FROM public."QuotaDefault" AS d
    JOIN public."Workspace" AS w ON w."id" = workspace
    LEFT JOIN public."WorkspaceQuota" AS own
      ON own."workspaceId" = workspace AND own."resourceType" = d."resourceType" AND own."layer" = 'limit'
    LEFT JOIN public."WorkspaceQuota" AS ceiling
      ON ceiling."workspaceId" = workspace AND ceiling."resourceType" = d."resourceType" AND ceiling."layer" = 'ceiling'
    LEFT JOIN public."WorkspaceQuota" AS children
      ON children."workspaceId" = w."parentWorkspaceId" AND children."resourceType" = d."resourceType"
     AND children."layer" = 'children'
    LEFT JOIN public."WorkspaceQuota" AS pool
      ON pool."workspaceId" = w."parentWorkspaceId" AND pool."resourceType" = d."resourceType" AND pool."layer" = 'pool'
   CROSS JOIN LATERAL (
     SELECT CASE WHEN own."layer" IS NOT NULL THEN own."amount"
                 WHEN children."layer" IS NOT NULL THEN children."amount" ELSE d."amount" END AS amount,
            CASE WHEN own."layer" IS NOT NULL THEN 'limit'
                 WHEN children."layer" IS NOT NULL THEN 'children' ELSE 'default' END AS source) AS wanted
   WHERE resource IS NULL OR d."resourceType" = resource;
$$;

-- The shares of a limit, in percent and in order, at which a workspace wants to be told. What is none is passed over: the
-- workspace itself writes them.
CREATE FUNCTION tenancy.quota_thresholds(workspace uuid, resource text)
  RETURNS bigint[]
  LANGUAGE sql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(
    (SELECT ARRAY(
              SELECT DISTINCT p.percent FROM (
                SELECT CASE WHEN jsonb_typeof(e.said) = 'number' THEN floor((e.said #>> '{}')::numeric) END AS percent
                  FROM jsonb_array_elements(said.percents) AS e(said)) AS p
               WHERE p.percent BETWEEN 1 AND 100 ORDER BY 1)::bigint[]
       FROM public."QuotaNotification" AS n
      CROSS JOIN LATERAL (
        SELECT coalesce(n."thresholds" -> resource, n."thresholds" -> 'default') AS percents) AS said
      WHERE n."workspaceId" = workspace AND jsonb_typeof(said.percents) = 'array'),
    ARRAY[80, 95, 100]::bigint[]);
$$;

-- How much a limit has to be used for a threshold to be crossed.
CREATE FUNCTION tenancy.quota_point(quota bigint, percent bigint)
  RETURNS bigint
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT ceil(quota::numeric * percent / 100)::bigint;
$$;

-- Remembers each threshold that the usage has reached, once, and lets the workspace be told of it.
CREATE FUNCTION tenancy.quota_cross(workspace uuid, resource text, at_period date, of_pool boolean, in_use bigint, quota bigint)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  crossing uuid;
  reached bigint;
BEGIN
  IF quota IS NULL OR quota = 0 THEN
    RETURN;
  END IF;
  FOREACH reached IN ARRAY tenancy.quota_thresholds(workspace, resource) LOOP
    CONTINUE WHEN in_use < tenancy.quota_point(quota, reached);
    INSERT INTO public."QuotaCrossing" AS c
      ("workspaceId", "resourceType", "period", "isPool", "percent", "used", "limit")
      VALUES (workspace, resource, at_period, of_pool, reached, in_use, quota)
      ON CONFLICT ("workspaceId", "resourceType", "period", "isPool", "percent") WHERE "resolvedAt" IS NULL DO NOTHING
      RETURNING c."id" INTO crossing;
    IF FOUND THEN
      INSERT INTO public."TenantJob" ("workspaceId", "task", "key", "actor", "requestId", "input")
        VALUES (workspace, 'notifyQuotaCrossing', 'quotaCrossing:' || crossing || ':crossed',
                '{"type": "worker", "id": "quotas"}', 'quotas', jsonb_build_object('crossingId', crossing, 'state', 'crossed'))
        ON CONFLICT DO NOTHING;
    END IF;
  END LOOP;
END
$$;

-- Refuses. The detail is what the caller is told: JSON, of this workspace's figures alone.
CREATE FUNCTION tenancy.quota_refuse(resource text, at_period date, of_pool boolean, in_use bigint, quota bigint, requested bigint)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% quota exceeded: % of % used, % requested', resource, in_use, quota, requested
    USING ERRCODE = 'QT429', DETAIL = jsonb_build_object(
      'resourceType', resource, 'currentUsage', in_use, 'limit', quota, 'requested', requested,
      'period', CASE WHEN at_period = '-infinity' THEN NULL ELSE to_char(at_period, 'YYYY-MM-DD') END,
      'scope', CASE WHEN of_pool THEN 'pool' ELSE 'workspace' END)::text;
END
$$;

-- Gives back what reservations of a counter hold that nobody settled in time. The caller has locked the counter's slots.
CREATE FUNCTION tenancy.quota_expire(workspace uuid, resource text, at_period date)
  RETURNS bigint
  LANGUAGE sql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH expired AS (
    UPDATE public."QuotaReservation" AS r SET "state" = 'Expired', "finishedAt" = now()
     WHERE r."workspaceId" = workspace AND r."id" IN (
       SELECT o."id" FROM public."QuotaReservation" AS o
        WHERE o."workspaceId" = workspace AND o."resourceType" = resource AND o."period" = at_period
          AND o."state" = 'Open' AND o."expiresAt" <= now()
        FOR UPDATE SKIP LOCKED)
    RETURNING r."granted")
  SELECT coalesce(sum(e."granted"), 0)::bigint FROM expired AS e;
$$;

-- As above, without the caller's lock and without ever waiting: of a counter that is all in use, nothing.
CREATE FUNCTION tenancy.quota_expire_unlocked(workspace uuid, resource text, at_period date)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  chosen bigint;
  expired bigint;
BEGIN
  SELECT s."slot" INTO chosen FROM public."WorkspaceUsage" AS s
   WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period AND NOT s."isPool"
   ORDER BY s."slot" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  expired := tenancy.quota_expire(workspace, resource, at_period);
  UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" - expired
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period
     AND NOT u."isPool" AND u."slot" = chosen;
  RETURN expired;
END
$$;

-- Locks every slot of a counter, which is made if there is none. VOLATILE statement by statement: each sees what was
-- committed before it, so that no slot that was made while it waited is missed.
CREATE FUNCTION tenancy.quota_lock(workspace uuid, resource text, at_period date, of_pool boolean)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known bigint := 0;
  found_now bigint;
BEGIN
  INSERT INTO public."WorkspaceUsage" ("workspaceId", "resourceType", "period", "isPool", "slot")
    VALUES (workspace, resource, at_period, of_pool, 0) ON CONFLICT DO NOTHING;
  LOOP
    SELECT count(*) INTO found_now FROM (
      SELECT 1 FROM public."WorkspaceUsage" AS u
       WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
       ORDER BY u."slot" FOR NO KEY UPDATE) AS locked;
    EXIT WHEN found_now = known;
    known := found_now;
  END LOOP;
  RETURN known;
END
$$;

-- Deals out the room of a counter anew, from what was committed and the limit that holds now, and takes `amount` of it.
-- The slow way, which decides: one transaction of a counter at a time.
CREATE FUNCTION tenancy.quota_settle(
  workspace uuid, resource text, at_period date, of_pool boolean, amount bigint, is_partial boolean, is_forced boolean)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  slots bigint;
  in_use bigint;
  quota bigint;
  bound bigint;
  pool uuid;
  granted bigint := amount;
  expired bigint := 0;
  rest bigint;
  share bigint;
BEGIN
  slots := tenancy.quota_lock(workspace, resource, at_period, of_pool);
  IF slots = 0 THEN
    RAISE EXCEPTION 'the workspace is gone' USING ERRCODE = 'foreign_key_violation';
  END IF;
  SELECT sum(u."used") INTO in_use FROM public."WorkspaceUsage" AS u
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool;
  IF of_pool THEN
    SELECT q."amount" INTO quota FROM public."WorkspaceQuota" AS q
     WHERE q."workspaceId" = workspace AND q."resourceType" = resource AND q."layer" = 'pool';
  ELSE
    SELECT l."amount", l."poolWorkspaceId" INTO quota, pool FROM tenancy.quota_limits(workspace, resource) AS l;
  END IF;

  bound := coalesce(quota, 9007199254740991); -- what JSON can tell is the end of "unlimited"

  IF in_use + amount > bound AND of_pool THEN
    -- Of children whose counters are in use right now, nothing: to wait for them here would be to wait in a circle.
    SELECT coalesce(sum(tenancy.quota_expire_unlocked(late."workspaceId", resource, at_period)), 0) INTO expired FROM (
      SELECT DISTINCT r."workspaceId" FROM public."QuotaReservation" AS r
        JOIN public."WorkspaceUsage" AS c
          ON c."workspaceId" = r."workspaceId" AND c."resourceType" = resource AND c."period" = at_period
         AND NOT c."isPool" AND c."slot" = 0 AND c."poolWorkspaceId" = workspace
       WHERE r."resourceType" = resource AND r."period" = at_period AND r."state" = 'Open' AND r."expiresAt" <= now()
       ORDER BY 1) AS late;
  ELSIF in_use + amount > bound THEN
    expired := tenancy.quota_expire(workspace, resource, at_period);
    IF expired > 0 AND pool IS NOT NULL THEN
      PERFORM tenancy.quota_give_own(pool, resource, at_period, true, expired);
    END IF;
  END IF;
  in_use := in_use - expired;
  IF in_use + amount > bound AND NOT is_forced THEN
    granted := CASE WHEN is_partial THEN greatest(bound - in_use, 0) ELSE 0 END;
    IF NOT is_partial THEN
      PERFORM tenancy.quota_refuse(resource, at_period, of_pool, in_use, bound, amount);
    END IF;
  END IF;

  -- Up to, and not onto, the next threshold: reaching it comes here again, and is seen.
  SELECT min(p.point) - 1 - in_use - granted INTO rest
    FROM (SELECT tenancy.quota_point(quota, t.percent) AS point
            FROM unnest(tenancy.quota_thresholds(workspace, resource) || ARRAY[100]::bigint[]) AS t(percent)) AS p
   WHERE p.point > in_use + granted;
  IF is_forced THEN
    rest := 0; -- a workspace that is being made may know less of its limits than its first user
  END IF;
  -- Whatever the thresholds say, which the workspace itself writes: never more than the limit leaves.
  rest := greatest(least(coalesce(rest, bound - in_use - granted), bound - in_use - granted), 0);
  -- Little room stays in one slot, so that it is found without locking all.
  share := CASE WHEN rest / slots >= 64 * greatest(amount, 1) THEN rest / slots ELSE 0 END;
  UPDATE public."WorkspaceUsage" AS u
     SET "used" = u."used" + CASE WHEN u."slot" = 0 THEN granted - expired ELSE 0 END,
         "room" = CASE WHEN u."slot" = 0 THEN rest - share * (slots - 1) ELSE share END,
         "poolWorkspaceId" = pool
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
     AND (u."slot" = 0 OR u."room" <> share OR u."poolWorkspaceId" IS DISTINCT FROM pool);
  PERFORM tenancy.quota_cross(workspace, resource, at_period, of_pool, in_use + granted, quota);
  RETURN granted;
END
$$;

-- Takes `amount` of a resource: all of it, or an error of SQLSTATE QT429; with `is_partial` as much as is left, with
-- `is_forced` all of it, whatever is left. Undone if the transaction is.
CREATE FUNCTION tenancy.quota_take(
  workspace uuid, resource text, at_period date, of_pool boolean, amount bigint, is_partial boolean DEFAULT false,
  is_forced boolean DEFAULT false)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own_slot constant bigint := pg_backend_pid() % 64;
  pool uuid;
  chosen bigint;
  chosen_room bigint;
  granted bigint := amount;
  granted_of_pool bigint;
  is_taken boolean := false;
BEGIN
  IF amount <= 0 THEN
    RETURN 0;
  END IF;
  -- A row that is waited for and then found without room stays locked. To go on waiting with it would be to wait in a circle:
  -- each attempt is a subtransaction, whose end lets go of it.
  BEGIN
    -- This session's own slot, if there is one: the shortest way for a hot counter.
    UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + amount, "room" = u."room" - amount
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
       AND u."slot" = own_slot AND u."room" >= amount
    RETURNING u."poolWorkspaceId" INTO pool;
    IF NOT FOUND THEN
      -- Any slot with room that nobody uses: no wait.
      UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + amount, "room" = u."room" - amount
       WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
         AND u."slot" = (
           SELECT s."slot" FROM public."WorkspaceUsage" AS s
            WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period
              AND s."isPool" = of_pool AND s."room" >= amount
            ORDER BY s."slot" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING u."poolWorkspaceId" INTO pool;
    END IF;
    is_taken := FOUND;
    IF NOT is_taken THEN
      RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
    END IF;
  EXCEPTION WHEN SQLSTATE 'QT000' THEN
    NULL;
  END;
  IF NOT is_taken THEN
    -- A slot with room that others use: wait for it, and make one of this session's own from half of its room.
    SELECT s."slot" INTO chosen FROM public."WorkspaceUsage" AS s
     WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period AND s."isPool" = of_pool
       AND s."room" >= amount
     ORDER BY (s."slot" + own_slot) % 64 LIMIT 1;
    IF FOUND THEN
      BEGIN
        SELECT s."room", s."poolWorkspaceId" INTO chosen_room, pool FROM public."WorkspaceUsage" AS s
         WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period AND s."isPool" = of_pool
           AND s."slot" = chosen AND s."room" >= amount FOR NO KEY UPDATE;
        is_taken := FOUND;
        IF NOT is_taken THEN
          RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
        END IF;
        -- To insert what is there would wait for those who are using it.
        IF chosen_room / 32 >= amount AND NOT EXISTS (
          SELECT 1 FROM public."WorkspaceUsage" AS u
           WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period
             AND u."isPool" = of_pool AND u."slot" = own_slot) THEN
          INSERT INTO public."WorkspaceUsage"
            ("workspaceId", "resourceType", "period", "isPool", "slot", "room", "poolWorkspaceId")
            VALUES (workspace, resource, at_period, of_pool, own_slot, chosen_room / 2, pool) ON CONFLICT DO NOTHING;
          IF FOUND THEN
            chosen_room := chosen_room - chosen_room / 2;
          END IF;
        END IF;
        UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + amount, "room" = chosen_room - amount
         WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
           AND u."slot" = chosen;
      EXCEPTION WHEN SQLSTATE 'QT000' THEN
        NULL;
      END;
    END IF;
  END IF;
  IF NOT is_taken THEN
    granted := tenancy.quota_settle(workspace, resource, at_period, of_pool, amount, is_partial, is_forced);
    SELECT u."poolWorkspaceId" INTO pool FROM public."WorkspaceUsage" AS u
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
       AND u."slot" = 0;
  END IF;
  IF pool IS NOT NULL AND granted > 0 THEN
    granted_of_pool := tenancy.quota_take(pool, resource, at_period, true, granted, is_partial, is_forced);
    IF granted_of_pool < granted THEN
      PERFORM tenancy.quota_give_own(workspace, resource, at_period, false, granted - granted_of_pool);
      granted := granted_of_pool;
    END IF;
  END IF;
  RETURN granted;
END
$$;

-- Gives back `amount` to one counter alone. Only ever lowers: a counter that is gone, as its workspace is, stays gone. The room is
-- dealt out when somebody finds none.
CREATE FUNCTION tenancy.quota_give_own(workspace uuid, resource text, at_period date, of_pool boolean, amount bigint)
  RETURNS uuid
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  pool uuid;
  chosen bigint;
BEGIN
  SELECT s."slot" INTO chosen FROM public."WorkspaceUsage" AS s
   WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period AND s."isPool" = of_pool
     AND (s."slot" = 0 OR s."room" > 0)
   ORDER BY s."slot" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    SELECT s."slot" INTO chosen FROM public."WorkspaceUsage" AS s
     WHERE s."workspaceId" = workspace AND s."resourceType" = resource AND s."period" = at_period AND s."isPool" = of_pool
       AND s."slot" = 0 FOR NO KEY UPDATE;
  END IF;
  UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" - amount
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND u."isPool" = of_pool
     AND u."slot" = chosen
  RETURNING u."poolWorkspaceId" INTO pool;
  RETURN pool;
END
$$;

-- Gives back `amount`, to the pool that it was drawn from as well.
CREATE FUNCTION tenancy.quota_give(workspace uuid, resource text, at_period date, of_pool boolean, amount bigint)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  pool uuid;
BEGIN
  IF amount > 0 THEN
    pool := tenancy.quota_give_own(workspace, resource, at_period, of_pool, amount);
    IF pool IS NOT NULL THEN
      PERFORM tenancy.quota_give_own(pool, resource, at_period, true, amount);
    END IF;
  END IF;
END
$$;
