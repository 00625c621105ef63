-- The tables are as Dittofeed left them. The roles stay: they belong to the whole server.
DROP POLICY IF EXISTS tenant_isolation ON public."AdminApiKey";
DROP POLICY IF EXISTS system_all ON public."AdminApiKey";
DROP POLICY IF EXISTS owner_all ON public."AdminApiKey";
ALTER TABLE public."AdminApiKey" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."AdminApiKey" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."AdminApiKey" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Broadcast";
DROP POLICY IF EXISTS system_all ON public."Broadcast";
DROP POLICY IF EXISTS owner_all ON public."Broadcast";
ALTER TABLE public."Broadcast" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Broadcast" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Broadcast" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."ComponentConfiguration";
DROP POLICY IF EXISTS system_all ON public."ComponentConfiguration";
DROP POLICY IF EXISTS owner_all ON public."ComponentConfiguration";
ALTER TABLE public."ComponentConfiguration" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."ComponentConfiguration" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."ComponentConfiguration" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."ComputedPropertyPeriod";
DROP POLICY IF EXISTS system_all ON public."ComputedPropertyPeriod";
DROP POLICY IF EXISTS owner_all ON public."ComputedPropertyPeriod";
ALTER TABLE public."ComputedPropertyPeriod" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."ComputedPropertyPeriod" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."ComputedPropertyPeriod" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."DefaultEmailProvider";
DROP POLICY IF EXISTS system_all ON public."DefaultEmailProvider";
DROP POLICY IF EXISTS owner_all ON public."DefaultEmailProvider";
ALTER TABLE public."DefaultEmailProvider" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."DefaultEmailProvider" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."DefaultEmailProvider" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."DefaultSmsProvider";
DROP POLICY IF EXISTS system_all ON public."DefaultSmsProvider";
DROP POLICY IF EXISTS owner_all ON public."DefaultSmsProvider";
ALTER TABLE public."DefaultSmsProvider" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."DefaultSmsProvider" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."DefaultSmsProvider" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."EmailProvider";
DROP POLICY IF EXISTS system_all ON public."EmailProvider";
DROP POLICY IF EXISTS owner_all ON public."EmailProvider";
ALTER TABLE public."EmailProvider" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."EmailProvider" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."EmailProvider" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."EmailTemplate";
DROP POLICY IF EXISTS system_all ON public."EmailTemplate";
DROP POLICY IF EXISTS owner_all ON public."EmailTemplate";
ALTER TABLE public."EmailTemplate" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."EmailTemplate" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."EmailTemplate" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Feature";
DROP POLICY IF EXISTS system_all ON public."Feature";
DROP POLICY IF EXISTS owner_all ON public."Feature";
ALTER TABLE public."Feature" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Feature" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Feature" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Integration";
DROP POLICY IF EXISTS system_all ON public."Integration";
DROP POLICY IF EXISTS owner_all ON public."Integration";
ALTER TABLE public."Integration" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Integration" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Integration" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Journey";
DROP POLICY IF EXISTS system_all ON public."Journey";
DROP POLICY IF EXISTS owner_all ON public."Journey";
ALTER TABLE public."Journey" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Journey" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Journey" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."MessageTemplate";
DROP POLICY IF EXISTS system_all ON public."MessageTemplate";
DROP POLICY IF EXISTS owner_all ON public."MessageTemplate";
ALTER TABLE public."MessageTemplate" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."MessageTemplate" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."MessageTemplate" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."OauthToken";
DROP POLICY IF EXISTS system_all ON public."OauthToken";
DROP POLICY IF EXISTS owner_all ON public."OauthToken";
ALTER TABLE public."OauthToken" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."OauthToken" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."OauthToken" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Secret";
DROP POLICY IF EXISTS system_all ON public."Secret";
DROP POLICY IF EXISTS owner_all ON public."Secret";
ALTER TABLE public."Secret" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Secret" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Secret" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Segment";
DROP POLICY IF EXISTS system_all ON public."Segment";
DROP POLICY IF EXISTS owner_all ON public."Segment";
ALTER TABLE public."Segment" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Segment" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Segment" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."SegmentAssignment";
DROP POLICY IF EXISTS system_all ON public."SegmentAssignment";
DROP POLICY IF EXISTS owner_all ON public."SegmentAssignment";
ALTER TABLE public."SegmentAssignment" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."SegmentAssignment" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."SegmentAssignment" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."SegmentIOConfiguration";
DROP POLICY IF EXISTS system_all ON public."SegmentIOConfiguration";
DROP POLICY IF EXISTS owner_all ON public."SegmentIOConfiguration";
ALTER TABLE public."SegmentIOConfiguration" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."SegmentIOConfiguration" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."SegmentIOConfiguration" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."SmsProvider";
DROP POLICY IF EXISTS system_all ON public."SmsProvider";
DROP POLICY IF EXISTS owner_all ON public."SmsProvider";
ALTER TABLE public."SmsProvider" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."SmsProvider" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."SmsProvider" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."SubscriptionGroup";
DROP POLICY IF EXISTS system_all ON public."SubscriptionGroup";
DROP POLICY IF EXISTS owner_all ON public."SubscriptionGroup";
ALTER TABLE public."SubscriptionGroup" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."SubscriptionGroup" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."SubscriptionGroup" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."SubscriptionManagementTemplate";
DROP POLICY IF EXISTS system_all ON public."SubscriptionManagementTemplate";
DROP POLICY IF EXISTS owner_all ON public."SubscriptionManagementTemplate";
ALTER TABLE public."SubscriptionManagementTemplate" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."SubscriptionManagementTemplate" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."SubscriptionManagementTemplate" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."UserEventReceipt";
DROP POLICY IF EXISTS system_all ON public."UserEventReceipt";
DROP POLICY IF EXISTS owner_all ON public."UserEventReceipt";
ALTER TABLE public."UserEventReceipt" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."UserEventReceipt" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."UserEventReceipt" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."UserJourneyEvent";
DROP POLICY IF EXISTS system_all ON public."UserJourneyEvent";
DROP POLICY IF EXISTS owner_all ON public."UserJourneyEvent";
ALTER TABLE public."UserJourneyEvent" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."UserJourneyEvent" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."UserJourneyEvent" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."UserProperty";
DROP POLICY IF EXISTS system_all ON public."UserProperty";
DROP POLICY IF EXISTS owner_all ON public."UserProperty";
ALTER TABLE public."UserProperty" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."UserProperty" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."UserProperty" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."UserPropertyAssignment";
DROP POLICY IF EXISTS system_all ON public."UserPropertyAssignment";
DROP POLICY IF EXISTS owner_all ON public."UserPropertyAssignment";
ALTER TABLE public."UserPropertyAssignment" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."UserPropertyAssignment" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."UserPropertyAssignment" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."UserPropertyIndex";
DROP POLICY IF EXISTS system_all ON public."UserPropertyIndex";
DROP POLICY IF EXISTS owner_all ON public."UserPropertyIndex";
ALTER TABLE public."UserPropertyIndex" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."UserPropertyIndex" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."UserPropertyIndex" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Workspace";
DROP POLICY IF EXISTS system_all ON public."Workspace";
DROP POLICY IF EXISTS owner_all ON public."Workspace";
ALTER TABLE public."Workspace" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Workspace" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Workspace" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceMembeAccount";
DROP POLICY IF EXISTS system_all ON public."WorkspaceMembeAccount";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMembeAccount";
ALTER TABLE public."WorkspaceMembeAccount" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMembeAccount" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceMembeAccount" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceMember";
DROP POLICY IF EXISTS system_all ON public."WorkspaceMember";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMember";
ALTER TABLE public."WorkspaceMember" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMember" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceMember" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceMemberRole";
DROP POLICY IF EXISTS system_all ON public."WorkspaceMemberRole";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceMemberRole";
ALTER TABLE public."WorkspaceMemberRole" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceMemberRole" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceMemberRole" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceOccupantSetting";
DROP POLICY IF EXISTS system_all ON public."WorkspaceOccupantSetting";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceOccupantSetting";
ALTER TABLE public."WorkspaceOccupantSetting" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceOccupantSetting" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceOccupantSetting" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceRelation";
DROP POLICY IF EXISTS system_all ON public."WorkspaceRelation";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceRelation";
ALTER TABLE public."WorkspaceRelation" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceRelation" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceRelation" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUser";
DROP POLICY IF EXISTS system_all ON public."WorkspaceUser";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUser";
ALTER TABLE public."WorkspaceUser" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUser" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceUser" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WriteKey";
DROP POLICY IF EXISTS system_all ON public."WriteKey";
DROP POLICY IF EXISTS owner_all ON public."WriteKey";
ALTER TABLE public."WriteKey" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WriteKey" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WriteKey" FROM dittofeed_app, dittofeed_system;

REVOKE USAGE ON SCHEMA public FROM dittofeed_app, dittofeed_system;
