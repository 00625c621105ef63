-- The sealed context: the workspace of a statement counts only with a seal, an HMAC-SHA256 (RFC 2104) that whoever can merely
-- run SQL as dittofeed_app cannot make. Here are the keys and the functions that check a seal; whether the policies ask them
-- is configuration (TENANT_POLICIES), and the migration runner turns the policies. A new partition takes its table's
-- policies as they are then. Locks: none that others wait for.
--
-- A seal is `v1.<key id>.<expiry>.<mac>`: the expiry in seconds since 1970, the mac over `v1.<key id>.<expiry>.<workspace>`
-- in lower-case hex. It is judged by now(), the beginning of the transaction: what began with a good seal ends with it.

CREATE TABLE tenancy."ContextSealKey" (
  "id" text NOT NULL,
  -- The key as HMAC uses it: padded to a block of SHA-256 and exclusive-ored with 0x36 and 0x5c. As secret as the key.
  "innerBlock" bytea,
  "outerBlock" bytea,
  "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
  "retiredAt" timestamptz(3),
  CONSTRAINT "ContextSealKey_pkey" PRIMARY KEY ("id"),
  -- A retired key is forgotten; its id stays, for the operator to see when.
  CONSTRAINT "ContextSealKey_blocks_check" CHECK (
    CASE WHEN "retiredAt" IS NULL
      THEN "innerBlock" IS NOT NULL AND "outerBlock" IS NOT NULL AND length("innerBlock") = 64 AND length("outerBlock") = 64
      ELSE "innerBlock" IS NULL AND "outerBlock" IS NULL
    END)
);
REVOKE ALL ON tenancy."ContextSealKey" FROM PUBLIC, dittofeed_app, dittofeed_system;
ALTER TABLE tenancy."ContextSealKey" ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy."ContextSealKey" FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON tenancy."ContextSealKey" FOR ALL TO dittofeed_owner USING (true) WITH CHECK (true);

-- What is wrong with a seal, in a word; NULL when it is good. Runs as the owner, who alone may read the keys, and takes
-- nothing from the caller's search_path or temporary objects. Its source holds no secret. Seals are compared by their
-- digests, so that the time it takes says nothing of how much of a forged one was right.
CREATE FUNCTION tenancy.context_seal_problem(workspace uuid, seal text)
  RETURNS text
  LANGUAGE plpgsql
  STABLE
  PARALLEL SAFE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  key_id text := split_part(seal, '.', 2);
  expiry text := split_part(seal, '.', 3);
  head text := 'v1.' || key_id || '.' || expiry;
  inner_block bytea;
  outer_block bytea;
  expected text;
  expires_at timestamptz;
BEGIN
  IF workspace IS NULL OR seal IS NULL OR seal = '' THEN
    RETURN 'missing';
  END IF;
  SELECT k."innerBlock", k."outerBlock" INTO inner_block, outer_block
    FROM tenancy."ContextSealKey" AS k
   WHERE k."id" = key_id;
  -- Neither of a key that was never there, nor of one that is retired.
  IF inner_block IS NULL OR outer_block IS NULL THEN
    RETURN 'unknown key';
  END IF;
  expected := head || '.' || encode(
    sha256(outer_block || sha256(inner_block || convert_to(head || '.' || workspace::text, 'UTF8'))), 'hex');
  IF sha256(convert_to(seal, 'UTF8')) <> sha256(convert_to(expected, 'UTF8')) THEN
    RETURN 'wrong';
  END IF;
  -- From here on the text is ours. A clock may be five minutes off in either direction.
  expires_at := to_timestamp(expiry::bigint);
  IF expires_at <= now() THEN
    RETURN 'expired';
  END IF;
  IF expires_at > now() + interval '15 minutes' THEN
    RETURN 'ahead of time';
  END IF;
  RETURN NULL;
END
$$;

-- The workspace of the context if its seal is good, else NULL, and so no row. A policy asks within a sub-select: once a
-- statement and table, not once a row.
CREATE FUNCTION tenancy.sealed_workspace()
  RETURNS uuid
  LANGUAGE plpgsql
  STABLE
  PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  workspace uuid := nullif(current_setting('app.current_workspace_id', true), '')::uuid;
BEGIN
  IF tenancy.context_seal_problem(workspace, current_setting('app.context_seal', true)) IS NULL THEN
    RETURN workspace;
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION tenancy.context_seal_problem(uuid, text), tenancy.sealed_workspace()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy.context_seal_problem(uuid, text), tenancy.sealed_workspace()
  TO dittofeed_app, dittofeed_system;
GRANT USAGE ON SCHEMA tenancy TO dittofeed_app, dittofeed_system;

-- As before, but a partition gets its table's policies as they are, in whichever dialect. The lock keeps them from being
-- changed between the reading and the attaching; readers and writers do not feel it.
CREATE OR REPLACE FUNCTION public.ensure_user_event_partitions(from_month date, to_month date)
  RETURNS integer
  LANGUAGE plpgsql
  VOLATILE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  month_start timestamp := date_trunc('month', from_month::timestamp);
  part text;
  lower_bound text;
  upper_bound text;
  policy text;
  made integer := 0;
BEGIN
  IF to_month - from_month > 3660 THEN
    RAISE EXCEPTION 'more than ten years of partitions at once' USING ERRCODE = '22023';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('ensure_user_event_partitions'));
  WHILE month_start <= to_month LOOP
    part := 'UserEvent_' || to_char(month_start, 'YYYY_MM');
    IF to_regclass(format('public.%I', part)) IS NULL THEN
      LOCK TABLE ONLY public."UserEvent" IN SHARE UPDATE EXCLUSIVE MODE;
      lower_bound := to_char(month_start, 'YYYY-MM-DD') || ' 00:00:00+00';
      upper_bound := to_char(month_start + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00';
      EXECUTE format(
        'CREATE TABLE public.%I (LIKE public."UserEvent" INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
      EXECUTE format(
        'WITH moved AS (DELETE FROM public."UserEvent_default"'
        '  WHERE "processingTime" >= %L AND "processingTime" < %L RETURNING *)'
        ' INSERT INTO public.%I SELECT * FROM moved', lower_bound, upper_bound, part);
      EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
      EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', part);
      FOR policy IN
        SELECT format('CREATE POLICY %I ON public.%I FOR ALL TO %s USING (%s) WITH CHECK (%s)', p.polname, part,
                 (SELECT string_agg(quote_ident(r.rolname), ', ') FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)),
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
          FROM pg_policy AS p
         WHERE p.polrelid = 'public."UserEvent"'::regclass
      LOOP
        EXECUTE policy;
      END LOOP;
      EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, dittofeed_app, dittofeed_system', part);
      EXECUTE format(
        'ALTER TABLE public."UserEvent" ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        part, lower_bound, upper_bound);
      made := made + 1;
    END IF;
    month_start := month_start + interval '1 month';
  END LOOP;
  RETURN made;
END
$$;
