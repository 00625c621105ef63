// Isolation behind PgBouncer in transaction mode, where a connection of ours is another connection to the server in each
// transaction: many clients share a few, and what one leaves there the next one finds. ISOLATION_SEED repeats a run.

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TenantConnectionPool } from "../../src/multitenancy/connectionPool";
import {
  currentTenant,
  runWithTenant,
} from "../../src/multitenancy/tenantContext";
import { hasPgBouncer, throughPgBouncer, usePgBouncer } from "../pgBouncer";
import { useTenantEnv } from "../tenantEnv";
import { OWN_ROWS, runSoak } from "./soak";

const WORKSPACES = 20;
const CLIENTS = 20;
/** As many as the pooler has to the server: see test/globalSetup.ts. */
const SERVER_CONNECTIONS = 3;
const OPERATIONS = 5_000;
const SEED = Number(process.env.ISOLATION_SEED ?? Date.now() % 1_000_000);

const READ = 'SELECT "workspaceId" FROM public."Segment"';

/** What a session has that outlives a transaction; a statement must find all of it as the login's session began. */
const SESSION = `
  SELECT coalesce(current_setting('app.current_workspace_id', true), '') AS workspace,
         coalesce(current_setting('app.actor', true), '') AS actor,
         coalesce(current_setting('app.request_id', true), '') AS request,
         current_setting('application_name') AS application,
         current_setting('statement_timeout') AS timeout,
         current_setting('TimeZone') AS zone,
         current_setting('role') AS role,
         (SELECT count(*)::int FROM pg_catalog.pg_prepared_statements) AS statements,
         (SELECT count(*)::int FROM pg_catalog.pg_cursors) AS cursors,
         (SELECT count(*)::int FROM public."Segment") AS rows`;

interface Seen {
  workspaceId: string;
}

const env = useTenantEnv();
usePgBouncer(env);

