// The counters under the statements that Postgres knows and the transactions that cross: one case for each way in which a
// counter could be passed by. Pools and what is deleted are quotaCountersPools.test.ts.

import { randomUUID } from "node:crypto";

import pg from "pg";
import { describe, expect, it } from "vitest";

import {
  LIMIT,
  refused,
  SEGMENTS,
  useCounters,
  USERS,
} from "../../../test/quotas/useCounters";

const { add, env, pair, recount, setLimit, untilWaiting, used, workspaceOf } =
  useCounters();

describe("every statement counts what it did", () => {
  it("COPY", async () => {
    const id = await workspaceOf(2);
    const rows = (count: number) =>
      Array.from({ length: count }, () => `${id}\t${randomUUID()}\t{}`).join(
        "\n",
      );
    const [client] = pair();
    const { from } = await import("pg-copy-streams");
    const copy = async (count: number) => {
      const stream = client.query(
        from(
          `COPY public."Segment" ("workspaceId", "name", "definition") FROM STDIN`,
        ),
      );
      await new Promise<void>((resolve, reject) => {
        stream.on("finish", resolve).on("error", reject);
        stream.end(`${rows(count)}\n`);
      });
    };
    await copy(2);
    expect(await used(id, "segments")).toBe(2);
    await expect(copy(1)).rejects.toMatchObject(refused);
  });

  it("MERGE, which inserts, updates and deletes at once", async () => {
    const id = await workspaceOf(3);
    await add(id, 3);
    await env.owner.query(
      `MERGE INTO public."Segment" AS s
       USING (SELECT "id", row_number() OVER (ORDER BY "id") AS n FROM public."Segment" WHERE "workspaceId" = $1
              UNION ALL SELECT gen_random_uuid(), 9) AS wish ON s."workspaceId" = $1 AND s."id" = wish."id"
       WHEN MATCHED AND wish.n = 1 THEN DELETE
       WHEN MATCHED THEN UPDATE SET "definition" = '{"longer": true}'
       WHEN NOT MATCHED THEN INSERT ("workspaceId", "name", "definition") VALUES ($1, 'merged', '{}')`,
      [id],
    );
    expect(await used(id, "segments")).toBe(3);
    for (const resource of ["segments", "storage"]) {
      const { recorded, counted } = (await recount(id, resource)) ?? {};
      expect(recorded).toBe(counted);
    }
  });

  it("several writes to one table in one statement", async () => {
    const id = await workspaceOf(3);
    await env.owner.query(
      `WITH one AS (INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, 'one', '{}'))
       INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, 'two', '{}')`,
      [id],
    );
    expect(await used(id, "segments")).toBe(2);
  });

  it("a row that moves to another workspace counts there, and is refused where there is no room", async () => {
    const [from, to] = [await workspaceOf(5), await workspaceOf(1)];
    await add(from, 2);
    const move = (count: number) =>
      env.owner.query(
        `UPDATE public."Segment" SET "workspaceId" = $2 WHERE "id" IN (
           SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1 LIMIT $3)`,
        [from, to, count],
      );
    await expect(move(2)).rejects.toMatchObject(refused);
    await move(1);
    expect([await used(from, "segments"), await used(to, "segments")]).toEqual([
      1, 1,
    ]);
  });

  it("an upsert of what is there is free at the limit", async () => {
    const id = await env.createWorkspace();
    await setLimit(id, "users", 2);
    await env.owner.query(USERS, [id, 2]);
    await env.owner.query(
      `${USERS} ON CONFLICT ("workspaceId", "userId") DO UPDATE SET "lastSeenAt" = now()`,
      [id, 2],
    );
    await expect(
      env.owner.query(`${USERS} ON CONFLICT DO NOTHING`, [id, 3]),
    ).rejects.toMatchObject(refused);
    expect(await used(id, "users")).toBe(2);
  });

  it("TRUNCATE, which tells no rows", async () => {
    const id = await workspaceOf(2);
    await add(id, 2);
    await env.owner.query(`TRUNCATE public."Segment" CASCADE`);
    expect([await used(id, "segments"), await used(id, "storage")]).toEqual([
      0, 0,
    ]);
    await add(id, 2);
  });

  it("what goes back to a savepoint was never taken", async () => {
    const id = await workspaceOf(2);
    const [client] = pair();
    await client.query("BEGIN");
    await add(id, 1, client);
    await client.query("SAVEPOINT here");
    await add(id, 1, client);
    await client.query("ROLLBACK TO here");
    await client.query("SAVEPOINT there");
    await expect(add(id, 2, client)).rejects.toMatchObject(refused);
    await client.query("ROLLBACK TO there");
    await add(id, 1, client);
    await client.query("COMMIT");
    expect(await used(id, "segments")).toBe(2);
  });
});

