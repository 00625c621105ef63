// Room taken before its use is known: it counts while it is held, ends once, by itself if need be, and a retried call is one call.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { explainErrors } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { QuotaReservation } from "isomorphic-lib/src/types";
import { ok } from "neverthrow";
import { assert, beforeEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { db, inTransaction } from "../../db";
import { segment } from "../../db/schema";
import {
  commitQuotaReservation,
  getWorkspaceUsage,
  keepUpQuotas,
  reconcileWorkspaceQuota,
  releaseQuotaReservation,
  reserveWorkspaceQuota,
  setWorkspaceQuota,
  validateWorkspaceQuota,
} from "../resourceQuotas";

const env = useTenantEnv();

let workspaceId: string;

beforeEach(async () => {
  workspaceId = await env.createWorkspace();
  await inside(() =>
    setWorkspaceQuota(workspaceId, {
      maxMessagesPerMonth: 10,
      maxSegments: 10,
    }),
  );
});

function inside<T>(work: () => Promise<T>): Promise<T> {
  return env.as(workspaceId, work);
}

async function used(resourceType: string): Promise<number | undefined> {
  const usage = unwrap(await inside(() => getWorkspaceUsage(workspaceId)));
  return usage.find((each) => each.resourceType === resourceType)?.used;
}

const reserve = (
  ...[resource, amount, options]: [
    string,
    number,
    Parameters<typeof reserveWorkspaceQuota>[3]?,
  ]
) =>
  inside(() => reserveWorkspaceQuota(workspaceId, resource, amount, options));
const commit = (id: string, amount: number) =>
  inside(() => commitQuotaReservation(workspaceId, id, amount));
const release = (id: string) =>
  inside(() => releaseQuotaReservation(workspaceId, id));

async function expectNoDrift(): Promise<void> {
  const counters = unwrap(await reconcileWorkspaceQuota(workspaceId));
  expect(
    counters.filter(({ recorded, counted }) => recorded !== counted),
  ).toEqual([]);
}

/** As if its time were over. */
async function runOut(id: string): Promise<void> {
  await env.owner.query(
    `UPDATE public."QuotaReservation" SET "expiresAt" = now() - interval '1 second' WHERE "id" = $1`,
    [id],
  );
}

describe("reserveWorkspaceQuota", () => {
  it("holds room that nobody else gets, and what is not used of it goes back", async () => {
    const held = unwrap(await reserve("messages", 8));
    expect(explainErrors(QuotaReservation, held)).toEqual([]);
    expect(held).toMatchObject({
      requested: 8,
      granted: 8,
      committed: null,
      state: "Open",
    });
    expect(await used("messages")).toBe(8);
    const refused = await reserve("messages", 3);
    expect(refused.isErr() && refused.error).toMatchObject({
      type: "QuotaExceeded",
      remaining: 2,
    });
    expect(unwrap(await commit(held.id, 5))).toMatchObject({
      state: "Committed",
      committed: 5,
    });
    expect(await used("messages")).toBe(5);
    await expectNoDrift();
  });

  it("grants in part what is left, down to nothing", async () => {
    unwrap(await reserve("messages", 7));
    for (const granted of [3, 0]) {
      expect(
        unwrap(await reserve("messages", 5, { isPartial: true })),
      ).toMatchObject({ requested: 5, granted });
    }
  });

  it("answers the first reservation to whoever comes with its key again, at once or later", async () => {
    const idempotencyKey = randomUUID();
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => reserve("messages", 4, { idempotencyKey })),
    );
    const ids = results.map((result) => unwrap(result).id);
    expect(new Set(ids).size).toBe(1);
    expect(await used("messages")).toBe(4);
    const conflict = await reserve("messages", 5, { idempotencyKey });
    expect(conflict.isErr() && conflict.error.type).toBe("ReservationConflict");
    unwrap(await commit(ids[0] ?? "", 1));
    expect(
      unwrap(await reserve("messages", 4, { idempotencyKey })),
    ).toMatchObject({ id: ids[0], state: "Committed", committed: 1 });
    expect(await used("messages")).toBe(1);
    await expectNoDrift();
  });

  it("remembers no key of a reservation that was refused", async () => {
    const idempotencyKey = randomUUID();
    const held = unwrap(await reserve("messages", 8));
    expect((await reserve("messages", 5, { idempotencyKey })).isErr()).toBe(
      true,
    );
    unwrap(await release(held.id));
    expect(
      unwrap(await reserve("messages", 5, { idempotencyKey })).granted,
    ).toBe(5);
  });

  it.each([
    ["nothing", "messages", 0, {}, "InvalidAmount"],
    ["a fraction", "messages", 0.5, {}, "InvalidAmount"],
    ["2^53", "messages", 2 ** 53, {}, "InvalidAmount"],
    ["an unknown resource", "webhooks", 1, {}, "UnknownResource"],
    ["no time", "messages", 1, { ttlSeconds: 0 }, "InvalidAmount"],
    ["a week", "messages", 1, { ttlSeconds: 604_800 }, "InvalidAmount"],
    [
      "no number of seconds",
      "messages",
      1,
      { ttlSeconds: NaN },
      "InvalidAmount",
    ],
  ])("refuses to hold %s", async (_case, resource, amount, options, type) => {
    const refused = await reserve(resource, amount, options);
    expect(refused.isErr() && refused.error.type).toBe(type);
  });

  it("is done for the workspace of the context alone", async () => {
    const other = await env.createWorkspace();
    const foreign = await inside(() =>
      reserveWorkspaceQuota(other, "messages", 1),
    );
    expect(foreign.isErr() && foreign.error.type).toBe("WorkspaceNotFound");
  });
});

