// What a workspace may have and has: looking, changing, taking back. How limits come down from above, and reservations, have
// files of their own beside this one.

import { randomUUID } from "node:crypto";

import { sql } from "drizzle-orm";
import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
} from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { explainErrors } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  MAX_QUOTA_AMOUNT,
  QuotaExceeded,
  QuotaUsage,
  WorkspaceQuota,
} from "isomorphic-lib/src/types";
import { assert, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { db, inTransaction } from "../../db";
import { journey, segment } from "../../db/schema";
import {
  consumeWorkspaceQuota,
  getQuotaHistory,
  getWorkspaceQuota,
  getWorkspaceUsage,
  quotaEtag,
  quotaResult,
  resetWorkspaceQuota,
  setWorkspaceQuota,
  toQuotaError,
  validateWorkspaceQuota,
} from "../resourceQuotas";

const env = useTenantEnv();

async function addSegments(workspaceId: string, count: number): Promise<void> {
  await db()
    .insert(segment)
    .values(
      Array.from({ length: count }, () => ({
        workspaceId,
        name: randomUUID(),
        definition: {},
        updatedAt: new Date(),
      })),
    );
}

async function usageOf(workspaceId: string, resourceType: string) {
  const usage = unwrap(await getWorkspaceUsage(workspaceId));
  const found = usage.find((each) => each.resourceType === resourceType);
  assert(found !== undefined);
  return found;
}

describe("validateWorkspaceQuota", () => {
  it("says how much room there is, and takes none of it", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 5 }));
      await addSegments(workspaceId, 3);
      for (const _look of [1, 2, 3]) {
        expect(
          unwrap(await validateWorkspaceQuota(workspaceId, "segments", 2)),
        ).toEqual({
          allowed: true,
          resourceType: "segments",
          currentUsage: 3,
          limit: 5,
          remaining: 2,
          requested: 2,
        });
      }
    });
  });

  it("refuses what does not fit, in words that say quota exceeded and a way on", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 5 }));
      await addSegments(workspaceId, 5);
      const refused = await validateWorkspaceQuota(workspaceId, "segments");
      assert(refused.isErr());
      expect(refused.error).toEqual({
        type: "QuotaExceeded",
        message:
          "segments quota exceeded: 5 of 5 segments used, 1 requested. Make room, or raise the limit.",
        resourceType: "segments",
        currentUsage: 5,
        limit: 5,
        requested: 1,
        remaining: 0,
        scope: "workspace",
        period: null,
        resetsAt: null,
      });
    });
  });

  it.each([
    ["an unknown resource", "webhooks", 1, "UnknownResource"],
    ["a name of every object", "constructor", 1, "UnknownResource"],
    ["nothing", "users", 0, "InvalidAmount"],
    ["less than nothing", "users", -1, "InvalidAmount"],
    ["a fraction", "users", 1.5, "InvalidAmount"],
    ["more than a number holds", "users", 2 ** 53, "InvalidAmount"],
    ["no number", "users", Number.NaN, "InvalidAmount"],
  ])(
    "refuses %s as what it is",
    async (_case, resourceType, increment, type) => {
      const workspaceId = await env.createWorkspace();
      const refused = await env.as(workspaceId, () =>
        validateWorkspaceQuota(workspaceId, resourceType, increment),
      );
      expect(refused.isErr() && refused.error).toMatchObject({ type });
    },
  );

  it("knows no workspace but that of the context", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      for (const id of [other, randomUUID(), "none"]) {
        const results = [
          await validateWorkspaceQuota(id, "users"),
          await getWorkspaceQuota(id),
          await getWorkspaceUsage(id),
          await setWorkspaceQuota(id, { maxUsers: 1 }),
          await resetWorkspaceQuota(id),
          await consumeWorkspaceQuota(id, "messages"),
        ];
        for (const result of results) {
          expect(result.isErr() && result.error.type).toBe("WorkspaceNotFound");
        }
      }
    });
    const { rowCount } = await env.owner.query(
      `SELECT 1 FROM public."WorkspaceQuota" WHERE "workspaceId" = $1`,
      [other],
    );
    expect(rowCount).toBe(0);
  });
});

