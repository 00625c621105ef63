// What tests of the counters have in common: limits, rows, and two sessions of which one waits for the other.

import pg from "pg";
import { afterAll, beforeAll, expect } from "vitest";

import { useTenantEnv } from "../tenantEnv";

export const LIMIT = `
  INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, $3, $4)
  ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`;
export const SEGMENTS = `
  INSERT INTO public."Segment" ("workspaceId", "name", "definition")
  SELECT $1::uuid, gen_random_uuid()::text, '{}' FROM generate_series(1, $2::integer)`;
export const USERS = `
  INSERT INTO public."WorkspaceUser" ("workspaceId", "userId") SELECT $1::uuid, 'user ' || n FROM generate_series(1, $2::integer) AS n`;

export const refused = { code: "QT429" };

/** A database of its own, and what can be asked and done there. */
export function useCounters() {
  const env = useTenantEnv();
  const setLimit = (
    id: string,
    resource: string,
    amount: number | null,
    layer = "limit",
  ) => env.owner.query(LIMIT, [id, resource, layer, amount]);

  async function workspaceOf(segments: number): Promise<string> {
    const id = await env.createWorkspace();
    await setLimit(id, "segments", segments);
    return id;
  }

  async function used(id: string, resource: string, isPool = false) {
    const found = await env.owner.query<{ used: string }>(
      `SELECT coalesce(sum("used"), 0) AS used FROM public."WorkspaceUsage"
      WHERE "workspaceId" = $1 AND "resourceType" = $2 AND "isPool" = $3 AND "period" = tenancy.quota_period($2)`,
      [id, resource, isPool],
    );
    return Number(found.rows[0]?.used);
  }

  async function recount(id: string, resource: string) {
    const found = await env.owner.query<{ recorded: string; counted: string }>(
      "SELECT * FROM tenancy.quota_reconcile($1, $2)",
      [id, resource],
    );
    return found.rows[0];
  }

  const add = (
    id: string,
    count: number,
    client: Pick<pg.Client, "query"> = env.owner,
  ) => client.query(SEGMENTS, [id, count]);

  // Two sessions of their own, and a way to see that one waits for the other.
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    for (let at = 0; at < 2; at += 1) {
      const client = new pg.Client({ connectionString: env.url("superuser") });
      await client.connect();
      clients.push(client);
    }
  });
  afterAll(() => Promise.all(clients.map((client) => client.end())));

  function pair(): readonly [pg.Client, pg.Client] {
    const [first, second] = clients;
    if (first === undefined || second === undefined) {
      throw new Error("no sessions");
    }
    return [first, second];
  }

  async function untilWaiting(client: pg.Client): Promise<void> {
    const pid: unknown = Object.getOwnPropertyDescriptor(
      client,
      "processID",
    )?.value;
    await expect
      .poll(
        async () => {
          const found = await env.owner.query<{ waits: boolean }>(
            "SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits",
            [pid],
          );
          return found.rows[0]?.waits;
        },
        { timeout: 10_000, interval: 20 },
      )
      .toBe(true);
  }

  return { env, setLimit, workspaceOf, used, recount, add, pair, untilWaiting };
}
