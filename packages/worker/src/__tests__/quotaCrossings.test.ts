// Thresholds of quotas, from the row that crosses one to the customer's own receiver: real Postgres, the worker's own way of
// running jobs, real HTTP, signatures checked with the reference library.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { db } from "backend-lib/src/db";
import { workspaceUser } from "backend-lib/src/db/schema";
import { logger } from "backend-lib/src/logger";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import {
  getQuotaNotifications,
  listQuotaCrossings,
  rotateQuotaWebhookSecret,
  testQuotaWebhook,
  updateQuotaNotifications,
} from "backend-lib/src/quotaNotifications";
import { addTenantJob, takeTenantJob } from "backend-lib/src/tenantJobs";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { useWebhookReceiver } from "backend-lib/test/webhookReceiver";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  QuotaWebhookEvent,
  type UpdateQuotaNotificationsRequest,
} from "isomorphic-lib/src/types";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TENANT_TASKS } from "../jobs";
import { runTenantJob } from "../tenantTask";

process.env.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = "true";

const env = useTenantEnv();
const receiver = useWebhookReceiver();

const anyText: unknown = expect.any(String);

let workspaceId: string;

beforeEach(async () => {
  await env.owner.query(`DELETE FROM "Workspace"`);
  workspaceId = await env.createWorkspace();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const take = () => takeTenantJob({ mostAtOnce: 10, leaseMs: 60_000 });

/** Runs what is due, each job once; answers how many there were. */
async function runDue(): Promise<number> {
  let count = 0;
  for (let job = await take(); job !== null; job = await take()) {
    await runTenantJob(TENANT_TASKS, job);
    count += 1;
  }
  return count;
}

/** As time passes: everything is due, and every lease is over. */
const letTimePass = () =>
  env.owner.query(
    `UPDATE "TenantJob" SET "runAt" = now() - interval '1 second', "leaseId" = NULL WHERE "state" = 'Waiting'`,
  );

const upkeep = async () => {
  const client = new pg.Client({
    connectionString: env.url("dittofeed_system"),
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ resolved: string }>(
      `SELECT "resolved" FROM tenancy.quota_upkeep()`,
    );
    return Number(rows[0]?.resolved);
  } finally {
    await client.end();
  }
};

const setLimit = (
  amount: number | null,
  resource: QuotaResource = "users",
  id = workspaceId,
) =>
  env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, 'limit', $3)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [id, resource, amount],
  );

const set = (settings: UpdateQuotaNotificationsRequest, id = workspaceId) =>
  env.as(id, async () =>
    unwrap(await updateQuotaNotifications({ ...settings, workspaceId: id })),
  );

/** Tells the workspace's events to the receiver from now on. */
async function listenIn(id = workspaceId): Promise<void> {
  const { secret } = await set({ webhookUrl: receiver.url }, id);
  receiver.secret = String(secret);
}

const addUsers = (count: number, id = workspaceId) =>
  env.as(id, async () => {
    await db()
      .insert(workspaceUser)
      .values(
        Array.from({ length: count }, () => ({
          workspaceId: id,
          userId: randomUUID(),
        })),
      );
  });

const removeUsers = (count: number, id = workspaceId) =>
  env.owner.query(
    `DELETE FROM "WorkspaceUser" WHERE "workspaceId" = $1 AND "userId" IN (
       SELECT "userId" FROM "WorkspaceUser" WHERE "workspaceId" = $1 LIMIT $2)`,
    [id, count],
  );

const consume = (amount: number) =>
  env.as(workspaceId, async () =>
    db().execute(
      `SELECT tenancy.quota_consume('${workspaceId}', 'messages', ${amount}, false)`,
    ),
  );

const crossings = (id = workspaceId) =>
  env.as(id, async () =>
    unwrap(
      await listQuotaCrossings({ workspaceId: id }),
    ).crossings.toReversed(),
  );

