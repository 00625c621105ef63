-- Every event goes with the table; receipts stay, so that what was once accepted is not accepted again.
DROP FUNCTION IF EXISTS public.ensure_user_event_partitions(date, date);
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."UserEvent";
