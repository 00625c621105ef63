// Broadcasts as the worker runs them, on a real Postgres: each user gets one message that counts once, whatever the quota has
// room for, whoever pauses, and whichever process is killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { runBroadcast } from "backend-lib/src/broadcasts";
import { upsertMessageTemplate } from "backend-lib/src/messageTemplates";
import { takeTenantJob } from "backend-lib/src/tenantJobs";
import { broadcastingOf } from "backend-lib/test/broadcasting";
import { traitSegment } from "backend-lib/test/definitions";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker } from "../buildWorker";
import { TENANT_TASKS } from "../jobs";
import { runTenantJob } from "../tenantTask";

const env = useTenantEnv();
const broadcasting = broadcastingOf(env);
const { audience, draft, look, move, states, used } = broadcasting;

afterEach(async () => {
  await env.owner.query(`DELETE FROM "TenantJob"`);
});

const waitFor = (expectation: () => Promise<void>) =>
  vi.waitFor(expectation, { timeout: 60_000, interval: 50 });

/** Takes the next job that is due and runs it; false when there is none. */
async function runNext(): Promise<boolean> {
  const job = await takeTenantJob({ mostAtOnce: 1, leaseMs: 60_000 });
  if (job !== null) {
    await runTenantJob(TENANT_TASKS, job);
  }
  return job !== null;
}

async function runDue(): Promise<void> {
  while (await runNext());
}

/** Steps of broadcasts only: no message is handed over meanwhile. */
async function runSteps(count = Number.POSITIVE_INFINITY): Promise<void> {
  await env.owner.query(
    `DELETE FROM "TenantJob" WHERE "task" = 'sendMessages'`,
  );
  for (let at = 0; at < count && (await runNext()); at += 1) {
    await env.owner.query(
      `DELETE FROM "TenantJob" WHERE "task" = 'sendMessages'`,
    );
  }
}

async function started(
  who: Awaited<ReturnType<typeof audience>>,
  fields: Parameters<typeof draft>[1] = {},
): Promise<string> {
  const id = await draft(who, fields);
  expect((await move(who.workspaceId, id, "start")).isOk()).toBe(true);
  return id;
}

/** What the recount finds of messages. */
async function drift(workspaceId: string): Promise<unknown[]> {
  const { rows } = await env.owner.query<{ recorded: string }>(
    `SELECT recorded, counted FROM tenancy.quota_reconcile($1, 'messages') WHERE recorded <> counted`,
    [workspaceId],
  );
  return rows;
}

describe("a broadcast", () => {
  it("sends one message to each user of its segment, and says that it is completed", async () => {
    const who = await audience(12);
    await broadcasting.addUsers(who.workspaceId, 7, {
      prefix: "pro",
      traits: { plan: "pro" },
    });
    const segmentId = await broadcasting.segment(
      who.workspaceId,
      traitSegment(),
    );
    const id = await started(who, { segmentId, config: { batchSize: 3 } });
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 7, skipped: 0, failed: 0, total: 7 },
    });
    const messages = await broadcasting.messages(who.workspaceId);
    expect(messages.map(({ userId, state }) => [userId, state])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => [`pro0000${n}`, "Sent"]),
    );
    expect(messages[0]?.content).toMatchObject({ body: "Hello +15550000001" });
    expect(await used(who.workspaceId)).toBe(7);
  });

  it("of 1,000 with 600 left sends 600 and says so; resumed when there is room it sends the 400 others", async () => {
    const who = await audience(1_000);
    await broadcasting.limit(who.workspaceId, 600);
    const id = await started(who);
    await runSteps();
    expect(await states(who.workspaceId)).toEqual({ Queued: 600 });
    const paused = await look(who.workspaceId, id);
    expect(paused).toMatchObject({
      status: "Paused",
      progress: {
        accepted: 600,
        skipped: 0,
        failed: 0,
        total: 1_000,
        left: 400,
      },
    });
    expect(paused.progress?.reason).toMatch(
      /^messages quota exceeded: 600 of 600 .*, 400 requested.* begins anew on \d{4}-\d{2}-01; .* Resume it/,
    );

    // There is no more room than before: it says so again.
    await move(who.workspaceId, id, "resume");
    await runSteps();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Paused",
      progress: { accepted: 600, left: 400 },
    });

    await broadcasting.limit(who.workspaceId, 1_000);
    await move(who.workspaceId, id, "resume");
    await runSteps();
    const completed = await look(who.workspaceId, id);
    expect(completed).toMatchObject({
      status: "Completed",
      progress: { accepted: 1_000, skipped: 0, failed: 0 },
    });
    expect(completed.progress).not.toHaveProperty("left");
    expect(await states(who.workspaceId)).toEqual({ Queued: 1_000 });
    expect(await used(who.workspaceId)).toBe(1_000);
    expect(await drift(who.workspaceId)).toEqual([]);
  }, 120_000);

  it("whose workspace has no message left sends none and leaves all", async () => {
    const who = await audience(5);
    await broadcasting.limit(who.workspaceId, 0);
    const id = await started(who);
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Paused",
      progress: { accepted: 0, left: 5 },
    });
    expect(await states(who.workspaceId)).toEqual({});
  });

  it("to nobody is completed", async () => {
    const who = await audience(0);
    const id = await started(who);
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 0, total: 0 },
    });
  });

  it("begins at its time and not before", async () => {
    const who = await audience(2);
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const id = await started(who, { scheduledAt });
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Scheduled",
      scheduledAt,
    });
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Scheduled",
    });
    await broadcasting.letTimePass();
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 2 },
    });
  });

  it("with a rate limit accepts no more at once than a few seconds' messages", async () => {
    const who = await audience(25);
    const id = await started(who, { config: { rateLimit: 2 } });
    await runSteps();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Running",
      progress: { accepted: 10 },
    });
    const { rows } = await env.owner.query<{ seconds: number }>(
      `SELECT extract(epoch FROM "runAt" - now())::float8 AS "seconds" FROM "TenantJob" WHERE "task" = 'runBroadcast'`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.seconds).toBeGreaterThan(0);
    expect(rows[0]?.seconds).toBeLessThanOrEqual(5);
    await broadcasting.letTimePass();
    await runSteps();
    expect(await states(who.workspaceId)).toEqual({ Queued: 20 });
  });
});

