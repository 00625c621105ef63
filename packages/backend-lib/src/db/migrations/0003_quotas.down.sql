-- Taking back what made the tables is to drop them.
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."HeldEvent";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."HeldEventFigures";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."Message";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaChange";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaCrossing";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaDefault";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaExemption";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaNotification";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."QuotaReservation";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."WorkspaceQuota";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."WorkspaceUsage";
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."WorkspaceUsageSample";
DROP TYPE IF EXISTS public."QuotaLayer";
DROP TYPE IF EXISTS public."QuotaReservationState";
DROP TYPE IF EXISTS public."MessageState";
-- lint: the column is computed from another
-- squawk-ignore ban-drop-column
ALTER TABLE public."WorkspaceUser" DROP COLUMN IF EXISTS "traitsBytes";