/** Percent of what is crossed now. */
const openPercents = async (id = workspaceId) =>
  (await crossings(id))
    .filter(({ resolvedAt }) => resolvedAt === null)
    .map(({ percent }) => percent)
    .sort((a, b) => a - b);

/** What the receiver took for genuine, as "crossed 80". */
const told = () =>
  receiver.received.map(({ event }) => {
    const known = unwrap(schemaValidate(event, QuotaWebhookEvent));
    const share = "percent" in known.data ? ` ${known.data.percent}` : "";
    return `${known.type.replace("quota.threshold.", "")}${share}`;
  });

const ids = () => receiver.received.map(({ id }) => id);

describe("a threshold is crossed", () => {
  it("at the very unit that reaches it, and the receiver is told with the figures", async () => {
    await listenIn();
    await setLimit(10);
    const seen: number[][] = [];
    for (let used = 1; used <= 10; used += 1) {
      await addUsers(1);
      seen.push(await openPercents());
    }
    expect(seen).toEqual([
      ...Array.from({ length: 7 }, () => []),
      [80],
      [80],
      [80, 95, 100],
    ]);

    expect(await runDue()).toBe(3);
    expect(told().sort()).toEqual(["crossed 100", "crossed 80", "crossed 95"]);
    const [first] = await crossings();
    expect(receiver.received[0]).toMatchObject({
      id: `msg_${String(first?.id)}_crossed`,
      event: {
        type: "quota.threshold.crossed",
        timestamp: first?.crossedAt,
        data: {
          workspaceId,
          crossingId: first?.id,
          resourceType: "users",
          scope: "workspace",
          period: null,
          percent: 80,
          used: 8,
          limit: 10,
        },
      },
    });
    expect(new Set(ids()).size).toBe(3);
    await letTimePass();
    expect(await runDue()).toBe(0);
  });

  it.each([
    [1, { 1: [80, 95, 100] }],
    [3, { 2: [], 3: [80, 95, 100] }],
    [20, { 15: [], 16: [80], 18: [80], 19: [80, 95], 20: [80, 95, 100] }],
    [101, { 80: [], 81: [80], 95: [80], 96: [80, 95], 101: [80, 95, 100] }],
  ])("of a limit of %i where the share is rounded up", async (limit, steps) => {
    await setLimit(limit);
    let used = 0;
    for (const [at, percents] of Object.entries(steps)) {
      await addUsers(Number(at) - used);
      used = Number(at);
      expect([used, await openPercents()]).toEqual([used, percents]);
    }
  });

  it("by one statement that reaches all of them", async () => {
    await setLimit(10);
    await addUsers(10);
    expect(await openPercents()).toEqual([80, 95, 100]);
  });

  it("once, however many reach it at the same moment", async () => {
    await listenIn();
    await setLimit(100);
    const pool = new pg.Pool({
      connectionString: env.url("dittofeed_owner"),
      max: 32,
    });
    try {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 128 }, () =>
          pool.query(
            `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, $2)`,
            [workspaceId, randomUUID()],
          ),
        ),
      );
      expect(
        outcomes.filter(({ status }) => status === "fulfilled"),
      ).toHaveLength(100);
    } finally {
      await pool.end();
    }
    expect(await openPercents()).toEqual([80, 95, 100]);
    expect(await runDue()).toBe(3);
    expect(told().sort()).toEqual(["crossed 100", "crossed 80", "crossed 95"]);
  });

  it("not by a transaction that is rolled back, nor by what is refused", async () => {
    await setLimit(10);
    await addUsers(7);
    await expect(
      env.as(workspaceId, async () =>
        db().transaction(async (tx) => {
          await tx.insert(workspaceUser).values({ workspaceId, userId: "u" });
          throw new Error("changed its mind");
        }),
      ),
    ).rejects.toThrow("changed its mind");
    await expect(addUsers(4)).rejects.toThrow();
    expect(await crossings()).toEqual([]);
    expect(await runDue()).toBe(0);
    await addUsers(1);
    expect(await openPercents()).toEqual([80]);
  });

  it("not where there is no limit, or none to use", async () => {
    await setLimit(null);
    await addUsers(50);
    expect(await crossings()).toEqual([]);
    await setLimit(0);
    await expect(addUsers(1)).rejects.toThrow();
    expect(await crossings()).toEqual([]);
  });

  it("when the limit is lowered to what is used, or below", async () => {
    await addUsers(9);
    await setLimit(11);
    expect(await openPercents()).toEqual([80]);
    await setLimit(5);
    expect(await openPercents()).toEqual([80, 95, 100]);
    const last = (await crossings()).at(-1);
    expect(last).toMatchObject({ used: 9, limit: 5 });
  });

  it("by what the children of a workspace share, which their parent is told", async () => {
    const child = await env.createWorkspace({
      type: "Child",
      parentWorkspaceId: workspaceId,
    });
    await env.owner.query(
      `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'users', 'pool', 10)`,
      [workspaceId],
    );
    await addUsers(8, child);
    expect(await crossings(child)).toEqual([]);
    expect(await crossings()).toMatchObject([
      { scope: "pool", percent: 80, used: 8, limit: 10 },
    ]);
  });
});