describe("a template", () => {
  /** Cannot be filled in for the second user. */
  const PICKY =
    "{% if user.phone contains '0000002' %}{% include user.phone %}{% endif %}Hello";

  const saveTemplate = async (
    { workspaceId, templateId }: Awaited<ReturnType<typeof audience>>,
    body: string,
  ) => {
    const saved = await env.as(workspaceId, () =>
      upsertMessageTemplate({
        workspaceId,
        id: templateId,
        name: "Greeting",
        definition: { type: "Sms", body },
      }),
    );
    expect(saved.isOk()).toBe(true);
  };

  it("that fails for one user pauses the broadcast before them, if it is told so; mended, it goes on with them", async () => {
    const who = await audience(4, PICKY);
    const { workspaceId } = who;
    const id = await started(who, {
      config: { errorHandling: "PauseOnError" },
    });
    await runSteps();
    const paused = await look(workspaceId, id);
    expect(paused).toMatchObject({
      status: "Paused",
      progress: { accepted: 1, skipped: 0, failed: 0 },
    });
    expect(paused.progress?.reason).toMatch(
      /^The message to user u00002 failed: /,
    );
    expect(await states(workspaceId)).toEqual({ Queued: 1 });

    await saveTemplate(who, "Hello");
    await move(workspaceId, id, "resume");
    await runSteps();
    const completed = await look(workspaceId, id);
    expect(completed).toMatchObject({
      status: "Completed",
      progress: { accepted: 4, failed: 0 },
    });
    expect(completed.progress).not.toHaveProperty("reason");
    expect(await used(workspaceId)).toBe(4);
  });

  it("that fails for one user is sent to the others by default, and the one is counted", async () => {
    const who = await audience(4, PICKY);
    const id = await started(who);
    await runSteps();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 3, skipped: 0, failed: 1 },
    });
    expect(await used(who.workspaceId)).toBe(3);
  });

  it("that became a draft of something else pauses the broadcast, whatever it is told", async () => {
    const who = await audience(2);
    const id = await started(who);
    await env.owner.query(
      `UPDATE "MessageTemplate" SET "draft" = "definition", "definition" = NULL WHERE "id" = $1`,
      [who.templateId],
    );
    await runSteps();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Paused",
      progress: {
        accepted: 0,
        reason: "templateId: the template is a draft; publish it first",
      },
    });
    await saveTemplate(who, "Hello");
    await move(who.workspaceId, id, "resume");
    await runSteps();
    expect(await states(who.workspaceId)).toEqual({ Queued: 2 });
  });

  it("is not filled in for who has no address: they are skipped, and free", async () => {
    const who = await audience(2);
    await env.owner.query(
      `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, 'mute')`,
      [who.workspaceId],
    );
    const id = await started(who);
    await runSteps();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 2, skipped: 1, failed: 0, total: 3 },
    });
    expect(await states(who.workspaceId)).toEqual({ Queued: 2, Skipped: 1 });
    expect(await used(who.workspaceId)).toBe(2);
  });
});

