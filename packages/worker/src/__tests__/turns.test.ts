// Whose turn it is: a workspace's first job never waits for what others have piled up. Counted in jobs, not in time.

import { setImmediate as nextTick } from "node:timers/promises";

import { addTenantJob, takeTenantJob } from "backend-lib/src/tenantJobs";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import pg from "pg";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { workerConfig } from "../config";

const env = useTenantEnv();
const SLOTS = 4;

const waitFor = (expectation: () => Promise<void> | void) =>
  vi.waitFor(expectation, { timeout: 30_000, interval: 20 });

let workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.map(async (worker) => worker.stop()));
  workers = [];
  await env.owner.query(`DELETE FROM "TenantJob"`);
});

async function workspaces(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    ids.push(await env.createWorkspace());
  }
  return ids;
}

const flood = (workspaceId: string, jobs: number) =>
  env.owner.query(
    `INSERT INTO "TenantJob" ("workspaceId", "task", "actor", "requestId", "input")
     SELECT $1, 'note', '{"type": "worker", "id": "test"}', 'r', '{}' FROM generate_series(1, $2)`,
    [workspaceId, jobs],
  );

const addOne = (workspaceId: string) =>
  env.as(workspaceId, () =>
    addTenantJob({
      task: "note",
      workspaceId,
      actor: { type: "worker", id: "test" },
      requestId: "r",
      input: {},
    }),
  );

/** Takes one job, says whose it was, and ends it. */
async function serve(): Promise<string | undefined> {
  const taken = await takeTenantJob({ mostAtOnce: 1, leaseMs: 60_000 });
  await env.owner.query(`DELETE FROM "TenantJob" WHERE "id" = $1`, [taken?.id]);
  return taken?.workspaceId;
}

async function serveMany(count: number): Promise<(string | undefined)[]> {
  const served: (string | undefined)[] = [];
  for (let at = 0; at < count; at += 1) {
    served.push(await serve());
  }
  return served;
}

describe("a workspace's first job", () => {
  it("begins next, though eight workspaces have 10,000 jobs each and all the workers", async () => {
    const flooding = await workspaces(8);
    const [newcomer = ""] = await workspaces(1);
    for (const workspaceId of flooding) {
      await flood(workspaceId, 10_000);
    }
    const begun: string[] = [];
    const running = new Map<string, number>();
    let most = 0;
    workers = [
      await buildWorker({
        jobs: {},
        config: { tenantConcurrency: SLOTS, tenantPollIntervalMs: 20 },
        tenantTasks: {
          note: async ({ workspaceId }) => {
            begun.push(workspaceId);
            const now = (running.get(workspaceId) ?? 0) + 1;
            running.set(workspaceId, now);
            most = Math.max(most, now);
            await nextTick();
            running.set(workspaceId, now - 1);
          },
        },
      }),
    ];
    await waitFor(() => expect(begun.length).toBeGreaterThan(40));

    const before = begun.length;
    await addOne(newcomer);
    const committed = begun.length;
    await waitFor(() => expect(begun).toContain(newcomer));

    // Those that were taken before it was there, and one look that was under way.
    expect(begun.indexOf(newcomer) - committed).toBeLessThanOrEqual(SLOTS + 1);
    expect(before).toBeLessThanOrEqual(committed);
    expect(most).toBe(1);
    // And the flooding ones shared what there was: nobody is two turns ahead.
    const counts = flooding.map(
      (id) => begun.filter((begunId) => begunId === id).length,
    );
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  }, 120_000);

  it("of each of many newcomers is served in its turn", async () => {
    const [flooding = "", ...newcomers] = await workspaces(6);
    await flood(flooding, 100);
    await serveMany(10);
    for (const workspaceId of newcomers) {
      await addOne(workspaceId);
    }
    const next = await serveMany(5);
    expect([...next].sort()).toEqual([...newcomers].sort());
    expect(await serve()).toBe(flooding);
  });

  it("does not go before those served longer ago, so that coming back often gains nothing", async () => {
    const [flooding = "", clever = ""] = await workspaces(2);
    await flood(flooding, 100);
    const order: (string | undefined)[] = [];
    for (let at = 0; at < 5; at += 1) {
      await addOne(clever);
      order.push(...(await serveMany(2)));
    }
    expect(order.filter((id) => id === clever)).toHaveLength(5);
    expect(order.filter((id) => id === flooding)).toHaveLength(5);
    expect(order.slice(2).every((id, at) => id !== order[at + 1])).toBe(true);
  });
});

