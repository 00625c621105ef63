-- What changes the counters of 012, and who may ask for what: the triggers that count rows, the triggers that let a changed
-- limit hold at once, and the functions that the app and the system role call. Owns who may do what; docs/quotas.md.
-- Locks: SHARE ROW EXCLUSIVE on each table that is counted, while its rows are counted for the first time: writers wait.

-- Free rows are those that every workspace begins with.
CREATE FUNCTION tenancy.is_exempt(workspace uuid, resource text, id uuid)
  RETURNS boolean
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT 1 FROM public."QuotaExemption" AS e
                  WHERE e."workspaceId" = workspace AND e."resourceType" = resource AND e."resourceId" = id);
$$;

-- The two segments that a subscription group keeps for itself: told by their names, of which there are two a group.
CREATE FUNCTION tenancy.is_group_segment(subscription_group uuid, name text)
  RETURNS boolean
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(
    name IN ('subscriptionGroup-' || subscription_group, 'subscriptionGroup-unsubscribed-' || subscription_group), false);
$$;

-- They go with their group. Left behind without it they would count from then on, and at the limit no group could be deleted.
CREATE FUNCTION tenancy.remove_group_segments()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM public."Segment" AS s
   WHERE s."workspaceId" = OLD."workspaceId" AND s."subscriptionGroupId" = OLD."id"
     AND tenancy.is_group_segment(s."subscriptionGroupId", s."name");
  RETURN OLD;
END
$$;
REVOKE ALL ON FUNCTION tenancy.remove_group_segments() FROM PUBLIC;
CREATE TRIGGER remove_group_segments BEFORE DELETE ON public."SubscriptionGroup"
  FOR EACH ROW EXECUTE FUNCTION tenancy.remove_group_segments();

-- Dittofeed lets no workspace go that has a broadcast, of all that it has: they go first.
CREATE FUNCTION tenancy.remove_broadcasts()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM public."Broadcast" AS b WHERE b."workspaceId" = OLD."id";
  RETURN OLD;
END
$$;
REVOKE ALL ON FUNCTION tenancy.remove_broadcasts() FROM PUBLIC;
CREATE TRIGGER remove_broadcasts BEFORE DELETE ON public."Workspace"
  FOR EACH ROW EXECUTE FUNCTION tenancy.remove_broadcasts();

-- Takes or gives back what a statement changed of one workspace: bytes, and then units of a resource, in the order in which an
-- upsert takes them. What is free of its own quota is not refused for its bytes either, as far as it is small; but they count.
CREATE FUNCTION tenancy.quota_apply(workspace uuid, resource text, at_period date, units bigint, bytes bigint, is_new boolean)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF bytes > 0 THEN
    PERFORM tenancy.quota_take(workspace, 'storage', '-infinity', false, bytes, false,
                               is_new AND units = 0 AND bytes <= 65536);
  ELSIF bytes < 0 THEN
    PERFORM tenancy.quota_give(workspace, 'storage', '-infinity', false, -bytes);
  END IF;
  IF units > 0 THEN
    PERFORM tenancy.quota_take(workspace, resource, at_period, false, units);
  ELSIF units < 0 THEN
    PERFORM tenancy.quota_give(workspace, resource, at_period, false, -units);
  END IF;
END
$$;

-- Counts what a statement did to a table, workspace by workspace in the order of their ids. The trigger says, in SQL over a
-- row `r`: the resource, how many units of it a row is, how many bytes it stores, and in which period it counts. The same
-- texts are what reconciliation counts by, so there is one rule for each table.
CREATE FUNCTION tenancy.count_rows()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  resource text := TG_ARGV[0];
  source text;
  change record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT 1 FROM added) THEN
      RETURN NULL;
    END IF;
    source := '(SELECT 1 AS "sign", a.* FROM added AS a)';
  ELSIF TG_OP = 'DELETE' THEN
    IF NOT EXISTS (SELECT 1 FROM removed) THEN
      RETURN NULL;
    END IF;
    source := '(SELECT -1 AS "sign", d.* FROM removed AS d)';
  ELSE
    IF NOT EXISTS (SELECT 1 FROM added) THEN
      RETURN NULL;
    END IF;
    source := '(SELECT 1 AS "sign", a.* FROM added AS a UNION ALL SELECT -1, d.* FROM removed AS d)';
  END IF;
  FOR change IN EXECUTE format(
    'SELECT r."workspaceId" AS workspace, (%s)::date AS period, sum(r."sign" * (%s))::bigint AS units,'
    ' sum(r."sign" * (%s))::bigint AS bytes FROM %s AS r GROUP BY 1, 2 ORDER BY 1, 2',
    TG_ARGV[3], TG_ARGV[1], TG_ARGV[2], source)
  LOOP
    PERFORM tenancy.quota_apply(change.workspace, resource, change.period, change.units, change.bytes, TG_OP = 'INSERT');
  END LOOP;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.count_rows() FROM PUBLIC;

-- The same for the tables that are written all the time, without putting a query together each time, and with the shortest
-- way of quota_take, this session's own slot without a pool, in place: each call of a function costs a tenth of the whole.
-- The triggers say the rules all the same: reconciliation counts by them, and a test holds both against each other.
CREATE FUNCTION tenancy.count_users()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own_slot constant bigint := pg_backend_pid() % 64;
  workspace uuid;
  last_workspace uuid;
  units bigint;
  bytes bigint;
  change record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT min(a."workspaceId"::text COLLATE "C"), max(a."workspaceId"::text COLLATE "C"), count(*), sum(a."traitsBytes")
      INTO workspace, last_workspace, units, bytes FROM added AS a;
    IF workspace = last_workspace THEN
      BEGIN
        -- Bytes first, as the UPDATE half of an upsert has taken them before.
        UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + bytes, "room" = u."room" - bytes
         WHERE u."workspaceId" = workspace AND u."resourceType" = 'storage' AND u."period" = '-infinity' AND NOT u."isPool"
           AND u."slot" = own_slot AND u."room" >= bytes AND u."poolWorkspaceId" IS NULL;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
        END IF;
        UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + units, "room" = u."room" - units
         WHERE u."workspaceId" = workspace AND u."resourceType" = 'users' AND u."period" = '-infinity' AND NOT u."isPool"
           AND u."slot" = own_slot AND u."room" >= units AND u."poolWorkspaceId" IS NULL;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
        END IF;
        RETURN NULL;
      EXCEPTION WHEN SQLSTATE 'QT000' THEN
        NULL; -- nothing is held any more
      END;
    END IF;
    FOR change IN SELECT a."workspaceId" AS workspace, count(*) AS units, sum(a."traitsBytes")::bigint AS bytes
                    FROM added AS a GROUP BY 1 ORDER BY 1 LOOP
      PERFORM tenancy.quota_apply(change.workspace, 'users', '-infinity', change.units, change.bytes, true);
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR change IN SELECT d."workspaceId" AS workspace, count(*) AS units, sum(d."traitsBytes")::bigint AS bytes
                    FROM removed AS d GROUP BY 1 ORDER BY 1 LOOP
      PERFORM tenancy.quota_apply(change.workspace, 'users', '-infinity', -change.units, -change.bytes, false);
    END LOOP;
  ELSE
    FOR change IN SELECT r."workspaceId" AS workspace, sum(r."sign")::bigint AS units,
                         sum(r."sign" * r."traitsBytes")::bigint AS bytes
                    FROM (SELECT a."workspaceId", a."traitsBytes", 1 AS "sign" FROM added AS a
                          UNION ALL SELECT d."workspaceId", d."traitsBytes", -1 FROM removed AS d) AS r
                   GROUP BY 1 HAVING sum(r."sign") <> 0 OR sum(r."sign" * r."traitsBytes") <> 0 ORDER BY 1 LOOP
      PERFORM tenancy.quota_apply(change.workspace, 'users', '-infinity', change.units, change.bytes, false);
    END LOOP;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION tenancy.count_events()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own_slot constant bigint := pg_backend_pid() % 64;
  workspace uuid;
  last_workspace uuid;
  at_period date;
  last_period date;
  units bigint;
  change record;
