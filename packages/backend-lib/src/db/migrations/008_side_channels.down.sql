-- What was taken from PUBLIC in this database's schema stays taken: Postgres has it so since 15. A superuser gives back
-- what is Postgres's default; where the server is our own, its set-up keeps that closed.
DROP TRIGGER IF EXISTS require_own_user_property ON public."UserPropertyIndex";
DROP FUNCTION IF EXISTS tenancy.require_own_user_property();

DO $$
DECLARE
  callable record;
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
    RETURN;
  END IF;
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
  FOR callable IN
    SELECT p.oid::regprocedure AS name
      FROM pg_catalog.pg_proc AS p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace
       AND (p.proname IN ('pg_terminate_backend', 'pg_cancel_backend', 'pg_stat_get_activity', 'pg_stat_get_progress_info',
                          'pg_lock_status', 'lo_creat', 'lo_create', 'lo_from_bytea')
            OR p.proname LIKE 'pg\_stat\_get\_backend\_%')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', callable.name);
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM pg_read_all_stats, pg_signal_backend, dittofeed_owner', callable.name);
  END LOOP;
END
$$;
