-- The unique indexes as they were. Each is built anew beside the key before the key goes.
-- Locks: writers of a table wait while its index is built, and everybody from there to the end.
DROP POLICY IF EXISTS owner_all ON tenancy."Migration";
ALTER TABLE tenancy."Migration" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenancy."Migration" DISABLE ROW LEVEL SECURITY;

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_WorkspaceRelation_unique" ON public."WorkspaceRelation" ("parentWorkspaceId", "childWorkspaceId");
ALTER TABLE public."WorkspaceRelation" DROP CONSTRAINT IF EXISTS "WorkspaceRelation_parentWorkspaceId_childWorkspaceId_key";
ALTER INDEX public."tenancy_WorkspaceRelation_unique" RENAME TO "WorkspaceRelation_parentWorkspaceId_childWorkspaceId_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_WorkspaceOccupantSetting_unique" ON public."WorkspaceOccupantSetting" ("workspaceId", "workspaceOccupantId", "name");
ALTER TABLE public."WorkspaceOccupantSetting" DROP CONSTRAINT IF EXISTS "WorkspaceOccupantSetting_workspaceId_occupantId_name_key";
ALTER INDEX public."tenancy_WorkspaceOccupantSetting_unique" RENAME TO "WorkspaceOccupantSetting_workspaceId_occupantId_name_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_WorkspaceMemberRole_unique" ON public."WorkspaceMemberRole" ("workspaceId", "workspaceMemberId");
ALTER TABLE public."WorkspaceMemberRole" DROP CONSTRAINT IF EXISTS "WorkspaceMemberRole_workspaceId_workspaceMemberId_key";
ALTER INDEX public."tenancy_WorkspaceMemberRole_unique" RENAME TO "WorkspaceMemberRole_workspaceId_workspaceMemberId_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_UserPropertyAssignment_unique" ON public."UserPropertyAssignment" ("workspaceId", "userPropertyId", "userId");
ALTER TABLE public."UserPropertyAssignment" DROP CONSTRAINT IF EXISTS "UserPropertyAssignment_workspaceId_userPropertyId_userId_key";
ALTER INDEX public."tenancy_UserPropertyAssignment_unique" RENAME TO "UserPropertyAssignment_workspaceId_userPropertyId_userId_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_SegmentAssignment_unique" ON public."SegmentAssignment" ("workspaceId", "userId", "segmentId");
ALTER TABLE public."SegmentAssignment" DROP CONSTRAINT IF EXISTS "SegmentAssignment_workspaceId_userId_segmentId_key";
ALTER INDEX public."tenancy_SegmentAssignment_unique" RENAME TO "SegmentAssignment_workspaceId_userId_segmentId_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_Feature_unique" ON public."Feature" ("workspaceId", "name");
ALTER TABLE public."Feature" DROP CONSTRAINT IF EXISTS "Feature_workspaceId_name_key";
ALTER INDEX public."tenancy_Feature_unique" RENAME TO "Feature_workspaceId_name_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_DefaultSmsProvider_unique" ON public."DefaultSmsProvider" ("workspaceId");
ALTER TABLE public."DefaultSmsProvider" DROP CONSTRAINT IF EXISTS "DefaultSmsProvider_workspaceId_key";
ALTER INDEX public."tenancy_DefaultSmsProvider_unique" RENAME TO "DefaultSmsProvider_workspaceId_key";

-- lint: taking the key back is one step with its index, which cannot be built concurrently inside of it
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX "tenancy_DefaultEmailProvider_unique" ON public."DefaultEmailProvider" ("workspaceId");
ALTER TABLE public."DefaultEmailProvider" DROP CONSTRAINT IF EXISTS "DefaultEmailProvider_workspaceId_key";
ALTER INDEX public."tenancy_DefaultEmailProvider_unique" RENAME TO "DefaultEmailProvider_workspaceId_key";