describe("pausing, resuming and cancelling", () => {
  const statusOf = async (workspaceId: string, id: string) =>
    (await look(workspaceId, id)).status;

  it("stop a broadcast between two steps, and go on where it stopped", async () => {
    const who = await audience(30);
    const { workspaceId } = who;
    const id = await started(who, { config: { batchSize: 10 } });
    await runSteps(2); // begins, and serves ten
    expect((await move(workspaceId, id, "pause")).isOk()).toBe(true);
    await runSteps();
    expect(await look(workspaceId, id)).toMatchObject({
      status: "Paused",
      progress: { accepted: 10 },
    });
    expect((await move(workspaceId, id, "resume")).isOk()).toBe(true);
    await runSteps(1);
    expect((await move(workspaceId, id, "cancel")).isOk()).toBe(true);
    await runSteps();
    expect(await statusOf(workspaceId, id)).toBe("Cancelled");
    expect(await states(workspaceId)).toEqual({ Skipped: 20 });
    expect(await used(workspaceId)).toBe(0); // called back, so given back
    expect(await drift(workspaceId)).toEqual([]);
  });

  it("leave alone what was handed over", async () => {
    const who = await audience(4);
    const { workspaceId } = who;
    const id = await started(who, { config: { batchSize: 2 } });
    await runSteps(1);
    await runNext(); // two are accepted,
    await env.owner.query(
      `UPDATE "TenantJob" SET "runAt" = now() + interval '1 hour' WHERE "task" = 'runBroadcast'`,
    );
    await runDue(); // and handed over
    expect(await states(workspaceId)).toEqual({ Sent: 2 });
    await move(workspaceId, id, "cancel");
    expect(await states(workspaceId)).toEqual({ Sent: 2 });
    expect(await used(workspaceId)).toBe(2);
  });

  it("at any moment of a step leave each user with one message at most, counted once", async () => {
    const who = await audience(60);
    const { workspaceId } = who;
    const id = await started(who, { config: { batchSize: 5 } });
    const asked = (async () => {
      for (let at = 0; at < 12; at += 1) {
        await move(workspaceId, id, "pause");
        await move(workspaceId, id, "resume");
      }
    })();
    await Promise.all([asked, runSteps(40)]);
    await asked;
    await runSteps();
    expect(await look(workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 60, skipped: 0, failed: 0 },
    });
    expect(await states(workspaceId)).toEqual({ Queued: 60 });
    expect(await used(workspaceId)).toBe(60);
  });

  it("cannot be won by both of two that are asked for at once", async () => {
    const who = await audience(1);
    const { workspaceId } = who;
    const id = await draft(who);
    const starts = await Promise.all(
      Array.from({ length: 5 }, () => move(workspaceId, id, "start")),
    );
    expect(starts.filter((each) => each.isOk())).toHaveLength(1);
    const ends = await Promise.all([
      ...Array.from({ length: 3 }, () => move(workspaceId, id, "pause")),
      ...Array.from({ length: 3 }, () => move(workspaceId, id, "cancel")),
    ]);
    const won = ends.flatMap((each) => (each.isOk() ? [each.value] : []));
    expect(won.filter((each) => each === "cancel")).toHaveLength(1);
    expect(await statusOf(workspaceId, id)).toBe("Cancelled");
  });
});

