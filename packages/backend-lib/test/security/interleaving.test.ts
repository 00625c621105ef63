// Requests of many workspaces, interleaved over few connections while everything goes wrong: not one row of another workspace
// is seen or written. ISOLATION_OPERATIONS sets how many (100,000), ISOLATION_SEED repeats a run. The engine is soak.ts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TenantConnectionPool } from "../../src/multitenancy/connectionPool";
import {
  currentTenant,
  runWithTenant,
} from "../../src/multitenancy/tenantContext";
import { useTenantEnv } from "../tenantEnv";
import { reportSuite } from "./report";
import { OWN_ROWS, runSoak } from "./soak";
import { OPERATIONS } from "./soak/operations";

const WORKSPACES = 50;
const CONNECTIONS = 5;
const OPERATION_COUNT = Number(process.env.ISOLATION_OPERATIONS ?? 100_000);
const SEED = Number(process.env.ISOLATION_SEED ?? Date.now() % 1_000_000);
/** From here on each kind of operation is sure to occur. */
const ENOUGH_FOR_EVERY_KIND = 10_000;
/** A generous bound for one operation on a busy machine. */
const TIMEOUT_MS = 120_000 + OPERATION_COUNT * 5;

const env = useTenantEnv();

async function countWrong(workspaces: readonly string[]): Promise<number> {
  const { rows } = await env.owner.query<{ wrong: number }>(
    `SELECT (SELECT count(*) FROM public."SubscriptionGroup"
              WHERE NOT ("workspaceId" = ANY ($1::uuid[])) OR NOT starts_with("name", "workspaceId"::text))::int
          + (SELECT count(*) FROM (SELECT FROM public."Segment" GROUP BY "workspaceId" HAVING count(*) <> $2) AS changed)::int AS wrong`,
    [workspaces, OWN_ROWS],
  );
  return rows[0]?.wrong ?? 1;
}

describe(`${OPERATION_COUNT} interleaved requests of ${WORKSPACES} workspaces over ${CONNECTIONS} connections (seed ${SEED})`, () => {
  it(
    "leak nothing",
    async () => {
      const startedAt = performance.now();
      const workspaces: string[] = [];
      for (let i = 0; i < WORKSPACES; i += 1) {
        workspaces.push(await env.createWorkspace());
      }
      await env.owner.query(
        `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
         SELECT w, 'segment ' || n, '{}'::jsonb FROM unnest($1::uuid[]) AS w, generate_series(1, $2::int) AS n`,
        [workspaces, OWN_ROWS],
      );

      const result = await runSoak({
        url: env.url("dittofeed_app"),
        superuserUrl: env.url("superuser"),
        workspaces,
        operations: OPERATION_COUNT,
        seed: SEED,
        connections: CONNECTIONS,
        onProgress: (done, leaks) => {
          if (process.env.ISOLATION_PROGRESS !== undefined) {
            process.stderr.write(
              `soak: ${done} of ${OPERATION_COUNT} operations, ${leaks} leaks\n`,
            );
          }
        },
      });

      const wrong = await countWrong(workspaces);
      const leaks =
        wrong === 0
          ? result.leaks
          : [...result.leaks, `${wrong} rows were written to the wrong place`];
      reportSuite({
        suite: "soak",
        tried: result.done,
        checks: result.checks,
        leaks,
        milliseconds: performance.now() - startedAt,
        seed: SEED,
      });
      expect(leaks).toEqual([]);
      const done = Object.values(result.done);
      expect(done.reduce((sum, n) => sum + n, 0)).toBe(OPERATION_COUNT);
      expect(result.checks).toBeGreaterThan(OPERATION_COUNT);
      expect(result.connections).toBeLessThanOrEqual(CONNECTIONS);
      if (OPERATION_COUNT >= ENOUGH_FOR_EVERY_KIND) {
        expect(Object.keys(result.done).sort()).toEqual(
          Object.keys(OPERATIONS).sort(),
        );
      }
    },
    TIMEOUT_MS,
  );
});
describe("any short sequence of units", () => {
  it("leaves the connection clean for the next workspace", async () => {
    const [one, two] = [
      await env.createWorkspace(),
      await env.createWorkspace(),
    ];
    const pool = new TenantConnectionPool({
      connectionString: env.url("dittofeed_app"),
      max: 1,
      role: "dittofeed_app",
      unitOfWork: () => ({
        workspaceId: currentTenant()?.workspaceId ?? null,
        context: currentTenant(),
      }),
    });
    const CURRENT =
      "SELECT current_setting('app.current_workspace_id', true) AS id";
    const step = fc.record({
      workspaceId: fc.constantFrom(one, two),
      statements: fc.array(
        fc.constantFrom(
          "BEGIN",
          "COMMIT",
          "ROLLBACK",
          "SELECT 1 / 0",
          CURRENT,
          "SAVEPOINT a",
          "ROLLBACK TO SAVEPOINT a",
        ),
        { maxLength: 6 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        async (steps) => {
          for (const { workspaceId, statements } of steps) {
            const run = async () => {
              const client = await pool.connect();
              for (const statement of statements) {
                await client.query<{ id: string }>(statement).then(
                  ({ rows }) => {
                    if (statement === CURRENT) {
                      expect(rows[0]?.id).toBe(workspaceId);
                    }
                  },
                  () => undefined, // the statement's own error is not at issue here
                );
              }
              client.release();
            };
            await runWithTenant(
              {
                workspaceId,
                actor: { type: "admin", id: "p" },
                requestId: "p",
              },
              run,
            );
            expect(
              (await pool.query<{ id: string }>(CURRENT)).rows[0]?.id,
            ).toBe("");
          }
        },
      ),
      { numRuns: 150 },
    );
    await pool.end();
  });
});
