// Work in the background for workspaces, on a real Postgres: who it is done for, when it is tried again, what a pause does.
// The order over workspaces: turns.test.ts.

import { randomUUID } from "node:crypto";

import { Type } from "@sinclair/typebox";
import { db } from "backend-lib/src/db";
import { tenantJob, workspaceUser } from "backend-lib/src/db/schema";
import { logger } from "backend-lib/src/logger";
import { currentTenant } from "backend-lib/src/multitenancy/tenantContext";
import {
  addTenantJob,
  forgetTenantJobs,
  type NewTenantJob,
  takeTenantJob,
} from "backend-lib/src/tenantJobs";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { runTenantJob, tenantTask, type TenantTasks } from "../tenantTask";

const env = useTenantEnv();
const Input = Type.Object({ text: Type.String() });
const actor = { type: "member", id: "m1", name: "Mia" } as const;

const waitFor = (expectation: () => Promise<void> | void) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 50 });

let worker: Worker | undefined;

async function start(tenantTasks: TenantTasks): Promise<void> {
  worker = await buildWorker({
    jobs: {},
    tenantTasks,
    config: { tenantPollIntervalMs: 20 },
  });
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  vi.restoreAllMocks();
  await env.owner.query(`DELETE FROM "TenantJob"`);
});

type Ask = Partial<NewTenantJob> & Pick<NewTenantJob, "workspaceId" | "task">;

const job = (ask: Ask): NewTenantJob => ({
  actor,
  requestId: "r1",
  input: { text: "" },
  ...ask,
});

const add = (ask: Ask) =>
  env.as(ask.workspaceId, () => addTenantJob(job(ask)), { actor });

const take = () => takeTenantJob({ mostAtOnce: 1, leaseMs: 60_000 });

/** Takes the next job and runs it here, as the worker does. */
async function runNext(tasks: TenantTasks): Promise<boolean> {
  const taken = await take();
  if (taken !== null) {
    await runTenantJob(tasks, taken);
  }
  return taken !== null;
}

/** As time passes: everything is due, and every lease is over. */
const letTimePass = () =>
  env.owner.query(
    `UPDATE "TenantJob" SET "runAt" = now() - interval '1 second', "leaseId" = NULL WHERE "state" = 'Waiting'`,
  );

async function jobsOf(workspaceId: string) {
  return env.as(workspaceId, async () => db().select().from(tenantJob));
}

