-- Work in the background takes turns: of the workspaces with a job that is due, the one served longest ago is next, however
-- many jobs the others have. The jobs are public."TenantJob", within each tenant's policy; whose turn it is, is nobody's
-- to see or to change: tenancy."JobTurn" is reached through the two functions here alone, which run as the owner.
-- Locks: ACCESS EXCLUSIVE on "TenantJob", which is new; SHARE ROW EXCLUSIVE on "Workspace" for an instant.

ALTER TABLE public."TenantJob" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."TenantJob" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."TenantJob";
CREATE POLICY tenant_isolation ON public."TenantJob" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."TenantJob";
CREATE POLICY system_all ON public."TenantJob" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."TenantJob";
CREATE POLICY owner_all ON public."TenantJob" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."TenantJob" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."TenantJob" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."TenantJob" TO dittofeed_system;

CREATE TABLE tenancy."JobTurn" (
  "workspaceId" uuid NOT NULL,
  -- Not later than the first moment at which one of its jobs may be taken; NULL: it has none.
  "dueAt" timestamptz,
  -- When it last had its turn. Kept while it has no jobs: who comes back soon is not taken for new.
  "servedAt" timestamptz NOT NULL DEFAULT '-infinity',
  CONSTRAINT "JobTurn_pkey" PRIMARY KEY ("workspaceId"),
  CONSTRAINT "JobTurn_workspaceId_fkey" FOREIGN KEY ("workspaceId")
    REFERENCES public."Workspace" ("id") ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX "JobTurn_servedAt_idx" ON tenancy."JobTurn" ("servedAt") WHERE "dueAt" IS NOT NULL;
REVOKE ALL ON tenancy."JobTurn" FROM PUBLIC, dittofeed_app, dittofeed_system;
ALTER TABLE tenancy."JobTurn" ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy."JobTurn" FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON tenancy."JobTurn" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);

-- Puts the workspace of a job in line. Runs when its transaction commits, so that a long one holds nobody up. The lock
-- for KEY SHARE is what taking a workspace out of line waits for, and nothing else: no job falls between the two.
CREATE FUNCTION tenancy.line_up_for_jobs()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM 1 FROM tenancy."JobTurn" AS t
    WHERE t."workspaceId" = NEW."workspaceId" AND t."dueAt" <= NEW."runAt"
    FOR KEY SHARE;
  IF NOT FOUND THEN
    INSERT INTO tenancy."JobTurn" AS t ("workspaceId", "dueAt") VALUES (NEW."workspaceId", NEW."runAt")
      ON CONFLICT ("workspaceId") DO UPDATE SET "dueAt" = least(t."dueAt", excluded."dueAt");
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tenancy.line_up_for_jobs() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER line_up_for_jobs
  AFTER INSERT OR UPDATE OF "state", "runAt" ON public."TenantJob"
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW."state" = 'Waiting' AND NEW."leaseId" IS NULL)
  EXECUTE FUNCTION tenancy.line_up_for_jobs();

-- Takes the next job of the Active workspace served longest ago that has one due and fewer than `most_at_once` under way;
-- answers no row when there is none. The job is the taker's for `lease`; one whose lease has passed was abandoned, and
-- is due again. One statement is one transaction: now() is its start.
CREATE FUNCTION tenancy.take_tenant_job(most_at_once integer, lease interval)
  RETURNS SETOF public."TenantJob"
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  turn uuid;
  passed uuid[] := '{}';
BEGIN
  -- A round without a job puts a workspace out of line, or passes it over.
  FOR round IN 1..100 LOOP
    SELECT t."workspaceId" INTO turn
      FROM tenancy."JobTurn" AS t
      JOIN public."Workspace" AS w ON w."id" = t."workspaceId"
     WHERE t."dueAt" <= now() AND w."status" = 'Active' AND t."workspaceId" <> ALL (passed)
       AND (SELECT count(*) FROM public."TenantJob" AS j
             WHERE j."workspaceId" = t."workspaceId" AND j."leaseId" IS NOT NULL AND j."runAt" > now()) < most_at_once
     ORDER BY t."servedAt"
     LIMIT 1
       FOR NO KEY UPDATE OF t SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN;
    END IF;

    -- Counted again: another may have taken one of its jobs before this one had the lock.
    RETURN QUERY
      UPDATE public."TenantJob" AS job
         SET "attempts" = job."attempts" + 1, "leaseId" = gen_random_uuid(), "runAt" = now() + lease
       WHERE job."workspaceId" = turn
         AND job."id" = (SELECT j."id" FROM public."TenantJob" AS j
                          WHERE j."workspaceId" = turn AND j."state" = 'Waiting' AND j."runAt" <= now()
                          ORDER BY j."runAt", j."id" LIMIT 1 FOR UPDATE SKIP LOCKED)
         AND (SELECT count(*) FROM public."TenantJob" AS j
               WHERE j."workspaceId" = turn AND j."leaseId" IS NOT NULL AND j."runAt" > now()) < most_at_once
      RETURNING job.*;
    IF FOUND THEN
      UPDATE tenancy."JobTurn" AS t SET "servedAt" = clock_timestamp() WHERE t."workspaceId" = turn;
      RETURN;
    END IF;

    PERFORM 1 FROM tenancy."JobTurn" AS t WHERE t."workspaceId" = turn FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      UPDATE tenancy."JobTurn" AS t
         SET "dueAt" = (SELECT min(j."runAt") FROM public."TenantJob" AS j
                         WHERE j."workspaceId" = turn AND j."state" = 'Waiting')
       WHERE t."workspaceId" = turn;
    ELSE -- a job of it is being committed
      passed := passed || turn;
    END IF;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION tenancy.take_tenant_job(integer, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.take_tenant_job(integer, interval) TO dittofeed_system;
