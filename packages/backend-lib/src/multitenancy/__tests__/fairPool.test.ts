// The pool behind the fair gate, on a real server: caps, queues, figures, bound connections, time-outs, the clean end.

import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { closeDb, databaseFigures, db, getConnection } from "../../db";
import {
  ConnectionReleased,
  TenantConnectionPool,
  type TenantConnectionPoolOptions,
  TenantPoolDraining,
  TenantQueueFull,
  TenantQueueTimeout,
} from "../connectionPool";
import { currentTenant, TenantContextConflict } from "../tenantContext";
import { tenantEvents } from "../tenantEvents";

const env = useTenantEnv();

let one: string;
let two: string;

beforeAll(async () => {
  one = await env.createWorkspace();
  two = await env.createWorkspace();
  process.env.DATABASE_WORKSPACE_STATEMENT_TIMEOUTS = JSON.stringify({
    [one.toUpperCase()]: 7_000,
  });
  process.env.DATABASE_POOL_MAX = "2";
  process.env.DATABASE_WORKSPACE_CONNECTIONS_MAX = "1";
  process.env.DATABASE_RESERVED_CONNECTIONS = "1";
  process.env.DATABASE_QUEUE_MAX_PER_WORKSPACE = "1";
  process.env.DATABASE_QUEUE_TIMEOUT_MS = "150";
});

const pools: TenantConnectionPool[] = [];

function poolWith(
  options: Partial<TenantConnectionPoolOptions> = {},
): TenantConnectionPool {
  const pool = new TenantConnectionPool({
    connectionString: env.url("dittofeed_app"),
    max: 4,
    role: "dittofeed_app",
    unitOfWork: () => {
      const context = currentTenant();
      return { workspaceId: context?.workspaceId ?? null, context };
    },
    fairness: {},
    drainTimeoutMs: 100,
    ...options,
  });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  tenantEvents.removeAllListeners();
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

const asOne = <T>(work: () => Promise<T>) => env.as(one, work);
const asTwo = <T>(work: () => Promise<T>) => env.as(two, work);

/** Resolves once the workspace has as many units waiting. */
const untilQueued = (pool: TenantConnectionPool, id: string, count: number) =>
  vi.waitFor(() => expect(pool.figures(id).queued).toBe(count));

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

describe("the pool behind the fair gate", () => {
  it("keeps a connection for a second workspace while the first uses all it may", async () => {
    const pool = poolWith({ fairness: { reserve: 1 } });
    const held = await asOne(() =>
      Promise.all([pool.connect(), pool.connect(), pool.connect()]),
    );
    const fourth = asOne(() => pool.connect());
    await untilQueued(pool, one, 1);

    const { rows } = await asTwo(() => pool.query("SELECT 1 AS n"));

    expect(rows).toEqual([{ n: 1 }]);
    expect(pool.figures(one)).toMatchObject({ active: 3, queued: 1 });
    held.forEach((client) => client.release());
    (await fourth).release();
    expect(pool.figures(one)).toMatchObject({ active: 0, queued: 0 });
  });

  it("gives the place of a connection that was lost or could not be made to the next", async () => {
    const pool = poolWith({ max: 1 });
    const lost = await asOne(() => pool.connect());
    const next = asTwo(() => pool.query("SELECT 2 AS n"));
    lost.release(true);
    expect((await next).rows).toEqual([{ n: 2 }]);

    const nowhere = poolWith({
      connectionString: "postgres://nobody@127.0.0.1:1/none",
      max: 1,
    });
    await expect(asOne(() => nowhere.connect())).rejects.toThrow();
    await expect(asTwo(() => nowhere.connect())).rejects.toThrow();
    expect(nowhere.figures()).toMatchObject({ active: 0, queued: 0 });
  });

  it("refuses more than may wait, and who waits too long; a unit that asks for a second connection does not hang", async () => {
    const pool = poolWith({
      max: 1,
      fairness: { queueTimeoutMs: 60, queueMaxPerWorkspace: 1 },
    });
    const outer = await asOne(() => pool.connect());
    const nested = failureOf(asOne(() => pool.query("SELECT 1")));
    await untilQueued(pool, one, 1);

    expect(await failureOf(asOne(() => pool.query("SELECT 1")))).toBeInstanceOf(
      TenantQueueFull,
    );
    const late = await nested;
    expect(late).toBeInstanceOf(TenantQueueTimeout);
    expect(late).toMatchObject({ retryAfterSeconds: 1 });
    expect(String(late)).toMatch(/too busy for this workspace.*Try again in/);

    outer.release();
    await expect(asOne(() => pool.query("SELECT 1"))).resolves.toBeDefined();
  });

  it("counts for each workspace and for all, and tells of every wait", async () => {
    const pool = poolWith({ max: 1 });
    const waits: unknown[] = [];
    tenantEvents.on("queued", (event) => waits.push(event));
    const held = await asOne(() => pool.connect());
    const waiting = asTwo(() => pool.query("SELECT 1"));
    await untilQueued(pool, two, 1);
    expect(pool.figures()).toMatchObject({ active: 1, queued: 1 });
    await held.query("SELECT pg_sleep(0.02)");
    await failureOf(held.query("SELECT 1/0"));
    held.release();
    await waiting;

    expect(waits).toMatchObject([{ workspaceId: two, outcome: "granted" }]);
    const [ofOne, ofTwo, ofAll] = [
      pool.figures(one),
      pool.figures(two.toUpperCase()),
      pool.figures(),
    ];
    expect(ofOne).toMatchObject({ queries: 2, errors: 1, waitedMs: 0 });
    expect(ofOne.databaseMs).toBeGreaterThanOrEqual(20);
    expect(ofTwo).toMatchObject({ queries: 1, errors: 0 });
    expect(ofTwo.waitedMs).toBeGreaterThanOrEqual(20);
    expect(ofAll).toMatchObject({
      active: 0,
      queued: 0,
      queries: 3,
      errors: 1,
      waitedMs: ofTwo.waitedMs,
    });
    expect(pool.figures(randomUUID())).toMatchObject({ queries: 0 });
  });

  it("without fairness serves first come, first served, and counts all the same", async () => {
    const { fairness, ...plain } = { fairness: {}, max: 1 };
    expect(fairness).toEqual({});
    const pool = new TenantConnectionPool({
      connectionString: env.url("dittofeed_app"),
      role: "dittofeed_app",
      unitOfWork: () => ({ workspaceId: null, context: undefined }),
      ...plain,
    });
    pools.push(pool);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        await pool.query("SELECT 1");
        order.push(n);
      }),
    );
    expect(order).toEqual([1, 2, 3]);
    expect(pool.figures()).toMatchObject({ queries: 3, errors: 0 });
    expect(pool.figures(one)).toMatchObject({ queries: 0 });
  });

  it("treats work without a workspace as one more that waits its turn", async () => {
    const pool = poolWith({ max: 1 });
    const waits: unknown[] = [];
    tenantEvents.on("queued", (event) => waits.push(event));
    const held = await asOne(() => pool.connect());
    const nobody = pool.query("SELECT 1");
    await vi.waitFor(() => expect(pool.figures().queued).toBe(1));
    held.release();
    await nobody;
    expect(waits).toMatchObject([{ workspaceId: null, outcome: "granted" }]);
  });
});

