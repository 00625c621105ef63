// The worker with PgBouncer in transaction mode between it and its queue: announcements of jobs are lost there, so they begin
// at the next look; nothing else changes.

import {
  hasPgBouncer,
  throughPgBouncer,
  usePgBouncer,
} from "backend-lib/test/pgBouncer";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { describe, expect, it, vi } from "vitest";

import { buildWorker } from "../buildWorker";

const JOBS = 60;

const env = useTenantEnv();
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
});
