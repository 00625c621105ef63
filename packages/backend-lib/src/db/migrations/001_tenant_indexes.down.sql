-- non-transactional
DROP INDEX CONCURRENTLY IF EXISTS public."WorkspaceMemberRole_workspaceMemberId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."UserPropertyIndex_workspaceId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."EmailTemplate_workspaceId_idx";