describe("whoever runs it", () => {
  it("two workers at once accept each message once", async () => {
    const who = await audience(120);
    const { workspaceId } = who;
    const workers = [
      await buildWorker({ jobs: {}, config: { tenantPollIntervalMs: 10 } }),
      await buildWorker({ jobs: {}, config: { tenantPollIntervalMs: 10 } }),
    ];
    try {
      const id = await started(who, { config: { batchSize: 7 } });
      await waitFor(async () => {
        expect(await states(workspaceId)).toEqual({ Sent: 120 });
        expect((await look(workspaceId, id)).status).toBe("Completed");
      });
      expect((await look(workspaceId, id)).progress).toMatchObject({
        accepted: 120,
      });
      expect(await used(workspaceId)).toBe(120);
    } finally {
      await Promise.all(workers.map(async (worker) => worker.stop()));
    }
  }, 90_000);

  it("a step that is taken twice counts once, at the same time or later", async () => {
    const who = await audience(20);
    const { workspaceId } = who;
    const id = await started(who, { config: { batchSize: 5 } });
    await runSteps(1);
    const job = await takeTenantJob({ mostAtOnce: 1, leaseMs: 60_000 });
    const turn = String(
      (
        await env.owner.query<{ turn: string }>(
          `SELECT "input" ->> 'turn' AS "turn" FROM "TenantJob" WHERE "id" = $1`,
          [job?.id],
        )
      ).rows[0]?.turn,
    );
    const take = () =>
      env.as(workspaceId, () =>
        runBroadcast({ workspaceId, broadcastId: id, turn }, { attempts: 1 }),
      );
    await Promise.all([take(), take(), take()]);
    await take();
    expect(await look(workspaceId, id)).toMatchObject({
      progress: { accepted: 5 },
    });
    expect(await states(workspaceId)).toEqual({ Queued: 5 });
    const { rows } = await env.owner.query(
      `SELECT 1 FROM "TenantJob" WHERE "task" = 'runBroadcast' AND "id" <> $1`,
      [job?.id],
    );
    expect(rows).toHaveLength(1);
  });

  function startProcess(): ChildProcess {
    const program = new URL("../../test/workingProcess.ts", import.meta.url);
    return spawn(
      process.execPath,
      ["--import", "tsx", fileURLToPath(program)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
  }

  it("a process that is killed in the middle, again and again, neither loses nor doubles a message", async () => {
    const who = await audience(400);
    const { workspaceId } = who;
    const id = await started(who, { config: { batchSize: 10 } });
    const accepted = async () =>
      (await look(workspaceId, id)).progress?.accepted ?? 0;
    for (let kills = 0; kills < 2; kills += 1) {
      const before = await accepted();
      const child = startProcess();
      try {
        if (child.stdout === null) {
          throw new Error("its output is piped");
        }
        await once(createInterface(child.stdout), "line");
        await waitFor(async () => {
          expect(await accepted()).toBeGreaterThan(before);
        });
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      // As time passes: the dead one's leases are over.
      await broadcasting.letTimePass();
    }
    expect(await accepted()).toBeLessThan(400); // so it was in the middle
    await runDue();
    await broadcasting.letTimePass();
    await runDue();
    expect(await look(workspaceId, id)).toMatchObject({
      status: "Completed",
      progress: { accepted: 400, skipped: 0, failed: 0 },
    });
    const messages = await broadcasting.messages(workspaceId);
    expect(new Set(messages.map(({ userId }) => userId)).size).toBe(400);
    expect(messages).toHaveLength(400);
    expect(await used(workspaceId)).toBe(400);
    expect(await drift(workspaceId)).toEqual([]);
  }, 180_000);
});

describe("a host that cannot go on", () => {
  it("gives up after its last attempt and says so; resumed, it goes on", async () => {
    const who = await audience(3);
    const { workspaceId } = who;
    const id = await started(who);
    await runSteps(1);
    await env.owner.query(
      `REVOKE SELECT ON "WorkspaceUser" FROM dittofeed_app`,
    );
    try {
      for (let attempt = 1; attempt <= 10; attempt += 1) {
        expect(await look(workspaceId, id)).toMatchObject({
          status: "Running",
        });
        expect(await runNext()).toBe(true);
        await broadcasting.letTimePass();
      }
    } finally {
      await env.owner.query(`GRANT SELECT ON "WorkspaceUser" TO dittofeed_app`);
    }
    const paused = await look(workspaceId, id);
    expect(paused.status).toBe("Paused");
    expect(paused.progress?.reason).toMatch(/^The host could not go on/);
    await move(workspaceId, id, "resume");
    await runSteps();
    expect(await states(workspaceId)).toEqual({ Queued: 3 });
  });
});

describe("what a broadcast is made of", () => {
  it("is missed: with its template deleted it fails, and says so", async () => {
    const who = await audience(3);
    const id = await started(who);
    await env.owner.query(`DELETE FROM "MessageTemplate" WHERE "id" = $1`, [
      who.templateId,
    ]);
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Failed",
      progress: { reason: "messageTemplateId: the template was deleted" },
    });
  });

  it("is missed: with its segment deleted it is not sent to everybody", async () => {
    const who = await audience(3);
    const segmentId = await broadcasting.segment(
      who.workspaceId,
      traitSegment(),
    );
    const id = await started(who, { segmentId });
    await env.owner.query(`DELETE FROM "Segment" WHERE "id" = $1`, [segmentId]);
    await runDue();
    expect(await look(who.workspaceId, id)).toMatchObject({
      status: "Failed",
      progress: { reason: "segmentId: the segment was deleted" },
    });
    expect(await states(who.workspaceId)).toEqual({});
  });
});