BEGIN
  SELECT min(a."workspaceId"::text COLLATE "C"), max(a."workspaceId"::text COLLATE "C"),
         tenancy.month_of(min(a."processingTime")), tenancy.month_of(max(a."processingTime")), count(*)
    INTO workspace, last_workspace, at_period, last_period, units FROM added AS a;
  IF workspace = last_workspace AND at_period = last_period THEN
    BEGIN
      UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + units, "room" = u."room" - units
       WHERE u."workspaceId" = workspace AND u."resourceType" = 'events' AND u."period" = at_period AND NOT u."isPool"
         AND u."slot" = own_slot AND u."room" >= units AND u."poolWorkspaceId" IS NULL;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
      END IF;
      RETURN NULL;
    EXCEPTION WHEN SQLSTATE 'QT000' THEN
      NULL; -- as above
    END;
  END IF;
  FOR change IN SELECT a."workspaceId" AS workspace, tenancy.month_of(a."processingTime") AS period, count(*) AS units
                  FROM added AS a GROUP BY 1, 2 ORDER BY 1, 2 LOOP
    PERFORM tenancy.quota_take(change.workspace, 'events', change.period, false, change.units);
  END LOOP;
  RETURN NULL;
END
$$;

CREATE FUNCTION tenancy.count_messages()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  own_slot constant bigint := pg_backend_pid() % 64;
  workspace uuid;
  last_workspace uuid;
  at_period date;
  last_period date;
  units bigint;
  change record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT min(a."workspaceId"::text COLLATE "C"), max(a."workspaceId"::text COLLATE "C"), min(a."period"), max(a."period"), count(*)
      INTO workspace, last_workspace, at_period, last_period, units FROM added AS a WHERE a."state" <> 'Skipped';
    IF workspace = last_workspace AND at_period = last_period THEN
      BEGIN
        UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" + units, "room" = u."room" - units
         WHERE u."workspaceId" = workspace AND u."resourceType" = 'messages' AND u."period" = at_period AND NOT u."isPool"
           AND u."slot" = own_slot AND u."room" >= units AND u."poolWorkspaceId" IS NULL;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'no room here' USING ERRCODE = 'QT000';
        END IF;
        RETURN NULL;
      EXCEPTION WHEN SQLSTATE 'QT000' THEN
        NULL; -- as above
      END;
    END IF;
    FOR change IN SELECT a."workspaceId" AS workspace, a."period", count(*) AS units
                    FROM added AS a WHERE a."state" <> 'Skipped' GROUP BY 1, 2 ORDER BY 1, 2 LOOP
      PERFORM tenancy.quota_take(change.workspace, 'messages', change.period, false, change.units);
    END LOOP;
  ELSE
    FOR change IN SELECT r."workspaceId" AS workspace, r."period", sum(r."sign")::bigint AS units
                    FROM (SELECT a."workspaceId", a."period", 1 AS "sign" FROM added AS a WHERE a."state" <> 'Skipped'
                          UNION ALL SELECT d."workspaceId", d."period", -1 FROM removed AS d WHERE d."state" <> 'Skipped') AS r
                   GROUP BY 1, 2 HAVING sum(r."sign") <> 0 ORDER BY 1, 2 LOOP
      PERFORM tenancy.quota_apply(change.workspace, 'messages', change.period, change.units, 0, false);
    END LOOP;
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.count_users(), tenancy.count_events(), tenancy.count_messages() FROM PUBLIC;

-- What was used of a month stays used when its rows go: remembered as used for good, so that a recount finds it. The counter
-- is held meanwhile, since a recount looks at rows and at what is remembered one after the other.
CREATE FUNCTION tenancy.keep_used()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  gone record;
BEGIN
  FOR gone IN EXECUTE format(
    'SELECT r."workspaceId" AS workspace, (%s)::date AS period, sum(%s)::bigint AS units FROM removed AS r'
    ' WHERE (%s)::date >= tenancy.quota_period(%L)'
    ' AND EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = r."workspaceId")'
    ' GROUP BY 1, 2 HAVING sum(%s) > 0 ORDER BY 1, 2', TG_ARGV[3], TG_ARGV[1], TG_ARGV[3], TG_ARGV[0], TG_ARGV[1])
  LOOP
    PERFORM tenancy.quota_give_own(gone.workspace, TG_ARGV[0], gone.period, false, 0);
    INSERT INTO public."QuotaReservation"
      ("workspaceId", "resourceType", "period", "requested", "granted", "committed", "state", "expiresAt", "finishedAt")
      VALUES (gone.workspace, TG_ARGV[0], gone.period, gone.units, gone.units, gone.units, 'Committed', now(), now());
  END LOOP;
  RETURN NULL;
END
$$;

-- A table that is emptied tells no rows: its counters are counted anew. What was used of a month is not known any more.
CREATE FUNCTION tenancy.recount_emptied()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM tenancy.quota_reconcile(u."workspaceId", u."resourceType") FROM (
    SELECT DISTINCT c."workspaceId", c."resourceType" FROM public."WorkspaceUsage" AS c
     WHERE c."resourceType" IN (TG_ARGV[0], 'storage') AND NOT c."isPool" ORDER BY 1, 2) AS u;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.keep_used(), tenancy.recount_emptied() FROM PUBLIC;

-- The periods in which a changed limit has to hold: those that are counted, this one, and the next month, which may begin
-- before the change is committed.
CREATE FUNCTION tenancy.quota_periods(workspace uuid, resource text, of_pool boolean)
  RETURNS SETOF date
  LANGUAGE sql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN d."isMonthly" THEN (tenancy.month_of(tenancy.quota_now()) + ahead.months)::date ELSE '-infinity'::date END
    FROM public."QuotaDefault" AS d
   CROSS JOIN (VALUES (interval '0 months'), (interval '1 month')) AS ahead(months)
   WHERE d."resourceType" = resource
   UNION
  SELECT u."period" FROM public."WorkspaceUsage" AS u
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."isPool" = of_pool
   ORDER BY 1;
