// The worker for real: its own Postgres, its own queue, jobs that run.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Type } from "@sinclair/typebox";
import { useClock } from "backend-lib/src/clock";
import { db } from "backend-lib/src/db";
import { workspaceUser } from "backend-lib/src/db/schema";
import { currentTenant } from "backend-lib/src/multitenancy/tenantContext";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import pg from "pg";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { type Jobs } from "../jobs";
import { addTenantJob, tenantTask } from "../tenantTask";

const env = useTenantEnv();

/** As the role that owns the queue. */
async function query<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
  const client = new pg.Client(env.url("dittofeed_system"));
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const waitFor = (expectation: () => Promise<void> | void) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 100 });

const actor = { type: "member", id: "m1", name: "Mia" } as const;

let worker: Worker | undefined;

async function start(jobs?: Jobs): Promise<Worker> {
  worker = await buildWorker({
    ...(jobs === undefined ? {} : { jobs }),
    config: { pollIntervalMs: 50 },
  });
  return worker;
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function waiting(): Promise<{ task: string; attempts: number }[]> {
  return query(
    `SELECT "task_identifier" AS "task", "attempts" FROM graphile_worker.jobs ORDER BY "id"`,
  );
}

describe("the worker", () => {
  it("makes the partitions of the months ahead when it starts", async () => {
    const restore = useClock({ now: () => new Date("2031-12-15T00:00:00Z") });
    try {
      await start();
      await waitFor(async () => {
        const { rows } = await env.owner.query<{ name: string }>(
          `SELECT inhrelid::regclass::text AS "name" FROM pg_inherits
           WHERE inhparent = 'public."UserEvent"'::regclass AND inhrelid::regclass::text LIKE '%203%' ORDER BY 1`,
        );
        expect(rows.map(({ name }) => name)).toEqual(
          [
            "2031_12",
            "2032_01",
            "2032_02",
            "2032_03",
            "2032_04",
            "2032_05",
            "2032_06",
          ].map((month) => `"UserEvent_${month}"`),
        );
      });
    } finally {
      restore();
    }
  });

  it("keeps its queue with the system role, out of the app role's reach", async () => {
    await start();
    const { rows } = await env.owner.query(
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'graphile_worker'`,
    );
    expect(rows).toEqual([{ tableowner: "dittofeed_system" }]);
    await expect(
      env.app.query(`SELECT * FROM graphile_worker.jobs`),
    ).rejects.toThrow(/permission denied/);
  });

  it("ends what is under way before it stops, and leaves the rest to the next", async () => {
    const [ended, begun]: string[][] = [[], []];
    const jobs: Jobs = {
      slow: {
        task: async (payload) => {
          begun?.push(String(payload));
          await new Promise((resolve) => {
            setTimeout(resolve, 300);
          });
          ended?.push(String(payload));
        },
      },
    };
    const first = await start(jobs);
    await first.addJob("slow", "one", { queueName: "single" });
    await first.addJob("slow", "two", { queueName: "single" });
    await waitFor(() => expect(begun).toEqual(["one"]));

    await first.stop();

    expect(ended).toEqual(["one"]);
    await start(jobs);
    await waitFor(() => expect(ended).toEqual(["one", "two"]));
  });
});

it("as a process of its own works until SIGTERM, and ends with status 0", async () => {
  const program = fileURLToPath(
    new URL("../../scripts/startWorker.ts", import.meta.url),
  );
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "info" },
  });
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.includes("the worker is running")) {
      break;
    }
  }
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, signal: null });
});

describe("a workspace's job", () => {
  const Input = Type.Object({ text: Type.String() });

  it("runs in its workspace's context, in the name of who asked for it", async () => {
    const workspaceId = await env.createWorkspace();
    const other = await env.createWorkspace();
    for (const id of [workspaceId, other]) {
      await env.owner.query(
        `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, 'ann')`,
        [id],
      );
    }
    const seen: unknown[] = [];
    const { addJob } = await start({
      look: {
        task: tenantTask(Input, async ({ input }) => {
          const rows = await db().select().from(workspaceUser);
          seen.push({
            context: currentTenant(),
            workspaces: rows.map((row) => row.workspaceId),
            input,
          });
        }),
      },
    });

    await addTenantJob(addJob, {
      task: "look",
      workspaceId: workspaceId.toUpperCase(),
      actor,
      requestId: "r1",
      input: { text: "hello" },
    });

    await waitFor(() =>
      expect(seen).toEqual([
        {
          context: { workspaceId, actor, requestId: "r1" },
          workspaces: [workspaceId],
          input: { text: "hello" },
        },
      ]),
    );
  });

  it("cannot write to another workspace", async () => {
    const workspaceId = await env.createWorkspace();
    const foreign = await env.createWorkspace();
    const errors: unknown[] = [];
    const { addJob } = await start({
      trespass: {
        task: tenantTask(Input, async () => {
          await db()
            .insert(workspaceUser)
            .values({ workspaceId: foreign, userId: "eve" })
            .catch((error: unknown) => errors.push(error));
        }),
      },
    });

    await addTenantJob(addJob, {
      task: "trespass",
      workspaceId,
      actor,
      input: { text: "" },
    });

    await waitFor(() => expect(errors).toHaveLength(1));
    const { rows } = await env.owner.query(
      `SELECT 1 FROM "WorkspaceUser" WHERE "workspaceId" = $1`,
      [foreign],
    );
    expect(rows).toEqual([]);
  });

  it("is tried again when it fails", async () => {
    const workspaceId = await env.createWorkspace();
    const { addJob } = await start({
      fail: {
        task: tenantTask(Input, async () => {
          throw new Error("not today");
        }),
      },
    });

    await addTenantJob(addJob, {
      task: "fail",
      workspaceId,
      actor,
      input: { text: "" },
    });

    await waitFor(async () => {
      const rows = await query<{ last_error: string }>(
        `SELECT "last_error" FROM graphile_worker.jobs WHERE "task_identifier" = 'fail' AND "run_at" > now()`,
      );
      expect(rows.map((row) => row.last_error).join()).toContain("not today");
    });
  });

  it.each([
    ["no envelope", { text: "x" }],
    [
      "no workspace id",
      { workspaceId: "1", actor, requestId: "r", input: { text: "x" } },
    ],
    [
      "another input",
      { workspaceId: randomUUID(), actor, requestId: "r", input: {} },
    ],
    [
      "an unknown kind of actor",
      {
        workspaceId: randomUUID(),
        actor: { type: "root", id: "x" },
        requestId: "r",
        input: { text: "x" },
      },
    ],
  ])("with %s never reaches the task's code", async (_, payload) => {
    const work = vi.fn();
    const task = `malformed-${randomUUID()}`;
    const { addJob } = await start({
      [task]: { task: tenantTask(Input, work) },
    });

    await addJob(task, payload);

    await waitFor(async () => {
      const jobs = await waiting();
      expect(jobs.find((job) => job.task === task)?.attempts).toBe(1);
    });
    expect(work).not.toHaveBeenCalled();
  });

  it.each([
    ["paused", async () => env.createWorkspace({ status: "Paused" })],
    ["gone", async () => randomUUID()],
  ])("is dropped when the workspace is %s", async (_, make) => {
    const work = vi.fn();
    const task = `dropped-${randomUUID()}`;
    const { addJob } = await start({
      [task]: { task: tenantTask(Input, work) },
    });

    await addTenantJob(addJob, {
      task,
      workspaceId: await make(),
      actor,
      input: { text: "" },
    });

    await waitFor(async () => {
      const jobs = await waiting();
      expect(jobs.filter((job) => job.task === task)).toEqual([]);
    });
    expect(work).not.toHaveBeenCalled();
  });

  it("does not wait behind another workspace's many", async () => {
    const busy = await env.createWorkspace();
    const quiet = await env.createWorkspace();
    const order: string[] = [];
    let [running, most] = [0, 0];
    const { addJob } = await start({
      count: {
        task: tenantTask(Input, async ({ workspaceId }) => {
          running += workspaceId === busy ? 1 : 0;
          most = Math.max(most, running);
          await new Promise((resolve) => {
            setTimeout(resolve, 20);
          });
          running -= workspaceId === busy ? 1 : 0;
          order.push(workspaceId);
        }),
      },
    });
    const job = (workspaceId: string) => ({
      task: "count",
      workspaceId,
      actor,
      input: { text: "" },
    });
    for (let at = 0; at < 40; at += 1) {
      await addTenantJob(addJob, job(busy));
    }

    await addTenantJob(addJob, job(quiet));

    await waitFor(() => expect(order).toHaveLength(41));
    expect(order.indexOf(quiet)).toBeLessThan(30);
    expect(most).toBe(1);
  });
});