describe("a workspace's jobs", () => {
  it("run one after the other, in the order in which they were asked for", async () => {
    const [workspaceId = ""] = await workspaces(1);
    const asked: (string | null)[] = [];
    for (let at = 0; at < 5; at += 1) {
      asked.push(await addOne(workspaceId));
    }
    const ran: string[] = [];
    workers = [
      await buildWorker({
        jobs: {},
        tenantTasks: {
          note: async ({ id }) => {
            ran.push(id);
          },
        },
      }),
    ];
    await waitFor(() => expect(ran).toEqual(asked));
  });

  it.each([1, 3])(
    "run %i at once at most, whoever takes them",
    async (mostAtOnce) => {
      const [workspaceId = "", other = ""] = await workspaces(2);
      await flood(workspaceId, 50);
      await flood(other, 50);
      const taken = await Promise.all(
        Array.from({ length: 20 }, async () =>
          takeTenantJob({ mostAtOnce, leaseMs: 60_000 }),
        ),
      );
      let job = await takeTenantJob({ mostAtOnce, leaseMs: 60_000 });
      while (job !== null) {
        taken.push(job);
        job = await takeTenantJob({ mostAtOnce, leaseMs: 60_000 });
      }
      const got = taken.flatMap((each) => (each === null ? [] : [each]));
      expect(new Set(got.map(({ id }) => id)).size).toBe(2 * mostAtOnce);
      expect(got).toHaveLength(2 * mostAtOnce);
      expect(got.filter((each) => each.workspaceId === other)).toHaveLength(
        mostAtOnce,
      );
    },
  );

  it("are done once each by two workers", async () => {
    const ids = await workspaces(5);
    const ran: string[] = [];
    const tenantTasks = {
      note: async ({ id }: { readonly id: string }) => {
        ran.push(id);
      },
    };
    workers = [
      await buildWorker({ jobs: {}, tenantTasks }),
      await buildWorker({ jobs: {}, tenantTasks }),
    ];
    await Promise.all(
      ids.flatMap((id) => Array.from({ length: 20 }, async () => addOne(id))),
    );
    await waitFor(() => expect(ran.length).toBeGreaterThanOrEqual(100));
    expect(new Set(ran).size).toBe(100);
    expect(ran).toHaveLength(100);
  });
});

describe("the line", () => {
  it("loses no job that is asked for while its workspace is being taken out of it", async () => {
    const [workspaceId = ""] = await workspaces(1);
    const progress = { isAsking: true };
    let served = 0;
    const asking = (async () => {
      for (let at = 0; at < 60; at += 1) {
        await Promise.all([addOne(workspaceId), addOne(workspaceId)]);
      }
      progress.isAsking = false;
    })();
    while (progress.isAsking) {
      served += (await serve()) === undefined ? 0 : 1;
    }
    await asking;
    while ((await serve()) !== undefined) {
      served += 1;
    }
    expect(served).toBe(120);
  });

  it("is not left by a workspace whose next job is being committed", async () => {
    const [workspaceId = "", other = ""] = await workspaces(2);
    await addOne(workspaceId);
    await serve();
    const client = new pg.Client(env.url("dittofeed_owner"));
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        `INSERT INTO "TenantJob" ("workspaceId", "task", "actor", "requestId", "input") VALUES ($1, 'note', '{}', 'r', '{}')`,
        [workspaceId],
      );
      await client.query("SET CONSTRAINTS ALL IMMEDIATE"); // as in the middle of the commit
      expect(await serve()).toBeUndefined();
      await addOne(other);
      expect(await serve()).toBe(other);
      await client.query("COMMIT");
      expect(await serve()).toBe(workspaceId);
    } finally {
      await client.end();
    }
  });

  it("is not held up by a transaction that asks for a job and does not end", async () => {
    const [busy = "", other = ""] = await workspaces(2);
    await flood(busy, 3);
    const client = new pg.Client(env.url("dittofeed_owner"));
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        `INSERT INTO "TenantJob" ("workspaceId", "task", "actor", "requestId", "input") VALUES ($1, 'note', '{}', 'r', '{}')`,
        [busy],
      );
      await addOne(other);
      expect(new Set(await serveMany(2))).toEqual(new Set([busy, other]));
      expect(await serveMany(3)).toEqual([busy, busy, undefined]);
      await client.query("COMMIT");
      expect(await serve()).toBe(busy);
    } finally {
      await client.end();
    }
  });

  it("is nobody's to see or to change, and taking is the system role's alone", async () => {
    const system = new pg.Client(env.url("dittofeed_system"));
    await system.connect();
    try {
      await expect(
        system.query(`SELECT * FROM tenancy."JobTurn"`),
      ).rejects.toThrow(/permission denied/);
    } finally {
      await system.end();
    }
    await expect(
      env.app.query(`UPDATE tenancy."JobTurn" SET "servedAt" = '-infinity'`),
    ).rejects.toThrow(/permission denied/);
    await expect(
      env.app.query(`SELECT * FROM tenancy.take_tenant_job(1, '1 minute')`),
    ).rejects.toThrow(/permission denied/);
  });

  it("is found by indexes that begin with the workspace", async () => {
    const [workspaceId = ""] = await workspaces(1);
    await flood(workspaceId, 10_000);
    await env.owner.query(`ANALYZE "TenantJob"`);
    const { rows } = await env.owner.query<{ "QUERY PLAN": string }>(
      `EXPLAIN SELECT "id" FROM "TenantJob"
        WHERE "workspaceId" = '${workspaceId}' AND "state" = 'Waiting' AND "runAt" <= now()
        ORDER BY "runAt", "id" LIMIT 1`,
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).toContain("TenantJob_workspaceId_runAt_idx");
    expect(plan).not.toContain("Sort");
  });
});

it("by default one workspace has one job at a time, of four", () => {
  expect(workerConfig()).toMatchObject({
    tenantConcurrency: SLOTS,
    tenantJobsPerWorkspace: 1,
  });
});
