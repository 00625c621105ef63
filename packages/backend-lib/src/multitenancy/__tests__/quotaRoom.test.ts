// Ways past a limit that are shut: by thresholds of one's own, and by bytes that come with what is free. And that a workspace
// goes with all it has, whatever its counters say.

import { expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";

const env = useTenantEnv();

async function setLimit(
  workspaceId: string,
  resource: string,
  amount: number,
): Promise<void> {
  await env.owner.query(
    `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, 'limit', $3)`,
    [workspaceId, resource, amount],
  );
}

const addSegments = (workspaceId: string, count: number) =>
  env.owner.query(
    `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "updatedAt")
     SELECT $1, 's' || gen_random_uuid(), '{}', now() FROM generate_series(1, $2)`,
    [workspaceId, count],
  );

it.each([
  '{"default": [100000]}',
  '{"default": [150]}',
  '{"segments": [80.5, "x", null]}',
  '{"default": []}',
])("thresholds %s give away no more than the limit leaves", async (said) => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, "segments", 10);
  await env.owner.query(
    'INSERT INTO public."QuotaNotification" ("workspaceId", "thresholds") VALUES ($1, $2)',
    [workspaceId, said],
  );
  await addSegments(workspaceId, 10);
  await expect(addSegments(workspaceId, 1)).rejects.toMatchObject({
    code: "QT429",
  });
});

it("what is free of its own quota is not free of storage when it is large", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, "storage", 1_000);
  const groupId = "5f9d6a3e-6d0b-4d2e-9a55-0f4c0a6f7a11";
  await env.owner.query(
    `INSERT INTO public."SubscriptionGroup" ("id", "workspaceId", "name", "type", "channel", "updatedAt")
     VALUES ($1, $2, 'g', 'OptIn', 'Email', now())`,
    [groupId, workspaceId],
  );
  const add = (bytes: number) =>
    env.owner.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "subscriptionGroupId", "updatedAt")
       VALUES ($1, 'subscriptionGroup-' || $2::uuid, jsonb_build_object('x', repeat('x', $3)), $2, now())`,
      [workspaceId, groupId, bytes],
    );
  await expect(add(1_000_000)).rejects.toMatchObject({ code: "QT429" });
  await add(2_000);
});

it("a workspace goes with all that it has, its broadcasts and full counters too", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, "segments", 2);
  await setLimit(workspaceId, "broadcasts", 1);
  await addSegments(workspaceId, 2);
  await env.owner.query(
    `INSERT INTO public."Broadcast" ("workspaceId", "name", "segmentId", "updatedAt")
     SELECT $1, 'b', "id", now() FROM public."Segment" WHERE "workspaceId" = $1 LIMIT 1`,
    [workspaceId],
  );
  await env.owner.query('DELETE FROM public."Workspace" WHERE "id" = $1', [
    workspaceId,
  ]);
  const left = await env.owner.query(
    `SELECT 1 FROM public."WorkspaceUsage" WHERE "workspaceId" = $1
     UNION ALL SELECT 1 FROM public."WorkspaceQuota" WHERE "workspaceId" = $1
     UNION ALL SELECT 1 FROM public."Broadcast" WHERE "workspaceId" = $1`,
    [workspaceId],
  );
  expect(left.rowCount).toBe(0);
});
