-- Roles, and row-level security on every table that holds a tenant's data. Each table is ENABLED and FORCED, so that
-- its owner is bound as well; allow-all policies are written out per role instead of BYPASSRLS, which managed Postgres
-- does not grant. The part below the roles is generated from db/policies.ts (`yarn db:policies`).
-- Locks: ACCESS EXCLUSIVE on each table, for as long as this transaction takes (milliseconds; no table is rewritten).

DO $$
DECLARE
  role_name text;
  can_create boolean;
  owner_name text;
  is_super boolean;
  -- Since Postgres 16 the maker of a role may hand it on, but neither has its rights nor may take it on until it grants
  -- the role to itself; and a grant says for itself whether rights are inherited.
  since_16 boolean := current_setting('server_version_num')::integer >= 160000;
  fully text := CASE WHEN since_16 THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END;
BEGIN
  SELECT r.rolsuper OR r.rolcreaterole, r.rolsuper INTO can_create, is_super
    FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user;

  FOREACH role_name IN ARRAY ARRAY['dittofeed_owner', 'dittofeed_app', 'dittofeed_system'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles AS r WHERE r.rolname = role_name) THEN
      IF NOT can_create THEN
        RAISE EXCEPTION 'role % does not exist and % may not create it', role_name, current_user
          USING HINT = format('As an administrator: CREATE ROLE dittofeed_owner NOLOGIN; CREATE ROLE dittofeed_app NOLOGIN; CREATE ROLE dittofeed_system NOLOGIN; GRANT dittofeed_owner, dittofeed_app, dittofeed_system TO %I; then run this again.', current_user);
      END IF;
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- roles belong to the whole server: another database was being migrated at this moment
      END;
    END IF;
  END LOOP;

  -- Whoever owns the tables by another name (Dittofeed's own login) stays able to work on them: USAGE is to have the
  -- role's rights, and so its policies, without taking it on.
  FOR owner_name IN
    SELECT DISTINCT pg_catalog.pg_get_userbyid(c.relowner)
      FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND c.relname IN ('AdminApiKey', 'Broadcast', 'ComponentConfiguration', 'ComputedPropertyPeriod', 'DefaultEmailProvider', 'DefaultSmsProvider', 'EmailProvider', 'EmailTemplate', 'Feature', 'Integration', 'Journey', 'MessageTemplate', 'OauthToken', 'Secret', 'Segment', 'SegmentAssignment', 'SegmentIOConfiguration', 'SmsProvider', 'SubscriptionGroup', 'SubscriptionManagementTemplate', 'UserEventReceipt', 'UserJourneyEvent', 'UserProperty', 'UserPropertyAssignment', 'UserPropertyIndex', 'Workspace', 'WorkspaceMembeAccount', 'WorkspaceMember', 'WorkspaceMemberRole', 'WorkspaceOccupantSetting', 'WorkspaceRelation', 'WorkspaceUser', 'WriteKey')
     UNION SELECT current_user::text
  LOOP
    IF owner_name <> 'dittofeed_owner'
       AND NOT pg_catalog.pg_has_role(owner_name, 'dittofeed_owner', 'USAGE') THEN
      BEGIN
        EXECUTE format('GRANT dittofeed_owner TO %I', owner_name) || fully;
      EXCEPTION WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not grant dittofeed_owner to %', current_user, owner_name
          USING HINT = format('As an administrator: GRANT dittofeed_owner TO %I%s; then run this again.', owner_name, fully);
      END;
      IF NOT pg_catalog.pg_has_role(owner_name, 'dittofeed_owner', 'USAGE') THEN
        RAISE EXCEPTION '% does not inherit the rights of its roles and would see no row of its own tables', owner_name
          USING HINT = format('As an administrator: ALTER ROLE %I INHERIT; then run this again.', owner_name);
      END IF;
    END IF;
  END LOOP;

  -- With one login for everything, that login takes on the other roles for each statement; and whoever migrates has to
  -- be able to drop what the system role made (the job queue's tables).
  IF NOT is_super AND can_create THEN
    FOREACH role_name IN ARRAY ARRAY['dittofeed_app', 'dittofeed_system'] LOOP
      IF (current_user <> 'dittofeed_owner' OR role_name = 'dittofeed_system')
         AND NOT pg_catalog.pg_has_role(current_user, role_name, CASE WHEN since_16 THEN 'SET' ELSE 'MEMBER' END) THEN
        BEGIN
          EXECUTE format('GRANT %I TO %I', role_name, current_user) || fully;
        EXCEPTION WHEN insufficient_privilege THEN
          RAISE WARNING '% may not take on %: an administrator has to grant it if there is one login for everything, and before the job queue is dropped', current_user, role_name;
        END;
      END IF;
    END LOOP;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO dittofeed_app, dittofeed_system;

ALTER TABLE public."AdminApiKey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."AdminApiKey" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."AdminApiKey";
CREATE POLICY tenant_isolation ON public."AdminApiKey" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."AdminApiKey";
CREATE POLICY system_all ON public."AdminApiKey" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."AdminApiKey";
CREATE POLICY owner_all ON public."AdminApiKey" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."AdminApiKey" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."AdminApiKey" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."AdminApiKey" TO dittofeed_system;

ALTER TABLE public."Broadcast" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Broadcast" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Broadcast";
CREATE POLICY tenant_isolation ON public."Broadcast" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Broadcast";
CREATE POLICY system_all ON public."Broadcast" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Broadcast";
CREATE POLICY owner_all ON public."Broadcast" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Broadcast" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Broadcast" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Broadcast" TO dittofeed_system;

ALTER TABLE public."ComponentConfiguration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."ComponentConfiguration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."ComponentConfiguration";
CREATE POLICY tenant_isolation ON public."ComponentConfiguration" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."ComponentConfiguration";
CREATE POLICY system_all ON public."ComponentConfiguration" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."ComponentConfiguration";
CREATE POLICY owner_all ON public."ComponentConfiguration" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."ComponentConfiguration" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."ComponentConfiguration" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."ComponentConfiguration" TO dittofeed_system;

ALTER TABLE public."ComputedPropertyPeriod" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."ComputedPropertyPeriod" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."ComputedPropertyPeriod";
CREATE POLICY tenant_isolation ON public."ComputedPropertyPeriod" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."ComputedPropertyPeriod";
CREATE POLICY system_all ON public."ComputedPropertyPeriod" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."ComputedPropertyPeriod";
CREATE POLICY owner_all ON public."ComputedPropertyPeriod" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."ComputedPropertyPeriod" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."ComputedPropertyPeriod" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."ComputedPropertyPeriod" TO dittofeed_system;

ALTER TABLE public."DefaultEmailProvider" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."DefaultEmailProvider" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."DefaultEmailProvider";
CREATE POLICY tenant_isolation ON public."DefaultEmailProvider" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."DefaultEmailProvider";
CREATE POLICY system_all ON public."DefaultEmailProvider" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."DefaultEmailProvider";
CREATE POLICY owner_all ON public."DefaultEmailProvider" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."DefaultEmailProvider" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."DefaultEmailProvider" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."DefaultEmailProvider" TO dittofeed_system;

ALTER TABLE public."DefaultSmsProvider" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."DefaultSmsProvider" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."DefaultSmsProvider";
CREATE POLICY tenant_isolation ON public."DefaultSmsProvider" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."DefaultSmsProvider";
CREATE POLICY system_all ON public."DefaultSmsProvider" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."DefaultSmsProvider";
CREATE POLICY owner_all ON public."DefaultSmsProvider" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."DefaultSmsProvider" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."DefaultSmsProvider" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."DefaultSmsProvider" TO dittofeed_system;

ALTER TABLE public."EmailProvider" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."EmailProvider" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."EmailProvider";
CREATE POLICY tenant_isolation ON public."EmailProvider" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."EmailProvider";
CREATE POLICY system_all ON public."EmailProvider" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."EmailProvider";
CREATE POLICY owner_all ON public."EmailProvider" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."EmailProvider" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."EmailProvider" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."EmailProvider" TO dittofeed_system;

ALTER TABLE public."EmailTemplate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."EmailTemplate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."EmailTemplate";
CREATE POLICY tenant_isolation ON public."EmailTemplate" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."EmailTemplate";
CREATE POLICY system_all ON public."EmailTemplate" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."EmailTemplate";
CREATE POLICY owner_all ON public."EmailTemplate" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."EmailTemplate" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."EmailTemplate" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."EmailTemplate" TO dittofeed_system;

ALTER TABLE public."Feature" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Feature" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Feature";
CREATE POLICY tenant_isolation ON public."Feature" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Feature";
CREATE POLICY system_all ON public."Feature" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Feature";
CREATE POLICY owner_all ON public."Feature" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Feature" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."Feature" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Feature" TO dittofeed_system;

ALTER TABLE public."Integration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Integration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Integration";
CREATE POLICY tenant_isolation ON public."Integration" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Integration";
CREATE POLICY system_all ON public."Integration" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Integration";
CREATE POLICY owner_all ON public."Integration" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Integration" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Integration" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Integration" TO dittofeed_system;

ALTER TABLE public."Journey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Journey" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Journey";
CREATE POLICY tenant_isolation ON public."Journey" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Journey";
CREATE POLICY system_all ON public."Journey" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Journey";
CREATE POLICY owner_all ON public."Journey" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Journey" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Journey" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Journey" TO dittofeed_system;

ALTER TABLE public."MessageTemplate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."MessageTemplate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."MessageTemplate";
CREATE POLICY tenant_isolation ON public."MessageTemplate" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."MessageTemplate";
CREATE POLICY system_all ON public."MessageTemplate" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."MessageTemplate";
CREATE POLICY owner_all ON public."MessageTemplate" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."MessageTemplate" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."MessageTemplate" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."MessageTemplate" TO dittofeed_system;

ALTER TABLE public."OauthToken" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."OauthToken" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."OauthToken";
CREATE POLICY tenant_isolation ON public."OauthToken" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."OauthToken";
CREATE POLICY system_all ON public."OauthToken" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."OauthToken";
CREATE POLICY owner_all ON public."OauthToken" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."OauthToken" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."OauthToken" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."OauthToken" TO dittofeed_system;

ALTER TABLE public."Secret" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Secret" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Secret";
CREATE POLICY tenant_isolation ON public."Secret" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Secret";
CREATE POLICY system_all ON public."Secret" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Secret";
CREATE POLICY owner_all ON public."Secret" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Secret" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Secret" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Secret" TO dittofeed_system;

ALTER TABLE public."Segment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Segment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Segment";
CREATE POLICY tenant_isolation ON public."Segment" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Segment";
CREATE POLICY system_all ON public."Segment" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Segment";
CREATE POLICY owner_all ON public."Segment" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Segment" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Segment" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Segment" TO dittofeed_system;

ALTER TABLE public."SegmentAssignment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."SegmentAssignment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."SegmentAssignment";
CREATE POLICY tenant_isolation ON public."SegmentAssignment" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."SegmentAssignment";
CREATE POLICY system_all ON public."SegmentAssignment" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."SegmentAssignment";
CREATE POLICY owner_all ON public."SegmentAssignment" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."SegmentAssignment" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SegmentAssignment" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SegmentAssignment" TO dittofeed_system;

ALTER TABLE public."SegmentIOConfiguration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."SegmentIOConfiguration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."SegmentIOConfiguration";
CREATE POLICY tenant_isolation ON public."SegmentIOConfiguration" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."SegmentIOConfiguration";
CREATE POLICY system_all ON public."SegmentIOConfiguration" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."SegmentIOConfiguration";
CREATE POLICY owner_all ON public."SegmentIOConfiguration" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."SegmentIOConfiguration" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SegmentIOConfiguration" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SegmentIOConfiguration" TO dittofeed_system;

ALTER TABLE public."SmsProvider" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."SmsProvider" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."SmsProvider";
CREATE POLICY tenant_isolation ON public."SmsProvider" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."SmsProvider";
CREATE POLICY system_all ON public."SmsProvider" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."SmsProvider";
CREATE POLICY owner_all ON public."SmsProvider" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."SmsProvider" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SmsProvider" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SmsProvider" TO dittofeed_system;

ALTER TABLE public."SubscriptionGroup" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."SubscriptionGroup" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."SubscriptionGroup";
CREATE POLICY tenant_isolation ON public."SubscriptionGroup" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."SubscriptionGroup";
CREATE POLICY system_all ON public."SubscriptionGroup" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."SubscriptionGroup";
CREATE POLICY owner_all ON public."SubscriptionGroup" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."SubscriptionGroup" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SubscriptionGroup" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SubscriptionGroup" TO dittofeed_system;

ALTER TABLE public."SubscriptionManagementTemplate" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."SubscriptionManagementTemplate" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."SubscriptionManagementTemplate";
CREATE POLICY tenant_isolation ON public."SubscriptionManagementTemplate" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."SubscriptionManagementTemplate";
CREATE POLICY system_all ON public."SubscriptionManagementTemplate" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."SubscriptionManagementTemplate";
CREATE POLICY owner_all ON public."SubscriptionManagementTemplate" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."SubscriptionManagementTemplate" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SubscriptionManagementTemplate" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."SubscriptionManagementTemplate" TO dittofeed_system;

ALTER TABLE public."UserEventReceipt" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserEventReceipt" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserEventReceipt";
CREATE POLICY tenant_isolation ON public."UserEventReceipt" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserEventReceipt";
CREATE POLICY system_all ON public."UserEventReceipt" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserEventReceipt";
CREATE POLICY owner_all ON public."UserEventReceipt" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserEventReceipt" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserEventReceipt" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserEventReceipt" TO dittofeed_system;

ALTER TABLE public."UserJourneyEvent" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserJourneyEvent" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserJourneyEvent";
CREATE POLICY tenant_isolation ON public."UserJourneyEvent" FOR ALL TO dittofeed_app USING (EXISTS (SELECT 1 FROM public."Journey" AS parent WHERE parent."id" = "UserJourneyEvent"."journeyId" AND parent."workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid)) WITH CHECK (EXISTS (SELECT 1 FROM public."Journey" AS parent WHERE parent."id" = "UserJourneyEvent"."journeyId" AND parent."workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid));
DROP POLICY IF EXISTS system_all ON public."UserJourneyEvent";
CREATE POLICY system_all ON public."UserJourneyEvent" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserJourneyEvent";
CREATE POLICY owner_all ON public."UserJourneyEvent" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserJourneyEvent" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserJourneyEvent" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserJourneyEvent" TO dittofeed_system;

ALTER TABLE public."UserProperty" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserProperty" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserProperty";
CREATE POLICY tenant_isolation ON public."UserProperty" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserProperty";
CREATE POLICY system_all ON public."UserProperty" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserProperty";
CREATE POLICY owner_all ON public."UserProperty" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserProperty" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserProperty" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserProperty" TO dittofeed_system;

ALTER TABLE public."UserPropertyAssignment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserPropertyAssignment" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserPropertyAssignment";
CREATE POLICY tenant_isolation ON public."UserPropertyAssignment" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserPropertyAssignment";
CREATE POLICY system_all ON public."UserPropertyAssignment" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserPropertyAssignment";
CREATE POLICY owner_all ON public."UserPropertyAssignment" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserPropertyAssignment" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserPropertyAssignment" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserPropertyAssignment" TO dittofeed_system;

ALTER TABLE public."UserPropertyIndex" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."UserPropertyIndex" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."UserPropertyIndex";
CREATE POLICY tenant_isolation ON public."UserPropertyIndex" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."UserPropertyIndex";
CREATE POLICY system_all ON public."UserPropertyIndex" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."UserPropertyIndex";
CREATE POLICY owner_all ON public."UserPropertyIndex" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."UserPropertyIndex" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserPropertyIndex" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."UserPropertyIndex" TO dittofeed_system;

ALTER TABLE public."Workspace" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."Workspace" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."Workspace";
CREATE POLICY tenant_isolation ON public."Workspace" FOR ALL TO dittofeed_app USING ("id" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("id" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."Workspace";
CREATE POLICY system_all ON public."Workspace" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."Workspace";
CREATE POLICY owner_all ON public."Workspace" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."Workspace" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."Workspace" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."Workspace" TO dittofeed_system;

ALTER TABLE public."WorkspaceMembeAccount" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMembeAccount" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS system_all ON public."WorkspaceMembeAccount";
CREATE POLICY system_all ON public."WorkspaceMembeAccount" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMembeAccount";
CREATE POLICY owner_all ON public."WorkspaceMembeAccount" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceMembeAccount" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceMembeAccount" TO dittofeed_system;

ALTER TABLE public."WorkspaceMember" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMember" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceMember";
CREATE POLICY tenant_isolation ON public."WorkspaceMember" FOR ALL TO dittofeed_app USING (EXISTS (SELECT 1 FROM public."WorkspaceMemberRole" AS parent WHERE parent."workspaceMemberId" = "WorkspaceMember"."id" AND parent."workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid)) WITH CHECK (EXISTS (SELECT 1 FROM public."WorkspaceMemberRole" AS parent WHERE parent."workspaceMemberId" = "WorkspaceMember"."id" AND parent."workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid));
DROP POLICY IF EXISTS system_all ON public."WorkspaceMember";
CREATE POLICY system_all ON public."WorkspaceMember" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMember";
CREATE POLICY owner_all ON public."WorkspaceMember" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceMember" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."WorkspaceMember" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceMember" TO dittofeed_system;

ALTER TABLE public."WorkspaceMemberRole" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMemberRole" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceMemberRole";
CREATE POLICY tenant_isolation ON public."WorkspaceMemberRole" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceMemberRole";
CREATE POLICY system_all ON public."WorkspaceMemberRole" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMemberRole";
CREATE POLICY owner_all ON public."WorkspaceMemberRole" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceMemberRole" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT ON public."WorkspaceMemberRole" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceMemberRole" TO dittofeed_system;

ALTER TABLE public."WorkspaceOccupantSetting" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceOccupantSetting" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceOccupantSetting";
CREATE POLICY tenant_isolation ON public."WorkspaceOccupantSetting" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceOccupantSetting";
CREATE POLICY system_all ON public."WorkspaceOccupantSetting" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceOccupantSetting";
CREATE POLICY owner_all ON public."WorkspaceOccupantSetting" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceOccupantSetting" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceOccupantSetting" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceOccupantSetting" TO dittofeed_system;

ALTER TABLE public."WorkspaceRelation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceRelation" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS system_all ON public."WorkspaceRelation";
CREATE POLICY system_all ON public."WorkspaceRelation" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceRelation";
CREATE POLICY owner_all ON public."WorkspaceRelation" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceRelation" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceRelation" TO dittofeed_system;

ALTER TABLE public."WorkspaceUser" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUser" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUser";
CREATE POLICY tenant_isolation ON public."WorkspaceUser" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WorkspaceUser";
CREATE POLICY system_all ON public."WorkspaceUser" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUser";
CREATE POLICY owner_all ON public."WorkspaceUser" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WorkspaceUser" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceUser" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WorkspaceUser" TO dittofeed_system;

ALTER TABLE public."WriteKey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE public."WriteKey" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant_isolation ON public."WriteKey";
CREATE POLICY tenant_isolation ON public."WriteKey" FOR ALL TO dittofeed_app USING ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid) WITH CHECK ("workspaceId" = nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid);
DROP POLICY IF EXISTS system_all ON public."WriteKey";
CREATE POLICY system_all ON public."WriteKey" FOR ALL TO dittofeed_system USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS owner_all ON public."WriteKey";
CREATE POLICY owner_all ON public."WriteKey" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
REVOKE ALL ON public."WriteKey" FROM PUBLIC, dittofeed_app, dittofeed_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WriteKey" TO dittofeed_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public."WriteKey" TO dittofeed_system;
