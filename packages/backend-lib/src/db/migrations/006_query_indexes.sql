-- non-transactional
-- Indexes for the lists, filters and look-ups of the API that measurably gain by them beyond Dittofeed's own, each measured
-- by `yarn benchmark:workspace-queries` on 10,000 workspaces, in the largest of them (docs/decisions/0009). What was tried
-- and gave nothing is there, too.
-- Built concurrently: writers go on meanwhile; of the partitioned table each partition on its own (migrate/partitionedIndex.ts).
-- Locks: SHARE UPDATE EXCLUSIVE; SHARE on "UserEvent" for an instant, since its own part of an index has no rows.

-- Events by name, newest first, and how many there are: the count never leaves the index. 95 to 97 % less time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_UserEvent_workspaceId_event_idx"
  ON public."UserEvent" ("workspaceId", "event", "processingTime");

-- Events by type, likewise. 96 % less time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_UserEvent_workspaceId_eventType_idx"
  ON public."UserEvent" ("workspaceId", "eventType", "processingTime");

-- Events of a journey or a broadcast. An index on the value would not be used: ->> is not leakproof, so row-level security
-- keeps it out of an index condition. But "has a value" follows from "has this value", and proving that runs nothing: so the
-- planner takes these parts of the table, the few events that name any. 85 to 90 % less time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_UserEvent_workspaceId_journey_idx"
  ON public."UserEvent" ("workspaceId", "processingTime") WHERE "properties" ->> 'journeyId' IS NOT NULL;

CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_UserEvent_workspaceId_broadcast_idx"
  ON public."UserEvent" ("workspaceId", "processingTime") WHERE "properties" ->> 'broadcastId' IS NOT NULL;

-- The users of a segment in order, and how many they are, without looking at the table: 64 to 84 % less time. It begins like
-- the one of 001, which goes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_SegmentAssignment_workspaceId_segmentId_userId_idx"
  ON public."SegmentAssignment" ("workspaceId", "segmentId", "inSegment", "userId");

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SegmentAssignment_workspaceId_segmentId_idx";

-- A member by e-mail address in any case: each first sign-in and each invitation, among the members of all workspaces. 90 % less
-- time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_WorkspaceMember_email_idx"
  ON public."WorkspaceMember" (lower("email"));

-- A workspace by the operator's own id: each request that names one so. Dittofeed's key leads with the parent's id. 47
-- pages read instead of 176.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tenancy_Workspace_externalId_idx"
  ON public."Workspace" ("externalId") WHERE "externalId" IS NOT NULL;
