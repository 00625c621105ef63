// Counting for the first time, on a database with rows: what a Dittofeed of its own and an earlier version of ours left
// there, while others go on writing. The rules of counting themselves: multitenancy/__tests__/quotaCounters*.test.ts.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { migrate, readMigrations, rollback } from "../migrate";
import { generatedFolder } from "../migrate/files";

const env = useTenantEnv({ template: "empty" });
const adminUrl = () => env.url("superuser"); // as Dittofeed logs in
const names = readMigrations().map(({ name }) => name);
/** The step that brings the counters; the tables of 0003_quotas stay. */
const FIRST = "012_quotas";

const clients: pg.Client[] = [];
async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: env.url("superuser") });
  clients.push(client);
  await client.connect();
  return client;
}
let superuser: pg.Client;
beforeAll(async () => {
  superuser = await session();
});
afterAll(() => Promise.all(clients.map((client) => client.end())));

const old = randomUUID();
const other = randomUUID();
const [group, ownTemplate, laterTemplate, ownProperty, laterProperty] =
  Array.from({ length: 5 }, () => randomUUID());

/** What Dittofeed leaves: a workspace of an hour ago with what came with it, and what people made since. */
async function asDittofeedLeftIt(): Promise<void> {
  await superuser.query(
    readFileSync(
      path.join(generatedFolder(), "0000_dittofeed_baseline.sql"),
      "utf8",
    ).replaceAll("--> statement-breakpoint", ""),
  );
  const then = "now() - interval '1 hour'";
  await superuser.query(`
    INSERT INTO "Workspace" ("id", "name", "createdAt", "updatedAt") VALUES ('${old}', 'old', ${then}, now()), ('${other}', 'other', ${then}, now());
    INSERT INTO "UserProperty" ("id", "workspaceId", "name", "definition", "createdAt", "updatedAt") VALUES
      ('${ownProperty}', '${old}', 'email', '{"type":"Trait"}', ${then} + interval '1 second', now()),
      ('${laterProperty}', '${old}', 'plan', '{}', now(), now());
    INSERT INTO "MessageTemplate" ("id", "workspaceId", "name", "definition", "draft", "createdAt", "updatedAt") VALUES
      ('${ownTemplate}', '${old}', 'welcome', '{"a":1}', NULL, ${then}, now()),
      ('${laterTemplate}', '${old}', 'mine', '{"b":2}', '{"c":3}', now(), now());
    INSERT INTO "SubscriptionGroup" ("id", "workspaceId", "name", "type", "channel", "createdAt", "updatedAt")
      VALUES ('${group}', '${old}', 'news', 'OptIn', 'Email', ${then} + interval '10 seconds', now());
    INSERT INTO "Segment" ("workspaceId", "name", "definition", "subscriptionGroupId", "updatedAt") VALUES
      ('${old}', 'subscriptionGroup-${group}', '{}', '${group}', now()),
      ('${old}', 'subscriptionGroup-unsubscribed-${group}', '{}', '${group}', now()),
      ('${old}', 'by a person', '{}', NULL, now()),
      ('${other}', 'one', '{}', NULL, now()), ('${other}', 'two', '{}', NULL, now());
    INSERT INTO "Journey" ("workspaceId", "name", "definition", "updatedAt") VALUES ('${old}', 'first', NULL, now());
    INSERT INTO "Broadcast" ("workspaceId", "name", "version", "statusV2", "updatedAt") VALUES ('${old}', 'sent', NULL, NULL, now());
    WITH person AS (INSERT INTO "WorkspaceMember" ("email", "updatedAt") VALUES ('a@example.com', now()) RETURNING "id")
    INSERT INTO "WorkspaceMemberRole" ("workspaceId", "workspaceMemberId", "role", "updatedAt") SELECT '${old}', "id", 'Admin', now() FROM person;
  `);
}

/** Users and events, of this month and of one long ago: what our earlier version stores. */
const ADD_USERS_AND_EVENTS = `
  INSERT INTO "WorkspaceUser" ("workspaceId", "userId", "traits") SELECT '${old}', 'user ' || n, '{"n": 1}' FROM generate_series(1, 3) AS n;
  SELECT public.ensure_user_event_partitions('2020-01-01', '2020-02-01');
  INSERT INTO "UserEvent" ("workspaceId", "messageId", "userId", "userOrAnonymousId", "eventType", "event", "eventTime", "processingTime")
  SELECT '${old}', 'message ' || n, 'user 1', 'user 1', 'track', 'x', now(), CASE WHEN n < 5 THEN now() ELSE '2020-01-15'::timestamptz END
    FROM generate_series(1, 9) AS n`;

async function usageOf(workspaceId: string): Promise<Record<string, number>> {
  const { rows } = await superuser.query<{ resource: string; used: string }>(
    `SELECT "resourceType" AS resource, sum("used") AS used FROM "WorkspaceUsage" WHERE "workspaceId" = $1 GROUP BY 1`,
    [workspaceId],
  );
  return Object.fromEntries(
    rows.map(({ resource, used }) => [resource, Number(used)]),
  );
}

