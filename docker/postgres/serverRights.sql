-- All workspaces share one login, and by Postgres's rule a login may watch and end its own sessions: the name of the
-- workspace that each one works for, its statement, its locks. And it may keep large objects, which know no workspace.
-- Roles that were made for watching a server still may. Only a superuser can take these rights from PUBLIC, so anybody
-- else passes by: where the server is our own its set-up runs this, and `admin doctor` tells where nobody did.
DO $$
DECLARE
  callable record;
  receiver text;
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
    RETURN;
  END IF;
  FOR callable IN
    SELECT p.oid::regprocedure AS name,
           CASE WHEN p.proname IN ('pg_terminate_backend', 'pg_cancel_backend')
                THEN 'pg_signal_backend' ELSE 'pg_read_all_stats' END AS watcher
      FROM pg_catalog.pg_proc AS p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace
       AND (p.proname IN ('pg_terminate_backend', 'pg_cancel_backend', 'pg_stat_get_activity', 'pg_stat_get_progress_info',
                          'pg_lock_status', 'lo_creat', 'lo_create', 'lo_from_bytea')
            OR p.proname LIKE 'pg\_stat\_get\_backend\_%')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', callable.name);
    FOREACH receiver IN ARRAY ARRAY[callable.watcher, 'dittofeed_owner'] LOOP
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', callable.name, receiver);
    END LOOP;
  END LOOP;
END
$$;
