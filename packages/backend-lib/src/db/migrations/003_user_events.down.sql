-- Every event goes with the table; receipts stay, so that what was once accepted is not accepted again.
DROP FUNCTION IF EXISTS public.ensure_user_event_partitions(date, date);
DROP TABLE IF EXISTS public."UserEvent";
