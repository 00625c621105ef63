-- Primary keys for the tables that Dittofeed gave only a unique index: logical replication, which moves a workspace to
-- another server without stopping it, cannot follow a row that has none. Each index becomes the key as it is and keeps
-- its name, so that nothing is built and Dittofeed's ON CONFLICT finds it as before. And row-level security for the
-- ledger of migrations, which is the owner's alone: so that no table at all is without.
-- Locks: ACCESS EXCLUSIVE on each table, for as long as this transaction takes (milliseconds; no table is read).

ALTER TABLE public."DefaultEmailProvider"
  ADD CONSTRAINT "DefaultEmailProvider_workspaceId_key" PRIMARY KEY
  USING INDEX "DefaultEmailProvider_workspaceId_key";

ALTER TABLE public."DefaultSmsProvider"
  ADD CONSTRAINT "DefaultSmsProvider_workspaceId_key" PRIMARY KEY
  USING INDEX "DefaultSmsProvider_workspaceId_key";

ALTER TABLE public."Feature"
  ADD CONSTRAINT "Feature_workspaceId_name_key" PRIMARY KEY
  USING INDEX "Feature_workspaceId_name_key";

ALTER TABLE public."SegmentAssignment"
  ADD CONSTRAINT "SegmentAssignment_workspaceId_userId_segmentId_key" PRIMARY KEY
  USING INDEX "SegmentAssignment_workspaceId_userId_segmentId_key";

ALTER TABLE public."UserPropertyAssignment"
  ADD CONSTRAINT "UserPropertyAssignment_workspaceId_userPropertyId_userId_key" PRIMARY KEY
  USING INDEX "UserPropertyAssignment_workspaceId_userPropertyId_userId_key";

ALTER TABLE public."WorkspaceMemberRole"
  ADD CONSTRAINT "WorkspaceMemberRole_workspaceId_workspaceMemberId_key" PRIMARY KEY
  USING INDEX "WorkspaceMemberRole_workspaceId_workspaceMemberId_key";

ALTER TABLE public."WorkspaceOccupantSetting"
  ADD CONSTRAINT "WorkspaceOccupantSetting_workspaceId_occupantId_name_key" PRIMARY KEY
  USING INDEX "WorkspaceOccupantSetting_workspaceId_occupantId_name_key";

ALTER TABLE public."WorkspaceRelation"
  ADD CONSTRAINT "WorkspaceRelation_parentWorkspaceId_childWorkspaceId_key" PRIMARY KEY
  USING INDEX "WorkspaceRelation_parentWorkspaceId_childWorkspaceId_key";

ALTER TABLE tenancy."Migration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy."Migration" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS owner_all ON tenancy."Migration";
CREATE POLICY owner_all ON tenancy."Migration" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);
