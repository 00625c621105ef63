import { randomUUID } from "node:crypto";

import pg from "pg";
import PlainQuery from "pg/lib/query";
import QueryStream from "pg-query-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { tapWire, type WireTap } from "../../../test/wireTap";
import {
  ConnectionReleased,
  StreamNeedsTransaction,
  TenantConnectionPool,
} from "../connectionPool";
import {
  currentTenant,
  runWithTenant,
  type TenantContext,
} from "../tenantContext";
import { tenantEvents } from "../tenantEvents";

const env = useTenantEnv();

const COUNT = 'SELECT count(*)::int AS n FROM public."Segment"';

function contextOf(workspaceId: string): TenantContext {
  return {
    workspaceId,
    actor: { type: "admin", id: "tester", name: "Té'st \\" },
    requestId: "r-1",
  };
}

function poolAt(
  url: string,
  max = 1,
  statementTimeoutMs = 0,
): TenantConnectionPool {
  return new TenantConnectionPool({
    connectionString: url,
    max,
    role: "dittofeed_app",
    statementTimeoutMs,
    unitOfWork: () => {
      const context = currentTenant();
      return { workspaceId: context?.workspaceId ?? null, context };
    },
  });
}

describe("TenantConnectionPool", () => {
  let pool: TenantConnectionPool;
  let one: string;
  let two: string;

  beforeAll(async () => {
    pool = poolAt(env.url("dittofeed_app"));
    one = await env.createWorkspace();
    two = await env.createWorkspace();
    await env.owner.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
       SELECT $1::uuid, 'one-' || n, '{}'::jsonb FROM generate_series(1, 3) AS n
       UNION ALL SELECT $2::uuid, 'two-' || n, '{}'::jsonb FROM generate_series(1, 5) AS n`,
      [one, two],
    );
  });

  afterAll(() => pool.end());

  const countAs = async (workspaceId: string) =>
    runWithTenant(contextOf(workspaceId), async () => {
      const { rows } = await pool.query<{ n: number }>(COUNT);
      return rows[0]?.n;
    });

  it("shows each workspace its own rows over one and the same connection", async () => {
    expect(await countAs(one)).toBe(3);
    expect(await countAs(two)).toBe(5);
    expect(await countAs(one)).toBe(3);
    expect(pool.totalCount).toBe(1);
  });

  it("shows no rows without a workspace, also after a context was in force on the connection", async () => {
    expect(await countAs(one)).toBe(3);
    expect((await pool.query<{ n: number }>(COUNT)).rows[0]?.n).toBe(0);
  });

  it("leaves nothing of the context behind on the connection", async () => {
    const observed = poolAt(env.url("dittofeed_app"), 1, 5000);
    const bare: pg.PoolClient[] = [];
    observed.on("connect", (client) => bare.push(client));
    await runWithTenant(contextOf(one), () => observed.query(COUNT));
    const [connection] = bare;
    if (connection === undefined) {
      throw new Error("the pool made no connection");
    }
    const { rows } = await connection.query(
      `SELECT current_setting('app.current_workspace_id', true) AS workspace,
              current_setting('app.actor', true) AS actor, current_setting('statement_timeout') AS timeout`,
    );
    await observed.end();
    expect(rows[0]).toEqual({ workspace: "", actor: "", timeout: "0" });
  });

  it("names the workspace, the actor and the request to the server", async () => {
    const { rows } = await runWithTenant(contextOf(one), () =>
      pool.query(
        `SELECT current_setting('application_name') AS name, current_setting('app.actor')::jsonb AS actor,
                current_setting('app.request_id') AS request, current_user AS role`,
      ),
    );
    expect(rows[0]).toEqual({
      name: `dittofeed_workspace_${one}`,
      actor: { type: "admin", id: "tester", name: "Té'st \\" },
      request: "r-1",
      role: "dittofeed_app",
    });
  });

  it("binds a whole transaction, savepoints included, to the context it began in", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    // From here the caller's own context no longer matters: the connection is bound.
    const inside = await runWithTenant(contextOf(two), () =>
      client.query<{ n: number }>(COUNT),
    );
    expect(inside.rows[0]?.n).toBe(3);
    await client.query("SAVEPOINT s");
    await expect(client.query("SELECT 1/0")).rejects.toThrow(
      "division by zero",
    );
    await client.query("ROLLBACK TO SAVEPOINT s");
    expect((await client.query<{ n: number }>(COUNT)).rows[0]?.n).toBe(3);
    await client.query("COMMIT");
    expect((await client.query<{ n: number }>(COUNT)).rows[0]?.n).toBe(3);
    client.release();
  });

  it("answers BEGIN with BEGIN's own result", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    const begun = await client.query("BEGIN");
    expect(begun).toMatchObject({ command: "BEGIN", rows: [] });
    await client.query("ROLLBACK");
    client.release();
  });

  it("quotes hostile values in the context of a transaction", async () => {
    const hostile: TenantContext = {
      workspaceId: one,
      actor: { type: "member", id: `'); DROP TABLE public."Segment"; --` },
      requestId: `\\'; SELECT set_config('app.current_workspace_id', '${two}', true); --`,
    };
    const client = await runWithTenant(hostile, () => pool.connect());
    await client.query("BEGIN");
    const { rows } = await client.query(
      `SELECT (${COUNT}) AS n, current_setting('app.request_id') AS request`,
    );
    await client.query("COMMIT");
    client.release();
    expect(rows[0]).toEqual({ n: 3, request: hostile.requestId });
  });

  it("shows neither workspace nor actor in the text of a statement", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    const { rows: own } = await client.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    const superuser = new pg.Client({
      connectionString: env.url("superuser"),
    });
    await superuser.connect();
    await client.query("BEGIN");
    const { rows } = await superuser.query<{ query: string }>(
      "SELECT query FROM pg_stat_activity WHERE pid = $1",
      [own[0]?.pid],
    );
    await superuser.end();
    await client.query("ROLLBACK");
    client.release();
    const begun = rows[0]?.query;
    expect(begun).toContain("set_config");
    expect(begun).not.toContain(one);
    expect(begun).not.toContain("tester");
  });

  it("runs a named query without leaving its name on the connection", async () => {
    const named = () =>
      pool.query<{ n: number }>({ name: "count", text: `${COUNT} -- named` });
    await runWithTenant(contextOf(one), named);
    const { rows } = await runWithTenant(contextOf(two), () =>
      pool.query<{ names: number }>(
        "SELECT count(*)::int AS names FROM pg_prepared_statements",
      ),
    );
    expect(rows[0]?.names).toBe(0);
    expect((await runWithTenant(contextOf(two), named)).rows[0]?.n).toBe(5);
  });

  it("refuses a second statement in one text, so a spliced one cannot run", async () => {
    await expect(
      runWithTenant(contextOf(one), () =>
        pool.query(`${COUNT}; DELETE FROM public."Segment"`),
      ),
    ).rejects.toThrow(
      "cannot insert multiple commands into a prepared statement",
    );
    expect(await countAs(one)).toBe(3);
  });

  it("keeps the connection after a statement's error and serves the next workspace right", async () => {
    const before = await pool.connect();
    const pid = () =>
      before.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const { rows: first } = await pid();
    before.release();
    await expect(
      runWithTenant(contextOf(one), () => pool.query("SELECT 1/0")),
    ).rejects.toThrow();
    expect(await countAs(two)).toBe(5);
    const { rows: second } = await pool.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    expect(second).toEqual(first);
  });

  it("destroys a connection that comes back inside a transaction", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    await client.query("BEGIN");
    await client.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, 'left', '{}')`,
      [one],
    );
    client.release();
    expect(await countAs(one)).toBe(3);
    expect(await countAs(two)).toBe(5);
  });

  it("destroys a connection that comes back while its BEGIN is under way, so that the next workspace is not in it", async () => {
    await runWithTenant(contextOf(one), async () => {
      const client = await pool.connect();
      const begun = client.query("BEGIN");
      client.release();
      await begun.catch(() => undefined);
    });
    const seen = runWithTenant(contextOf(two), async () =>
      pool.query<{ workspaceId: string }>(
        'SELECT "workspaceId" FROM public."Segment"',
      ),
    );
    const { rows } = await seen;
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ workspaceId }) => workspaceId !== two)).toEqual([]);
  });

  it.each(["COMMIT AND CHAIN", "ROLLBACK /* and */ AND CHAIN"])(
    "sets the context anew in the transaction that %s begins, whatever the login",
    async (chain) => {
      const superuser = poolAt(env.url("superuser"));
      await runWithTenant(contextOf(one), async () => {
        const client = await superuser.connect();
        await client.query("BEGIN");
        await client.query(chain);
        const streamed: unknown[] = [];
        const stream = client.query(
          new QueryStream('SELECT "workspaceId" FROM public."Segment"'),
        );
        for await (const row of stream) {
          streamed.push(row);
        }
        expect(streamed.length).toBeGreaterThan(0);
        for (const row of streamed) {
          expect(row).toEqual({ workspaceId: one });
        }
        await client.query(chain);
        const sees = async () =>
          (
            await client.query<{ workspaceId: string; role: string }>(
              'SELECT "workspaceId", current_user::text AS role FROM public."Segment"',
            )
          ).rows;
        const first = await sees();
        expect(first.length).toBeGreaterThan(0);
        for (const row of [...first, ...(await sees())]) {
          expect(row).toEqual({ workspaceId: one, role: "dittofeed_app" });
        }
        await client.query("ROLLBACK");
        client.release();
      });
      await superuser.end();
    },
  );

  it("keeps the context over ROLLBACK TO a savepoint, also when it was set within", async () => {
    await runWithTenant(contextOf(one), async () => {
      const client = await pool.connect();
      await client.query("BEGIN");
      await client.query("COMMIT AND CHAIN");
      await client.query("SAVEPOINT a");
      await expect(client.query("SELECT 1 / 0")).rejects.toThrow();
      await client.query("ROLLBACK TO SAVEPOINT a");
      expect(
        (await client.query<{ n: number }>(COUNT)).rows[0]?.n,
      ).toBeGreaterThan(0);
      await client.query("COMMIT");
      client.release();
    });
  });

  it("refuses a stream behind a statement that may end its transaction", async () => {
    const superuser = poolAt(env.url("superuser"));
    await runWithTenant(contextOf(one), async () => {
      const client = await superuser.connect();
      await client.query("BEGIN");
      const committed = client.query("COMMIT");
      expect(() =>
        client.query(
          new QueryStream('SELECT "workspaceId" FROM public."Segment"'),
        ),
      ).toThrow(StreamNeedsTransaction);
      await committed;
      client.release();
    });
    await superuser.end();
  });

  it("refuses a connection that was released, in each form of query()", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    client.release();
    client.release();
    await expect(client.query(COUNT)).rejects.toBeInstanceOf(
      ConnectionReleased,
    );
    const viaCallback = await new Promise((resolve) => {
      client.query(COUNT, (error) => resolve(error));
    });
    expect(viaCallback).toBeInstanceOf(ConnectionReleased);
    expect(() =>
      client.query(new PlainQuery({ text: COUNT }, [], () => undefined)),
    ).toThrow(ConnectionReleased);
  });

  it("lets a stream run inside a transaction only", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    const stream = (done: (rows: unknown) => void) =>
      new PlainQuery({ text: COUNT }, [], (error, result) =>
        done(error ?? result),
      );
    expect(() => client.query(stream(() => undefined))).toThrow(
      StreamNeedsTransaction,
    );
    await client.query("BEGIN");
    const result = await new Promise((resolve) => {
      void client.query(stream(resolve));
    });
    expect(result).toMatchObject({ rows: [{ n: 3 }] });
    await client.query("COMMIT");
    client.release();
  });

  it("serves callers with callbacks as well", async () => {
    const rows = await new Promise((resolve, reject) => {
      runWithTenant(contextOf(two), () => {
        pool.query(COUNT, (error: Error | undefined, result: pg.QueryResult) =>
          error === undefined ? resolve(result.rows) : reject(error),
        );
      });
    });
    expect(rows).toEqual([{ n: 5 }]);
    const viaConnect = await new Promise((resolve, reject) => {
      runWithTenant(contextOf(one), () => {
        pool.connect((error, client, done) => {
          if (error !== undefined || client === undefined) {
            reject(error ?? new Error("no client"));
            return;
          }
          client.query(
            COUNT,
            (failure: Error | null, result: pg.QueryResult) => {
              done();
              resolve(failure ?? result.rows);
            },
          );
        });
      });
    });
    expect(viaConnect).toEqual([{ n: 3 }]);
  });

  it("calls back in the caller's own context, not in that of whoever opened the connection", async () => {
    const fresh = poolAt(env.url("dittofeed_app"));
    await runWithTenant(contextOf(one), () => fresh.query("SELECT 1"));
    const inContextOfTwo = (ask: (done: () => void) => void) =>
      new Promise((resolve) => {
        runWithTenant(contextOf(two), () =>
          ask(() => resolve(currentTenant()?.workspaceId)),
        );
      });
    expect(await inContextOfTwo((done) => fresh.query(COUNT, done))).toBe(two);
    const client = await runWithTenant(contextOf(one), () => fresh.connect());
    expect(await inContextOfTwo((done) => client.query(COUNT, done))).toBe(two);
    client.release();
    await fresh.end();
  });

  it("refuses on its own connection what needs one that is lent, and gives that connection back", async () => {
    const stream = new PlainQuery({ text: COUNT }, [], () => undefined);
    const ask: unknown = Reflect.get(pool, "query");
    const refusalOf = async (query: unknown): Promise<unknown> =>
      typeof ask === "function" ? Reflect.apply(ask, pool, [query]) : undefined;
    await expect(refusalOf(stream)).rejects.toBeInstanceOf(
      StreamNeedsTransaction,
    );
    await expect(refusalOf(5)).rejects.toBeInstanceOf(TypeError);
    await pool.query("BEGIN"); // must not stay open for the next
    expect(await countAs(two)).toBe(5);
    expect(pool.figures()).toMatchObject({ active: 0 });
  });

  it("gives the connection back when the settings cannot be had", async () => {
    const sealless = new TenantConnectionPool({
      connectionString: env.url("dittofeed_app"),
      max: 1,
      role: "dittofeed_app",
      seal: () => {
        throw new Error("no key");
      },
      unitOfWork: () => ({ workspaceId: one, context: undefined }),
    });
    await expect(sealless.query(COUNT)).rejects.toThrow("no key");
    await expect(sealless.query(COUNT)).rejects.toThrow("no key");
    expect(sealless.figures()).toMatchObject({ active: 0, queued: 0 });
    await sealless.end();
  });

  it("fails closed when the context cannot be set", async () => {
    const broken = new TenantConnectionPool({
      connectionString: env.url("dittofeed_app"),
      max: 1,
      role: "dittofeed_system", // which this login may not become
      unitOfWork: () => ({ workspaceId: one, context: undefined }),
    });
    await expect(broken.query(COUNT)).rejects.toThrow(
      "permission denied to set role",
    );
    const client = await broken.connect();
    await expect(client.query("BEGIN")).rejects.toThrow(
      "permission denied to set role",
    );
    // Drizzle would now forget the connection: it has to be back already, and usable by the next.
    const next = await broken.connect();
    next.release();
    await broken.end();
  });

  it("takes the role on when the login is another", async () => {
    const asSuperuser = poolAt(env.url("superuser"));
    const { rows } = await runWithTenant(contextOf(one), () =>
      asSuperuser.query(
        `SELECT (${COUNT}) AS n, current_user AS role, session_user AS login`,
      ),
    );
    await asSuperuser.end();
    expect(rows[0]).toMatchObject({ n: 3, role: "dittofeed_app" });
    expect(rows[0]).not.toMatchObject({ login: "dittofeed_app" });
  });

  it("means UTC by now(), whatever zone the database is set to", async () => {
    const name = new URL(env.url("superuser")).pathname.slice(1);
    await env.owner.query(
      `ALTER DATABASE "${name}" SET timezone = 'Pacific/Auckland'`,
    );
    const fresh = poolAt(env.url("dittofeed_app"));
    const { rows } = await runWithTenant(contextOf(one), () =>
      fresh.query<{ ms: number }>(
        "SELECT abs(extract(epoch FROM now()::timestamp - (now() AT TIME ZONE 'UTC')))::int AS ms",
      ),
    );
    await fresh.end();
    await env.owner.query(`ALTER DATABASE "${name}" RESET timezone`);
    expect(rows[0]?.ms).toBe(0);
  });

  it("cancels a statement that takes too long and goes on", async () => {
    const impatient = poolAt(env.url("dittofeed_app"), 1, 50);
    await expect(
      runWithTenant(contextOf(one), () =>
        impatient.query("SELECT pg_sleep(5)"),
      ),
    ).rejects.toThrow("statement timeout");
    const { rows } = await runWithTenant(contextOf(two), () =>
      impatient.query<{ n: number }>(COUNT),
    );
    await impatient.end();
    expect(rows[0]?.n).toBe(5);
  });

  it("survives the loss of a backend, also an idle one", async () => {
    const victim = poolAt(env.url("dittofeed_app"), 1);
    const kill = async () => {
      const { rows } = await victim.query<{ pid: number }>(
        "SELECT pg_backend_pid() AS pid",
      );
      const killer = new pg.Client({ connectionString: env.url("superuser") });
      await killer.connect();
      await killer.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
      // Below, the victim ends itself: in this file's own database it may.
      await killer.query(
        "GRANT EXECUTE ON FUNCTION pg_terminate_backend TO dittofeed_app",
      );
      await killer.end();
    };
    await kill();
    await expect
      .poll(() =>
        runWithTenant(contextOf(one), () =>
          victim.query<{ n: number }>(COUNT),
        ).then(
          ({ rows }) => rows[0]?.n,
          () => "lost",
        ),
      )
      .toBe(3);
    await expect(
      victim.query("SELECT pg_terminate_backend(pg_backend_pid())"),
    ).rejects.toThrow();
    expect(
      (
        await runWithTenant(contextOf(two), () =>
          victim.query<{ n: number }>(COUNT),
        )
      ).rows[0]?.n,
    ).toBe(5);
    await victim.end();
  });

  it("announces each query with its workspace, duration and outcome", async () => {
    const heard: unknown[] = [];
    const listener = (event: object) => heard.push(event);
    tenantEvents.on("query", listener);
    await countAs(one);
    await expect(
      runWithTenant(contextOf(two), () => pool.query("SELECT 1/0")),
    ).rejects.toThrow();
    tenantEvents.off("query", listener);
    expect(heard).toMatchObject([
      { workspaceId: one, failed: false },
      { workspaceId: two, failed: true },
    ]);
  });

  it("refuses what is no query at all", async () => {
    const client = await runWithTenant(contextOf(one), () => pool.connect());
    const query: unknown = Reflect.get(client, "query");
    expect(() => {
      if (typeof query === "function") {
        Reflect.apply(query, client, [5]);
      }
    }).toThrow(TypeError);
    client.release();
  });

  it("pings without any workspace, and says when it cannot", async () => {
    await expect(pool.ping()).resolves.toBeUndefined();
    const nowhere = poolAt("postgres://nobody@127.0.0.1:1/none");
    await expect(nowhere.ping()).rejects.toThrow();
    await nowhere.end();
  });
});

describe("the wire", () => {
  let tap: WireTap;
  let pool: TenantConnectionPool;
  let workspaceId: string;

  beforeAll(async () => {
    tap = await tapWire(env.url("dittofeed_app"));
    pool = poolAt(tap.url);
    workspaceId = await env.createWorkspace();
    await pool.query("SELECT 1"); // the connection itself
    tap.take();
  });

  afterAll(async () => {
    await pool.end();
    await tap.close();
  });

  it("carries a tenant query and its context in one round trip", async () => {
    await runWithTenant(contextOf(workspaceId), () =>
      pool.query('SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1', [
        workspaceId,
      ]),
    );
    // context: Parse Bind Execute; query: Parse Bind Describe Execute; and one Sync for both.
    expect(tap.take()).toEqual({ roundTrips: 1, messages: "PBEPBDES" });
  });

  it("carries the context of a transaction with its BEGIN", async () => {
    const client = await runWithTenant(contextOf(workspaceId), () =>
      pool.connect(),
    );
    await client.query("BEGIN");
    await client.query("SELECT 1");
    await client.query("COMMIT");
    client.release();
    expect(tap.take()).toEqual({
      roundTrips: 3,
      messages: "PBEPBESPBDESPBDES",
    });
  });

  it("sends the same context statement for every workspace: values are bound", async () => {
    const other = randomUUID();
    await Promise.all(
      [workspaceId, other].map((id) =>
        runWithTenant(contextOf(id), () => pool.query("SELECT 1")),
      ),
    );
    expect(tap.take()).toEqual({ roundTrips: 2, messages: "PBEPBDESPBEPBDES" });
  });
});