describe("getWorkspaceQuota", () => {
  it("answers the registry's defaults where nobody set a limit", async () => {
    const workspaceId = await env.createWorkspace();
    const quota = unwrap(
      await env.as(workspaceId, () => getWorkspaceQuota(workspaceId)),
    );
    expect(explainErrors(WorkspaceQuota, quota)).toEqual([]);
    for (const resource of QUOTA_RESOURCE_NAMES) {
      const { field, default: limit } = QUOTA_RESOURCES[resource];
      expect(quota[field], resource).toBe(limit);
      expect(quota.source[field], resource).toBe("default");
    }
  });

  it("tells unlimited from not set", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const quota = unwrap(
        await setWorkspaceQuota(workspaceId, {
          maxUsers: null,
          maxStorageBytes: 0,
        }),
      );
      expect(quota).toMatchObject({
        maxUsers: null,
        maxStorageBytes: 0,
        source: { maxUsers: "limit", maxStorageBytes: "limit" },
        limits: { maxUsers: null, maxStorageBytes: 0 },
      });
      expect(unwrap(await getWorkspaceQuota(workspaceId))).toEqual(quota);
      expect(
        unwrap(await validateWorkspaceQuota(workspaceId, "users", 2 ** 50)),
      ).toMatchObject({ limit: null, remaining: null });
    });
  });
});