$$;

-- The order in which counters are held by who holds several: the one that statements hold them in, too.
CREATE FUNCTION tenancy.quota_resources()
  RETURNS SETOF text
  LANGUAGE sql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d."resourceType" FROM public."QuotaDefault" AS d
   ORDER BY CASE d."resourceType" WHEN 'storage' THEN 0 WHEN 'events' THEN 2 ELSE 1 END, d."resourceType";
$$;

-- Holds off whoever would join or leave the children of a workspace, or with NULL the workspaces there are, while what is
-- said for all of them changes. A snapshot from before the wait would miss those who came meanwhile.
CREATE FUNCTION tenancy.quota_hold_family(parent uuid)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'limits of several workspaces are changed in READ COMMITTED transactions alone'
      USING ERRCODE = 'feature_not_supported';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('quotas of children of ' || coalesce(parent::text, 'nobody'), 0));
END
$$;

-- Takes the room from a workspace's counter of a resource: the next one who needs some reads the limit that holds then. Waits
-- for those who are using the counter, who read the old one. What it uses is drawn on the pool that it has now, and no
-- longer on the one that it had. A counter whose workspace is gone is let be.
CREATE FUNCTION tenancy.quota_void(workspace uuid, resource text)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date;
  held record;
  in_use bigint;
  old_pool uuid;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = workspace) THEN
    RETURN;
  END IF;
  FOR at_period IN SELECT p FROM tenancy.quota_periods(workspace, resource, false) AS p LOOP
    PERFORM tenancy.quota_lock(workspace, resource, at_period, false);
    SELECT l."amount", l."poolWorkspaceId" AS pool INTO held FROM tenancy.quota_limits(workspace, resource) AS l;
    SELECT sum(u."used"), (array_agg(u."poolWorkspaceId" ORDER BY u."slot"))[1] INTO in_use, old_pool
      FROM public."WorkspaceUsage" AS u
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool";
    -- All of them, also those without room: a transaction of an older snapshot is to fail at each.
    UPDATE public."WorkspaceUsage" AS u SET "room" = 0, "poolWorkspaceId" = held.pool
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool";
    IF old_pool IS DISTINCT FROM held.pool THEN
      PERFORM tenancy.quota_give_own(old_pool, resource, at_period, true, in_use);
      IF held.pool IS NOT NULL THEN
        PERFORM tenancy.quota_take(held.pool, resource, at_period, true, in_use, false, true);
      END IF;
    END IF;
    IF at_period = tenancy.quota_period(resource) THEN
      PERFORM tenancy.quota_cross(workspace, resource, at_period, false, in_use, held."amount");
    END IF;
  END LOOP;
END
$$;

-- The same for the counter of a pool; one that is not there any more goes.
CREATE FUNCTION tenancy.quota_void_pool(parent uuid, resource text)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date;
  quota bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = parent) THEN
    RETURN;
  END IF;
  SELECT q."amount" INTO quota FROM public."WorkspaceQuota" AS q
   WHERE q."workspaceId" = parent AND q."resourceType" = resource AND q."layer" = 'pool';
  IF NOT FOUND THEN
    DELETE FROM public."WorkspaceUsage" AS u WHERE u."workspaceId" = parent AND u."resourceType" = resource AND u."isPool";
    RETURN;
  END IF;
  FOR at_period IN SELECT p FROM tenancy.quota_periods(parent, resource, true) AS p LOOP
    PERFORM tenancy.quota_lock(parent, resource, at_period, true);
    UPDATE public."WorkspaceUsage" AS u SET "room" = 0
     WHERE u."workspaceId" = parent AND u."resourceType" = resource AND u."period" = at_period AND u."isPool";
    IF at_period = tenancy.quota_period(resource) THEN
      PERFORM tenancy.quota_cross(parent, resource, at_period, true, sum(u."used")::bigint, quota)
         FROM public."WorkspaceUsage" AS u
        WHERE u."workspaceId" = parent AND u."resourceType" = resource AND u."period" = at_period AND u."isPool";
    END IF;
  END LOOP;
END
$$;

-- Takes the room from all children, and moves what they use to or from their parent's pool, which may have come or gone.
CREATE FUNCTION tenancy.quota_void_children(parent uuid, resource text)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM tenancy.quota_hold_family(parent);
  PERFORM tenancy.quota_void(c."id", resource) FROM (
    SELECT w."id" FROM public."Workspace" AS w WHERE w."parentWorkspaceId" = parent ORDER BY w."id") AS c;
END
$$;

-- Lets a changed limit hold from its commit on, and remembers who changed what. Of a workspace that goes the children stay,
-- and with them what they use.
CREATE FUNCTION tenancy.quota_changed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  named public."WorkspaceQuota" := coalesce(NEW, OLD);
BEGIN
  IF TG_OP = 'UPDATE' AND OLD."amount" IS NOT DISTINCT FROM NEW."amount" THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = named."workspaceId") THEN
    IF tenancy.quota_period(named."resourceType") IS NULL THEN
      RAISE EXCEPTION 'there is no such resource' USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO public."QuotaChange"
      ("workspaceId", "resourceType", "layer", "wasSet", "oldAmount", "isSet", "newAmount", "actor", "requestId")
      VALUES (named."workspaceId", named."resourceType", named."layer", TG_OP <> 'INSERT', OLD."amount", TG_OP <> 'DELETE',
              NEW."amount", nullif(current_setting('app.actor', true), '')::jsonb,
              nullif(current_setting('app.request_id', true), ''));
  END IF;
  IF named."layer" IN ('limit', 'ceiling') THEN
    PERFORM tenancy.quota_void(named."workspaceId", named."resourceType");
  ELSE
    IF named."layer" = 'children' OR TG_OP <> 'UPDATE' THEN
      PERFORM tenancy.quota_void_children(named."workspaceId", named."resourceType");
    END IF;
    PERFORM tenancy.quota_void_pool(named."workspaceId", named."resourceType");
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_changed() FROM PUBLIC;

-- A workspace cannot raise its own ceiling, and nobody can limit what is not in the registry.
CREATE FUNCTION tenancy.quota_layer_guard()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (TG_OP <> 'INSERT' AND OLD."layer" = 'ceiling' OR TG_OP <> 'DELETE' AND NEW."layer" = 'ceiling')
     AND NOT pg_has_role(current_user, 'dittofeed_system', 'USAGE') AND NOT pg_has_role(current_user, 'dittofeed_owner', 'USAGE') THEN
    RAISE EXCEPTION 'a ceiling is set by who stands above the workspace' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD."workspaceId", OLD."resourceType", OLD."layer") IS DISTINCT FROM
                          (NEW."workspaceId", NEW."resourceType", NEW."layer") THEN
    RAISE EXCEPTION 'a limit is not moved: delete it and set another' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN coalesce(NEW, OLD);
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_layer_guard() FROM PUBLIC;

