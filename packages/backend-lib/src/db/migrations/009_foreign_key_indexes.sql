-- non-transactional
-- An index for each foreign key that has none. No list or filter of the API gains by these; deleting does: for each row that
-- goes, Postgres looks for the rows that refer to it, by the key alone and without row-level security. With no index for
-- the key, one workspace that empties itself has Postgres read these tables again and again, under the locks of the
-- deletion, and all the others wait. Small tables, seldom written; the large ones have theirs from 001 and Dittofeed.
-- Built concurrently: writers go on meanwhile; each build waits for the transactions that are open when it starts.
-- Locks: SHARE UPDATE EXCLUSIVE.

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_AdminApiKey_workspaceId_secretId_idx"
  ON public."AdminApiKey" ("workspaceId", "secretId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_Broadcast_workspaceId_journeyId_idx"
  ON public."Broadcast" ("workspaceId", "journeyId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_Broadcast_workspaceId_messageTemplateId_idx"
  ON public."Broadcast" ("workspaceId", "messageTemplateId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_Broadcast_workspaceId_segmentId_idx"
  ON public."Broadcast" ("workspaceId", "segmentId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_DefaultEmailProvider_workspaceId_emailProviderId_idx"
  ON public."DefaultEmailProvider" ("workspaceId", "emailProviderId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_DefaultSmsProvider_workspaceId_smsProviderId_idx"
  ON public."DefaultSmsProvider" ("workspaceId", "smsProviderId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_EmailProvider_workspaceId_secretId_idx"
  ON public."EmailProvider" ("workspaceId", "secretId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_Segment_workspaceId_subscriptionGroupId_idx"
  ON public."Segment" ("workspaceId", "subscriptionGroupId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_SmsProvider_workspaceId_secretId_idx"
  ON public."SmsProvider" ("workspaceId", "secretId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceOccupantSetting_workspaceId_secretId_idx"
  ON public."WorkspaceOccupantSetting" ("workspaceId", "secretId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceMembeAccount_workspaceMemberId_idx"
  ON public."WorkspaceMembeAccount" ("workspaceMemberId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceMember_lastWorkspaceId_idx"
  ON public."WorkspaceMember" ("lastWorkspaceId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceRelation_childWorkspaceId_idx"
  ON public."WorkspaceRelation" ("childWorkspaceId");
