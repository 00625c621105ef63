// Usage in the course of time, and what other limits would have made of it; recounting.

import { randomUUID } from "node:crypto";

import { QUOTA_RESOURCE_NAMES } from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { explainErrors } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { SimulateQuotaResponse } from "isomorphic-lib/src/types";
import { afterEach, assert, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { useClock } from "../../clock";
import { db } from "../../db";
import { segment } from "../../db/schema";
import {
  consumeWorkspaceQuota,
  forgetQuotaRecords,
  getWorkspaceQuota,
  getWorkspaceUsage,
  reconcileWorkspaceQuota,
  sampleUsage,
  setWorkspaceQuota,
  simulateWorkspaceQuota,
} from "../resourceQuotas";

const env = useTenantEnv();

const restore: (() => void)[] = [];

/** The database's time for months and hours, and the process's. */
async function itIs(moment: string): Promise<void> {
  await env.owner.query(
    `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
     SET search_path = pg_catalog, pg_temp AS $$ SELECT '${moment}'::timestamptz $$`,
  );
  restore.push(useClock({ now: () => new Date(moment) }));
}

afterEach(async () => {
  restore.splice(0).forEach((back) => back());
  await env.owner.query(
    `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
     SET search_path = pg_catalog, pg_temp AS $$ SELECT now() $$`,
  );
});

const add = (workspaceId: string, count: number) =>
  env.as(workspaceId, () =>
    db()
      .insert(segment)
      .values(
        Array.from({ length: count }, () => ({
          workspaceId,
          name: randomUUID(),
          definition: {},
          updatedAt: new Date(),
        })),
      ),
  );

async function samplesOf(workspaceId: string) {
  const { rows } = await env.owner.query<{ used: string; peak: string }>(
    `SELECT "used"::integer, "peak"::integer FROM public."WorkspaceUsageSample"
      WHERE "workspaceId" = $1 AND "resourceType" = 'segments' ORDER BY "hour"`,
    [workspaceId],
  );
  return rows;
}

describe("sampleUsage", () => {
  it("notes what has changed, and of each hour its end and its peak", async () => {
    const workspaceId = await env.createWorkspace();
    await itIs("2027-03-10T10:10:00Z");
    await add(workspaceId, 4);
    await sampleUsage();
    expect(await sampleUsage()).toBe(0);
    await env.as(workspaceId, () => db().delete(segment));
    await add(workspaceId, 1);
    await sampleUsage();
    expect(await samplesOf(workspaceId)).toEqual([{ used: 1, peak: 4 }]);
    await itIs("2027-03-10T12:00:00Z");
    await add(workspaceId, 1);
    await Promise.all([sampleUsage(), sampleUsage()]);
    expect(await samplesOf(workspaceId)).toEqual([
      { used: 1, peak: 4 },
      { used: 2, peak: 2 },
    ]);
  });
});

describe("simulateWorkspaceQuota", () => {
  it("tells which limits would have refused what, when, and by how much; and changes nothing", async () => {
    const workspaceId = await env.createWorkspace();
    await itIs("2027-01-05T08:20:00Z");
    await add(workspaceId, 3);
    await sampleUsage();
    await itIs("2027-03-20T10:00:00Z");
    await add(workspaceId, 4);
    await env.as(workspaceId, () =>
      consumeWorkspaceQuota(workspaceId, "messages", 50),
    );
    await sampleUsage();
    await itIs("2027-03-20T14:30:00Z");
    await env.as(workspaceId, () => db().delete(segment));
    await sampleUsage();
    await itIs("2027-04-15T00:00:00Z");

    await env.as(workspaceId, async () => {
      const before = unwrap(await getWorkspaceQuota(workspaceId));
      const simulated = unwrap(
        await simulateWorkspaceQuota(workspaceId, {
          limits: { maxSegments: 5, maxMessagesPerMonth: 10, maxUsers: null },
        }),
      );
      expect(explainErrors(SimulateQuotaResponse, simulated)).toEqual([]);
      expect(simulated).toMatchObject({
        from: "2027-01-15T00:00:00.000Z",
        to: "2027-04-15T00:00:00.000Z",
      });
      expect(simulated.resources).toMatchObject([
        { resourceType: "users", limit: null, wouldHaveRefused: false },
        {
          resourceType: "segments",
          limit: 5,
          samples: 3, // one of before, which held on
          peak: 7,
          firstRefusedAt: "2027-03-20T10:00:00.000Z",
          mostOver: 2,
          overruns: [
            {
              from: "2027-03-20T10:00:00.000Z",
              to: "2027-03-20T14:00:00.000Z",
              peak: 7,
              over: 2,
            },
          ],
        },
        {
          resourceType: "messages",
          mostOver: 40,
          overruns: [
            {
              from: "2027-03-20T10:00:00.000Z",
              to: "2027-04-01T00:00:00.000Z",
              peak: 50,
              over: 40,
            },
          ],
        },
      ]);
      const low = unwrap(
        await simulateWorkspaceQuota(workspaceId, {
          limits: { maxSegments: 2 },
        }),
      );
      expect(low.resources[0]?.firstRefusedAt).toBe("2027-01-15T00:00:00.000Z");
      expect(unwrap(await getWorkspaceQuota(workspaceId))).toEqual(before);
    });
  });

  it("judges what there is now, before anybody has noted it", async () => {
    const workspaceId = await env.createWorkspace();
    await add(workspaceId, 20);
    await env.as(workspaceId, async () => {
      const { to, resources } = unwrap(
        await simulateWorkspaceQuota(workspaceId, {
          limits: { maxSegments: 10 },
        }),
      );
      expect(resources).toMatchObject([
        {
          samples: 1,
          peak: 20,
          wouldHaveRefused: true,
          mostOver: 10,
          overruns: [{ to, peak: 20, over: 10 }],
        },
      ]);
      const enough = unwrap(
        await simulateWorkspaceQuota(workspaceId, {
          limits: { maxSegments: 20 },
        }),
      );
      expect(enough.resources[0]?.wouldHaveRefused).toBe(false);
    });
    expect(await samplesOf(workspaceId)).toEqual([]);
  });

  it("takes the limits in force when none are given, and fewer days if wanted", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 9 }));
      const { from, to, resources } = unwrap(
        await simulateWorkspaceQuota(workspaceId, { limits: {}, days: 1 }),
      );
      expect(resources.map(({ resourceType }) => resourceType)).toEqual(
        QUOTA_RESOURCE_NAMES,
      );
      expect(
        resources.find(({ resourceType }) => resourceType === "segments"),
      ).toMatchObject({ limit: 9, samples: 0, wouldHaveRefused: false });
      const hours = (Date.parse(to) - Date.parse(from)) / 3_600_000;
      expect(Math.floor(hours)).toBe(24);
    });
  });

  it("refuses limits that are none, and another's workspace", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const bad = await simulateWorkspaceQuota(workspaceId, {
        limits: { maxUsers: -1 },
      });
      expect(bad.isErr() && bad.error.type).toBe("InvalidAmount");
      const foreign = await simulateWorkspaceQuota(other, { limits: {} });
      expect(foreign.isErr() && foreign.error.type).toBe("WorkspaceNotFound");
    });
  });
});

