// The monthly partitions: made ahead, once, with their parent's isolation; what went to the default partition is moved.

import { randomUUID } from "node:crypto";

import { type BatchItem } from "isomorphic-lib/src/types";
import { expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { useClock } from "../clock";
import { ensurePartitions } from "../db/partitions";
import { ingestEvents } from "../userEvents";

const env = useTenantEnv();

async function partitionOf(workspaceId: string): Promise<string[]> {
  const { rows } = await env.owner.query<{ name: string }>(
    `SELECT "tableoid"::regclass::text AS "name" FROM "UserEvent" WHERE "workspaceId" = $1`,
    [workspaceId],
  );
  return rows.map(({ name }) => name);
}

it("makes what is missing and nothing twice, also when several ask at once", async () => {
  const restore = useClock({ now: () => new Date("2040-11-30T23:59:59Z") });
  try {
    const made = await Promise.all([1, 2, 3].map(() => ensurePartitions()));
    expect(made.sort()).toEqual([0, 0, 7]);
    expect(await ensurePartitions({ monthsAhead: 8 })).toBe(2);
    expect(await ensurePartitions({ monthsAhead: 0 })).toBe(0);
  } finally {
    restore();
  }
});

it("takes in the events that came before the partition was there, and keeps other workspaces out", async () => {
  const workspaceId = await env.createWorkspace();
  const event: BatchItem = {
    type: "track",
    messageId: randomUUID(),
    userId: "ann",
    event: "Visit",
  };
  const restore = useClock({ now: () => new Date("2050-05-15T00:00:00Z") });
  try {
    await env.as(workspaceId, () =>
      ingestEvents({ workspaceId, events: [event] }),
    );
    expect(await partitionOf(workspaceId)).toEqual(['"UserEvent_default"']);

    await ensurePartitions({ monthsAhead: 1 });

    expect(await partitionOf(workspaceId)).toEqual(['"UserEvent_2050_05"']);
    const again = await env.as(workspaceId, () =>
      ingestEvents({ workspaceId, events: [event] }),
    );
    expect(again._unsafeUnwrap()).toMatchObject({ storedCount: 0 });
  } finally {
    restore();
  }
  await expect(
    env.app.query(`SELECT * FROM "UserEvent_2050_05"`),
  ).rejects.toThrow(/permission denied/);
  const seen = await env.app.query(`SELECT * FROM "UserEvent"`);
  expect(seen.rows).toEqual([]);
});

it("makes partitions that are guarded like their table, each by itself", async () => {
  const restore = useClock({ now: () => new Date("2060-01-15T00:00:00Z") });
  try {
    await ensurePartitions({ monthsAhead: 0 });
  } finally {
    restore();
  }
  const { rows } = await env.owner.query<{ name: string; guard: unknown }>(
    `SELECT c.relname AS name, jsonb_build_object(
              'enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'owner', c.relowner::regrole,
              'policies', (SELECT jsonb_agg(jsonb_build_array(policyname, permissive, roles, cmd, qual, with_check) ORDER BY policyname)
                             FROM pg_policies WHERE schemaname = 'public' AND tablename = c.relname)) AS guard
       FROM pg_class AS c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ('UserEvent', 'UserEvent_2060_01')
      ORDER BY c.relname`,
  );
  const [table, partition] = rows;
  expect(partition?.name).toBe("UserEvent_2060_01");
  expect(partition?.guard).toEqual(table?.guard);
  expect(table?.guard).toMatchObject({ enabled: true, forced: true });
});
