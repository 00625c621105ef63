// The jobs that keep up quotas, run by a real worker.

import { randomUUID } from "node:crypto";

import {
  consumeWorkspaceQuota,
  reserveWorkspaceQuota,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { afterEach, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { JOBS } from "../jobs";

const env = useTenantEnv();

const waitFor = (expectation: () => Promise<void>) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 50 });

let worker: Worker | undefined;
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

async function start(): Promise<Worker> {
  worker = await buildWorker({ config: { pollIntervalMs: 50 } });
  return worker;
}

it("run by themselves: upkeep each minute, notes each five, forgetting each night", () => {
  expect(JOBS.quotaUpkeep.cron).toBe("* * * * *");
  expect(JOBS.sampleUsage.cron).toBe("*/5 * * * *");
  expect(JOBS.forgetQuotaRecords.cron).toMatch(/^\d+ 3 \* \* \*$/);
});

it("give back what a reservation holds whose time is over", async () => {
  const workspaceId = await env.createWorkspace();
  const held = unwrap(
    await env.as(workspaceId, () =>
      reserveWorkspaceQuota(workspaceId, "messages", 5),
    ),
  );
  await env.owner.query(
    `UPDATE public."QuotaReservation" SET "expiresAt" = now() WHERE "id" = $1`,
    [held.id],
  );
  const { addJob } = await start();
  await addJob("quotaUpkeep", {});
  await waitFor(async () => {
    const { rows } = await env.owner.query(
      `SELECT r."state"::text, sum(u."used")::integer AS "used"
         FROM public."QuotaReservation" AS r JOIN public."WorkspaceUsage" AS u USING ("workspaceId", "resourceType", "period")
        WHERE r."id" = $1 GROUP BY 1`,
      [held.id],
    );
    expect(rows).toEqual([{ state: "Expired", used: 0 }]);
  });
});

it("note how much is used, and forget old notes", async () => {
  const workspaceId = await env.createWorkspace();
  await env.as(workspaceId, () =>
    consumeWorkspaceQuota(workspaceId, "messages", 7),
  );
  await env.owner.query(
    `INSERT INTO public."WorkspaceUsageSample" ("workspaceId", "resourceType", "period", "hour", "used", "peak")
     SELECT $1, 'users', '-infinity', now() - make_interval(days => d), d, d FROM unnest(ARRAY[200, 150]) AS d`,
    [workspaceId],
  );
  const { addJob } = await start();
  await addJob("sampleUsage", {}, { jobKey: randomUUID() });
  await addJob("forgetQuotaRecords", {}, { jobKey: randomUUID() });
  await waitFor(async () => {
    const { rows } = await env.owner.query(
      `SELECT "resourceType", "used"::integer FROM public."WorkspaceUsageSample"
        WHERE "workspaceId" = $1 AND "used" > 0 ORDER BY 1`,
      [workspaceId],
    );
    expect(rows).toEqual([
      { resourceType: "messages", used: 7 },
      { resourceType: "users", used: 150 },
    ]);
  });
});
