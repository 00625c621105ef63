DROP SCHEMA IF EXISTS graphile_worker CASCADE;

DO $$
BEGIN
  EXECUTE format('REVOKE CREATE ON DATABASE %I FROM dittofeed_system', current_database());
END
$$;
