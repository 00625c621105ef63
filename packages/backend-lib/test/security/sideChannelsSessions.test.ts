import { randomUUID } from "node:crypto";

import { type SQL, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";

import { databaseError, db } from "../../src/db";
import { useTenantEnv } from "../tenantEnv";

// Workspaces take turns on one connection. What one leaves on it, by whatever SQL, must not show the next one a row.

const env = useTenantEnv();
let one: string;
let two: string;

const OF_WHOM = sql`SELECT DISTINCT "workspaceId" AS "of" FROM public."Segment"`;

beforeAll(async () => {
  one = await env.createWorkspace();
  two = await env.createWorkspace();
  for (const workspaceId of [one, two]) {
    await env.owner.query(
      `INSERT INTO public."Segment" ("workspaceId", "name", "definition") VALUES ($1, 's', '{}')`,
      [workspaceId],
    );
  }
});

const run = (workspaceId: string, statement: SQL) =>
  env.as(workspaceId, async () => (await db().execute(statement)).rows);
const outcome = (workspaceId: string, statement: SQL) =>
  run(workspaceId, statement).catch(
    (error: unknown) => databaseError(error)?.code,
  );
/** One after the other, so that the pool hands the one connection on. */
const sessionOf = async (workspaceId: string) =>
  (await run(workspaceId, sql`SELECT pg_backend_pid() AS pid`))[0]?.pid;

describe("what one workspace leaves on a connection", () => {
  it("is left to the next one: both work on the same session", async () => {
    expect(await sessionOf(one)).toBe(await sessionOf(two));
  });

  it("as a prepared statement shows the next one its own rows", async () => {
    await run(one, sql`PREPARE left_behind AS ${OF_WHOM}`);
    expect(await run(one, sql`EXECUTE left_behind`)).toEqual([{ of: one }]);
    expect(await run(two, sql`EXECUTE left_behind`)).toEqual([{ of: two }]);
    await run(one, sql`DEALLOCATE left_behind`);
  });

  it("as a cursor ends with the unit of work", async () => {
    await env.as(one, () =>
      db().transaction(async (tx) => {
        await tx.execute(sql`DECLARE left_behind CURSOR FOR ${OF_WHOM}`);
      }),
    );
    // invalid_cursor_name
    expect(await outcome(two, sql`FETCH ALL FROM left_behind`)).toBe("34000");
    // By itself it is refused, or ends with the statement, as the version has it.
    await outcome(one, sql`DECLARE left_behind CURSOR FOR ${OF_WHOM}`);
    expect(await outcome(two, sql`FETCH ALL FROM left_behind`)).toBe("34000");
  });

  it("as a context for the whole session is overruled by the next one's own", async () => {
    await run(
      one,
      sql`SELECT set_config('app.current_workspace_id', ${one}, false)`,
    );
    expect(await run(two, OF_WHOM)).toEqual([{ of: two }]);
    await run(
      one,
      sql`SELECT set_config('app.current_workspace_id', '', false)`,
    );
  });

  it("as a search_path makes the next one fail at the most", async () => {
    await run(one, sql`SELECT set_config('search_path', 'nowhere', false)`);
    expect(await run(two, OF_WHOM)).toEqual([{ of: two }]);
    // undefined_table, where nothing else sets the path
    expect([[{ of: two }], "42P01"]).toContainEqual(
      await outcome(two, sql`SELECT "workspaceId" AS "of" FROM "Segment"`),
    );
    await run(one, sql`SELECT set_config('search_path', 'public', false)`);
  });

  it("as a transaction that was never ended is gone", async () => {
    await run(one, sql`BEGIN`).catch(() => undefined);
    expect(await run(two, OF_WHOM)).toEqual([{ of: two }]);
  });

  // Stays open: such a cursor keeps what one workspace has read, for whoever knows its name on this session. Both sides
  // would have to run SQL of their own; nothing of ours declares one.
  it("as a cursor WITH HOLD is there for the next one, so nothing of ours may declare one", async () => {
    const name = `held_${randomUUID().replaceAll("-", "")}`;
    await run(
      one,
      sql`DECLARE ${sql.raw(name)} CURSOR WITH HOLD FOR ${OF_WHOM}`,
    );
    const fetched = await outcome(two, sql`FETCH ALL FROM ${sql.raw(name)}`);
    await run(one, sql`CLOSE ${sql.raw(name)}`);
    expect(fetched).toEqual([{ of: one }]);
  });
});
