-- When something that is cached changes, its generation grows: here, in the transaction of whoever changes it, so that no path
-- goes past it, and every process hears of it at the commit. Owns which table is of which scope; db/cacheScopes.ts says the
-- same, and a test holds both together. What a generation is good for: multitenancy/cache.ts.
--
-- A generation has up to 64 rows, one for each slot. A session adds to its own, so that two who change the same thing wait for
-- each other only when their process ids have the same remainder; then until the first one's commit. What counts is the sum.
-- It grows with every commit and never becomes what it was: a slot's generation is the time in milliseconds, or one more than
-- before. So even what was cached before a backup was restored, or before a failover to a standby that was behind, is not taken
-- for new. That is also why no foreign key leads to "Workspace": a workspace's id may come back, its generations may not begin anew.
--
-- Names before count_*: triggers of one event run in the order of their names, and who has to wait for a slot waits before
-- holding a quota's counter, which more sessions want. Within a statement the workspaces are taken in the order of their ids.
-- An UPDATE that changes nothing is said like any other: that costs one reload, and comparing rows would cost every writer.
--
-- A workspace is named for its own rows alone. What a parent lends to its children, roles, admin keys and limits, is said of the
-- parent: a value that is made of both rests on both. A member is named like a workspace, for its row and its accounts.
--
-- Not seen: what is written with session_replication_role = replica, as by a logical subscriber, which no trigger of ours
-- sees, quotas included. Whoever writes so says afterwards: SELECT tenancy.cache_forget('00000000-0000-0000-0000-000000000000', '*').
-- A transaction that changed something cached cannot be prepared for two-phase commit: PostgreSQL refuses that after a NOTIFY.
-- Locks: SHARE ROW EXCLUSIVE on each table while it gets its triggers: writers wait for a moment.

ALTER TABLE public."CacheGeneration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."CacheGeneration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS system_all ON public."CacheGeneration";
CREATE POLICY system_all ON public."CacheGeneration" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."CacheGeneration";
CREATE POLICY owner_all ON public."CacheGeneration" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."CacheGeneration" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."CacheGeneration" TO dittofeed_system;

