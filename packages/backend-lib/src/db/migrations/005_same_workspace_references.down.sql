-- non-transactional
-- Dittofeed's own keys again, by id alone. Fails where a row refers to nothing any more: mend that row first.

ALTER TABLE public."AdminApiKey"
  DROP CONSTRAINT IF EXISTS "AdminApiKey_secretId_fkey",
  ADD CONSTRAINT "AdminApiKey_secretId_fkey" FOREIGN KEY ("secretId")
  REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."AdminApiKey" VALIDATE CONSTRAINT "AdminApiKey_secretId_fkey";

ALTER TABLE public."Broadcast"
  DROP CONSTRAINT IF EXISTS "Broadcast_journeyId_fkey",
  ADD CONSTRAINT "Broadcast_journeyId_fkey" FOREIGN KEY ("journeyId")
  REFERENCES public."Journey" ("id") ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

ALTER TABLE public."Broadcast" VALIDATE CONSTRAINT "Broadcast_journeyId_fkey";

ALTER TABLE public."Broadcast"
  DROP CONSTRAINT IF EXISTS "Broadcast_messageTemplateId_fkey",
  ADD CONSTRAINT "Broadcast_messageTemplateId_fkey" FOREIGN KEY ("messageTemplateId")
  REFERENCES public."MessageTemplate" ("id") ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

ALTER TABLE public."Broadcast" VALIDATE CONSTRAINT "Broadcast_messageTemplateId_fkey";

ALTER TABLE public."Broadcast"
  DROP CONSTRAINT IF EXISTS "Broadcast_segmentId_fkey",
  ADD CONSTRAINT "Broadcast_segmentId_fkey" FOREIGN KEY ("segmentId")
  REFERENCES public."Segment" ("id") ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

ALTER TABLE public."Broadcast" VALIDATE CONSTRAINT "Broadcast_segmentId_fkey";

ALTER TABLE public."DefaultEmailProvider"
  DROP CONSTRAINT IF EXISTS "DefaultEmailProvider_emailProviderId_fkey",
  ADD CONSTRAINT "DefaultEmailProvider_emailProviderId_fkey" FOREIGN KEY ("emailProviderId")
  REFERENCES public."EmailProvider" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."DefaultEmailProvider" VALIDATE CONSTRAINT "DefaultEmailProvider_emailProviderId_fkey";

ALTER TABLE public."DefaultSmsProvider"
  DROP CONSTRAINT IF EXISTS "DefaultSmsProvider_smsProviderId_fkey",
  ADD CONSTRAINT "DefaultSmsProvider_smsProviderId_fkey" FOREIGN KEY ("smsProviderId")
  REFERENCES public."SmsProvider" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."DefaultSmsProvider" VALIDATE CONSTRAINT "DefaultSmsProvider_smsProviderId_fkey";

ALTER TABLE public."EmailProvider"
  DROP CONSTRAINT IF EXISTS "EmailProvider_secretId_fkey",
  ADD CONSTRAINT "EmailProvider_secretId_fkey" FOREIGN KEY ("secretId")
  REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."EmailProvider" VALIDATE CONSTRAINT "EmailProvider_secretId_fkey";

ALTER TABLE public."SegmentAssignment"
  DROP CONSTRAINT IF EXISTS "SegmentAssignment_segmentId_fkey",
  ADD CONSTRAINT "SegmentAssignment_segmentId_fkey" FOREIGN KEY ("segmentId")
  REFERENCES public."Segment" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."SegmentAssignment" VALIDATE CONSTRAINT "SegmentAssignment_segmentId_fkey";

ALTER TABLE public."Segment"
  DROP CONSTRAINT IF EXISTS "Segment_subscriptionGroupId_fkey",
  ADD CONSTRAINT "Segment_subscriptionGroupId_fkey" FOREIGN KEY ("subscriptionGroupId")
  REFERENCES public."SubscriptionGroup" ("id") ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

ALTER TABLE public."Segment" VALIDATE CONSTRAINT "Segment_subscriptionGroupId_fkey";

ALTER TABLE public."SmsProvider"
  DROP CONSTRAINT IF EXISTS "SmsProvider_secretId_fkey",
  ADD CONSTRAINT "SmsProvider_secretId_fkey" FOREIGN KEY ("secretId")
  REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."SmsProvider" VALIDATE CONSTRAINT "SmsProvider_secretId_fkey";

ALTER TABLE public."UserPropertyAssignment"
  DROP CONSTRAINT IF EXISTS "UserPropertyAssignment_userPropertyId_fkey",
  ADD CONSTRAINT "UserPropertyAssignment_userPropertyId_fkey" FOREIGN KEY ("userPropertyId")
  REFERENCES public."UserProperty" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."UserPropertyAssignment" VALIDATE CONSTRAINT "UserPropertyAssignment_userPropertyId_fkey";

ALTER TABLE public."UserPropertyIndex"
  DROP CONSTRAINT IF EXISTS "UserPropertyIndex_userPropertyId_fkey",
  ADD CONSTRAINT "UserPropertyIndex_userPropertyId_fkey" FOREIGN KEY ("userPropertyId")
  REFERENCES public."UserProperty" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."UserPropertyIndex" VALIDATE CONSTRAINT "UserPropertyIndex_userPropertyId_fkey";

ALTER TABLE public."WorkspaceOccupantSetting"
  DROP CONSTRAINT IF EXISTS "WorkspaceOccupantSetting_secretId_fkey",
  ADD CONSTRAINT "WorkspaceOccupantSetting_secretId_fkey" FOREIGN KEY ("secretId")
  REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE SET NULL NOT VALID;

ALTER TABLE public."WorkspaceOccupantSetting" VALIDATE CONSTRAINT "WorkspaceOccupantSetting_secretId_fkey";

ALTER TABLE public."WriteKey"
  DROP CONSTRAINT IF EXISTS "WriteKey_secretId_fkey",
  ADD CONSTRAINT "WriteKey_secretId_fkey" FOREIGN KEY ("secretId")
  REFERENCES public."Secret" ("id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID;

ALTER TABLE public."WriteKey" VALIDATE CONSTRAINT "WriteKey_secretId_fkey";

DROP FUNCTION IF EXISTS tenancy.check_reference(text, text, text, text);

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_EmailProvider_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Journey_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_MessageTemplate_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Secret_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_Segment_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SmsProvider_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_SubscriptionGroup_workspaceId_id_key";

DROP INDEX CONCURRENTLY IF EXISTS public."tenancy_UserProperty_workspaceId_id_key";
