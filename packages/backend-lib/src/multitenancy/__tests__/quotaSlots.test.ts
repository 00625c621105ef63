// The slots of a counter (migrations 012, 015 and 016): what all of them may still give away never exceeds what the limit leaves. Steps of
// two sessions, one after the other; random ones, in any order and with kills, are the stress of test/quotas.

import pg from "pg";
import { expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";

const env = useTenantEnv();

async function setLimit(workspaceId: string, amount: number): Promise<void> {
  await env.owner.query(
    `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'broadcasts', 'limit', $2)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [workspaceId, amount],
  );
}

/** Broadcasts: of the others the bytes are waited for first. */
const ADD = `INSERT INTO public."Broadcast" ("workspaceId", "name", "updatedAt") SELECT $1, 'b' || gen_random_uuid(), now() FROM generate_series(1, $2)`;
const add = (
  client: Pick<pg.ClientBase, "query">,
  workspaceId: string,
  count = 1,
) => client.query(ADD, [workspaceId, count]);

async function slotsOf(
  workspaceId: string,
): Promise<{ slots: number; used: number; room: number }> {
  const { rows } = await env.owner.query<{
    slots: number;
    used: number;
    room: number;
  }>(
    `SELECT count(*)::int AS slots, sum("used")::int AS used, sum("room")::int AS room FROM public."WorkspaceUsage"
      WHERE "workspaceId" = $1 AND "resourceType" = 'broadcasts'`,
    [workspaceId],
  );
  return rows[0] ?? { slots: 0, used: 0, room: 0 };
}

const isRefused = (work: Promise<unknown>) =>
  expect(work).rejects.toMatchObject({ code: "QT429" });

async function pidOf(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pg_backend_pid() AS pid",
  );
  return rows[0]?.pid ?? 0;
}

/** Until the session waits for another one. */
const toWait = (pid: number) =>
  expect
    .poll(async () => {
      const { rows } = await env.owner.query<{ blockers: number }>(
        "SELECT cardinality(pg_blocking_pids($1)) AS blockers",
        [pid],
      );
      return rows[0]?.blockers;
    })
    .toBe(1);

/** A session whose own slot would not be the first one. */
async function ofAnotherSlot(): Promise<{
  client: pg.PoolClient;
  pid: number;
}> {
  const client = await env.owner.connect();
  const pid = await pidOf(client);
  if (pid % 64 !== 0) {
    return { client, pid };
  }
  client.release(true); // its place is taken by a new one
  return ofAnotherSlot();
}

it("what is deleted above a lowered limit makes no room until usage is below it", async () => {
  const workspaceId = await env.createWorkspace();
  await add(env.owner, workspaceId, 10);
  await setLimit(workspaceId, 5);
  const remove = (count: number) =>
    env.owner.query(
      'DELETE FROM public."Broadcast" WHERE "id" IN (SELECT "id" FROM public."Broadcast" WHERE "workspaceId" = $1 LIMIT $2)',
      [workspaceId, count],
    );
  await remove(1);
  await isRefused(add(env.owner, workspaceId));
  await remove(4);
  await isRefused(add(env.owner, workspaceId));
  await remove(1);
  await add(env.owner, workspaceId);
  await isRefused(add(env.owner, workspaceId));
  expect(await slotsOf(workspaceId)).toMatchObject({ used: 5, room: 0 });
});

it("who has to wait makes a slot of its own, of the room of the one waited for and no more", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, 1000);
  await add(env.owner, workspaceId);
  // Up to, and not onto, the first threshold.
  expect(await slotsOf(workspaceId)).toEqual({
    slots: 1,
    used: 1,
    room: 798,
  });
  const first = await env.owner.connect();
  const second = await ofAnotherSlot();
  try {
    await first.query("BEGIN");
    await add(first, workspaceId);
    const waiting = add(second.client, workspaceId);
    await toWait(second.pid);
    await first.query("COMMIT");
    await waiting;
  } finally {
    first.release(true);
    second.client.release(true);
  }
  expect(await slotsOf(workspaceId)).toEqual({
    slots: 2,
    used: 3,
    room: 796,
  });
  await add(env.owner, workspaceId, 997);
  await isRefused(add(env.owner, workspaceId));
  expect(await slotsOf(workspaceId)).toEqual({
    slots: 2,
    used: 1000,
    room: 0,
  });
});

it("who comes to a counter that is in slots gets one without having had to wait", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, 1000);
  await add(env.owner, workspaceId);
  const hot = (await ofAnotherSlot()).client;
  const late = (await ofAnotherSlot()).client;
  try {
    const [hotSlot, lateSlot] = [await pidOf(hot), await pidOf(late)].map(
      (pid) => pid % 64,
    );
    expect(hotSlot).not.toBe(lateSlot);
    await add(late, workspaceId); // nobody waits for anybody: one slot is enough
    expect(await slotsOf(workspaceId)).toMatchObject({ slots: 1, used: 2 });
    await env.owner.query(
      `WITH given AS (UPDATE public."WorkspaceUsage" SET "room" = "room" - 300
                       WHERE "workspaceId" = $1 AND "resourceType" = 'broadcasts' RETURNING *)
       INSERT INTO public."WorkspaceUsage" ("workspaceId", "resourceType", "period", "slot", "room")
       SELECT "workspaceId", "resourceType", "period", $2, 300 FROM given`,
      [workspaceId, hotSlot],
    );
    await add(late, workspaceId);
    expect(await slotsOf(workspaceId)).toEqual({
      slots: 3,
      used: 3,
      room: 796,
    });
    await add(late, workspaceId);
    const { rows } = await env.owner.query<{ used: number }>(
      `SELECT "used"::int AS used FROM public."WorkspaceUsage" WHERE "workspaceId" = $1 AND "resourceType" = 'broadcasts' AND "slot" = $2`,
      [workspaceId, lateSlot],
    );
    expect(rows).toEqual([{ used: 1 }]);
  } finally {
    hot.release(true);
    late.release(true);
  }
});

it("who comes while the last room is being taken is refused when it has been, and served when it was given back", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, 3);
  await add(env.owner, workspaceId, 2);
  const first = await env.owner.connect();
  const second = await ofAnotherSlot();
  try {
    for (const end of ["ROLLBACK", "COMMIT"]) {
      await first.query("BEGIN");
      await add(first, workspaceId);
      const coming = add(second.client, workspaceId);
      coming.catch(() => undefined); // looked at below
      await toWait(second.pid);
      await first.query(end);
      if (end === "ROLLBACK") {
        await coming;
        await setLimit(workspaceId, 4);
      } else {
        await isRefused(coming);
      }
    }
  } finally {
    first.release(true);
    second.client.release(true);
  }
  expect(await slotsOf(workspaceId)).toMatchObject({ used: 4, room: 0 });
});

it("of many who wait for the last room, when it is given back, one gets it", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, 2);
  await add(env.owner, workspaceId);
  const pool = new pg.Pool({
    connectionString: env.url("dittofeed_owner"),
    max: 7,
  });
  const [holder, ...clients] = await Promise.all([
    pool.connect(),
    ...Array.from({ length: 6 }, () => pool.connect()),
  ]);
  try {
    const pids = await Promise.all(clients.map(pidOf));
    for (let round = 0; round < 10; round += 1) {
      await holder.query("BEGIN");
      await add(holder, workspaceId);
      const coming = Promise.allSettled(
        clients.map((client) => add(client, workspaceId)),
      );
      await Promise.all(pids.map(toWait));
      await holder.query("ROLLBACK");
      const served = (await coming).filter(
        ({ status }) => status === "fulfilled",
      );
      expect([served.length, round]).toEqual([1, round]);
      await env.owner.query(
        'DELETE FROM public."Broadcast" WHERE "id" IN (SELECT "id" FROM public."Broadcast" WHERE "workspaceId" = $1 LIMIT 1)',
        [workspaceId],
      );
    }
  } finally {
    [holder, ...clients].forEach((client) => client.release(true));
    await pool.end();
  }
});

it("a slot that another session is about to make is done without, not waited for", async () => {
  const workspaceId = await env.createWorkspace();
  await setLimit(workspaceId, 1000);
  await add(env.owner, workspaceId);
  const make = async (client: Pick<pg.ClientBase, "query">) => {
    const { rows } = await client.query<{ taken: number }>(
      `SELECT tenancy.quota_add_slot($1, 'broadcasts', '-infinity', false, 7, 100, NULL)::int AS taken`,
      [workspaceId],
    );
    return rows[0]?.taken;
  };
  const [first, second] = [
    await env.owner.connect(),
    await env.owner.connect(),
  ];
  try {
    await first.query("BEGIN");
    expect(await make(first)).toBe(100);
    await second.query("SET lock_timeout = '1s'");
    expect(await make(second)).toBe(0);
    await first.query("ROLLBACK");
    expect(await make(second)).toBe(100);
  } finally {
    first.release(true);
    second.release(true);
  }
});
