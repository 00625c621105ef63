// What is said of transactions, of many workspaces, and by those who write at the same time; and that no sum ever comes back.
// Which table says what: cacheTriggers.test.ts.

import { describe, expect, it } from "vitest";

import {
  changeOf,
  NO_CHANGE,
  NOBODY,
  useCacheChanges,
  useSessions,
} from "../../../../test/cacheChanges";
import { insertRow } from "../../../../test/rowFactory";
import { useTenantEnv } from "../../../../test/tenantEnv";
import { cachedTables } from "../../../db/cacheScopes";

const env = useTenantEnv();
const { changeBy } = useCacheChanges(env);

const session = useSessions(env);

/** A row of a table without a quota, so that no counter is waited for. */
const ADD = `INSERT INTO public."Integration" ("workspaceId", "name", "definition") SELECT $1, gen_random_uuid(), '{}'`;
const ADD_SECRET = `INSERT INTO public."Secret" ("workspaceId", "name") SELECT $1, gen_random_uuid()`;
const SUM = `SELECT sum("generation")::text AS sum FROM public."CacheGeneration"
  WHERE "workspaceId" = $1 AND "scope" = 'settings'`;
const createMany = async (count: number): Promise<string[]> => {
  const { rows } = await env.owner.query<{ id: string }>(
    `INSERT INTO public."Workspace" ("name", "updatedAt") SELECT gen_random_uuid(), now() FROM generate_series(1, $1) RETURNING "id"`,
    [count],
  );
  return rows.map(({ id }) => id);
};
const ADD_TO_ALL = `INSERT INTO public."Integration" ("workspaceId", "name", "definition")
  SELECT w, gen_random_uuid(), '{}' FROM unnest($1::uuid[]) AS w CROSS JOIN generate_series(1, 2)`;

describe("a transaction", () => {
  it("says at its commit what it changed, each once however often", async () => {
    const id = await env.createWorkspace();
    const { client } = await session();
    await client.query("BEGIN");
    expect(
      await changeBy(async () => {
        await client.query(ADD, [id]);
        await client.query(ADD, [id]);
        await client.query(ADD_SECRET, [id]);
      }),
    ).toEqual(NO_CHANGE);
    expect(await changeBy(() => client.query("COMMIT"))).toEqual(
      changeOf(`${id} settings`, `${id} access`),
    );
  });

  it("says nothing of what it took back", async () => {
    const id = await env.createWorkspace();
    const { client } = await session();
    expect(
      await changeBy(async () => {
        await client.query("BEGIN");
        await client.query(ADD, [id]);
        await client.query("ROLLBACK");
      }),
    ).toEqual(NO_CHANGE);
    expect(
      await changeBy(async () => {
        await client.query("BEGIN");
        await client.query(ADD, [id]);
        await client.query("SAVEPOINT s");
        await client.query(ADD_SECRET, [id]);
        await client.query("ROLLBACK TO s");
        await client.query("COMMIT");
      }),
    ).toEqual(changeOf(`${id} settings`));
  });

  it("says of a row that moves that both workspaces changed", async () => {
    const [from, to] = [
      await env.createWorkspace(),
      await env.createWorkspace(),
    ];
    await env.owner.query(ADD, [from]);
    expect(
      await changeBy(() =>
        env.owner.query(
          `UPDATE public."Integration" SET "workspaceId" = $2 WHERE "workspaceId" = $1`,
          [from, to],
        ),
      ),
    ).toEqual(changeOf(`${from} settings`, `${to} settings`));
  });

  /** No row of theirs goes with a workspace. */
  const NOT_WITHIN: readonly string[] = [
    "QuotaDefault",
    "Workspace",
    "WorkspaceMembeAccount",
    "WorkspaceMember",
  ];

  it("that deletes a workspace says so of all that goes with it", async () => {
    const id = await env.createWorkspace();
    const scopes = new Set<string>();
    for (const [table, said] of cachedTables()) {
      if (!NOT_WITHIN.includes(table)) {
        await insertRow(env.owner, table, id);
        said.forEach((scope) => scopes.add(scope));
      }
    }
    expect(scopes.size).toBeGreaterThan(6);
    expect(
      await changeBy(() =>
        env.owner.query(`DELETE FROM public."Workspace" WHERE "id" = $1`, [id]),
      ),
    ).toEqual(
      changeOf(
        `${NOBODY} directory`,
        ...[...scopes].map((scope) => `${id} ${scope}`),
      ),
    );
  });
});

describe("a member", () => {
  it("who is deleted is named, and each workspace that they had a role in", async () => {
    const id = await env.createWorkspace();
    const account = await insertRow(env.owner, "WorkspaceMembeAccount", id);
    const member = String(account.workspaceMemberId);
    await env.owner.query(
      `INSERT INTO public."WorkspaceMemberRole" ("workspaceId", "workspaceMemberId") VALUES ($1, $2)`,
      [id, member],
    );
    expect(
      await changeBy(() =>
        env.owner.query(
          'DELETE FROM public."WorkspaceMember" WHERE "id" = $1',
          [member],
        ),
      ),
    ).toEqual(changeOf(`${member} access`, `${id} access`));
  });
});

