-- The job queue keeps its tables in a schema of its own, which the system role makes and owns: so no process needs the
-- owner's login to run jobs. Locks: none.

DO $$
BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO dittofeed_system', current_database());
END
$$;