describe("setWorkspaceQuota", () => {
  it("sets the given fields, leaves the others, and remembers who did it", async () => {
    const workspaceId = await env.createWorkspace();
    const actor = { type: "member", id: "m-1", name: "Ada" } as const;
    await env.as(
      workspaceId,
      async () => {
        unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 5 }));
        unwrap(await setWorkspaceQuota(workspaceId, { maxJourneys: 7 }));
        unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 5 }));
        const quota = unwrap(
          await setWorkspaceQuota(workspaceId, { reset: ["maxSegments"] }),
        );
        expect(quota.limits).toEqual({ maxJourneys: 7 });
        expect(quota.maxSegments).toBe(QUOTA_RESOURCES.segments.default);
      },
      { actor, requestId: "r-1" },
    );
    const history = unwrap(
      await env.as(workspaceId, () => getQuotaHistory({ workspaceId })),
    );
    expect(history.nextCursor).toBeUndefined();
    expect(history.changes).toMatchObject([
      { resourceType: "segments", oldAmount: 5, isSet: false, wasSet: true },
      { resourceType: "journeys", newAmount: 7, isSet: true, wasSet: false },
      { resourceType: "segments", newAmount: 5, actor, requestId: "r-1" },
    ]);
  });

  it.each([
    ["a negative number", { maxUsers: -1 }, ["maxUsers"]],
    ["a fraction", { maxUsers: 0.5 }, ["maxUsers"]],
    ["2^53", { maxUsers: 2 ** 53 }, ["maxUsers"]],
    ["infinity", { maxUsers: Infinity }, ["maxUsers"]],
    ["not a number", { maxUsers: NaN }, ["maxUsers"]],
    ["less than the minimum", { maxSegments: 0 }, ["maxSegments"]],
    [
      "two bad fields of three",
      { maxUsers: -1, maxJourneys: 5, pool: { maxSegments: 0.5 } },
      ["maxUsers", "pool/maxSegments"],
    ],
    [
      "a field set and reset",
      { maxUsers: 1, reset: ["maxUsers" as const] },
      ["maxUsers"],
    ],
    ["a field that is none", { maxUsers: 1, maxWebhooks: 5 }, ["maxWebhooks"]],
    [
      "a ceiling that is none",
      { ceilings: { maxUsers: 1, maxWebhooks: 5 } },
      ["ceilings/maxWebhooks"],
    ],
  ])(
    "refuses %s by its name and stores nothing",
    async (_case, changes, fields) => {
      const workspaceId = await env.createWorkspace();
      await env.as(workspaceId, async () => {
        const refused = await setWorkspaceQuota(workspaceId, changes);
        assert(refused.isErr());
        assert(refused.error.type === "InvalidAmount");
        expect(refused.error.errors.map(({ field }) => field)).toEqual(fields);
        expect(refused.error.message).toContain(fields[0]);
        expect(unwrap(await getWorkspaceQuota(workspaceId)).limits).toEqual({});
      });
    },
  );

  it("takes the greatest limit there is, and counts beneath it", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const limits = { maxUsers: MAX_QUOTA_AMOUNT, maxSegments: 1 };
      const quota = unwrap(await setWorkspaceQuota(workspaceId, limits));
      expect(quota).toMatchObject(limits);
      expect(
        unwrap(
          await validateWorkspaceQuota(workspaceId, "users", MAX_QUOTA_AMOUNT),
        ).remaining,
      ).toBe(MAX_QUOTA_AMOUNT);
    });
  });

  it("lets one of two who edit the same version win, and tells the other", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const read = unwrap(await getWorkspaceQuota(workspaceId));
      const ifMatch = quotaEtag(read);
      const limits = [11, 12, 13, 14, 15, 16];
      const results = await Promise.all(
        limits.map((maxUsers) =>
          setWorkspaceQuota(workspaceId, { maxUsers }, { ifMatch }),
        ),
      );
      const [winner, ...others] = results.filter((result) => result.isOk());
      expect(others).toEqual([]);
      const stored = unwrap(await getWorkspaceQuota(workspaceId));
      expect(winner?.isOk() && winner.value).toEqual(stored);
      for (const result of results) {
        if (result.isErr()) {
          expect(result.error).toMatchObject({
            type: "StaleQuota",
            etag: quotaEtag(stored),
          });
        }
      }
      const again = await setWorkspaceQuota(
        workspaceId,
        { maxUsers: 20 },
        { ifMatch: quotaEtag(stored) },
      );
      expect(again.isOk()).toBe(true);
    });
  });

  it("holds from the very next statement on: raised there is room, lowered there is none and nothing is deleted", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 2 }));
      await addSegments(workspaceId, 2);
      expect((await quotaResult(addSegments(workspaceId, 1))).isErr()).toBe(
        true,
      );
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 3 }));
      await addSegments(workspaceId, 1);
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 1 }));
      const refused = await quotaResult(addSegments(workspaceId, 1));
      assert(refused.isErr());
      expect(refused.error).toMatchObject({
        currentUsage: 3,
        limit: 1,
        remaining: 0,
      });
      expect(await usageOf(workspaceId, "segments")).toMatchObject({
        used: 3,
        limit: 1,
        remaining: 0,
        fraction: 3,
        state: "exceeded",
      });
      // What is given back is no room before usage is below the limit.
      await db().execute(
        sql`DELETE FROM "Segment" WHERE "id" = (SELECT "id" FROM "Segment" LIMIT 1)`,
      );
      expect((await quotaResult(addSegments(workspaceId, 1))).isErr()).toBe(
        true,
      );
      await db().delete(segment);
      await addSegments(workspaceId, 1);
    });
  });
});

describe("resetWorkspaceQuota", () => {
  it("goes back to what is inherited, and keeps what was set for the children", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(
        await setWorkspaceQuota(workspaceId, {
          maxUsers: 1,
          maxEventsPerMonth: 2,
          children: { maxUsers: 3 },
        }),
      );
      const quota = unwrap(await resetWorkspaceQuota(workspaceId));
      expect(quota).toMatchObject({
        maxUsers: QUOTA_RESOURCES.users.default,
        maxEventsPerMonth: null,
        limits: {},
        children: { maxUsers: 3 },
      });
      const bare = unwrap(
        await resetWorkspaceQuota(workspaceId, { layers: ["children"] }),
      );
      expect(bare.children).toEqual({});
      expect(unwrap(await resetWorkspaceQuota(workspaceId))).toEqual(bare);
    });
  });

  it("is refused to whoever has read an older version", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const ifMatch = quotaEtag(unwrap(await getWorkspaceQuota(workspaceId)));
      unwrap(await setWorkspaceQuota(workspaceId, { maxUsers: 1 }));
      const stale = await resetWorkspaceQuota(workspaceId, { ifMatch });
      expect(stale.isErr() && stale.error.type).toBe("StaleQuota");
      expect(unwrap(await getWorkspaceQuota(workspaceId)).maxUsers).toBe(1);
    });
  });
});

