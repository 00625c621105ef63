-- Users and receipts go with their tables.
-- lint: taking back what made the tables is to drop them
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."WorkspaceUser";
-- lint: as above
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."UserEventReceipt";