CREATE TRIGGER quota_layer_guard BEFORE INSERT OR UPDATE OR DELETE ON public."WorkspaceQuota"
  FOR EACH ROW EXECUTE FUNCTION tenancy.quota_layer_guard();
CREATE TRIGGER quota_changed AFTER INSERT OR UPDATE OR DELETE ON public."WorkspaceQuota"
  FOR EACH ROW EXECUTE FUNCTION tenancy.quota_changed();

-- A workspace cannot let a message count in another month than this one, which has no room for it.
CREATE FUNCTION tenancy.message_period_guard()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT pg_has_role(current_user, 'dittofeed_system', 'USAGE') AND NOT pg_has_role(current_user, 'dittofeed_owner', 'USAGE') THEN
    RAISE EXCEPTION 'a message counts in the month that it is accepted in' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tenancy.message_period_guard() FROM PUBLIC;
CREATE TRIGGER message_period_guard BEFORE INSERT ON public."Message"
  FOR EACH ROW WHEN (NEW."period" <> tenancy.month_of(tenancy.quota_now()))
  EXECUTE FUNCTION tenancy.message_period_guard();
CREATE TRIGGER message_period_kept BEFORE UPDATE OF "period" ON public."Message"
  FOR EACH ROW WHEN (NEW."period" <> OLD."period") EXECUTE FUNCTION tenancy.message_period_guard();

-- A default changes for all who have no word of their own. Rare, at the start of a newer release.
CREATE FUNCTION tenancy.quota_default_changed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM tenancy.quota_hold_family(NULL);
  PERFORM tenancy.quota_void(w."id", NEW."resourceType") FROM (
    SELECT "id" FROM public."Workspace" ORDER BY "id") AS w;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_default_changed() FROM PUBLIC;
CREATE TRIGGER quota_default_changed AFTER UPDATE ON public."QuotaDefault"
  FOR EACH ROW WHEN (OLD."amount" IS DISTINCT FROM NEW."amount") EXECUTE FUNCTION tenancy.quota_default_changed();

-- Other thresholds are other ends of the room that was dealt out.
CREATE FUNCTION tenancy.quota_thresholds_changed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  named public."QuotaNotification" := coalesce(NEW, OLD);
BEGIN
  IF TG_OP <> 'UPDATE' OR OLD."thresholds" IS DISTINCT FROM NEW."thresholds" THEN
    PERFORM tenancy.quota_void(named."workspaceId", r), tenancy.quota_void_pool(named."workspaceId", r)
       FROM tenancy.quota_resources() AS r;
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_thresholds_changed() FROM PUBLIC;
CREATE TRIGGER quota_thresholds_changed AFTER INSERT OR UPDATE OR DELETE ON public."QuotaNotification"
  FOR EACH ROW EXECUTE FUNCTION tenancy.quota_thresholds_changed();

-- A workspace that gets another parent takes what it uses with it.
CREATE FUNCTION tenancy.quota_parent_changed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM tenancy.quota_hold_family(p.id) FROM (
    SELECT id FROM unnest(ARRAY[OLD."parentWorkspaceId", NEW."parentWorkspaceId"]) AS id
     WHERE id IS NOT NULL ORDER BY id) AS p;
  PERFORM tenancy.quota_void(NEW."id", r) FROM tenancy.quota_resources() AS r;
  RETURN NULL;
END
$$;
CREATE TRIGGER quota_parent_changed AFTER UPDATE OF "parentWorkspaceId" ON public."Workspace"
  FOR EACH ROW WHEN (OLD."parentWorkspaceId" IS DISTINCT FROM NEW."parentWorkspaceId")
  EXECUTE FUNCTION tenancy.quota_parent_changed();

-- A workspace that is being made waits for what is being said of all workspaces, and of its parent's children: who says it does not
-- see it yet. Such transactions do not wait for each other.
CREATE FUNCTION tenancy.quota_workspace_made()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'workspaces are made in READ COMMITTED transactions alone' USING ERRCODE = 'feature_not_supported';
  END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('quotas of children of nobody', 0));
  IF NEW."parentWorkspaceId" IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('quotas of children of ' || NEW."parentWorkspaceId", 0));
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_parent_changed(), tenancy.quota_workspace_made() FROM PUBLIC;
CREATE TRIGGER quota_workspace_made BEFORE INSERT ON public."Workspace"
  FOR EACH ROW EXECUTE FUNCTION tenancy.quota_workspace_made();

-- A child that is deleted leaves its parent's pool; what it used of a month stays used.
CREATE FUNCTION tenancy.quota_usage_removed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM tenancy.quota_give_own(r.pool, r.resource, '-infinity', true, r.used) FROM (
    SELECT "poolWorkspaceId" AS pool, "resourceType" AS resource, sum("used")::bigint AS used FROM removed
     WHERE "poolWorkspaceId" IS NOT NULL AND "period" = '-infinity' AND NOT "isPool"
     GROUP BY 1, 2 HAVING sum("used") <> 0 ORDER BY 1, 2) AS r;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.quota_usage_removed() FROM PUBLIC;
CREATE TRIGGER quota_usage_removed AFTER DELETE ON public."WorkspaceUsage" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION tenancy.quota_usage_removed();

-- The workspace of the context in force, by whichever dialect the policies are in; NULL without a good one.
CREATE FUNCTION tenancy.own_workspace()
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_catalog.pg_policy AS p
              WHERE p.polrelid = 'public."WorkspaceQuota"'::regclass AND p.polname = 'tenant_isolation'
                AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) LIKE '%sealed_workspace%') THEN
    RETURN tenancy.sealed_workspace();
  END IF;
  RETURN nullif(current_setting('app.current_workspace_id', true), '')::uuid;
END
$$;

CREATE FUNCTION tenancy.require_own_workspace(workspace uuid)
  RETURNS void
  LANGUAGE plpgsql
  STABLE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF workspace IS NULL OR tenancy.own_workspace() IS DISTINCT FROM workspace THEN
    RAISE EXCEPTION 'this is not the workspace of the context' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- What a workspace may have and has, of each resource.