describe("a statement over many workspaces", () => {
  it("names each of up to a hundred, and of more says that everything changed", async () => {
    const many = await createMany(101);
    const hundred = many.slice(1);
    expect(
      await changeBy(() => env.owner.query(ADD_TO_ALL, [hundred])),
    ).toEqual(changeOf(...hundred.map((id) => `${id} settings`)));
    expect(await changeBy(() => env.owner.query(ADD_TO_ALL, [many]))).toEqual(
      changeOf(`${NOBODY} *`),
    );
  });

  it("says that everything changed when it empties a table", async () => {
    expect(
      await changeBy(() => env.owner.query(`TRUNCATE public."Integration"`)),
    ).toEqual(changeOf(`${NOBODY} *`));
  });
});

describe("writers at the same time", () => {
  it("do not wait for each other in different slots, and both count", async () => {
    const id = await env.createWorkspace();
    const first = await session();
    const second = await session({ not: first.pid % 64 });
    await first.client.query("BEGIN");
    await first.client.query(ADD, [id]);
    await second.client.query("SET lock_timeout = '2s'"); // it would wait until the test ends
    expect(await changeBy(() => second.client.query(ADD, [id]))).toEqual(
      changeOf(`${id} settings`),
    );
    expect(await changeBy(() => first.client.query("COMMIT"))).toEqual(
      changeOf(`${id} settings`),
    );
    const { rows } = await env.owner.query<{ slot: string }>(
      `SELECT "slot" FROM public."CacheGeneration" WHERE "workspaceId" = $1 AND "scope" = 'settings' ORDER BY 1`,
      [id],
    );
    expect(rows.map(({ slot }) => Number(slot))).toEqual(
      [first.pid % 64, second.pid % 64].sort((a, b) => a - b),
    );
  });
});

describe("a sum", () => {
  async function sumOf(id: string): Promise<bigint> {
    const { rows } = await env.owner.query<{ sum: string }>(SUM, [id]);
    return BigInt(rows[0]?.sum ?? -1);
  }
  const set = (id: string, generation: bigint) =>
    env.owner.query(
      'UPDATE public."CacheGeneration" SET "generation" = $2 WHERE "workspaceId" = $1',
      [id, generation.toString()],
    );

  async function clockOf(): Promise<bigint> {
    const { rows } = await env.owner.query<{ ms: string }>(
      "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS ms",
    );
    return BigInt(rows[0]?.ms ?? -1);
  }

  it("is past all that were before, when a backup was restored or everything was lost", async () => {
    const id = await env.createWorkspace();
    const { client } = await session();
    await client.query(ADD, [id]);
    await set(id, (await clockOf()) - 3_600_000n); // as of an hour ago
    const atRestore = await clockOf();
    await client.query(ADD, [id]);
    expect(await sumOf(id)).toBeGreaterThanOrEqual(atRestore);
    await env.owner.query(
      'DELETE FROM public."CacheGeneration" WHERE "workspaceId" = $1',
      [id],
    );
    const atLoss = await clockOf();
    await client.query(ADD, [id]);
    expect(await sumOf(id)).toBeGreaterThanOrEqual(atLoss);
  });

  it("grows by one when the server's clock was set back", async () => {
    const id = await env.createWorkspace();
    const { client } = await session();
    await client.query(ADD, [id]);
    const ahead = BigInt(Date.now() + 86_400_000);
    await set(id, ahead);
    await client.query(ADD, [id]);
    expect(await sumOf(id)).toBe(ahead + 1n);
  });
});

describe("tenancy.cache_forget", () => {
  const FORGET = "SELECT tenancy.cache_forget($1, $2)";

  it("lets the system role say that something changed, and nobody else", async () => {
    const id = await env.createWorkspace();
    const { client: system } = await session({ login: "dittofeed_system" });
    expect(await changeBy(() => system.query(FORGET, [id, "*"]))).toEqual(
      changeOf(`${id} *`),
    );
    for (const sql of [
      `SELECT tenancy.cache_forget('${id}', '*')`,
      `SELECT 1 FROM public."CacheGeneration"`,
      `INSERT INTO public."CacheGeneration" VALUES ('${id}', 'x', 0, 0)`,
    ]) {
      await expect(env.app.query(sql), sql).rejects.toMatchObject({
        code: "42501",
      });
    }
  });

  it("refuses a scope that could be taken for more than one word", async () => {
    await expect(
      env.owner.query(FORGET, [NOBODY, "a b"]),
    ).rejects.toMatchObject({ code: "23514" });
  });

  it("is what is left to say for whoever writes with triggers switched off", async () => {
    const id = await env.createWorkspace();
    const { client } = await session({ login: "superuser" });
    await client.query("SET session_replication_role = replica");
    expect(await changeBy(() => client.query(ADD, [id]))).toEqual(NO_CHANGE);
    expect(await changeBy(() => client.query(FORGET, [NOBODY, "*"]))).toEqual(
      changeOf(`${NOBODY} *`),
    );
  });
});