-- Makes everything outdated that caches hold of a scope of a workspace, from this transaction's commit on. Scope `*` is
-- everything of the workspace, and everything of everybody for the nil UUID.
CREATE FUNCTION tenancy.cache_forget(workspace uuid, scope text)
  RETURNS void
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public."CacheGeneration" AS g ("workspaceId", "scope", "slot", "generation")
    VALUES (workspace, scope, pg_backend_pid() % 64, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
    ON CONFLICT ON CONSTRAINT "CacheGeneration_pkey"
      DO UPDATE SET "generation" = greatest(g."generation" + 1, excluded."generation");
  -- Every login may listen. None is to learn a workspace's id by it, so a digest stands for it.
  PERFORM pg_notify('tenant_cache', encode(sha256(uuid_send(workspace)), 'hex') || ' ' || scope);
END
$$;

-- Says what a statement changed. The trigger says, in SQL over a row `r`, whose it is, and then the scopes. The directory is of
-- no workspace: it is forgotten once, whichever changed.
CREATE FUNCTION tenancy.cache_changed()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  named_at_most constant bigint := 100;
  scopes constant text[] := TG_ARGV[1:];
  changed uuid[];
  is_everybody boolean := TG_OP = 'TRUNCATE';
BEGIN
  IF NOT is_everybody THEN
    EXECUTE format(
      'SELECT array_agg(c.id) FROM (SELECT DISTINCT %s AS id FROM %s AS r LIMIT %s) AS c',
      TG_ARGV[0],
      CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'DELETE' THEN 'removed'
        ELSE '(SELECT a.* FROM added AS a UNION ALL SELECT d.* FROM removed AS d)' END,
      named_at_most + 1) INTO changed;
    IF changed IS NULL THEN
      RETURN NULL;
    END IF;
    is_everybody := cardinality(changed) > named_at_most;
  END IF;
  IF is_everybody THEN
    PERFORM tenancy.cache_forget(nobody, '*');
  ELSE
    PERFORM tenancy.cache_forget(f.workspace, f.scope) FROM (
      SELECT CASE WHEN s.scope = 'directory' THEN nobody ELSE c.id END AS workspace, s.scope
        FROM unnest(changed) AS c(id) CROSS JOIN unnest(scopes) AS s(scope)
       GROUP BY 1, 2 ORDER BY 1, 2) AS f;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION tenancy.cache_forget(uuid, text), tenancy.cache_changed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.cache_forget(uuid, text) TO dittofeed_system;

-- A new cached table is one entry of db/cacheScopes.ts and its triggers here. A default holds for everybody.

CREATE TRIGGER cache_insert AFTER INSERT ON public."AdminApiKey" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_update AFTER UPDATE ON public."AdminApiKey" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_delete AFTER DELETE ON public."AdminApiKey" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."AdminApiKey" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_insert AFTER INSERT ON public."ComponentConfiguration" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."ComponentConfiguration" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."ComponentConfiguration" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."ComponentConfiguration" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."DefaultEmailProvider" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."DefaultEmailProvider" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."DefaultEmailProvider" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."DefaultEmailProvider" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."DefaultSmsProvider" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."DefaultSmsProvider" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."DefaultSmsProvider" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."DefaultSmsProvider" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."EmailProvider" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."EmailProvider" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."EmailProvider" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."EmailProvider" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."EmailTemplate" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_update AFTER UPDATE ON public."EmailTemplate" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_delete AFTER DELETE ON public."EmailTemplate" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."EmailTemplate" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_insert AFTER INSERT ON public."Integration" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."Integration" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."Integration" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."Integration" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."Journey" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'journeys');
CREATE TRIGGER cache_update AFTER UPDATE ON public."Journey" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'journeys');
CREATE TRIGGER cache_delete AFTER DELETE ON public."Journey" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'journeys');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."Journey" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'journeys');
CREATE TRIGGER cache_insert AFTER INSERT ON public."MessageTemplate" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_update AFTER UPDATE ON public."MessageTemplate" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_delete AFTER DELETE ON public."MessageTemplate" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."MessageTemplate" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'templates');
CREATE TRIGGER cache_insert AFTER INSERT ON public."QuotaDefault" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('''00000000-0000-0000-0000-000000000000''::uuid', '*');
CREATE TRIGGER cache_update AFTER UPDATE ON public."QuotaDefault" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('''00000000-0000-0000-0000-000000000000''::uuid', '*');
CREATE TRIGGER cache_delete AFTER DELETE ON public."QuotaDefault" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('''00000000-0000-0000-0000-000000000000''::uuid', '*');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."QuotaDefault" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('''00000000-0000-0000-0000-000000000000''::uuid', '*');
CREATE TRIGGER cache_insert AFTER INSERT ON public."QuotaNotification" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_update AFTER UPDATE ON public."QuotaNotification" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_delete AFTER DELETE ON public."QuotaNotification" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."QuotaNotification" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_insert AFTER INSERT ON public."Secret" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."Secret" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."Secret" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."Secret" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."Segment" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'segments');
CREATE TRIGGER cache_update AFTER UPDATE ON public."Segment" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'segments');
CREATE TRIGGER cache_delete AFTER DELETE ON public."Segment" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'segments');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."Segment" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'segments');
CREATE TRIGGER cache_insert AFTER INSERT ON public."SegmentIOConfiguration" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."SegmentIOConfiguration" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."SegmentIOConfiguration" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."SegmentIOConfiguration" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."SmsProvider" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."SmsProvider" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."SmsProvider" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."SmsProvider" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."SubscriptionGroup" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'subscriptionGroups');
CREATE TRIGGER cache_update AFTER UPDATE ON public."SubscriptionGroup" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'subscriptionGroups');
CREATE TRIGGER cache_delete AFTER DELETE ON public."SubscriptionGroup" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'subscriptionGroups');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."SubscriptionGroup" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'subscriptionGroups');
CREATE TRIGGER cache_insert AFTER INSERT ON public."SubscriptionManagementTemplate" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."SubscriptionManagementTemplate" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."SubscriptionManagementTemplate" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."SubscriptionManagementTemplate" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'settings');
CREATE TRIGGER cache_insert AFTER INSERT ON public."UserProperty" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_update AFTER UPDATE ON public."UserProperty" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_delete AFTER DELETE ON public."UserProperty" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."UserProperty" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_insert AFTER INSERT ON public."UserPropertyIndex" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_update AFTER UPDATE ON public."UserPropertyIndex" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_delete AFTER DELETE ON public."UserPropertyIndex" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."UserPropertyIndex" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'userProperties');
CREATE TRIGGER cache_insert AFTER INSERT ON public."Workspace" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access', 'directory', 'quotas');
CREATE TRIGGER cache_update AFTER UPDATE ON public."Workspace" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access', 'directory', 'quotas');
CREATE TRIGGER cache_delete AFTER DELETE ON public."Workspace" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access', 'directory', 'quotas');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."Workspace" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access', 'directory', 'quotas');
CREATE TRIGGER cache_insert AFTER INSERT ON public."WorkspaceMembeAccount" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceMemberId"', 'access');
CREATE TRIGGER cache_update AFTER UPDATE ON public."WorkspaceMembeAccount" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceMemberId"', 'access');
CREATE TRIGGER cache_delete AFTER DELETE ON public."WorkspaceMembeAccount" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceMemberId"', 'access');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."WorkspaceMembeAccount" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceMemberId"', 'access');
CREATE TRIGGER cache_insert AFTER INSERT ON public."WorkspaceMember" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access');
CREATE TRIGGER cache_update AFTER UPDATE ON public."WorkspaceMember" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access');
CREATE TRIGGER cache_delete AFTER DELETE ON public."WorkspaceMember" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."WorkspaceMember" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."id"', 'access');
CREATE TRIGGER cache_insert AFTER INSERT ON public."WorkspaceMemberRole" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_update AFTER UPDATE ON public."WorkspaceMemberRole" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_delete AFTER DELETE ON public."WorkspaceMemberRole" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."WorkspaceMemberRole" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access');
CREATE TRIGGER cache_insert AFTER INSERT ON public."WorkspaceQuota" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_update AFTER UPDATE ON public."WorkspaceQuota" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_delete AFTER DELETE ON public."WorkspaceQuota" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."WorkspaceQuota" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'quotas');
CREATE TRIGGER cache_insert AFTER INSERT ON public."WriteKey" REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_update AFTER UPDATE ON public."WriteKey" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_delete AFTER DELETE ON public."WriteKey" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
CREATE TRIGGER cache_truncate AFTER TRUNCATE ON public."WriteKey" FOR EACH STATEMENT
  EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'access', 'settings');
