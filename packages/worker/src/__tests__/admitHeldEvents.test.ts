// Held events and the worker: they are admitted when there is room, by a worker that is asked or that looks by itself, and
// dropped when they are too old.

import { randomUUID } from "node:crypto";

import {
  askToAdmitHeldEvents,
  getHeldEvents,
} from "backend-lib/src/heldEvents";
import { ingestEvents } from "backend-lib/src/userEvents";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { type BatchItem } from "isomorphic-lib/src/types";
import { afterEach, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { JOBS } from "../jobs";

const env = useTenantEnv();

const waitFor = (expectation: () => Promise<void>) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 50 });

let worker: Worker | undefined;

/** Without the clock's: what runs by itself would do so only once a minute. */
async function start(): Promise<Worker> {
  const { askToAdmitHeldEvents: ask, dropAgedEvents: drop } = JOBS;
  worker = await buildWorker({
    jobs: {
      askToAdmitHeldEvents: { task: ask.task },
      dropAgedEvents: { task: drop.task },
    },
    config: { tenantPollIntervalMs: 20, pollIntervalMs: 50 },
  });
  return worker;
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function limitUsers(workspaceId: string, amount: number): Promise<void> {
  await env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'users', 'limit', $2)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [workspaceId, amount],
  );
}

/** No room for users, and three who wait to be some. */
async function fullWorkspace(): Promise<string> {
  const workspaceId = await env.createWorkspace();
  await limitUsers(workspaceId, 0);
  const events = ["ann", "bob", "cleo"].map((userId): BatchItem => ({
    type: "track",
    messageId: randomUUID(),
    userId,
    event: "Visit",
  }));
  await env.as(workspaceId, () => ingestEvents({ workspaceId, events }));
  return workspaceId;
}

const figures = (workspaceId: string) =>
  env.as(workspaceId, async () => {
    const page = await getHeldEvents({ workspaceId });
    return page.figures;
  });

it("admits what there is room for when somebody asks", async () => {
  const workspaceId = await fullWorkspace();
  await start();
  await limitUsers(workspaceId, 2);

  await env.as(workspaceId, () => askToAdmitHeldEvents({ workspaceId }));

  await waitFor(async () =>
    expect(await figures(workspaceId)).toMatchObject({
      waiting: 1,
      admitted: 2,
    }),
  );
});

it("looks by itself, and admits where there is room", async () => {
  const [roomy, full] = [await fullWorkspace(), await fullWorkspace()];
  await limitUsers(roomy, 3);
  const { addJob } = await start();

  await addJob("askToAdmitHeldEvents", {});

  await waitFor(async () =>
    expect(await figures(roomy)).toMatchObject({ waiting: 0, admitted: 3 }),
  );
  expect(await figures(full)).toMatchObject({ waiting: 3, admitted: 0 });
  expect(JOBS.askToAdmitHeldEvents.cron).toBe("* * * * *");
});

it("drops what waited for too long", async () => {
  const workspaceId = await fullWorkspace();
  await env.owner.query(
    `UPDATE "HeldEvent" SET "receivedAt" = now() - interval '31 days'
      WHERE "workspaceId" = $1 AND "userOrAnonymousId" = 'ann'`,
    [workspaceId],
  );
  const { addJob } = await start();

  await addJob("dropAgedEvents", {});

  await waitFor(async () =>
    expect(await figures(workspaceId)).toMatchObject({
      waiting: 2,
      droppedAged: 1,
    }),
  );
});