CREATE FUNCTION tenancy.quota_states_of(workspace uuid)
  RETURNS TABLE (
    "resourceType" text, "isMonthly" boolean, "period" date, "used" bigint, "amount" bigint, "source" text, "isSet" boolean,
    "setAmount" bigint, "hasCeiling" boolean, "ceiling" bigint, "hasPool" boolean, "poolAmount" bigint, "poolUsed" bigint)
  LANGUAGE sql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT l."resourceType", l."isMonthly", p.period,
         coalesce((SELECT sum(u."used") FROM public."WorkspaceUsage" AS u
                    WHERE u."workspaceId" = workspace AND u."resourceType" = l."resourceType" AND u."period" = p.period
                      AND NOT u."isPool"), 0)::bigint,
         l."amount", l."source", l."isSet", l."setAmount", l."hasCeiling", l."ceiling", l."poolWorkspaceId" IS NOT NULL, l."poolAmount",
         -- Without what siblings reserved and let run out, which is taken back when it is needed.
         (SELECT greatest(sum(u."used") - coalesce((
                   SELECT sum(r."granted") FROM public."QuotaReservation" AS r
                     JOIN public."WorkspaceUsage" AS c
                       ON c."workspaceId" = r."workspaceId" AND c."resourceType" = r."resourceType" AND c."period" = r."period"
                      AND NOT c."isPool" AND c."slot" = 0 AND c."poolWorkspaceId" = l."poolWorkspaceId"
                    WHERE r."resourceType" = l."resourceType" AND r."period" = p.period
                      AND r."state" = 'Open' AND r."expiresAt" <= now()), 0), 0)
            FROM public."WorkspaceUsage" AS u
           WHERE u."workspaceId" = l."poolWorkspaceId" AND u."resourceType" = l."resourceType" AND u."period" = p.period
             AND u."isPool")::bigint
    FROM tenancy.quota_limits(workspace, NULL) AS l
   CROSS JOIN LATERAL (SELECT CASE WHEN l."isMonthly" THEN tenancy.month_of(tenancy.quota_now()) ELSE '-infinity'::date END AS period) AS p
   ORDER BY l."resourceType";
$$;

-- As above, of the workspace of the context.
CREATE FUNCTION tenancy.quota_states()
  RETURNS TABLE (
    "resourceType" text, "isMonthly" boolean, "period" date, "used" bigint, "amount" bigint, "source" text, "isSet" boolean,
    "setAmount" bigint, "hasCeiling" boolean, "ceiling" bigint, "hasPool" boolean, "poolAmount" bigint, "poolUsed" bigint)
  LANGUAGE sql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT s.* FROM tenancy.quota_states_of(tenancy.own_workspace()) AS s;
$$;

-- Room for work whose size is not known yet. Of two calls with one key the second answers the first one's reservation.
CREATE FUNCTION tenancy.quota_reserve(
  workspace uuid, resource text, amount bigint, is_partial boolean, reservation_key text, ttl interval)
  RETURNS SETOF public."QuotaReservation"
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date := tenancy.quota_period(resource);
  made uuid;
  taken bigint;
BEGIN
  PERFORM tenancy.require_own_workspace(workspace);
  IF at_period IS NULL OR amount IS NULL OR amount NOT BETWEEN 1 AND 9007199254740991 THEN
    RAISE EXCEPTION 'nothing that could be reserved' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- Taking may look for what has run out, and must not find this one.
  IF ttl IS NULL OR ttl < interval '1 second' THEN
    RAISE EXCEPTION 'a reservation lasts a second at least' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO public."QuotaReservation" AS r
    ("workspaceId", "resourceType", "period", "key", "requested", "granted", "expiresAt")
    VALUES (workspace, resource, at_period, reservation_key, amount, 0, now() + ttl)
    ON CONFLICT ("workspaceId", "resourceType", "key") DO NOTHING
    RETURNING r."id" INTO made;
  IF made IS NULL THEN
    RETURN QUERY SELECT r.* FROM public."QuotaReservation" AS r
      WHERE r."workspaceId" = workspace AND r."resourceType" = resource AND r."key" = reservation_key;
    RETURN;
  END IF;
  taken := tenancy.quota_take(workspace, resource, at_period, false, amount, is_partial);
  RETURN QUERY UPDATE public."QuotaReservation" AS r SET "granted" = taken
    WHERE r."workspaceId" = workspace AND r."id" = made RETURNING r.*;
END
$$;

-- Ends an Open reservation; one that has ended is answered as it is. Of a monthly resource what was used stays used. Of
-- the others nothing does, since rows count by themselves: those that the same transaction goes on to make find the room.
CREATE FUNCTION tenancy.quota_end_reservation(workspace uuid, reservation uuid, amount bigint)
  RETURNS SETOF public."QuotaReservation"
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  held public."QuotaReservation";
  kept bigint;
BEGIN
  PERFORM tenancy.require_own_workspace(workspace);
  SELECT r.* INTO held FROM public."QuotaReservation" AS r
   WHERE r."workspaceId" = workspace AND r."id" = reservation FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF held."state" = 'Open' THEN
    IF amount < 0 OR amount > held."granted" THEN
      RAISE EXCEPTION 'more than was granted, or less than nothing' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    kept := CASE WHEN held."period" = '-infinity' THEN 0 ELSE coalesce(amount, 0) END;
    UPDATE public."QuotaReservation" AS r
       SET "state" = CASE WHEN amount IS NULL THEN 'Released' ELSE 'Committed' END::public."QuotaReservationState",
           "committed" = amount, "finishedAt" = now()
     WHERE r."workspaceId" = workspace AND r."id" = reservation;
    IF held."granted" > kept THEN
      -- Nobody is dealt what was given back before this transaction ends: it holds the slot.
      PERFORM tenancy.quota_give(workspace, held."resourceType", held."period", false, held."granted" - kept);
    END IF;
  END IF;
  RETURN QUERY SELECT r.* FROM public."QuotaReservation" AS r WHERE r."workspaceId" = workspace AND r."id" = reservation;
END
$$;

-- Takes `amount` of a monthly resource for good, or with `is_partial` what is left; answers how much.
CREATE FUNCTION tenancy.quota_consume(workspace uuid, resource text, amount bigint, is_partial boolean)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date := tenancy.quota_period(resource);
  taken bigint;
BEGIN
  PERFORM tenancy.require_own_workspace(workspace);
  IF at_period IS NULL OR at_period = '-infinity' OR amount IS NULL OR amount NOT BETWEEN 1 AND 9007199254740991 THEN
    RAISE EXCEPTION 'nothing that could be consumed: what exists is counted by itself' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  taken := tenancy.quota_take(workspace, resource, at_period, false, amount, is_partial);
  IF taken > 0 THEN
    INSERT INTO public."QuotaReservation"
      ("workspaceId", "resourceType", "period", "requested", "granted", "committed", "state", "expiresAt", "finishedAt")
      VALUES (workspace, resource, at_period, amount, taken, taken, 'Committed', now(), now());
  END IF;
  RETURN taken;
END
$$;

-- What a counter would have to say, by the rules of the triggers and the reservations. The caller has locked the counter.
CREATE FUNCTION tenancy.quota_recount(workspace uuid, resource text, at_period date)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  rule record;
  part bigint;
  total bigint;
BEGIN
  SELECT coalesce(sum(CASE WHEN r."state" = 'Open' THEN r."granted"
                           WHEN r."state" = 'Committed' AND r."period" <> '-infinity' THEN r."committed" ELSE 0 END), 0)
    INTO total FROM public."QuotaReservation" AS r
   WHERE r."workspaceId" = workspace AND r."resourceType" = resource AND r."period" = at_period;
  FOR rule IN
    SELECT t.tgrelid::regclass AS counted, string_to_array(encode(t.tgargs, 'escape'), '\000') AS args
      FROM pg_catalog.pg_trigger AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
      JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid AND p.pronamespace = 'tenancy'::regnamespace
     WHERE t.tgname = 'count_insert' AND t.tgparentid = 0 AND NOT t.tgisinternal
  LOOP
    IF rule.args[1] = resource THEN
      EXECUTE format('SELECT sum(%s) FROM %s AS r WHERE r."workspaceId" = $1 AND (%s)::date = $2',
                     rule.args[2], rule.counted, rule.args[4]) INTO part USING workspace, at_period;
      total := total + coalesce(part, 0);
    END IF;
    IF resource = 'storage' AND rule.args[3] <> '0' THEN
      EXECUTE format('SELECT sum(%s) FROM %s AS r WHERE r."workspaceId" = $1', rule.args[3], rule.counted) INTO part USING workspace;
      total := total + coalesce(part, 0);
    END IF;
  END LOOP;
  RETURN total;
