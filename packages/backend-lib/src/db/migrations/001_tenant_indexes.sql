-- non-transactional
-- Indexes that Dittofeed lacks and that this extension's own queries need. Built concurrently: writers go on
-- meanwhile; each build waits for the transactions that are open when it starts. Locks: SHARE UPDATE EXCLUSIVE.
--
-- Every table of a tenant needs one index that leads with "workspaceId", or its policy is a scan of everybody's rows;
-- two of Dittofeed's tables have none. The third serves authentication, which asks for all roles of one member; the
-- fourth whoever empties or deletes a segment, which otherwise reads every assignment of the workspace. The names have
-- a prefix of our own, since Dittofeed may come to make an index by its own habit of naming.

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_EmailTemplate_workspaceId_idx"
  ON public."EmailTemplate" ("workspaceId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_UserPropertyIndex_workspaceId_idx"
  ON public."UserPropertyIndex" ("workspaceId", "userPropertyId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceMemberRole_workspaceMemberId_idx"
  ON public."WorkspaceMemberRole" ("workspaceMemberId");

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_SegmentAssignment_workspaceId_segmentId_idx"
  ON public."SegmentAssignment" ("workspaceId", "segmentId");
