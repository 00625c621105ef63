-- What row-level security leaves open beside the tables, as far as a right can close it; docs/security.md lists every
-- channel. Locks: SHARE ROW EXCLUSIVE on "UserPropertyIndex", for an instant.

-- Dittofeed's unique key of "UserPropertyIndex" is "userPropertyId" alone, and it is looked at before the foreign key: by
-- the error one could tell whether another workspace has an index on its property. So the property is looked for first,
-- in the way of the one who asks. A row for another workspace than the context's is left to the policy to refuse.
CREATE OR REPLACE FUNCTION tenancy.require_own_user_property()
  RETURNS trigger
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM public."Workspace" AS w WHERE w."id" = NEW."workspaceId")
     AND NOT EXISTS (SELECT 1 FROM public."UserProperty" AS p
                      WHERE p."workspaceId" = NEW."workspaceId" AND p."id" = NEW."userPropertyId") THEN
    RAISE EXCEPTION 'insert or update on table "UserPropertyIndex" violates foreign key constraint "UserPropertyIndex_userPropertyId_fkey"'
      USING ERRCODE = 'foreign_key_violation', SCHEMA = 'public', TABLE = 'UserPropertyIndex',
            CONSTRAINT = 'UserPropertyIndex_userPropertyId_fkey';
  END IF;
  RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION tenancy.require_own_user_property() FROM PUBLIC;

DROP TRIGGER IF EXISTS require_own_user_property ON public."UserPropertyIndex";
CREATE TRIGGER require_own_user_property
  BEFORE INSERT OR UPDATE OF "workspaceId", "userPropertyId" ON public."UserPropertyIndex"
  FOR EACH ROW EXECUTE FUNCTION tenancy.require_own_user_property();

-- A temporary table of a table's name would be found before it by whoever has the connection next, and a function of
-- one's own could be made to leak: nobody but the tables' owners makes anything here. Whoever else needs temporary
-- tables is to be given the right by name: GRANT TEMPORARY ON DATABASE … TO ….
DO $$
DECLARE
  owner_name text;
BEGIN
  FOR owner_name IN
    SELECT DISTINCT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  LOOP
    IF NOT pg_catalog.has_schema_privilege(owner_name, 'public', 'CREATE WITH GRANT OPTION') THEN
      EXECUTE format('GRANT CREATE ON SCHEMA public TO %I', owner_name);
    END IF;
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), owner_name);
  END LOOP;
  REVOKE CREATE ON SCHEMA public FROM PUBLIC, dittofeed_app, dittofeed_system;
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, dittofeed_app, dittofeed_system', current_database());
END
$$;

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