END
$$;

-- Recounts a workspace's counter under its lock, mends it, and answers what it said and what it has to say.
CREATE FUNCTION tenancy.quota_reconcile(workspace uuid, resource text)
  RETURNS TABLE ("recorded" bigint, "counted" bigint)
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date := tenancy.quota_period(resource);
  drift bigint;
  pool uuid;
BEGIN
  IF at_period IS NULL OR NOT EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = workspace) THEN
    RETURN;
  END IF;
  PERFORM tenancy.quota_lock(workspace, resource, at_period, false);
  SELECT sum(u."used") INTO "recorded" FROM public."WorkspaceUsage" AS u
   WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool";
  "counted" := tenancy.quota_recount(workspace, resource, at_period);
  drift := "counted" - "recorded";
  IF drift <> 0 THEN
    UPDATE public."WorkspaceUsage" AS u SET "room" = 0, "used" = u."used" + CASE WHEN u."slot" = 0 THEN drift ELSE 0 END
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool";
    SELECT u."poolWorkspaceId" INTO pool FROM public."WorkspaceUsage" AS u
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool" AND u."slot" = 0;
    PERFORM tenancy.quota_give_own(pool, resource, at_period, true, -drift);
    PERFORM tenancy.quota_void_pool(pool, resource);
  END IF;
  RETURN NEXT;
END
$$;

-- Recounts the counter of a workspace's pool, which is what its children use. Of a month it answers what is recorded: what
-- a child used that is gone stays used.
CREATE FUNCTION tenancy.quota_reconcile_pool(parent uuid, resource text)
  RETURNS TABLE ("recorded" bigint, "counted" bigint)
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_period date := tenancy.quota_period(resource);
BEGIN
  IF at_period IS NULL OR NOT EXISTS (
    SELECT 1 FROM public."WorkspaceQuota" AS q
     WHERE q."workspaceId" = parent AND q."resourceType" = resource AND q."layer" = 'pool') THEN
    RETURN;
  END IF;
  PERFORM tenancy.quota_hold_family(parent);
  PERFORM tenancy.quota_lock(c."id", resource, at_period, false) FROM (
    SELECT w."id" FROM public."Workspace" AS w WHERE w."parentWorkspaceId" = parent ORDER BY w."id") AS c;
  PERFORM tenancy.quota_lock(parent, resource, at_period, true);
  SELECT sum(u."used") INTO "recorded" FROM public."WorkspaceUsage" AS u
   WHERE u."workspaceId" = parent AND u."resourceType" = resource AND u."period" = at_period AND u."isPool";
  "counted" := "recorded";
  IF at_period = '-infinity' THEN
    SELECT coalesce(sum(u."used"), 0) INTO "counted" FROM public."WorkspaceUsage" AS u
      JOIN public."Workspace" AS w ON w."id" = u."workspaceId" AND w."parentWorkspaceId" = parent
     WHERE u."resourceType" = resource AND u."period" = at_period AND NOT u."isPool";
    IF "counted" <> "recorded" THEN
      UPDATE public."WorkspaceUsage" AS u SET "room" = 0,
             "used" = u."used" + CASE WHEN u."slot" = 0 THEN "counted" - "recorded" ELSE 0 END
       WHERE u."workspaceId" = parent AND u."resourceType" = resource AND u."period" = at_period AND u."isPool";
    END IF;
  END IF;
  RETURN NEXT;
END
$$;

-- Whether usage is no longer at a share of the limit that it had risen to, or its month has ended.
CREATE FUNCTION tenancy.quota_is_left(mark public."QuotaCrossing")
  RETURNS boolean
  LANGUAGE sql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT mark."period" NOT IN ('-infinity', tenancy.month_of(tenancy.quota_now()))
      OR coalesce((SELECT sum(u."used") FROM public."WorkspaceUsage" AS u
                    WHERE u."workspaceId" = mark."workspaceId" AND u."resourceType" = mark."resourceType"
                      AND u."period" = mark."period" AND u."isPool" = mark."isPool"), 0)
         < coalesce(tenancy.quota_point(CASE WHEN mark."isPool"
             THEN (SELECT q."amount" FROM public."WorkspaceQuota" AS q
                    WHERE q."workspaceId" = mark."workspaceId" AND q."resourceType" = mark."resourceType" AND q."layer" = 'pool')
             ELSE (SELECT l."amount" FROM tenancy.quota_limits(mark."workspaceId", mark."resourceType") AS l) END,
             mark."percent"), 9223372036854775807);
$$;

-- What time does to quotas: reservations run out, a threshold is left behind, a month ends. Answers what was done. Waits for
-- nobody who is using a counter: what is in use is done the next time.
CREATE FUNCTION tenancy.quota_upkeep()
  RETURNS TABLE ("expired" bigint, "resolved" bigint)
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  late record;
  mark public."QuotaCrossing";
  amount bigint;
  pool uuid;
  is_held boolean;
