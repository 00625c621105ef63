-- non-transactional
DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceRelation_childWorkspaceId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceMember_lastWorkspaceId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceMembeAccount_workspaceMemberId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_WorkspaceOccupantSetting_workspaceId_secretId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SmsProvider_workspaceId_secretId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Segment_workspaceId_subscriptionGroupId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_EmailProvider_workspaceId_secretId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_DefaultSmsProvider_workspaceId_smsProviderId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_DefaultEmailProvider_workspaceId_emailProviderId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Broadcast_workspaceId_segmentId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Broadcast_workspaceId_messageTemplateId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Broadcast_workspaceId_journeyId_idx";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_AdminApiKey_workspaceId_secretId_idx";