describe("getWorkspaceUsage", () => {
  it("answers every resource of the registry, once and in its form", async () => {
    const workspaceId = await env.createWorkspace();
    const usage = unwrap(
      await env.as(workspaceId, () => getWorkspaceUsage(workspaceId)),
    );
    expect(usage.map(({ resourceType }) => resourceType)).toEqual(
      QUOTA_RESOURCE_NAMES,
    );
    for (const each of usage) {
      expect(explainErrors(QuotaUsage, each)).toEqual([]);
      const isMonthly = QUOTA_RESOURCES[each.resourceType].kind === "monthly";
      expect(each.period !== null, each.resourceType).toBe(isMonthly);
      expect(each.resetsAt !== null, each.resourceType).toBe(isMonthly);
    }
  });

  it.each([
    [0, "ok"],
    [7, "ok"],
    [8, "warning"],
    [9, "warning"],
    [10, "exceeded"],
  ])("of 10, %i used is %s", async (used, state) => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxSegments: 10 }));
      if (used > 0) {
        await addSegments(workspaceId, used);
      }
      expect(await usageOf(workspaceId, "segments")).toMatchObject({
        used,
        fraction: used / 10,
        state,
      });
    });
  });

  it("has nothing left of a limit of 0", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxBroadcasts: 0 }));
      expect(await usageOf(workspaceId, "broadcasts")).toMatchObject({
        used: 0,
        limit: 0,
        remaining: 0,
        fraction: 1,
        state: "exceeded",
      });
      const looked = await validateWorkspaceQuota(workspaceId, "broadcasts");
      expect(looked.isErr() && looked.error.type).toBe("QuotaExceeded");
    });
  });
});

describe("consumeWorkspaceQuota", () => {
  it("takes up to the limit of a month, in part where that is wanted, and never more", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxMessagesPerMonth: 10 }));
      expect(
        unwrap(await consumeWorkspaceQuota(workspaceId, "messages", 7)),
      ).toEqual({ requested: 7, granted: 7 });
      const refused = await consumeWorkspaceQuota(workspaceId, "messages", 4);
      assert(refused.isErr());
      expect(explainErrors(QuotaExceeded, refused.error)).toEqual([]);
      const isPartial = true;
      for (const granted of [3, 0]) {
        expect(
          unwrap(
            await consumeWorkspaceQuota(workspaceId, "messages", 4, {
              isPartial,
            }),
          ),
        ).toEqual({ requested: 4, granted });
      }
      expect(await usageOf(workspaceId, "messages")).toMatchObject({
        used: 10,
        state: "exceeded",
      });
    });
  });

  it("stands or falls with the caller's transaction", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      const result = await inTransaction(async (tx) => {
        unwrap(await consumeWorkspaceQuota(workspaceId, "events", 7, { tx }));
        await tx.execute(sql`SELECT 1`);
        return validateWorkspaceQuota(workspaceId, "webhooks");
      });
      expect(result.isErr()).toBe(true);
      expect((await usageOf(workspaceId, "events")).used).toBe(0);
    });
  });

  it("leaves what exists to the rows that count themselves", async () => {
    const workspaceId = await env.createWorkspace();
    const refused = await env.as(workspaceId, () =>
      consumeWorkspaceQuota(workspaceId, "segments"),
    );
    expect(refused.isErr() && refused.error.type).toBe("NotConsumable");
  });

  it.each([0, -3, 2.5, 2 ** 53])("refuses to take %d", async (amount) => {
    const workspaceId = await env.createWorkspace();
    const refused = await env.as(workspaceId, () =>
      consumeWorkspaceQuota(workspaceId, "messages", amount),
    );
    expect(refused.isErr() && refused.error.type).toBe("InvalidAmount");
  });
});

