// Limits that come from above: a parent's word for its children, ceilings, a pool that children share, and the host's defaults.

import { randomUUID } from "node:crypto";

import { DEFAULT_USER_PROPERTIES } from "isomorphic-lib/src/defaultUserProperties";
import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
} from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { afterEach, assert, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { parseDefaultQuotas } from "../../config/defaultQuotas";
import { db } from "../../db";
import { messageTemplate, segment, userProperty } from "../../db/schema";
import { createWorkspace } from "../../workspaces";
import {
  getQuotaFromAbove,
  getQuotaHistory,
  getWorkspaceQuota,
  getWorkspaceUsage,
  quotaEtag,
  quotaResult,
  reconcileWorkspaceQuota,
  resetWorkspaceQuota,
  setWorkspaceCeilings,
  setWorkspaceQuota,
  validateWorkspaceQuota,
  writeQuotaDefaults,
} from "../resourceQuotas";

const env = useTenantEnv();

const REGISTRY = unwrap(parseDefaultQuotas({}));

async function family(children: number) {
  const parent = await env.createWorkspace({ type: "Parent" });
  const ids = [];
  for (let made = 0; made < children; made += 1) {
    ids.push(
      await env.createWorkspace({ type: "Child", parentWorkspaceId: parent }),
    );
  }
  const [first, second] = ids;
  assert(first !== undefined);
  return { parent, children: ids, first, second: second ?? first };
}

/** One statement for each, all at once; answers how many were stored. */
async function tryToAddSegments(workspaceId: string, count: number) {
  const results = await env.as(workspaceId, () =>
    Promise.all(
      Array.from({ length: count }, () =>
        quotaResult(
          db().insert(segment).values({
            workspaceId,
            name: randomUUID(),
            definition: {},
            updatedAt: new Date(),
          }),
        ),
      ),
    ),
  );
  return results.filter((result) => result.isOk()).length;
}

async function usageOf(workspaceId: string, resourceType: string) {
  const usage = unwrap(
    await env.as(workspaceId, () => getWorkspaceUsage(workspaceId)),
  );
  const found = usage.find((each) => each.resourceType === resourceType);
  assert(found !== undefined);
  return found;
}

describe("the defaults", () => {
  afterEach(async () => {
    await writeQuotaDefaults(REGISTRY);
  });

  it("are in the database as the registry has them, resource by resource", async () => {
    const { rows } = await env.owner.query<{
      resourceType: string;
      isMonthly: boolean;
      amount: string | null;
    }>(
      `SELECT "resourceType", "isMonthly", "amount" FROM public."QuotaDefault" ORDER BY 1`,
    );
    expect(rows).toEqual(
      [...QUOTA_RESOURCE_NAMES].sort().map((resourceType) => {
        const { kind, default: amount } = QUOTA_RESOURCES[resourceType];
        return {
          resourceType,
          isMonthly: kind === "monthly",
          amount: amount === null ? null : String(amount),
        };
      }),
    );
  });

  it("change for all who have no word of their own, once and at once, however many processes start", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    await env.as(other, () => setWorkspaceQuota(other, { maxSegments: 4 }));
    expect(await tryToAddSegments(workspaceId, 2)).toBe(2);
    const limits = { ...REGISTRY, maxSegments: 3, maxEventsPerMonth: 9 };
    const written = await Promise.all(
      [1, 2, 3, 4].map(() => writeQuotaDefaults(limits)),
    );
    expect(written.flat().sort()).toEqual(["events", "segments"]);
    expect(await tryToAddSegments(workspaceId, 3)).toBe(1);
    expect(await tryToAddSegments(other, 6)).toBe(4);
    expect(await writeQuotaDefaults(limits)).toEqual([]);
  });

  it("come back when a row of them is missing", async () => {
    await env.owner.query(
      `DELETE FROM public."QuotaDefault" WHERE "resourceType" = 'members'`,
    );
    expect(await writeQuotaDefaults(REGISTRY)).toEqual(["members"]);
  });

  it("let a workspace be made however low they are, and count nothing of what it begins with", async () => {
    const lowest = Object.fromEntries(
      QUOTA_RESOURCE_NAMES.map((name) => [
        QUOTA_RESOURCES[name].field,
        QUOTA_RESOURCES[name].minimum,
      ]),
    );
    await writeQuotaDefaults({ ...REGISTRY, ...lowest });
    const made = await createWorkspace({ name: `Low ${randomUUID()}` });
    assert(made.isOk());
    const { workspaceId } = made.value;
    for (const resource of [
      "templates",
      "subscriptionGroups",
      "userProperties",
      "segments",
      "journeys",
    ]) {
      expect((await usageOf(workspaceId, resource)).used, resource).toBe(0);
    }
    expect((await usageOf(workspaceId, "storage")).used).toBeGreaterThan(0);
    const drift = unwrap(await reconcileWorkspaceQuota(workspaceId));
    expect(
      drift.filter(({ recorded, counted }) => recorded !== counted),
    ).toEqual([]);
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      workspaceId,
    ]);
  });

  it("count what is added to a new workspace, and nothing when what it began with is deleted", async () => {
    const made = unwrap(await createWorkspace({ name: `New ${randomUUID()}` }));
    const { workspaceId } = made;
    await env.as(workspaceId, async () => {
      const now = new Date();
      await db().insert(userProperty).values({
        workspaceId,
        name: "mine",
        definition: {},
        updatedAt: now,
      });
      await db().delete(messageTemplate);
    });
    expect((await usageOf(workspaceId, "userProperties")).used).toBe(1);
    expect((await usageOf(workspaceId, "templates")).used).toBe(0);
    const { rows } = await env.owner.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM public."UserProperty" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows[0]?.count).toBe(DEFAULT_USER_PROPERTIES.length + 1);
  });
});