BEGIN
  "expired" := 0;
  "resolved" := 0;
  FOR late IN
    SELECT DISTINCT r."workspaceId", r."resourceType", r."period" FROM public."QuotaReservation" AS r
     WHERE r."state" = 'Open' AND r."expiresAt" <= now() ORDER BY 1, 2, 3
  LOOP
    amount := tenancy.quota_expire_unlocked(late."workspaceId", late."resourceType", late."period");
    IF amount > 0 THEN
      SELECT u."poolWorkspaceId" INTO pool FROM public."WorkspaceUsage" AS u
       WHERE u."workspaceId" = late."workspaceId" AND u."resourceType" = late."resourceType" AND u."period" = late."period"
         AND NOT u."isPool" LIMIT 1;
      PERFORM tenancy.quota_give_own(pool, late."resourceType", late."period", true, amount);
      "expired" := "expired" + amount;
    END IF;
  END LOOP;

  FOR mark IN
    SELECT c.* FROM public."QuotaCrossing" AS c WHERE c."resolvedAt" IS NULL AND tenancy.quota_is_left(c)
     ORDER BY c."workspaceId", c."resourceType", c."period", c."isPool", c."percent"
  LOOP
    -- Under the counter's lock, lest it rises again meanwhile and nobody is told.
    PERFORM 1 FROM public."WorkspaceUsage" AS u
      WHERE u."workspaceId" = mark."workspaceId" AND u."resourceType" = mark."resourceType" AND u."period" = mark."period"
        AND u."isPool" = mark."isPool" ORDER BY u."slot" FOR NO KEY UPDATE SKIP LOCKED;
    GET DIAGNOSTICS amount = ROW_COUNT;
    SELECT count(*) = amount INTO is_held FROM public."WorkspaceUsage" AS u
     WHERE u."workspaceId" = mark."workspaceId" AND u."resourceType" = mark."resourceType" AND u."period" = mark."period"
       AND u."isPool" = mark."isPool";
    CONTINUE WHEN NOT is_held OR NOT tenancy.quota_is_left(mark);
    UPDATE public."QuotaCrossing" AS c SET "resolvedAt" = now()
     WHERE c."workspaceId" = mark."workspaceId" AND c."id" = mark."id" AND c."resolvedAt" IS NULL;
    CONTINUE WHEN NOT FOUND;
    -- What room there is may lead past the share that is to be noticed again.
    UPDATE public."WorkspaceUsage" AS u SET "room" = 0
     WHERE u."workspaceId" = mark."workspaceId" AND u."resourceType" = mark."resourceType" AND u."period" = mark."period"
       AND u."isPool" = mark."isPool";
    INSERT INTO public."TenantJob" ("workspaceId", "task", "key", "actor", "requestId", "input")
      VALUES (mark."workspaceId", 'notifyQuotaCrossing', 'quotaCrossing:' || mark."id" || ':resolved',
              '{"type": "worker", "id": "quotas"}', 'quotas',
              jsonb_build_object('crossingId', mark."id", 'state', 'resolved'))
      ON CONFLICT DO NOTHING;
    "resolved" := "resolved" + 1;
  END LOOP;
  RETURN NEXT;
END
$$;

-- Notes how usage stands, where it is not as last noted; answers of how many counters.
CREATE FUNCTION tenancy.quota_sample()
  RETURNS bigint
  LANGUAGE sql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  WITH standing AS (
    SELECT u."workspaceId", u."resourceType", u."period", sum(u."used")::bigint AS used FROM public."WorkspaceUsage" AS u
     WHERE NOT u."isPool" AND u."period" IN ('-infinity', tenancy.month_of(tenancy.quota_now()))
     GROUP BY 1, 2, 3), noted AS (
    INSERT INTO public."WorkspaceUsageSample" AS s ("workspaceId", "resourceType", "hour", "period", "used", "peak")
    SELECT n."workspaceId", n."resourceType", date_trunc('hour', tenancy.quota_now()), n."period", n.used, n.used
      FROM standing AS n
     WHERE n.used IS DISTINCT FROM (
       SELECT l."used" FROM public."WorkspaceUsageSample" AS l
        WHERE l."workspaceId" = n."workspaceId" AND l."resourceType" = n."resourceType" AND l."period" = n."period"
        ORDER BY l."hour" DESC LIMIT 1)
    ON CONFLICT ("workspaceId", "resourceType", "hour", "period")
      DO UPDATE SET "used" = excluded."used", "peak" = greatest(s."peak", excluded."peak")
    RETURNING 1)
  SELECT count(*) FROM noted;
$$;

REVOKE ALL ON FUNCTION
  tenancy.quota_now(), tenancy.month_of(timestamptz), tenancy.quota_period(text), tenancy.quota_limits(uuid, text),
  tenancy.quota_thresholds(uuid, text), tenancy.quota_point(bigint, bigint),
  tenancy.quota_cross(uuid, text, date, boolean, bigint, bigint), tenancy.quota_refuse(text, date, boolean, bigint, bigint, bigint),
  tenancy.quota_expire(uuid, text, date), tenancy.quota_lock(uuid, text, date, boolean),
  tenancy.quota_settle(uuid, text, date, boolean, bigint, boolean, boolean),
  tenancy.quota_take(uuid, text, date, boolean, bigint, boolean, boolean),
  tenancy.quota_give_own(uuid, text, date, boolean, bigint), tenancy.quota_give(uuid, text, date, boolean, bigint),
  tenancy.quota_apply(uuid, text, date, bigint, bigint, boolean), tenancy.is_exempt(uuid, text, uuid),
  tenancy.is_group_segment(uuid, text), tenancy.quota_void(uuid, text),
  tenancy.quota_void_children(uuid, text), tenancy.quota_void_pool(uuid, text), tenancy.quota_periods(uuid, text, boolean),
  tenancy.quota_resources(), tenancy.quota_hold_family(uuid), tenancy.quota_expire_unlocked(uuid, text, date),
  tenancy.quota_is_left(public."QuotaCrossing"), tenancy.quota_reconcile_pool(uuid, text), tenancy.own_workspace(), tenancy.require_own_workspace(uuid),
  tenancy.quota_states_of(uuid), tenancy.quota_states(),
  tenancy.quota_reserve(uuid, text, bigint, boolean, text, interval), tenancy.quota_end_reservation(uuid, uuid, bigint),
  tenancy.quota_consume(uuid, text, bigint, boolean), tenancy.quota_recount(uuid, text, date),
  tenancy.quota_reconcile(uuid, text), tenancy.quota_upkeep(), tenancy.quota_sample()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  tenancy.own_workspace(), tenancy.quota_states(), tenancy.quota_reserve(uuid, text, bigint, boolean, text, interval),
  tenancy.quota_end_reservation(uuid, uuid, bigint), tenancy.quota_consume(uuid, text, bigint, boolean),
  tenancy.quota_now(), tenancy.month_of(timestamptz)
  TO dittofeed_app, dittofeed_system;
GRANT EXECUTE ON FUNCTION
  tenancy.quota_states_of(uuid), tenancy.quota_reconcile(uuid, text), tenancy.quota_reconcile_pool(uuid, text),
  tenancy.quota_upkeep(), tenancy.quota_sample()
  TO dittofeed_system;

-- One row for each resource of the registry. The amounts are brought up to date at every start.
INSERT INTO public."QuotaDefault" ("resourceType", "isMonthly", "amount") VALUES
  ('users', false, 100000), ('segments', false, 1000), ('journeys', false, 1000), ('templates', false, 1000),
  ('storage', false, 10737418240), ('messages', true, 1000000), ('broadcasts', false, 10000),
  ('subscriptionGroups', false, 1000), ('userProperties', false, 1000), ('members', false, 1000), ('events', true, NULL);

-- What a workspace began with: made in the same moment as itself.
INSERT INTO public."QuotaExemption" ("workspaceId", "resourceType", "resourceId")
SELECT made."workspaceId", made.resource, made."id" FROM (
  SELECT 'userProperties' AS resource, "workspaceId", "id", "createdAt" FROM public."UserProperty"
  UNION ALL SELECT 'templates', "workspaceId", "id", "createdAt" FROM public."MessageTemplate"
  UNION ALL SELECT 'subscriptionGroups', "workspaceId", "id", "createdAt" FROM public."SubscriptionGroup") AS made
  JOIN public."Workspace" AS w ON w."id" = made."workspaceId"
 WHERE made."createdAt" <= w."createdAt" + interval '5 seconds'
