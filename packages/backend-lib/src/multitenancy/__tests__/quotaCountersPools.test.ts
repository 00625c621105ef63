// The counters of pools, and of what is deleted: nothing is counted twice, lost, or left in the way.

import { randomUUID } from "node:crypto";

import { describe, expect, it } from "vitest";

import { LIMIT, refused, useCounters } from "../../../test/quotas/useCounters";

const { add, env, pair, recount, setLimit, untilWaiting, used, workspaceOf } =
  useCounters();

describe("pools", () => {
  async function family(pool: number) {
    const parent = await env.createWorkspace({ type: "Parent" });
    const [one, two] = await Promise.all(
      [0, 1].map(() =>
        env.createWorkspace({ type: "Child", parentWorkspaceId: parent }),
      ),
    );
    await setLimit(parent, "segments", pool, "pool");
    return { parent, one: one ?? "", two: two ?? "" };
  }

  it("follow a child that moves, with what it uses", async () => {
    const { parent, one, two } = await family(3);
    const other = await family(1);
    await add(one, 2);
    await expect(add(two, 2)).rejects.toMatchObject(refused);
    await env.owner.query(
      `UPDATE public."Workspace" SET "parentWorkspaceId" = $2 WHERE "id" = $1`,
      [one, other.parent],
    );
    expect([
      await used(parent, "segments", true),
      await used(other.parent, "segments", true),
    ]).toEqual([0, 2]);
    await add(two, 3);
    await expect(add(one, 1)).rejects.toMatchObject(refused);
  });

  it("end with their parent, and the children go on", async () => {
    const { parent, one } = await family(1);
    await add(one, 1);
    await expect(add(one, 1)).rejects.toMatchObject(refused);
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      parent,
    ]);
    await add(one, 1);
    expect(await used(one, "segments")).toBe(2);
  });

  it("get back what a deleted child used", async () => {
    const { parent, one, two } = await family(2);
    await add(one, 2);
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      one,
    ]);
    expect(await used(parent, "segments", true)).toBe(0);
    await add(two, 2);
  });

  it("count a child that is being made while its parent gets the pool", async () => {
    const parent = await env.createWorkspace({ type: "Parent" });
    const id = randomUUID();
    const [first, second] = pair();
    await first.query("BEGIN");
    await first.query(
      `INSERT INTO public."Workspace" ("id", "name", "type", "parentWorkspaceId", "updatedAt") VALUES ($1, 'new', 'Child', $2, now())`,
      [id, parent],
    );
    await add(id, 2, first);
    const given = second.query(LIMIT, [parent, "segments", "pool", 2]);
    await untilWaiting(second);
    await first.query("COMMIT");
    await given;
    expect(await used(parent, "segments", true)).toBe(2);
    await expect(add(id, 1)).rejects.toMatchObject(refused);
  });

  it("find room in what siblings reserved and let run out", async () => {
    const { parent, one, two } = await family(2);
    await env.owner.query(
      `INSERT INTO public."QuotaReservation" ("workspaceId", "resourceType", "period", "requested", "granted", "expiresAt")
       VALUES ($1, 'segments', '-infinity', 2, 2, now() - interval '1 second')`,
      [one],
    );
    await env.owner.query(
      `SELECT tenancy.quota_take($1, 'segments', '-infinity', false, 2)`,
      [one],
    );
    await add(two, 2);
    expect(await used(one, "segments")).toBe(0);
    expect(await used(parent, "segments", true)).toBe(2);
  });
});

describe("what goes", () => {
  it("a workspace at its limits can be deleted, and leaves nothing", async () => {
    const id = await workspaceOf(1);
    await setLimit(id, "segments", 1, "ceiling");
    await add(id, 1);
    await env.owner.query(
      `INSERT INTO public."QuotaNotification" ("workspaceId") VALUES ($1)`,
      [id],
    );
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      id,
    ]);
    const left = await env.owner.query(
      `SELECT 1 FROM public."WorkspaceUsage" WHERE "workspaceId" = $1
       UNION ALL SELECT 1 FROM public."WorkspaceQuota" WHERE "workspaceId" = $1`,
      [id],
    );
    expect(left.rowCount).toBe(0);
  });

  it("a subscription group at the limit takes its two segments with it", async () => {
    const id = await workspaceOf(0);
    await env.owner.query(
      `WITH made AS (
         INSERT INTO public."SubscriptionGroup" ("workspaceId", "name", "type", "channel") VALUES ($1, 'news', 'OptIn', 'Email') RETURNING "id")
       INSERT INTO public."Segment" ("workspaceId", "name", "definition", "subscriptionGroupId")
       SELECT $1, prefix || "id", '{}', "id" FROM made, unnest(ARRAY['subscriptionGroup-', 'subscriptionGroup-unsubscribed-']) AS prefix`,
      [id],
    );
    await env.owner.query(
      `DELETE FROM public."SubscriptionGroup" WHERE "workspaceId" = $1`,
      [id],
    );
    const left = await env.owner.query(
      `SELECT 1 FROM public."Segment" WHERE "workspaceId" = $1`,
      [id],
    );
    expect(left.rowCount).toBe(0);
    expect((await recount(id, "segments"))?.counted).toBe("0");
  });

  it("messages that are deleted stay used, and a recount knows it", async () => {
    const id = await env.createWorkspace();
    await env.owner.query(
      `INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content") VALUES ($1, 'one', 'user', 'Email', '{}')`,
      [id],
    );
    await env.owner.query(
      `DELETE FROM public."Message" WHERE "workspaceId" = $1`,
      [id],
    );
    expect(await recount(id, "messages")).toEqual({
      recorded: "1",
      counted: "1",
    });
  });

  it("a threshold that was left is noticed again", async () => {
    const id = await workspaceOf(10);
    const open = async () => {
      const found = await env.owner.query(
        `SELECT 1 FROM public."QuotaCrossing" WHERE "workspaceId" = $1 AND "resourceType" = 'segments' AND "resolvedAt" IS NULL`,
        [id],
      );
      return found.rowCount;
    };
    await add(id, 8);
    expect(await open()).toBe(1);
    await env.owner.query(
      `DELETE FROM public."Segment" WHERE "workspaceId" = $1 AND "id" = (SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1 LIMIT 1)`,
      [id],
    );
    await env.owner.query("SELECT * FROM tenancy.quota_upkeep()");
    expect(await open()).toBe(0);
    await add(id, 1);
    expect(await open()).toBe(1);
  });
});