describe.skipIf(!hasPgBouncer())(
  `${CLIENTS} clients over ${SERVER_CONNECTIONS} server connections of PgBouncer (seed ${SEED})`,
  () => {
    const workspaces: string[] = [];
    const pools: pg.Pool[] = [];
    let url = "";

    const openPool = (options: pg.PoolConfig = {}) => {
      const pool = new TenantConnectionPool({
        connectionString: url,
        max: CLIENTS,
        role: "dittofeed_app",
        statementTimeoutMs: 12_345,
        unitOfWork: () => ({
          workspaceId: currentTenant()?.workspaceId ?? null,
          context: currentTenant(),
        }),
        ...options,
      });
      pools.push(pool);
      return pool;
    };

    const inWorkspace = <T>(workspaceId: string, work: () => Promise<T>) =>
      runWithTenant(
        {
          workspaceId,
          actor: { type: "admin", id: "pooled" },
          requestId: "pooled",
        },
        work,
      );

    /** The sessions of all of the pooler's connections to the server, seen at once: each is held by a transaction. */
    const sessions = async (): Promise<unknown[]> => {
      const clients = Array.from(
        { length: SERVER_CONNECTIONS },
        () => new pg.Client({ connectionString: url }),
      );
      const pids = new Set<number>();
      const seen: unknown[] = [];
      try {
        for (const client of clients) {
          await client.connect();
          await client.query("BEGIN");
          const { rows } = await client.query<{ pid: number }>(
            "SELECT pg_backend_pid() AS pid",
          );
          pids.add(rows[0]?.pid ?? 0);
          seen.push((await client.query(SESSION)).rows[0]);
          await client.query("SAVEPOINT held");
        }
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
      expect(pids.size).toBe(SERVER_CONNECTIONS);
      return seen;
    };

    let expectedSession: unknown;

    /** A session that nobody has used. */
    const fresh = async (): Promise<unknown> => {
      const client = new pg.Client({
        connectionString: env.url("dittofeed_app"),
      });
      await client.connect();
      const { rows } = await client.query(SESSION);
      await client.end();
      return rows[0];
    };

    const expectClean = async () => {
      expect(await sessions()).toEqual(
        Array.from({ length: SERVER_CONNECTIONS }, () => expectedSession),
      );
    };

    beforeAll(async () => {
      url = throughPgBouncer(env.url("dittofeed_app"));
      for (let i = 0; i < WORKSPACES; i += 1) {
        workspaces.push(await env.createWorkspace());
      }
      await env.owner.query(
        `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
         SELECT w, 'segment ' || n, '{}'::jsonb FROM unnest($1::uuid[]) AS w, generate_series(1, $2::int) AS n`,
        [workspaces, OWN_ROWS],
      );
      expectedSession = await fresh();
    });

    afterAll(() => Promise.all(pools.map((pool) => pool.end())));

    it("leak nothing, whatever fails, and leave the server's sessions as they began", async () => {
      const result = await runSoak({
        url,
        superuserUrl: env.url("superuser"),
        workspaces,
        operations: OPERATIONS,
        seed: SEED,
        connections: CLIENTS,
      });
      expect(result.leaks).toEqual([]);
      expect(result.checks).toBeGreaterThan(OPERATIONS);
      await expectClean();
    }, 120_000);

    it("share the server's connections: this is transaction mode", async () => {
      const pool = openPool();
      const pids = await Promise.all(
        Array.from({ length: CLIENTS }, (_, at) =>
          inWorkspace(workspaces[at % WORKSPACES] ?? "", async () => {
            const { rows } = await pool.query<{ pid: number }>(
              "SELECT pg_backend_pid() AS pid, pg_sleep(0.01)",
            );
            return rows[0]?.pid;
          }),
        ),
      );
      expect(pool.totalCount).toBe(CLIENTS);
      expect(new Set(pids).size).toBeLessThanOrEqual(SERVER_CONNECTIONS);
    });

    it("bring their settings along to whichever connection they get", async () => {
      const pool = openPool();
      await Promise.all(
        workspaces.map((workspaceId) =>
          inWorkspace(workspaceId, async () => {
            const { rows } = await pool.query(
              `SELECT current_setting('application_name') AS application, current_setting('statement_timeout') AS timeout,
                      current_setting('TimeZone') AS zone, current_setting('app.current_workspace_id') AS id`,
            );
            expect(rows).toEqual([
              {
                application: `dittofeed_workspace_${workspaceId}`,
                timeout: "12345ms",
                zone: "UTC",
                id: workspaceId,
              },
            ]);
          }),
        ),
      );
      await expectClean();
    });

    it("never name a prepared statement, not even when asked to", async () => {
      const pool = openPool();
      await Promise.all(
        workspaces.map((workspaceId) =>
          inWorkspace(workspaceId, async () => {
            const named = { name: "segments", text: READ };
            await pool.query(named);
            await pool.query(named);
          }),
        ),
      );
      await expectClean();
    });

    it("leave no transaction behind when the client goes in the middle of one", async () => {
      const pool = openPool({ max: SERVER_CONNECTIONS });
      await Promise.all(
        workspaces.slice(0, SERVER_CONNECTIONS).map((workspaceId) =>
          inWorkspace(workspaceId, async () => {
            const client = await pool.connect();
            await client.query("BEGIN");
            await client.query(
              "SELECT set_config('statement_timeout', '77', true), set_config('TimeZone', 'Asia/Tokyo', true)",
            );
            client.release();
          }),
        ),
      );
      await expectClean();
    });

    it("would leak with settings of the session instead: the same steps, the usual mistake", async () => {
      const [mine = "", theirs = ""] = workspaces;
      const [one, two] = [1, 2].map(
        () => new pg.Client({ connectionString: url }),
      );
      if (one === undefined || two === undefined) {
        throw new Error("two clients");
      }
      const bind = (client: pg.Client, workspaceId: string) =>
        client.query(
          "SELECT set_config('app.current_workspace_id', $1, false)",
          [workspaceId],
        );
      const foreign = ({ rows }: pg.QueryResult<Seen>) =>
        rows.filter(({ workspaceId }) => workspaceId !== mine).length;
      try {
        await one.connect();
        await two.connect();
        await bind(one, mine);
        await bind(two, theirs);
        expect(foreign(await one.query<Seen>(READ))).toBe(OWN_ROWS);

        const ours = openPool();
        const read = () => ours.query<Seen>(READ);
        await inWorkspace(mine, read);
        await inWorkspace(theirs, read);
        expect(foreign(await inWorkspace(mine, read))).toBe(0);
        // A unit without a context brings along that it has none.
        expect((await read()).rows).toEqual([]);
      } finally {
        await one.query("RESET ALL");
        await Promise.all([one.end(), two.end()]);
      }
      await expectClean();
    });
  },
);