describe("a parent's word for its children", () => {
  it("holds for each child that has none of its own, from the next statement on", async () => {
    const { parent, first, second } = await family(2);
    await env.as(second, () => setWorkspaceQuota(second, { maxSegments: 5 }));
    await env.as(parent, async () => {
      unwrap(await setWorkspaceQuota(parent, { children: { maxSegments: 2 } }));
    });
    expect(await tryToAddSegments(first, 4)).toBe(2);
    expect(await tryToAddSegments(second, 6)).toBe(5);
    const quota = unwrap(await env.as(first, () => getWorkspaceQuota(first)));
    expect(quota.maxSegments).toBe(2);
    expect(quota.source.maxSegments).toBe("children");
    await env.as(parent, async () => {
      const own = unwrap(await getWorkspaceQuota(parent));
      expect(own.maxSegments).toBe(QUOTA_RESOURCES.segments.default);
      expect(own.children).toEqual({ maxSegments: 2 });
      unwrap(
        await setWorkspaceQuota(parent, { reset: ["children/maxSegments"] }),
      );
    });
    expect(await tryToAddSegments(first, 2)).toBe(2);
  });
});

describe("a ceiling", () => {
  it("holds over a higher limit and over no limit, and is not the workspace's to change", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, () =>
      setWorkspaceQuota(workspaceId, { maxSegments: 10, maxUsers: null }),
    );
    const set = unwrap(
      await setWorkspaceCeilings(workspaceId, { maxSegments: 3, maxUsers: 7 }),
    );
    expect(set).toMatchObject({
      maxSegments: 3,
      maxUsers: 7,
      source: { maxSegments: "ceiling", maxUsers: "ceiling" },
      limits: { maxSegments: 10, maxUsers: null },
      ceilings: { maxSegments: 3, maxUsers: 7 },
    });
    expect(await tryToAddSegments(workspaceId, 5)).toBe(3);
    await env.as(workspaceId, async () => {
      for (const changes of [
        { ceilings: { maxSegments: 100 } },
        { ceilings: { maxJourneys: 1 } },
        { reset: ["ceilings/maxSegments" as const] },
      ]) {
        const refused = await setWorkspaceQuota(workspaceId, changes);
        expect(refused.isErr() && refused.error.type).toBe("CeilingForbidden");
      }
      const refused = await resetWorkspaceQuota(workspaceId, {
        layers: ["ceiling"],
      });
      expect(refused.isErr() && refused.error.type).toBe("CeilingForbidden");
      // What was read may be sent back as it is.
      const { ceilings } = unwrap(await getWorkspaceQuota(workspaceId));
      const same = await setWorkspaceQuota(workspaceId, {
        ceilings,
        maxSegments: 2,
      });
      expect(unwrap(same).maxSegments).toBe(2);
    });
  });

  it("is named where a limit is set above it, and nothing is stored", async () => {
    const workspaceId = await env.createWorkspace();
    await setWorkspaceCeilings(workspaceId, { maxSegments: 3, maxUsers: 7 });
    await env.as(workspaceId, async () => {
      const refused = await setWorkspaceQuota(workspaceId, {
        maxSegments: 4,
        maxUsers: null,
        maxJourneys: 5,
      });
      assert(refused.isErr());
      assert(refused.error.type === "CeilingExceeded");
      expect(refused.error.errors).toEqual([
        { field: "maxSegments", message: "may be 3 at most" },
        { field: "maxUsers", message: "may be 7 at most" },
      ]);
      expect(unwrap(await getWorkspaceQuota(workspaceId)).limits).toEqual({});
      const exact = await setWorkspaceQuota(workspaceId, { maxSegments: 3 });
      expect(unwrap(exact).source.maxSegments).toBe("limit");
    });
  });

  it("is set from above on record, and by one of two who edit the same version", async () => {
    const workspaceId = await env.createWorkspace();
    const parent = await env.createWorkspace({ type: "Parent" });
    const read = unwrap(await getQuotaFromAbove(workspaceId));
    expect(read.usage).toHaveLength(QUOTA_RESOURCE_NAMES.length);
    const ifMatch = quotaEtag(read.quota);
    const actor = { type: "member", id: "above" } as const;
    const results = await env.as(
      parent,
      () =>
        Promise.all(
          [1, 2, 3].map((maxUsers) =>
            setWorkspaceCeilings(workspaceId, { maxUsers }, { ifMatch }),
          ),
        ),
      { actor },
    );
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    const history = unwrap(
      await env.as(workspaceId, () => getQuotaHistory({ workspaceId })),
    );
    expect(history.changes).toMatchObject([
      { resourceType: "users", layer: "ceiling", actor },
    ]);
  });

  it("is that of no workspace there is none of", async () => {
    for (const id of [randomUUID(), "none"]) {
      const refused = await setWorkspaceCeilings(id, { maxUsers: 1 });
      expect(refused.isErr() && refused.error.type).toBe("WorkspaceNotFound");
      const read = await getQuotaFromAbove(id);
      expect(read.isErr() && read.error.type).toBe("WorkspaceNotFound");
    }
  });
});