describe("the turn of the month", () => {
  async function itIs(moment: string): Promise<void> {
    await env.owner.query(
      `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
       SET search_path = pg_catalog, pg_temp AS $$ SELECT '${moment}'::timestamptz $$`,
    );
  }

  it("gives a month's room back on the very next request, to the second and in UTC", async () => {
    const workspaceId = await env.createWorkspace();
    await itIs("2027-01-31 23:59:59+00");
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxMessagesPerMonth: 2 }));
      unwrap(await consumeWorkspaceQuota(workspaceId, "messages", 2));
      const refused = await validateWorkspaceQuota(workspaceId, "messages");
      assert(refused.isErr());
      expect(refused.error).toMatchObject({
        period: "2027-01-01",
        resetsAt: "2027-02-01T00:00:00.000Z",
      });
      expect(refused.error.message).toContain("begins anew on 2027-02-01");
      await itIs("2027-02-01 00:00:00+00");
      expect(await usageOf(workspaceId, "messages")).toMatchObject({
        used: 0,
        period: "2027-02-01",
        resetsAt: "2027-03-01T00:00:00.000Z",
      });
      unwrap(await consumeWorkspaceQuota(workspaceId, "messages", 2));
      await itIs("2027-12-01 00:00:00+00");
      expect((await usageOf(workspaceId, "messages")).resetsAt).toBe(
        "2028-01-01T00:00:00.000Z",
      );
    });
  });
});

describe("getQuotaHistory", () => {
  it("gives every change once over its pages, newest first, of one resource if wanted", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      for (const amount of [1, 2, 3, 4, 5]) {
        unwrap(
          await setWorkspaceQuota(workspaceId, {
            maxUsers: amount,
            maxJourneys: amount,
          }),
        );
      }
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = unwrap(
          await getQuotaHistory({ workspaceId, cursor, limit: 3 }),
        );
        seen.push(...page.changes.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(new Set(seen).size).toBe(10);
      expect(seen).toHaveLength(10);
      const users = unwrap(
        await getQuotaHistory({ workspaceId, resourceType: "users" }),
      );
      expect(users.changes.map(({ newAmount }) => newAmount)).toEqual([
        5, 4, 3, 2, 1,
      ]);
      for (const bad of [
        "",
        "x",
        "!!",
        Buffer.from("1 x").toString("base64url"),
      ]) {
        const refused = await getQuotaHistory({ workspaceId, cursor: bad });
        expect(refused.isErr() && refused.error.type).toBe("InvalidAmount");
      }
    });
  });
});

describe("toQuotaError", () => {
  it("knows the database's refusal wherever it is in the chain of causes, and nothing else", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(await setWorkspaceQuota(workspaceId, { maxJourneys: 1 }));
      const row = () => ({
        workspaceId,
        name: randomUUID(),
        definition: {},
        updatedAt: new Date(),
      });
      const thrown: unknown = await db()
        .insert(journey)
        .values([row(), row(), row()])
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      const expected = {
        type: "QuotaExceeded",
        resourceType: "journeys",
        currentUsage: 0,
        limit: 1,
        requested: 3,
      };
      expect(toQuotaError(thrown)).toMatchObject(expected);
      expect(
        toQuotaError(
          new Error("outer", { cause: new Error("inner", { cause: thrown }) }),
        ),
      ).toMatchObject(expected);
      expect(
        toQuotaError(new Error("segments quota exceeded")),
      ).toBeUndefined();
      expect(toQuotaError(undefined)).toBeUndefined();
    });
  });
});

describe("a deleted workspace", () => {
  it("can be deleted at its limits, and leaves no trace of its quotas", async () => {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, async () => {
      unwrap(
        await setWorkspaceQuota(workspaceId, {
          maxSegments: 2,
          maxMessagesPerMonth: 1,
        }),
      );
      await addSegments(workspaceId, 2);
      unwrap(await consumeWorkspaceQuota(workspaceId, "messages"));
    });
    await env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [
      workspaceId,
    ]);
    const { rows } = await env.owner.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'workspaceId'
          AND c.relname ~ 'Quota|Usage'`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(7);
    for (const { name } of rows) {
      const left = await env.owner.query(
        `SELECT 1 FROM public."${name}" WHERE "workspaceId" = $1`,
        [workspaceId],
      );
      expect(left.rowCount, name).toBe(0);
    }
  });
});
