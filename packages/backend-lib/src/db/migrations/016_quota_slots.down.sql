-- What 015 said before.
CREATE OR REPLACE FUNCTION tenancy.quota_add_slot(
  workspace uuid, resource text, at_period date, of_pool boolean, new_slot bigint, new_room bigint, pool uuid)
  RETURNS bigint
  LANGUAGE plpgsql
  VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- To insert what is there would wait for those who are using it.
  IF EXISTS (
    SELECT 1 FROM public."WorkspaceUsage" AS u
     WHERE u."workspaceId" = workspace AND u."resourceType" = resource AND u."period" = at_period
       AND u."isPool" = of_pool AND u."slot" = new_slot) THEN
    RETURN 0;
  END IF;
  INSERT INTO public."WorkspaceUsage"
    ("workspaceId", "resourceType", "period", "isPool", "slot", "room", "poolWorkspaceId")
    VALUES (workspace, resource, at_period, of_pool, new_slot, new_room, pool) ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN new_room ELSE 0 END;
END
$$;
