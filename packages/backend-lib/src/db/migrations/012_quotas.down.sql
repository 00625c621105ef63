-- Counters and limits go; the tables stay for 0003_quotas to drop, without rights for anybody but the owner.
DROP FUNCTION IF EXISTS tenancy.quota_give(uuid, text, date, boolean, bigint);
DROP FUNCTION IF EXISTS tenancy.quota_give_own(uuid, text, date, boolean, bigint);
DROP FUNCTION IF EXISTS tenancy.quota_take(uuid, text, date, boolean, bigint, boolean, boolean);
DROP FUNCTION IF EXISTS tenancy.quota_settle(uuid, text, date, boolean, bigint, boolean, boolean);
DROP FUNCTION IF EXISTS tenancy.quota_lock(uuid, text, date, boolean);
DROP FUNCTION IF EXISTS tenancy.quota_expire_unlocked(uuid, text, date);
DROP FUNCTION IF EXISTS tenancy.quota_expire(uuid, text, date);
DROP FUNCTION IF EXISTS tenancy.quota_refuse(text, date, boolean, bigint, bigint, bigint);
DROP FUNCTION IF EXISTS tenancy.quota_cross(uuid, text, date, boolean, bigint, bigint);
DROP FUNCTION IF EXISTS tenancy.quota_point(bigint, bigint);
DROP FUNCTION IF EXISTS tenancy.quota_thresholds(uuid, text);
DROP FUNCTION IF EXISTS tenancy.quota_limits(uuid, text);
DROP FUNCTION IF EXISTS tenancy.quota_period(text);
DROP FUNCTION IF EXISTS tenancy.month_of(timestamptz);
DROP FUNCTION IF EXISTS tenancy.quota_now();

DROP POLICY IF EXISTS tenant_isolation ON public."HeldEvent";
DROP POLICY IF EXISTS system_all ON public."HeldEvent";
DROP POLICY IF EXISTS owner_all ON public."HeldEvent";
ALTER TABLE public."HeldEvent" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."HeldEvent" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."HeldEvent" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."HeldEventFigures";
DROP POLICY IF EXISTS system_all ON public."HeldEventFigures";
DROP POLICY IF EXISTS owner_all ON public."HeldEventFigures";
ALTER TABLE public."HeldEventFigures" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."HeldEventFigures" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."HeldEventFigures" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."Message";
DROP POLICY IF EXISTS system_all ON public."Message";
DROP POLICY IF EXISTS owner_all ON public."Message";
ALTER TABLE public."Message" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."Message" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Message" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaChange";
DROP POLICY IF EXISTS system_all ON public."QuotaChange";
DROP POLICY IF EXISTS owner_all ON public."QuotaChange";
ALTER TABLE public."QuotaChange" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaChange" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaChange" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaCrossing";
DROP POLICY IF EXISTS system_all ON public."QuotaCrossing";
DROP POLICY IF EXISTS owner_all ON public."QuotaCrossing";
ALTER TABLE public."QuotaCrossing" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaCrossing" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaCrossing" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaDefault";
DROP POLICY IF EXISTS system_all ON public."QuotaDefault";
DROP POLICY IF EXISTS owner_all ON public."QuotaDefault";
ALTER TABLE public."QuotaDefault" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaDefault" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaDefault" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaExemption";
DROP POLICY IF EXISTS system_all ON public."QuotaExemption";
DROP POLICY IF EXISTS owner_all ON public."QuotaExemption";
ALTER TABLE public."QuotaExemption" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaExemption" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaExemption" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaNotification";
DROP POLICY IF EXISTS system_all ON public."QuotaNotification";
DROP POLICY IF EXISTS owner_all ON public."QuotaNotification";
ALTER TABLE public."QuotaNotification" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaNotification" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaNotification" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."QuotaReservation";
DROP POLICY IF EXISTS system_all ON public."QuotaReservation";
DROP POLICY IF EXISTS owner_all ON public."QuotaReservation";
ALTER TABLE public."QuotaReservation" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."QuotaReservation" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."QuotaReservation" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceQuota";
DROP POLICY IF EXISTS system_all ON public."WorkspaceQuota";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceQuota";
ALTER TABLE public."WorkspaceQuota" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceQuota" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceQuota" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUsage";
DROP POLICY IF EXISTS system_all ON public."WorkspaceUsage";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUsage";
ALTER TABLE public."WorkspaceUsage" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUsage" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceUsage" FROM dittofeed_app, dittofeed_system;

DROP POLICY IF EXISTS tenant_isolation ON public."WorkspaceUsageSample";
DROP POLICY IF EXISTS system_all ON public."WorkspaceUsageSample";
DROP POLICY IF EXISTS owner_all ON public."WorkspaceUsageSample";
ALTER TABLE public."WorkspaceUsageSample" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."WorkspaceUsageSample" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."WorkspaceUsageSample" FROM dittofeed_app, dittofeed_system;