describe("a connection for a workspace", () => {
  const seen = `SELECT current_setting('app.current_workspace_id') AS id, current_setting('application_name') AS name`;

  it("is bound to it, whatever context comes later, and is useless once released", async () => {
    const pool = poolWith();
    const client = await pool.getConnection(one.toUpperCase());
    const { rows } = await asTwo(() => client.query(seen));
    expect(rows).toEqual([{ id: one, name: `dittofeed_workspace_${one}` }]);
    client.release();
    await expect(client.query(seen)).rejects.toBeInstanceOf(ConnectionReleased);
  });

  it("is refused inside another workspace's context, and to what is no workspace", async () => {
    const pool = poolWith();
    await expect(asTwo(() => pool.getConnection(one))).rejects.toBeInstanceOf(
      TenantContextConflict,
    );
    await expect(pool.getConnection("'; --")).rejects.toBeInstanceOf(TypeError);
    const client = await asOne(() => pool.getConnection(one));
    client.release();
    expect(pool.figures()).toMatchObject({ active: 0 });
  });

  it("counts as the workspace's own", async () => {
    const pool = poolWith();
    const client = await pool.getConnection(one);
    expect(pool.figures(one)).toMatchObject({ active: 1 });
    client.release();
  });

  it("is had from the process's pool as well, of which the figures tell", async () => {
    expect(databaseFigures()).toMatchObject({ active: 0, queries: 0 });
    const client = await getConnection(one);
    const { rows } = await client.query(seen);
    expect(rows).toMatchObject([{ id: one }]);
    expect(databaseFigures(one)).toMatchObject({ active: 1, queries: 1 });
    client.release();
  });
});

