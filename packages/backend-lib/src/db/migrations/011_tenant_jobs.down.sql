-- Turns go; the jobs stay for 0002_tenant_jobs to drop, without rights for anybody but the owner.
DROP FUNCTION IF EXISTS tenancy.take_tenant_job(integer, interval);
DROP TRIGGER IF EXISTS line_up_for_jobs ON public."TenantJob";
DROP FUNCTION IF EXISTS tenancy.line_up_for_jobs();
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS tenancy."JobTurn";

DROP POLICY IF EXISTS tenant_isolation ON public."TenantJob";
DROP POLICY IF EXISTS system_all ON public."TenantJob";
DROP POLICY IF EXISTS owner_all ON public."TenantJob";
ALTER TABLE public."TenantJob" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public."TenantJob" DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."TenantJob" FROM dittofeed_app, dittofeed_system;