describe("thresholds of one's own", () => {
  it("hold at once, for one resource or for all others", async () => {
    await setLimit(10);
    await setLimit(10, "messages");
    await addUsers(5);
    await consume(5);
    await set({ thresholds: { default: [100], users: [50] } });
    expect(await crossings()).toMatchObject([
      { resourceType: "users", percent: 50, used: 5 },
    ]);
    await addUsers(5);
    await consume(4);
    expect(await openPercents()).toEqual([50]);
    await consume(1);
    expect(await crossings()).toMatchObject([
      { resourceType: "users", percent: 50 },
      { resourceType: "messages", percent: 100 },
    ]);
  });

  it("may be none", async () => {
    await set({ thresholds: { users: [] } });
    await setLimit(10);
    await setLimit(1, "messages");
    await addUsers(10);
    await consume(1);
    const resources = (await crossings()).map((each) => each.resourceType);
    expect(resources).toEqual(["messages", "messages", "messages"]);
  });

  it("are kept in order, and go back to 80, 95 and 100", async () => {
    const { thresholds } = await set({ thresholds: { users: [90, 5, 50] } });
    expect(thresholds).toEqual({ default: [80, 95, 100], users: [5, 50, 90] });
    await setLimit(100);
    await addUsers(49);
    expect(await openPercents()).toEqual([5]);
    await addUsers(1);
    expect(await openPercents()).toEqual([5, 50]);
    expect((await set({ thresholds: null })).thresholds).toEqual({
      default: [80, 95, 100],
    });
  });

  it("hold for what children share as well", async () => {
    const child = await env.createWorkspace({
      type: "Child",
      parentWorkspaceId: workspaceId,
    });
    await env.owner.query(
      `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'users', 'pool', 10)`,
      [workspaceId],
    );
    await addUsers(4, child);
    await set({ thresholds: { users: [40, 60] } });
    expect(await openPercents()).toEqual([40]);
    await addUsers(2, child);
    expect(await openPercents()).toEqual([40, 60]);
  });
});

