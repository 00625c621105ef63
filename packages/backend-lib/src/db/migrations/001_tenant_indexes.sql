-- non-transactional
-- Indexes that Dittofeed lacks and that this extension's own queries need. Built concurrently: writers go on
-- meanwhile; each build waits for the transactions that are open when it starts. Locks: SHARE UPDATE EXCLUSIVE.
--
-- Every table of a tenant needs one index that leads with "workspaceId", or its policy is a scan of everybody's rows;
-- two of Dittofeed's tables have none. The third serves authentication, which asks for all roles of one member.

CREATE INDEX CONCURRENTLY IF NOT EXISTS "EmailTemplate_workspaceId_idx"
  ON public."EmailTemplate" ("workspaceId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "UserPropertyIndex_workspaceId_idx"
  ON public."UserPropertyIndex" ("workspaceId", "userPropertyId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "WorkspaceMemberRole_workspaceMemberId_idx"
  ON public."WorkspaceMemberRole" ("workspaceMemberId");