describe("transactions that cross", () => {
  it("at the limit one waits for the other's end: its rollback is room, its commit is none", async () => {
    const id = await workspaceOf(1);
    const [first, second] = pair();
    for (const end of ["ROLLBACK", "COMMIT"]) {
      await env.owner.query(
        `DELETE FROM public."Segment" WHERE "workspaceId" = $1`,
        [id],
      );
      await first.query("BEGIN");
      await add(id, 1, first);
      const later = add(id, 1, second).then(
        () => "taken",
        (error: unknown) =>
          error instanceof pg.DatabaseError ? error.code : "",
      );
      await untilWaiting(second);
      await first.query(end);
      expect(await later).toBe(end === "COMMIT" ? "QT429" : "taken");
    }
    expect(await used(id, "segments")).toBe(1);
  });

  it("a lowered limit waits for those who read the old one, and holds from its commit on", async () => {
    const id = await workspaceOf(100);
    await add(id, 1);
    const [first, second] = pair();
    await first.query("BEGIN");
    await add(id, 1, first);
    const lowered = second.query(LIMIT, [id, "segments", "limit", 2]);
    await untilWaiting(second);
    await first.query("COMMIT");
    await lowered;
    await expect(add(id, 1)).rejects.toMatchObject(refused);
  });

  it("what is given back above a lowered limit is no room", async () => {
    const id = await workspaceOf(10);
    await add(id, 10);
    await setLimit(id, "segments", 5);
    await env.owner.query(
      `DELETE FROM public."Segment" WHERE "workspaceId" = $1 AND "id" = (
         SELECT "id" FROM public."Segment" WHERE "workspaceId" = $1 LIMIT 1)`,
      [id],
    );
    await expect(add(id, 1)).rejects.toMatchObject(refused);
  });

  it("who comes while a limit is being lowered waits, also as the first ever", async () => {
    const id = await env.createWorkspace();
    const [first, second] = pair();
    await first.query("BEGIN");
    await first.query(LIMIT, [id, "segments", "limit", 0]);
    const taken = expect(add(id, 1, second)).rejects.toMatchObject(refused);
    await untilWaiting(second);
    await first.query("COMMIT");
    await taken;
  });

  it("a limit that was lowered in the old month holds in the new one", async () => {
    const id = await env.createWorkspace();
    await setLimit(id, "messages", 5);
    await setLimit(id, "messages", 1);
    const next = `(tenancy.month_of(now()) + interval '1 month')::date`;
    const send = (count: number) =>
      env.owner.query(
        `INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content", "period")
         SELECT $1, gen_random_uuid()::text, 'user', 'Email', '{}', ${next} FROM generate_series(1, $2::integer)`,
        [id, count],
      );
    const [first, second] = pair();
    await first.query("BEGIN");
    await first.query(LIMIT, [id, "messages", "limit", 0]);
    const late = expect(
      second.query(
        `INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content", "period")
         VALUES ($1, 'late', 'user', 'Email', '{}', ${next})`,
        [id],
      ),
    ).rejects.toMatchObject(refused);
    await untilWaiting(second);
    await first.query("COMMIT");
    await late;
    await expect(send(1)).rejects.toMatchObject(refused);
  });

  it.each(["REPEATABLE READ", "SERIALIZABLE"])(
    "%s: what an old snapshot cannot know fails, and is not wrong",
    async (level) => {
      const id = await workspaceOf(5);
      const [first] = pair();
      await first.query(`BEGIN ISOLATION LEVEL ${level}`);
      await first.query('SELECT 1 FROM public."Segment" LIMIT 1');
      await setLimit(id, "segments", 1);
      await add(id, 1);
      await expect(add(id, 1, first)).rejects.toMatchObject({ code: "40001" });
      await first.query("ROLLBACK");
      expect(await used(id, "segments")).toBe(1);
    },
  );

  it("many at once fill a limit exactly, and nobody is a victim of a deadlock", async () => {
    const id = await workspaceOf(100);
    const pool = new pg.Pool({
      connectionString: env.url("dittofeed_owner"),
      max: 16,
    });
    const outcomes = await Promise.all(
      Array.from({ length: 400 }, () =>
        pool.query(SEGMENTS, [id, 1]).then(
          () => "taken",
          (error: unknown) =>
            error instanceof pg.DatabaseError ? error.code : String(error),
        ),
      ),
    );
    await pool.end();
    const count = (what: string) =>
      outcomes.filter((each) => each === what).length;
    expect([count("taken"), count("QT429")]).toEqual([100, 300]);
    expect(await used(id, "segments")).toBe(100);
  });
});