describe("a crossing is over", () => {
  it("once usage has fallen below it: told once, and told anew when it is crossed again", async () => {
    await listenIn();
    await setLimit(10);
    await addUsers(8);
    await runDue();
    expect(await upkeep()).toBe(0);
    await removeUsers(1);
    expect(await upkeep()).toBe(1);
    expect(await upkeep()).toBe(0);
    await runDue();
    expect(told()).toEqual(["crossed 80", "resolved 80"]);
    const [first] = await crossings();
    expect(receiver.received[1]).toMatchObject({
      id: `msg_${String(first?.id)}_resolved`,
      event: {
        timestamp: first?.resolvedAt,
        data: { crossingId: first?.id, resolvedAt: first?.resolvedAt },
      },
    });

    await addUsers(1);
    expect(await openPercents()).toEqual([80]);
    await runDue();
    expect(told()).toEqual(["crossed 80", "resolved 80", "crossed 80"]);
    expect(new Set(ids()).size).toBe(3);
    expect(await crossings()).toHaveLength(2);
  });

  it("once the limit is raised or taken away", async () => {
    await setLimit(10);
    await addUsers(9);
    await setLimit(12);
    expect(await upkeep()).toBe(1);
    await setLimit(10);
    expect(await openPercents()).toEqual([80]);
    await setLimit(null);
    expect(await upkeep()).toBe(1);
    expect(await openPercents()).toEqual([]);
  });

  it("but not while another reaches it again, unseen so far", async () => {
    await setLimit(10);
    await addUsers(8);
    await removeUsers(1);
    const client = new pg.Client({
      connectionString: env.url("dittofeed_owner"),
    });
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, 'late')`,
        [workspaceId],
      );
      let isOver = false;
      const looking = upkeep().finally(() => {
        isOver = true;
      });
      await vi.waitFor(async () => {
        const { rows } = await env.owner.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND wait_event_type = 'Lock' AND query LIKE '%quota_upkeep%'`,
        );
        expect(isOver || rows.length > 0).toBe(true);
      });
      await client.query("COMMIT");
      await looking;
    } finally {
      await client.end();
    }
    expect(await openPercents()).toEqual([80]);
  });

  it("with its month, and each month has its own", async () => {
    const inMonth = (moment: string) =>
      env.owner.query(
        `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
           SET search_path = pg_catalog, pg_temp AS $$ SELECT '${moment}'::timestamptz $$`,
      );
    try {
      await inMonth("2031-01-31T23:59:59Z");
      await listenIn();
      await setLimit(10, "messages");
      await consume(8);
      await consume(1);
      await runDue();
      expect(await upkeep()).toBe(0);
      expect(told()).toEqual(["crossed 80"]);

      await inMonth("2031-02-01T00:00:00Z");
      expect(await upkeep()).toBe(1);
      expect(await upkeep()).toBe(0);
      await consume(8);
      await runDue();
      expect(told()).toEqual(["crossed 80", "resolved 80", "crossed 80"]);
      expect(await crossings()).toMatchObject([
        { period: "2031-01-01", used: 8 },
        { period: "2031-02-01", used: 8, resolvedAt: null },
      ]);
    } finally {
      await env.owner.query(
        `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
           SET search_path = pg_catalog, pg_temp AS $$ SELECT now() $$`,
      );
    }
  });

  it("with its workspace", async () => {
    await setLimit(1);
    await addUsers(1);
    expect(await openPercents()).toEqual([80, 95, 100]);
    await env.owner.query(`DELETE FROM "Workspace" WHERE "id" = $1`, [
      workspaceId,
    ]);
    const { rows } = await env.owner.query(
      `SELECT 1 FROM "QuotaCrossing" WHERE "workspaceId" = $1
        UNION ALL SELECT 1 FROM "TenantJob" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows).toEqual([]);
  });
});

describe("a webhook", () => {
  beforeEach(async () => {
    vi.spyOn(logger(), "error").mockReturnValue();
    await setLimit(10);
  });

  it("that is down is told when it is up, under the same id", async () => {
    await listenIn();
    await receiver.down();
    await addUsers(8);
    await runDue();
    await letTimePass();
    await runDue();
    expect(receiver.received).toEqual([]);
    await receiver.up();
    await letTimePass();
    await runDue();
    const [crossing] = await crossings();
    expect(ids()).toEqual([`msg_${String(crossing?.id)}_crossed`]);
    await letTimePass();
    expect(await runDue()).toBe(0);
  });

  it.each([500, 503, 404, 301, 302])(
    "that answers %i is told again, the very same under the same id, signed anew",
    async (status) => {
      await listenIn();
      receiver.answer = (times) => (times < 3 ? status : 204);
      await addUsers(8);
      for (let attempt = 0; attempt < 4; attempt += 1) {
        await runDue();
        await letTimePass();
      }
      expect(told()).toEqual(["crossed 80", "crossed 80", "crossed 80"]);
      expect(new Set(ids()).size).toBe(1);
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    },
  );

  it("is told again, under the same id, when the word that it was told got lost", async () => {
    await listenIn();
    await addUsers(8);
    const job = await take();
    if (job === null) {
      throw new Error("There is no job.");
    }
    // All but the word that it is done.
    await TENANT_TASKS.notifyQuotaCrossing(job);
    expect(await runDue()).toBe(0);
    await letTimePass();
    expect(await runDue()).toBe(1);
    expect(told()).toEqual(["crossed 80", "crossed 80"]);
    expect(new Set(ids()).size).toBe(1);
  });

  it("is told again, under the same id, after kill -9 while it was being told", async () => {
    await listenIn();
    await addUsers(8);
    let letGo = (_status: number) => {};
    receiver.answer = () =>
      new Promise((resolve) => {
        letGo = resolve;
      });
    const worker = spawn(
      process.execPath,
      [
        "--import",
        "tsx",
        fileURLToPath(new URL("../../scripts/startWorker.ts", import.meta.url)),
      ],
      { stdio: ["ignore", "ignore", "inherit"], env: process.env },
    );
    const ended = once(worker, "exit");
    try {
      await vi.waitFor(() => expect(receiver.received).toHaveLength(1), {
        timeout: 50_000,
        interval: 50,
      });
    } finally {
      worker.kill("SIGKILL");
    }
    expect(await ended).toEqual([null, "SIGKILL"]);
    letGo(200);
    receiver.answer = () => 200;

    // Nobody takes it while the lease of the dead process lasts.
    expect(await runDue()).toBe(0);
    await letTimePass();
    expect(await runDue()).toBe(1);
    expect(told()).toEqual(["crossed 80", "crossed 80"]);
    expect(new Set(ids()).size).toBe(1);
    await letTimePass();
    expect(await runDue()).toBe(0);
  }, 90_000);

  it("is told of the end after the beginning, also when that was late", async () => {
    await listenIn();
    await receiver.down();
    await addUsers(8);
    await runDue();
    await removeUsers(1);
    await upkeep();
    await receiver.up();
    // Only the end is due, and waits.
    await runDue();
    expect(receiver.received).toEqual([]);
    await letTimePass();
    await runDue();
    await letTimePass();
    await runDue();
    expect(told()).toEqual(["crossed 80", "resolved 80"]);
  });

  it("is told of the end also when the beginning was given up", async () => {
    await listenIn();
    await addUsers(8);
    await env.owner.query(`UPDATE "TenantJob" SET "state" = 'Failed'`);
    await removeUsers(1);
    await upkeep();
    await runDue();
    expect(told()).toEqual(["resolved 80"]);
  });

  it("that answers 410 is let be, until its URL is set anew or a test succeeds", async () => {
    await listenIn();
    receiver.answer = () => 410;
    await addUsers(8);
    await runDue();
    const settings = () =>
      env.as(workspaceId, () => getQuotaNotifications({ workspaceId }));
    expect(await settings()).toMatchObject({
      webhookUrl: receiver.url,
      disabledAt: anyText,
    });
    await letTimePass();
    expect(await runDue()).toBe(0);
    await addUsers(2);
    expect(await runDue()).toBe(2);
    expect(told()).toEqual(["crossed 80"]);

    const test = () =>
      env.as(workspaceId, async () =>
        unwrap(await testQuotaWebhook({ workspaceId })),
      );
    expect(await test()).toMatchObject({ delivered: false, status: 410 });
    expect((await settings()).disabledAt).not.toBeNull();
    receiver.answer = () => 200;
    expect(await test()).toMatchObject({ delivered: true, status: 200 });
    expect((await settings()).disabledAt).toBeNull();

    receiver.answer = () => 410;
    await removeUsers(10);
    await upkeep();
    await runDue();
    expect((await settings()).disabledAt).not.toBeNull();
    await set({ webhookUrl: receiver.url });
    expect((await settings()).disabledAt).toBeNull();
  });

  it("is never told without a signature", async () => {
    await listenIn();
    await addUsers(8);
    await env.owner.query(`DELETE FROM "Secret" WHERE "workspaceId" = $1`, [
      workspaceId,
    ]);
    await runDue();
    expect(receiver.received).toEqual([]);
    const { secret } = await env.as(workspaceId, () =>
      rotateQuotaWebhookSecret({ workspaceId }),
    );
    receiver.secret = secret;
    await letTimePass();
    await runDue();
    expect(told()).toEqual(["crossed 80"]);
  });

  it("gets signatures of both secrets for a day after a new one was made", async () => {
    await listenIn();
    const former = receiver.secret;
    const rotated = await env.as(workspaceId, () =>
      rotateQuotaWebhookSecret({ workspaceId }),
    );
    await addUsers(8);
    await runDue();
    expect(told()).toEqual(["crossed 80"]);
    receiver.secret = rotated.secret;
    await addUsers(2);
    await runDue();
    expect(told()).toHaveLength(3);

    // The day is over.
    await env.owner.query(
      `UPDATE "Secret" SET "configValue" = "configValue" || '{"previousUntil": "2020-01-01T00:00:00.000Z"}'
        WHERE "workspaceId" = $1 AND "name" = 'df-quota-webhook'`,
      [workspaceId],
    );
    receiver.secret = former;
    receiver.received.length = 0;
    await removeUsers(3);
    await upkeep();
    await runDue();
    expect(receiver.received.map(({ event }) => event)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("of another workspace hears nothing, and its workspace sees nothing", async () => {
    const other = await env.createWorkspace();
    await listenIn(other);
    await addUsers(8);
    await runDue();
    expect(receiver.received).toEqual([]);
    expect(await crossings(other)).toEqual([]);

    const [crossing] = await crossings();
    await env.as(other, () =>
      addTenantJob({
        task: "notifyQuotaCrossing",
        workspaceId: other,
        actor: { type: "worker", id: "quotas" },
        requestId: "r1",
        input: { crossingId: crossing?.id, state: "crossed" },
      }),
    );
    expect(await runDue()).toBe(1);
    expect(receiver.received).toEqual([]);
  });
});

describe("without a webhook", () => {
  it("a crossing is still logged and announced, once, and once when it is over", async () => {
    const info = vi.spyOn(logger(), "info");
    vi.spyOn(logger(), "error").mockReturnValue();
    const announced: unknown[] = [];
    const listener = (event: unknown) => announced.push(event);
    tenantEvents.on("quotaCrossed", listener);
    try {
      await setLimit(10);
      await addUsers(8);
      expect(await runDue()).toBe(1);
      await removeUsers(1);
      await upkeep();
      expect(await runDue()).toBe(1);
      expect(await runDue()).toBe(0);
      const facts = {
        workspaceId,
        resourceType: "users",
        scope: "workspace",
        percent: 80,
      };
      expect(announced).toEqual([
        { ...facts, state: "crossed" },
        { ...facts, state: "resolved" },
      ]);
      expect(info.mock.calls.map(([fields]) => fields)).toMatchObject([
        { ...facts, state: "crossed", used: 8, limit: 10 },
        { ...facts, state: "resolved" },
      ]);

      // And with one that has to be tried again.
      announced.length = 0;
      await listenIn();
      receiver.answer = (times) => (times < 3 ? 500 : 200);
      await addUsers(1);
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await runDue();
        await letTimePass();
      }
      expect(receiver.received).toHaveLength(3);
      expect(announced).toEqual([{ ...facts, state: "crossed" }]);
    } finally {
      tenantEvents.off("quotaCrossed", listener);
    }
  });
});