/** Counters that a recount finds wrong. */
async function drift(): Promise<unknown[]> {
  const { rows } = await superuser.query<Record<string, unknown>>(
    `SELECT w."id", d."resourceType", r.* FROM "Workspace" AS w CROSS JOIN "QuotaDefault" AS d
      CROSS JOIN LATERAL tenancy.quota_reconcile(w."id", d."resourceType") AS r WHERE r."recorded" <> r."counted"`,
  );
  return rows;
}

async function takeQuotasBack(): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const name = await rollback({ adminUrl: adminUrl() });
    if (name === null) {
      return taken;
    }
    taken.push(name);
    if (name === FIRST) {
      return taken;
    }
  }
}

const bytes = (...texts: string[]) =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

describe("counting for the first time", () => {
  it("counts the rows of a database that Dittofeed made, and lets what came with a workspace be free", async () => {
    await asDittofeedLeftIt();
    await migrate({ adminUrl: adminUrl() });
    const used = await usageOf(old);
    expect(used).toMatchObject({
      segments: 1, // the group keeps two for itself
      journeys: 1,
      templates: 1,
      broadcasts: 1,
      subscriptionGroups: 1,
      userProperties: 1,
      members: 1,
      storage:
        // definitions of segments are stored as JSON's text form has them
        bytes("{}", "{}", "{}") + // segments
        bytes('{"type": "Trait"}', "{}") + // user properties
        bytes('{"a": 1}', '{"b": 2}', '{"c": 3}'), // templates
    });
    expect(await usageOf(other)).toMatchObject({ segments: 2 });
    const { rows } = await superuser.query<{ resource: string; id: string }>(
      `SELECT "resourceType" AS resource, "resourceId" AS id FROM "QuotaExemption" WHERE "workspaceId" = $1 ORDER BY 1`,
      [old],
    );
    expect(rows).toEqual([
      { resource: "templates", id: ownTemplate },
      { resource: "userProperties", id: ownProperty },
    ]);
    expect(await drift()).toEqual([]);
  });

  it("is taken back to the last step, and counts anew what was there and what came meanwhile", async () => {
    const taken = await takeQuotasBack();
    expect(taken).toEqual(names.slice(names.indexOf(FIRST)).reverse());
    const { rows } = await superuser.query(
      `SELECT tgname FROM pg_trigger WHERE tgname ~ '^(quota|count)_' UNION ALL
       SELECT proname FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace AND proname ~ '^(quota_|count_)'`,
    );
    expect(rows).toEqual([]);
    await superuser.query(ADD_USERS_AND_EVENTS);
    await superuser.query(
      'DELETE FROM "Segment" WHERE "workspaceId" = $1 AND "name" = $2',
      [other, "two"],
    );
    await migrate({ adminUrl: adminUrl() });
    expect(await usageOf(old)).toMatchObject({
      users: 3,
      storage:
        3 * bytes('{"n": 1}') +
        3 * 2 +
        bytes('{"type": "Trait"}', "{}") +
        3 * 8,
      events: 4, // those of this month
      segments: 1,
    });
    expect(await usageOf(other)).toMatchObject({ segments: 1 });
    expect(await drift()).toEqual([]);
  });

  it("waits for who is writing, holds off who comes later, and misses no row of either", async () => {
    await takeQuotasBack();
    const early = await session();
    const writer = await session();
    const { rows: ids } = await writer.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    // Events are counted last: the migration has locked the other tables when it comes here.
    await early.query("BEGIN");
    await early.query(
      `INSERT INTO "UserEvent" ("workspaceId", "messageId", "userId", "userOrAnonymousId", "eventType", "event", "eventTime", "processingTime")
       VALUES ($1, 'not yet', 'user 1', 'user 1', 'track', 'x', now(), now())`,
      [old],
    );
    const migrating = migrate({ adminUrl: adminUrl() });
    let isDone = false;
    let written = 0;
    const write = async (): Promise<void> => {
      await writer.query(
        `INSERT INTO "Segment" ("workspaceId", "name", "definition", "updatedAt") VALUES ($1, $2, '{}', now())`,
        [other, `meanwhile ${written}`],
      );
      written += 1;
      return isDone ? undefined : write();
    };
    const writing = write();
    await expect
      .poll(
        async () => {
          const { rows } = await superuser.query(
            `SELECT 1 FROM pg_stat_activity AS a
              WHERE a.application_name = 'dittofeed_migrate' AND a.pid = ANY (pg_blocking_pids($1))`,
            [ids[0]?.pid],
          );
          return rows.length;
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(1);
    await early.query("COMMIT");
    await migrating;
    isDone = true;
    await writing;
    expect(written).toBeGreaterThan(1);
    expect(await usageOf(other)).toMatchObject({ segments: 1 + written });
    expect(await usageOf(old)).toMatchObject({ events: 5 });
    expect(await drift()).toEqual([]);
  }, 60_000);
});