describe("a pool", () => {
  it("is never used beyond its limit by all children together, and shows in what each may still have", async () => {
    const { parent, children, first } = await family(4);
    await env.as(parent, () =>
      setWorkspaceQuota(parent, { pool: { maxSegments: 10 } }),
    );
    const stored = await Promise.all(
      children.map((child) => tryToAddSegments(child, 5)),
    );
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(10);
    const usage = await usageOf(first, "segments");
    expect(usage).toMatchObject({
      used: stored[0],
      limit: QUOTA_RESOURCES.segments.default,
      remaining: 0,
      state: "exceeded",
      pool: { limit: 10, used: 10 },
    });
    const refused = await env.as(first, () =>
      validateWorkspaceQuota(first, "segments"),
    );
    assert(refused.isErr());
    expect(refused.error).toMatchObject({
      type: "QuotaExceeded",
      scope: "pool",
      currentUsage: 10,
      limit: 10,
    });
    expect(refused.error.message).toContain("quota exceeded");
    expect(await tryToAddSegments(parent, 1)).toBe(1);
  });

  it("gives back what a child deletes, and what a deleted child had", async () => {
    const { parent, first, second } = await family(2);
    await env.as(parent, () =>
      setWorkspaceQuota(parent, { pool: { maxSegments: 4 } }),
    );
    expect(await tryToAddSegments(first, 3)).toBe(3);
    expect(await tryToAddSegments(second, 3)).toBe(1);
    await env.as(second, () => db().delete(segment));
    expect(await tryToAddSegments(second, 3)).toBe(1);
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      first,
    ]);
    expect(await tryToAddSegments(second, 5)).toBe(3);
    expect((await usageOf(second, "segments")).pool).toEqual({
      limit: 4,
      used: 4,
    });
  });

  it("keeps no child from being made, though it is used up", async () => {
    const { parent } = await family(1);
    await env.as(parent, () =>
      setWorkspaceQuota(parent, {
        pool: { maxStorageBytes: 0, maxUserProperties: 0 },
        children: { maxStorageBytes: 0 },
      }),
    );
    const made = unwrap(
      await createWorkspace({
        name: `Child ${randomUUID()}`,
        parentWorkspaceId: parent,
      }),
    );
    const usage = await usageOf(made.workspaceId, "storage");
    expect(usage.used).toBeGreaterThan(0);
    expect(usage.pool).toEqual({ limit: 0, used: usage.used });
    expect(await tryToAddSegments(made.workspaceId, 1)).toBe(0);
  });

  it("counts what the children have when it is made, and is gone when it is taken back", async () => {
    const { parent, first, second } = await family(2);
    expect(await tryToAddSegments(first, 3)).toBe(3);
    await env.as(parent, () =>
      setWorkspaceQuota(parent, { pool: { maxSegments: 4 } }),
    );
    expect(await tryToAddSegments(second, 3)).toBe(1);
    await env.as(parent, () =>
      setWorkspaceQuota(parent, { reset: ["pool/maxSegments"] }),
    );
    expect(await tryToAddSegments(second, 3)).toBe(3);
    expect((await usageOf(first, "segments")).pool).toBeUndefined();
  });
});
