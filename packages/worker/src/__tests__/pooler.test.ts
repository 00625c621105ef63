// The worker with PgBouncer in transaction mode between it and its queue: announcements of jobs are lost there, so they begin
// at the next look; nothing else changes.

import { Type } from "@sinclair/typebox";
import { db } from "backend-lib/src/db";
import { tenantJob } from "backend-lib/src/db/schema";
import { addTenantJob } from "backend-lib/src/tenantJobs";
import {
  hasPgBouncer,
  throughPgBouncer,
  usePgBouncer,
} from "backend-lib/test/pgBouncer";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { describe, expect, it, vi } from "vitest";

import { buildWorker } from "../buildWorker";
import { tenantTask } from "../tenantTask";

const JOBS = 60;

const env = useTenantEnv({ through: (url) => throughPgBouncer(url) });
usePgBouncer(env);

describe.skipIf(!hasPgBouncer())("the worker behind PgBouncer", () => {
  it("runs every job once, several at a time", async () => {
    const ran: unknown[] = [];
    const worker = await buildWorker({
      jobs: {
        note: {
          task: async (payload) => {
            ran.push(payload);
          },
        },
      },
      config: {
        connectionString: throughPgBouncer(env.url("dittofeed_system")),
        pollIntervalMs: 50,
      },
    });
    try {
      const numbers = Array.from({ length: JOBS }, (_, at) => at);
      await Promise.all(numbers.map((at) => worker.addJob("note", { at })));
      await vi.waitFor(() => expect(ran.length).toBeGreaterThanOrEqual(JOBS), {
        timeout: 20_000,
        interval: 50,
      });
      expect(new Set(ran.map((payload) => JSON.stringify(payload)))).toEqual(
        new Set(numbers.map((at) => JSON.stringify({ at }))),
      );
      expect(ran).toHaveLength(JOBS);
    } finally {
      await worker.stop();
    }
  }, 60_000);

  it("runs every workspace's job once, in its workspace", async () => {
    const workspaceIds = await Promise.all(
      Array.from({ length: 6 }, async () => env.createWorkspace()),
    );
    const ran: string[] = [];
    const worker = await buildWorker({
      jobs: {},
      tenantTasks: {
        look: tenantTask(
          Type.Object({ at: Type.Number() }),
          async ({ workspaceId, input }) => {
            const visible = await db().select().from(tenantJob);
            expect(new Set(visible.map((row) => row.workspaceId))).toEqual(
              new Set([workspaceId]),
            );
            ran.push(`${workspaceId} ${input.at}`);
          },
        ),
      },
    });
    const asked = workspaceIds.flatMap((workspaceId) =>
      Array.from({ length: 10 }, (_, at) => ({ workspaceId, at })),
    );
    try {
      await Promise.all(
        asked.map(async ({ workspaceId, at }) =>
          env.as(workspaceId, () =>
            addTenantJob({
              task: "look",
              workspaceId,
              actor: { type: "worker", id: "test" },
              requestId: "r",
              input: { at },
            }),
          ),
        ),
      );
      await vi.waitFor(
        () => expect(ran.length).toBeGreaterThanOrEqual(asked.length),
        { timeout: 20_000, interval: 50 },
      );
      expect([...ran].sort()).toEqual(
        asked.map(({ workspaceId, at }) => `${workspaceId} ${at}`).sort(),
      );
    } finally {
      await worker.stop();
    }
  }, 60_000);
});