ON CONFLICT DO NOTHING;

-- Which rows count, and for what. A new resource is one entry of the registry, one row of "QuotaDefault", and for a new table
-- its triggers here. Deleting an event or a message gives nothing back: it was used.
-- users
CREATE TRIGGER count_insert AFTER INSERT ON public."WorkspaceUser" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_users('users', '1', 'r."traitsBytes"', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."WorkspaceUser" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_users('users', '1', 'r."traitsBytes"', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."WorkspaceUser" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_users('users', '1', 'r."traitsBytes"', '''-infinity''');
-- segments
CREATE TRIGGER count_insert AFTER INSERT ON public."Segment" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('segments', '(NOT tenancy.is_group_segment(r."subscriptionGroupId", r."name"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."Segment" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('segments', '(NOT tenancy.is_group_segment(r."subscriptionGroupId", r."name"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."Segment" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('segments', '(NOT tenancy.is_group_segment(r."subscriptionGroupId", r."name"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
-- journeys
CREATE TRIGGER count_insert AFTER INSERT ON public."Journey" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('journeys', '1', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."Journey" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('journeys', '1', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."Journey" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('journeys', '1', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
-- templates
CREATE TRIGGER count_insert AFTER INSERT ON public."MessageTemplate" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('templates', '(NOT tenancy.is_exempt(r."workspaceId", ''templates'', r."id"))::integer', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."MessageTemplate" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('templates', '(NOT tenancy.is_exempt(r."workspaceId", ''templates'', r."id"))::integer', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."MessageTemplate" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('templates', '(NOT tenancy.is_exempt(r."workspaceId", ''templates'', r."id"))::integer', 'coalesce(octet_length(r."definition"::text), 0) + coalesce(octet_length(r."draft"::text), 0)', '''-infinity''');
-- broadcasts
CREATE TRIGGER count_insert AFTER INSERT ON public."Broadcast" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('broadcasts', '1', '0', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."Broadcast" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('broadcasts', '1', '0', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."Broadcast" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('broadcasts', '1', '0', '''-infinity''');
-- subscriptionGroups
CREATE TRIGGER count_insert AFTER INSERT ON public."SubscriptionGroup" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('subscriptionGroups', '(NOT tenancy.is_exempt(r."workspaceId", ''subscriptionGroups'', r."id"))::integer', '0', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."SubscriptionGroup" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('subscriptionGroups', '(NOT tenancy.is_exempt(r."workspaceId", ''subscriptionGroups'', r."id"))::integer', '0', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."SubscriptionGroup" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('subscriptionGroups', '(NOT tenancy.is_exempt(r."workspaceId", ''subscriptionGroups'', r."id"))::integer', '0', '''-infinity''');
-- userProperties
CREATE TRIGGER count_insert AFTER INSERT ON public."UserProperty" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('userProperties', '(NOT tenancy.is_exempt(r."workspaceId", ''userProperties'', r."id"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."UserProperty" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('userProperties', '(NOT tenancy.is_exempt(r."workspaceId", ''userProperties'', r."id"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."UserProperty" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('userProperties', '(NOT tenancy.is_exempt(r."workspaceId", ''userProperties'', r."id"))::integer', 'octet_length(r."definition"::text)', '''-infinity''');
-- members
CREATE TRIGGER count_insert AFTER INSERT ON public."WorkspaceMemberRole" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('members', '1', '0', '''-infinity''');
CREATE TRIGGER count_update AFTER UPDATE ON public."WorkspaceMemberRole" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('members', '1', '0', '''-infinity''');
CREATE TRIGGER count_delete AFTER DELETE ON public."WorkspaceMemberRole" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('members', '1', '0', '''-infinity''');
-- events
CREATE TRIGGER count_insert AFTER INSERT ON public."UserEvent" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_events('events', '1', '0', 'tenancy.month_of(r."processingTime")');
CREATE TRIGGER count_update AFTER UPDATE ON public."UserEvent" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_rows('events', '1', '0', 'tenancy.month_of(r."processingTime")');
CREATE TRIGGER count_delete AFTER DELETE ON public."UserEvent" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.keep_used('events', '1', '0', 'tenancy.month_of(r."processingTime")');
-- messages
CREATE TRIGGER count_insert AFTER INSERT ON public."Message" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_messages('messages', '(r."state" <> ''Skipped'')::integer', '0', 'r."period"');
CREATE TRIGGER count_update AFTER UPDATE ON public."Message" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.count_messages('messages', '(r."state" <> ''Skipped'')::integer', '0', 'r."period"');
CREATE TRIGGER count_delete AFTER DELETE ON public."Message" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.keep_used('messages', '(r."state" <> ''Skipped'')::integer', '0', 'r."period"');
-- What TRUNCATE empties. Only the owner may.
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."WorkspaceUser" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('users');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."Segment" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('segments');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."Journey" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('journeys');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."MessageTemplate" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('templates');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."Broadcast" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('broadcasts');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."SubscriptionGroup" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('subscriptionGroups');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."UserProperty" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('userProperties');
CREATE TRIGGER count_truncate AFTER TRUNCATE ON public."WorkspaceMemberRole" FOR EACH STATEMENT EXECUTE FUNCTION tenancy.recount_emptied('members');

-- Counts what is there. The triggers above hold off every writer until this has committed.
DO $$
DECLARE
  rule record;
BEGIN
  FOR rule IN
    SELECT t.tgrelid::regclass AS counted, string_to_array(encode(t.tgargs, 'escape'), '\000') AS args
      FROM pg_catalog.pg_trigger AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid AND c.relnamespace = 'public'::regnamespace
      JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid AND p.pronamespace = 'tenancy'::regnamespace
     WHERE t.tgname = 'count_insert' AND t.tgparentid = 0 AND NOT t.tgisinternal
  LOOP
    EXECUTE format(
      'INSERT INTO public."WorkspaceUsage" AS u ("workspaceId", "resourceType", "period", "used")'
      ' SELECT r."workspaceId", %L, (%s)::date, sum(%s) FROM %s AS r WHERE (%s)::date >= tenancy.quota_period(%L) GROUP BY 1, 3'
      ' ON CONFLICT ("workspaceId", "resourceType", "period", "isPool", "slot") DO UPDATE SET "used" = u."used" + excluded."used"',
      rule.args[1], rule.args[4], rule.args[2], rule.counted, rule.args[4], rule.args[1]);
    IF rule.args[3] <> '0' THEN
      EXECUTE format(
        'INSERT INTO public."WorkspaceUsage" AS u ("workspaceId", "resourceType", "period", "used")'
        ' SELECT r."workspaceId", ''storage'', ''-infinity'', sum(%s) FROM %s AS r GROUP BY 1'
        ' ON CONFLICT ("workspaceId", "resourceType", "period", "isPool", "slot") DO UPDATE SET "used" = u."used" + excluded."used"',
        rule.args[3], rule.counted);
    END IF;
  END LOOP;
END
$$;
