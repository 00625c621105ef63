-- non-transactional
DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SegmentAssignment_workspaceId_segmentId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceMemberRole_workspaceMemberId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_UserPropertyIndex_workspaceId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_EmailTemplate_workspaceId_idx";
