-- Users and receipts go with their tables.
DROP TABLE IF EXISTS public."WorkspaceUser";
DROP TABLE IF EXISTS public."UserEventReceipt";
