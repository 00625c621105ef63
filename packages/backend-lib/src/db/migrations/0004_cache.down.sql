-- Taking back what made the table is to drop it.
-- lint: taking back what made the table is to drop it
-- squawk-ignore ban-drop-table
DROP TABLE IF EXISTS public."CacheGeneration";
