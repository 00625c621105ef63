-- Jobs go with their table, also those that wait.
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."TenantJob";
DROP TYPE IF EXISTS public."TenantJobState";