describe("a workspace's own time-out", () => {
  it("stands in place of the common one, for that workspace alone", async () => {
    const pool = poolWith({
      statementTimeoutMs: 20_000,
      statementTimeoutMsFor: (workspaceId) =>
        workspaceId === one ? 30 : undefined,
    });
    const sleep = () => pool.query("SELECT pg_sleep(0.2)");
    await expect(asOne(sleep)).rejects.toThrow("statement timeout");
    await expect(asTwo(sleep)).resolves.toBeDefined();
    const setting = () =>
      pool.query("SELECT current_setting('statement_timeout') AS ms");
    expect((await asTwo(setting)).rows).toEqual([{ ms: "20s" }]);
  });
});

describe("the end of the pool", () => {
  it("lets work under way end, and refuses what waits and what comes", async () => {
    const pool = poolWith({ max: 1, drainTimeoutMs: 20_000 });
    const client = await asOne(() => pool.connect());
    const waiting = failureOf(asTwo(() => pool.query("SELECT 1")));
    await untilQueued(pool, two, 1);

    const ended = pool.end();

    expect(await waiting).toBeInstanceOf(TenantPoolDraining);
    expect(await failureOf(asTwo(() => pool.query("SELECT 1")))).toBeInstanceOf(
      TenantPoolDraining,
    );
    await expect(client.query("SELECT 1 AS n")).resolves.toMatchObject({
      rows: [{ n: 1 }],
    });
    client.release();
    await ended;
    expect(pool.totalCount).toBe(0);
  });

  it("cancels what does not end in time, on the server too", async () => {
    const pool = poolWith({ drainTimeoutMs: 50 });
    const client = await asOne(() => pool.connect());
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    const endless = failureOf(client.query("SELECT pg_sleep(600)"));
    void endless.then(() => client.release());

    await new Promise<void>((resolve) => {
      pool.end(resolve);
    });

    expect(await endless).toBeInstanceOf(pg.DatabaseError);
    expect(await endless).toMatchObject({ code: "57014" });
    await vi.waitFor(async () => {
      const { rowCount } = await env.owner.query(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1",
        [rows[0]?.pid],
      );
      expect(rowCount).toBe(0);
    });
  });

  it("takes the connection from who does not give it back, whose work is undone", async () => {
    const pool = poolWith({ drainTimeoutMs: 20 });
    const client = await asOne(() => pool.connect());
    await client.query("BEGIN");
    await client.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, 'forgotten', '{}')`,
      [one],
    );

    await Promise.all([pool.end(), pool.end()]);

    await expect(client.query("COMMIT")).rejects.toBeInstanceOf(
      ConnectionReleased,
    );
    const { rowCount } = await env.owner.query(
      `SELECT 1 FROM public."Segment" WHERE "name" = 'forgotten'`,
    );
    expect(rowCount).toBe(0);
  });

  it("refuses new work of db() while it lasts, and opens anew after it", async () => {
    const client = await getConnection(one);
    const closed = closeDb();
    const refused = await failureOf(
      asTwo(async () => db().execute("SELECT 1")),
    );
    expect(refused instanceof Error ? refused.cause : undefined).toBeInstanceOf(
      TenantPoolDraining,
    );
    client.release();
    await closed;
    await expect(
      asTwo(async () => db().execute("SELECT 1")),
    ).resolves.toBeDefined();
  });
});

describe("the configuration", () => {
  it("says how long a workspace's statements may take", async () => {
    const ask = async () => {
      const { rows } = await db().execute<{ ms: string }>(
        "SELECT current_setting('statement_timeout') AS ms",
      );
      return rows[0]?.ms;
    };
    expect(await asOne(ask)).toBe("7s");
    expect(await asTwo(ask)).toBe("30s");
  });

  it("says how many connections a workspace may have, and how much of it may wait how long", async () => {
    const client = await getConnection(one);
    const first = failureOf(getConnection(one));
    await vi.waitFor(() => expect(databaseFigures(one).queued).toBe(1));
    expect(await failureOf(getConnection(one))).toBeInstanceOf(TenantQueueFull);
    expect(await first).toBeInstanceOf(TenantQueueTimeout);
    client.release();
  });
});
