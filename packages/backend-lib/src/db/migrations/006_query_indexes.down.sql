-- non-transactional
DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Workspace_externalId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceMember_email_idx";

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_SegmentAssignment_workspaceId_segmentId_idx"
  ON public."SegmentAssignment" ("workspaceId", "segmentId");

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SegmentAssignment_workspaceId_segmentId_userId_idx";

-- Of a partitioned table an index goes at once, with an ACCESS EXCLUSIVE lock for an instant.
-- lint: of a partitioned table, where Postgres knows no CONCURRENTLY
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX IF EXISTS public."tenancy_UserEvent_workspaceId_broadcast_idx";

-- lint: of a partitioned table, where Postgres knows no CONCURRENTLY
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX IF EXISTS public."tenancy_UserEvent_workspaceId_journey_idx";

-- lint: of a partitioned table, where Postgres knows no CONCURRENTLY
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX IF EXISTS public."tenancy_UserEvent_workspaceId_eventType_idx";

-- lint: of a partitioned table, where Postgres knows no CONCURRENTLY
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX IF EXISTS public."tenancy_UserEvent_workspaceId_event_idx";