describe("the end of a reservation", () => {
  it("comes once: again in the same way is the same answer, in another it is an error", async () => {
    const held = unwrap(await reserve("messages", 6));
    const first = unwrap(await commit(held.id, 6));
    expect(unwrap(await commit(held.id, 6))).toEqual(first);
    for (const result of [await commit(held.id, 2), await release(held.id)]) {
      expect(result.isErr() && result.error).toMatchObject({
        type: "ReservationEnded",
        state: "Committed",
      });
    }
    const other = unwrap(await reserve("messages", 4));
    unwrap(await release(other.id));
    expect(unwrap(await release(other.id)).state).toBe("Released");
    const late = await commit(other.id, 1);
    expect(late.isErr() && late.error.type).toBe("ReservationEnded");
    expect(await used("messages")).toBe(6);
    await expectNoDrift();
  });

  it("is refused for more than was granted, for less than nothing, and for what is not there", async () => {
    const held = unwrap(await reserve("messages", 3));
    for (const amount of [4, -1, 0.5, NaN]) {
      const refused = await commit(held.id, amount);
      expect(refused.isErr() && refused.error.type).toBe("InvalidAmount");
    }
    const other = await env.createWorkspace();
    for (const [owner, id] of [
      [workspaceId, randomUUID()],
      [workspaceId, "none"],
      [other, held.id],
    ] as const) {
      const result = await env.as(owner, () =>
        commitQuotaReservation(owner, id, 1),
      );
      expect(result.isErr() && result.error.type).toBe("ReservationNotFound");
    }
    const foreign = await env.as(other, () =>
      releaseQuotaReservation(workspaceId, held.id),
    );
    expect(foreign.isErr() && foreign.error.type).toBe("ReservationNotFound");
    expect(await used("messages")).toBe(3);
  });

  it("frees the room of things for the rows that the same transaction makes, and for no other", async () => {
    const held = unwrap(await reserve("segments", 10));
    const rows = Array.from({ length: 10 }, () => ({
      workspaceId,
      name: randomUUID(),
      definition: {},
      updatedAt: new Date(),
    }));
    await inside(() =>
      inTransaction(async (tx) => {
        unwrap(await commitQuotaReservation(workspaceId, held.id, 10, { tx }));
        await tx.insert(segment).values(rows);
        return ok(undefined);
      }),
    );
    expect(await used("segments")).toBe(10);
    await expectNoDrift();
  });
});

describe("a reservation whose time is over", () => {
  it("is room for others at once, before anybody has swept up", async () => {
    const held = unwrap(await reserve("messages", 10));
    await runOut(held.id);
    expect(await used("messages")).toBe(0);
    expect(
      unwrap(
        await inside(() => validateWorkspaceQuota(workspaceId, "messages", 10)),
      ).remaining,
    ).toBe(10);
    expect(unwrap(await reserve("messages", 10)).granted).toBe(10);
    const late = await commit(held.id, 1);
    expect(late.isErr() && late.error).toMatchObject({
      type: "ReservationEnded",
      state: "Expired",
    });
    await expectNoDrift();
  });

  it("is swept up once, however many workers do so", async () => {
    const held = unwrap(await reserve("segments", 4));
    unwrap(await reserve("segments", 3));
    await runOut(held.id);
    const swept = await Promise.all([1, 2, 3].map(() => keepUpQuotas()));
    expect(swept.reduce((sum, { expired }) => sum + expired, 0)).toBe(4);
    expect(await used("segments")).toBe(3);
    expect((await keepUpQuotas()).expired).toBe(0);
    expect(unwrap(await release(held.id)).state).toBe("Expired");
    await expectNoDrift();
  });

  it("does not lose rows that were made meanwhile", async () => {
    const held = unwrap(await reserve("segments", 6));
    await inside(() =>
      db().insert(segment).values({
        workspaceId,
        name: "kept",
        definition: {},
        updatedAt: new Date(),
      }),
    );
    await runOut(held.id);
    await keepUpQuotas();
    expect(await used("segments")).toBe(1);
    assert((await reserve("segments", 9)).isOk());
  });
});
