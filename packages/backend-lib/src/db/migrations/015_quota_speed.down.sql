-- What 012 and 013 said before: slower, not other.
CREATE OR REPLACE FUNCTION tenancy.quota_take(
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

CREATE OR REPLACE FUNCTION tenancy.count_users()
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

CREATE OR REPLACE FUNCTION tenancy.count_events()
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

CREATE OR REPLACE FUNCTION tenancy.count_messages()
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

DROP FUNCTION IF EXISTS tenancy.quota_add_slot(uuid, text, date, boolean, bigint, bigint, uuid);