describe("forgetQuotaRecords", () => {
  it("keeps what simulations need, the last note before it, and what is still counted", async () => {
    const workspaceId = await env.createWorkspace();
    await env.owner.query(
      `INSERT INTO public."WorkspaceUsageSample" ("workspaceId", "resourceType", "period", "hour", "used", "peak")
       SELECT $1, 'segments', '-infinity', now() - make_interval(days => d), d, d FROM unnest(ARRAY[300, 200, 101, 99, 1]) AS d`,
      [workspaceId],
    );
    await env.owner.query(
      `INSERT INTO public."QuotaReservation"
         ("workspaceId", "resourceType", "period", "requested", "granted", "committed", "state", "expiresAt", "finishedAt")
       SELECT $1, 'messages', r.period, 1, 1, 1, r.state::public."QuotaReservationState", now(), now() - make_interval(days => r.ago)
         FROM (VALUES (date '2020-01-01', 'Committed', 200), (date '-infinity', 'Released', 200), (date '2020-01-01', 'Open', 200),
                      (date '2020-01-01', 'Committed', 3), (tenancy.month_of(now()), 'Committed', 200)) AS r(period, state, ago)`,
      [workspaceId],
    );
    expect(await forgetQuotaRecords()).toEqual({ samples: 2, reservations: 2 });
    expect(await samplesOf(workspaceId)).toMatchObject([
      { used: 101 },
      { used: 99 },
      { used: 1 },
    ]);
    expect(await forgetQuotaRecords()).toEqual({ samples: 0, reservations: 0 });
  });
});

describe("reconcileWorkspaceQuota", () => {
  it("finds what somebody made of a counter, mends it, and is content from then on", async () => {
    const workspaceId = await env.createWorkspace();
    await add(workspaceId, 3);
    await env.owner.query(
      `UPDATE public."WorkspaceUsage" SET "used" = 40 WHERE "workspaceId" = $1 AND "resourceType" = 'segments'`,
      [workspaceId],
    );
    const found = unwrap(await reconcileWorkspaceQuota(workspaceId));
    expect(found.map(({ resourceType }) => resourceType)).toEqual(
      QUOTA_RESOURCE_NAMES,
    );
    expect(
      found.filter(({ recorded, counted }) => recorded !== counted),
    ).toEqual([
      {
        resourceType: "segments",
        scope: "workspace",
        recorded: 40,
        counted: 3,
      },
    ]);
    const usage = unwrap(
      await env.as(workspaceId, () => getWorkspaceUsage(workspaceId)),
    );
    expect(
      usage.find(({ resourceType }) => resourceType === "segments")?.used,
    ).toBe(3);
    const again = unwrap(await reconcileWorkspaceQuota(workspaceId));
    expect(again.every(({ recorded, counted }) => recorded === counted)).toBe(
      true,
    );
  });

  it("recounts what children share, too", async () => {
    const parent = await env.createWorkspace({ type: "Parent" });
    const child = await env.createWorkspace({
      type: "Child",
      parentWorkspaceId: parent,
    });
    await env.as(parent, () =>
      setWorkspaceQuota(parent, { pool: { maxSegments: 9 } }),
    );
    await add(child, 2);
    await env.owner.query(
      `UPDATE public."WorkspaceUsage" SET "used" = 8 WHERE "workspaceId" = $1 AND "isPool"`,
      [parent],
    );
    const found = unwrap(await reconcileWorkspaceQuota(parent));
    expect(found).toContainEqual({
      resourceType: "segments",
      scope: "pool",
      recorded: 8,
      counted: 2,
    });
    await add(child, 7);
  });

  it("knows no workspace that is not there", async () => {
    for (const id of [randomUUID(), "none"]) {
      const result = await reconcileWorkspaceQuota(id);
      assert(result.isErr());
      expect(result.error.type).toBe("WorkspaceNotFound");
    }
  });
});
