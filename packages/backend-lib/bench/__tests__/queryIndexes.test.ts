// That the product's hot queries, as they are sent and under row-level security, search the indexes made for them: as the
// server's own statistics count it, on a database with enough rows for it to matter.

import { is } from "drizzle-orm";
import { getTableConfig, IndexedColumn } from "drizzle-orm/pg-core";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";

import { closeDb } from "../../src/db";
import { userEvent } from "../../src/db/schema";
import { useTenantEnv } from "../../test/tenantEnv";
import { fillDatabase } from "../workspaceQueries/data";
import { usageOf } from "../workspaceQueries/databases";
import { READS } from "../workspaceQueries/reads";
import { lookedAt, skewedWorkspaces } from "../workspaceQueries/workspaces";

const env = useTenantEnv();
const workspaces = skewedWorkspaces(500);
const { largest } = lookedAt(workspaces);

beforeAll(async () => {
  const client = new pg.Client({ connectionString: env.url("superuser") });
  await client.connect();
  await fillDatabase(client, workspaces);
  await client.query("VACUUM (ANALYZE)");
  await client.end();
}, 180_000);

/** The indexes that the query of this name searched, when it ran in the largest workspace. */
async function searchedBy(name: string): Promise<string[]> {
  const query = READS.find((read) => read.name === name);
  if (query === undefined) {
    throw new Error(`The benchmark has no query ${name}.`);
  }
  const before = await usageOf(env.url("superuser"));
  await env.as(largest.id, () => query.run(largest));
  await closeDb(); // a session's figures are counted once it is over
  const after = await usageOf(env.url("superuser"));
  return [...after.scans].flatMap(([index, scans]) =>
    scans > (before.scans.get(index) ?? 0) ? [index] : [],
  );
}

const events = (what: string) => `tenancy_UserEvent_workspaceId_${what}_idx`;
const members = "tenancy_SegmentAssignment_workspaceId_segmentId_userId_idx";

describe("under row-level security the index is searched for", () => {
  it.each([
    ["events: frequent name", events("event")],
    ["events: rare name", events("event")],
    ["events: two names", events("event")],
    ["events: type", events("eventType")],
    ["events: journey", events("journey")],
    ["events: broadcast", events("broadcast")],
    ["events: user", "UserEvent_workspaceId_userOrAnonymousId_idx"],
    ["users", "UserEvent_workspaceId_userOrAnonymousId_idx"],
    ["users: in a large segment", members],
    ["users: count in a small segment", members],
    ["users: unsubscribed", members],
    ["member by e-mail address", "tenancy_WorkspaceMember_email_idx"],
    [
      "admin API key, workspace by external id",
      "tenancy_Workspace_externalId_idx",
    ],
    [
      "workspaces of a member",
      "tenancy_WorkspaceMemberRole_workspaceMemberId_idx",
    ],
    ["user property indices", "tenancy_UserPropertyIndex_workspaceId_idx"],
  ])("%s", async (name, index) => {
    expect(await searchedBy(name)).toContain(index);
  });
});

it("the schema in code declares the indexes that the events have", async () => {
  const { rows } = await env.owner.query<{ name: string; columns: string[] }>(
    `SELECT c.relname AS "name", array_agg(a.attname::text ORDER BY k.place) AS "columns"
       FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
       CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
      WHERE i.indrelid = 'public."UserEvent"'::regclass AND NOT i.indisprimary GROUP BY c.relname`,
  );
  const declared = getTableConfig(userEvent).indexes.map(({ config }) => ({
    name: config.name,
    columns: config.columns.map((column) =>
      is(column, IndexedColumn) ? column.name : "",
    ),
  }));
  const byName = (a: { name?: string }, b: { name?: string }) =>
    (a.name ?? "").localeCompare(b.name ?? "");
  expect([...declared].sort(byName)).toEqual([...rows].sort(byName));
});