describe("a workspace's job", () => {
  it("runs in its workspace's context, in the name of who asked for it, and leaves no row", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    for (const id of [workspaceId, other]) {
      await env.owner.query(
        `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, 'ann')`,
        [id],
      );
    }
    const seen: unknown[] = [];
    await start({
      look: tenantTask(Input, async ({ input }) => {
        const rows = await db().select().from(workspaceUser);
        seen.push({
          context: currentTenant(),
          workspaces: rows.map((row) => row.workspaceId),
          input,
        });
      }),
    });

    await add({ task: "look", workspaceId, input: { text: "hello" } });

    await waitFor(() =>
      expect(seen).toEqual([
        {
          context: { workspaceId, actor, requestId: "r1" },
          workspaces: [workspaceId],
          input: { text: "hello" },
        },
      ]),
    );
    await waitFor(async () => expect(await jobsOf(workspaceId)).toEqual([]));
  });

  it("cannot write to another workspace", async () => {
    const workspaceId = await env.createWorkspace();
    const foreign = await env.createWorkspace();
    const errors: unknown[] = [];
    await add({ task: "trespass", workspaceId });
    await runNext({
      trespass: tenantTask(Input, async () => {
        await db()
          .insert(workspaceUser)
          .values({ workspaceId: foreign, userId: "eve" })
          .catch((error: unknown) => errors.push(error));
      }),
    });
    expect(errors).toHaveLength(1);
    const { rows } = await env.owner.query(
      `SELECT 1 FROM "WorkspaceUser" WHERE "workspaceId" = $1`,
      [foreign],
    );
    expect(rows).toEqual([]);
  });

  it("cannot be asked for in another workspace's name, nor seen or moved from there", async () => {
    const workspaceId = await env.createWorkspace();
    const foreign = await env.createWorkspace();
    await add({ task: "mine", workspaceId });
    await expect(
      env.as(foreign, () => addTenantJob(job({ task: "theirs", workspaceId }))),
    ).rejects.toThrow();
    expect(await jobsOf(foreign)).toEqual([]);
    const moved = await env.as(foreign, async () =>
      db().update(tenantJob).set({ task: "theirs" }).returning(),
    );
    expect(moved).toEqual([]);
    await expect(
      env.as(workspaceId, async () =>
        db().update(tenantJob).set({ workspaceId: foreign }),
      ),
    ).rejects.toThrow();
  });

  it("stands or falls with the transaction that asks for it", async () => {
    const workspaceId = await env.createWorkspace();
    const asking = (outcome: "commit" | "rollback") =>
      env.as(workspaceId, async () =>
        db().transaction(async (tx) => {
          await addTenantJob(job({ task: outcome, workspaceId }), { tx });
          expect(await take()).toBeNull(); // not before it commits
          if (outcome === "rollback") {
            tx.rollback();
          }
        }),
      );
    await expect(asking("rollback")).rejects.toThrow();
    expect(await take()).toBeNull();
    await asking("commit");
    expect((await take())?.task).toBe("commit");
  });

  it("with a key is taken on once, also when the first has ended; other workspaces have keys of their own", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    const work = vi.fn(async () => {});
    const tasks = { send: tenantTask(Input, work) };
    const ask = { task: "send", key: "welcome:ann" };
    expect(await add({ ...ask, workspaceId })).not.toBeNull();
    expect(await add({ ...ask, workspaceId })).toBeNull();
    while (await runNext(tasks));
    expect(await add({ ...ask, workspaceId })).toBeNull();
    expect(work).toHaveBeenCalledTimes(1);
    expect(await add({ ...ask, workspaceId: other })).not.toBeNull();
    expect(await jobsOf(workspaceId)).toMatchObject([
      { state: "Done", input: {} },
    ]);
  });

  it("that ended 30 days ago is forgotten, and its key with it", async () => {
    const workspaceId = await env.createWorkspace();
    const ask = { task: "send", key: "k", workspaceId };
    await add(ask);
    await runNext({ send: tenantTask(Input, async () => {}) });
    expect(await forgetTenantJobs()).toBe(0);
    await env.owner.query(
      `UPDATE "TenantJob" SET "finishedAt" = now() - interval '31 days' WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(await forgetTenantJobs()).toBe(1);
    expect(await add(ask)).not.toBeNull();
  });

  it("runs not before its time", async () => {
    const workspaceId = await env.createWorkspace();
    const runAt = new Date(Date.now() + 3_600_000);
    await add({ task: "later", workspaceId, runAt });
    expect(await take()).toBeNull();
    await letTimePass();
    expect((await take())?.task).toBe("later");
  });
});

describe("a job that fails", () => {
  const failing = {
    fail: tenantTask(Input, async () => {
      throw new RangeError("ann@example.com was refused");
    }),
  };

  it("is tried again later each time, and is Failed after its last attempt, with its workspace in row and log", async () => {
    const workspaceId = await env.createWorkspace();
    const logged = vi.spyOn(logger(), "error");
    await add({ task: "fail", workspaceId, maxAttempts: 3 });
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(await runNext(failing)).toBe(true);
      expect(await take()).toBeNull();
      const { rows } = await env.owner.query<{ pause: number }>(
        `SELECT extract(epoch FROM "runAt" - now())::float8 AS "pause" FROM "TenantJob"`,
      );
      pauses.push(rows[0]?.pause ?? 0);
      await letTimePass();
    }
    // now() was a moment earlier, never later.
    expect(pauses.map((pause) => Math.ceil(pause / 2) * 2)).toEqual([2, 4]);

    await runNext(failing);
    await letTimePass();
    expect(await take()).toBeNull();
    expect(await jobsOf(workspaceId)).toMatchObject([
      {
        workspaceId,
        state: "Failed",
        attempts: 3,
        lastError: "RangeError",
        leaseId: null,
      },
    ]);
    expect(logged).toHaveBeenLastCalledWith(
      expect.objectContaining({ workspaceId, task: "fail", attempts: 3 }),
      "a job failed for good",
    );
  });

  it("does not hold up the others of its workspace", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "fail", workspaceId });
    await add({ task: "next", workspaceId });
    await runNext(failing);
    expect((await take())?.task).toBe("next");
  });

  it("can be put back into line by hand", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "fail", workspaceId, maxAttempts: 1 });
    await runNext(failing);
    expect(await take()).toBeNull();
    await env.owner.query(
      `UPDATE "TenantJob" SET "state" = 'Waiting', "attempts" = 0, "runAt" = now(), "finishedAt" = NULL`,
    );
    expect((await take())?.task).toBe("fail");
  });

  it.each([
    ["another input", { input: { txt: "x" } }, "MalformedJob", "Failed"],
    [
      "an unknown kind of actor",
      { actor: { type: "root", id: "x" } },
      "MalformedJob",
      "Failed",
    ],
    [
      "a task that is not known here",
      { task: "toString" },
      "UnknownTask",
      "Waiting",
    ],
  ])(
    "for %s never reaches the task's code",
    async (_, bad, lastError, state) => {
      const workspaceId = await env.createWorkspace();
      const work = vi.fn(async () => {});
      const row = { task: "known", actor, input: { text: "" }, ...bad };
      await env.owner.query(
        `INSERT INTO "TenantJob" ("workspaceId", "task", "actor", "requestId", "input") VALUES ($1, $2, $3, 'r', $4)`,
        [workspaceId, row.task, row.actor, row.input],
      );
      expect(await runNext({ known: tenantTask(Input, work) })).toBe(true);
      expect(work).not.toHaveBeenCalled();
      expect(await jobsOf(workspaceId)).toMatchObject([{ lastError, state }]);
    },
  );
});

describe("a job whose process was killed", () => {
  it("is taken again when its lease is over, not before, and what the first still says of it does not count", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "work", workspaceId });
    const first = await take();
    expect(await take()).toBeNull();
    await env.owner.query(
      `UPDATE "TenantJob" SET "runAt" = now() - interval '1 second'`,
    );
    const second = await take();
    expect(second).toMatchObject({ id: first?.id, attempts: 2 });
    if (first !== null) {
      await runTenantJob({ work: tenantTask(Input, async () => {}) }, first);
    }
    expect(await jobsOf(workspaceId)).toMatchObject([
      { state: "Waiting", leaseId: second?.leaseId },
    ]);
  });

  it("is found by a worker by itself", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "work", workspaceId });
    await takeTenantJob({ mostAtOnce: 1, leaseMs: 300 });
    const ran: number[] = [];
    await start({
      work: async ({ attempts }) => {
        ran.push(attempts);
      },
    });
    await waitFor(() => expect(ran).toEqual([2]));
  });

  it("at each attempt is Failed, without being run once more", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "crash", workspaceId, maxAttempts: 1 });
    await take();
    await env.owner.query(
      `UPDATE "TenantJob" SET "runAt" = now() - interval '1 second'`,
    );
    const crash = vi.fn(async () => {});
    await runNext({ crash });
    expect(crash).not.toHaveBeenCalled();
    expect(await jobsOf(workspaceId)).toMatchObject([
      { state: "Failed", lastError: "AbandonedJob" },
    ]);
  });

  it("keeps its lease as long as its process lives", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: "long", workspaceId });
    let runs = 0;
    worker = await buildWorker({
      jobs: {},
      config: { tenantPollIntervalMs: 20, tenantLeaseMs: 300 },
      tenantTasks: {
        long: async () => {
          runs += 1;
          const firstLease = (await jobsOf(workspaceId))[0]?.runAt.getTime();
          await waitFor(async () => {
            const [row] = await jobsOf(workspaceId);
            // Prolonged three times at least.
            expect(row?.runAt.getTime()).toBeGreaterThan(
              (firstLease ?? Infinity) + 300,
            );
          });
        },
      },
    });
    await waitFor(async () => expect(await jobsOf(workspaceId)).toEqual([]));
    expect(runs).toBe(1);
  });
});

describe("jobs of a workspace that is not Active", () => {
  it.each(["Paused", "Tombstoned"] as const)(
    "stay while it is %s, and run when it is Active again",
    async (status) => {
      const workspaceId = await env.createWorkspace();
      const other = await env.createWorkspace();
      await add({ task: "stay", workspaceId });
      await add({ task: "run", workspaceId: other });
      const be = (to: string) =>
        env.owner.query(
          `UPDATE "Workspace" SET "status" = $2 WHERE "id" = $1`,
          [workspaceId, to],
        );
      await be(status);
      expect((await take())?.task).toBe("run");
      expect(await take()).toBeNull();
      await be("Active");
      expect((await take())?.task).toBe("stay");
    },
  );

  it("are gone with it", async () => {
    const workspaceId = await env.createWorkspace();
    await add({ task: randomUUID(), workspaceId });
    await env.owner.query(`DELETE FROM "Workspace" WHERE "id" = $1`, [
      workspaceId,
    ]);
    expect(await take()).toBeNull();
  });
});
