import { type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import {
  JourneyDefinition,
  MessageTemplateDefinition,
  SegmentDefinition,
  UserPropertyDefinition,
} from "isomorphic-lib/src/types";
import {
  afterAll,
  assert,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from "vitest";

import { useTenantEnv } from "../../../test/tenantEnv";
import { useClock } from "../../clock";
import { listMemberRoles } from "../../rbac";
import { listWorkspaces } from "../../workspaces";
import { listWriteKeys } from "../../writeKeys";
import { inventUsers } from "../activity";
import { bluebirdFitness, juniperLabs } from "../bluebirdFitness";
import { DEMO_WORKSPACES, demoWorkspaceId, seedDemo } from "../demo";

const env = useTenantEnv();

const NOW = new Date("2026-11-23T12:00:00.000Z");
let restoreClock: () => void;
beforeAll(() => {
  restoreClock = useClock({ now: () => NOW });
});
afterAll(() => restoreClock());

async function one<T extends object>(query: string): Promise<T> {
  const { rows } = await env.owner.query<T>(query);
  assert(rows[0] !== undefined);
  return rows[0];
}

const count = async (table: string) =>
  (await one<{ n: number }>(`SELECT count(*)::int AS n FROM public."${table}"`))
    .n;

describe("the demo", () => {
  const lines: string[] = [];
  beforeAll(async () => {
    const isSeeded = await seedDemo({ log: (line) => lines.push(line) });
    assert(isSeeded);
  });

  it("fills an empty database with workspaces of different sizes, the largest first", async () => {
    const names = [
      "Acme Outfitters",
      "Northwind Coffee",
      "Bluebird Fitness",
      "Juniper Labs",
    ];
    expect((await listWorkspaces()).map(({ name }) => name)).toEqual(names);
    expect(lines).toHaveLength(names.length);
    const { rows } = await env.owner.query<{ users: number; events: number }>(
      `SELECT (SELECT count(*)::int FROM public."WorkspaceUser" u WHERE u."workspaceId" = w."id") AS users,
              (SELECT count(*)::int FROM public."UserEvent" e WHERE e."workspaceId" = w."id") AS events
       FROM public."Workspace" w ORDER BY w."createdAt"`,
    );
    expect(rows.map(({ users }) => users)).toEqual([4000, 1500, 400, 0]);
    const events = rows.map((row) => row.events);
    expect(events).toEqual([...events].sort((a, b) => b - a));
    const total = events.reduce((sum, each) => sum + each, 0);
    expect(total).toBeGreaterThan(45_000);
    expect(total).toBeLessThan(75_000);
    expect(await count("UserEventReceipt")).toBe(total);
  });

  it("spreads events over months that have their own partitions, and none in the future", async () => {
    const { oldest, newest, stray } = await one<{
      oldest: Date;
      newest: Date;
      stray: number;
    }>(
      `SELECT min("processingTime") AS oldest, max("processingTime") AS newest,
              count(*) FILTER (WHERE tableoid = '"UserEvent_default"'::regclass)::int AS stray
       FROM public."UserEvent"`,
    );
    expect(stray).toBe(0);
    expect(newest.getTime()).toBeLessThanOrEqual(NOW.getTime());
    expect(NOW.getTime() - newest.getTime()).toBeLessThan(86_400_000);
    expect(NOW.getTime() - oldest.getTime()).toBeGreaterThan(100 * 86_400_000);
  });

  it("has content that passes the schemas and refers to what is there", async () => {
    const schemas: [table: string, schema: TSchema][] = [
      ["UserProperty", UserPropertyDefinition],
      ["Segment", SegmentDefinition],
      ["MessageTemplate", MessageTemplateDefinition],
      ["Journey", JourneyDefinition],
    ];
    for (const [table, schema] of schemas) {
      const { rows } = await env.owner.query<{
        name: string;
        definition: unknown;
      }>(`SELECT "name", "definition" FROM public."${table}"`);
      expect(rows.length).toBeGreaterThan(5);
      rows.forEach(({ name, definition }) => {
        expect([name, [...Value.Errors(schema, definition)]]).toEqual([
          name,
          [],
        ]);
      });
    }
    const { dangling } = await one<{ dangling: number }>(
      `SELECT count(*)::int AS dangling FROM public."Journey" j,
         LATERAL jsonb_path_query(j."definition", '$.**.templateId') AS t(id)
       WHERE NOT EXISTS (SELECT 1 FROM public."MessageTemplate" m
         WHERE m."workspaceId" = j."workspaceId" AND m."id"::text = t.id #>> '{}')`,
    );
    const { lost } = await one<{ lost: number }>(
      `SELECT count(*)::int AS lost FROM public."Journey" j,
         LATERAL jsonb_path_query(j."definition", '$.**.segment') AS t(id)
       WHERE NOT EXISTS (SELECT 1 FROM public."Segment" s
         WHERE s."workspaceId" = j."workspaceId" AND s."id"::text = t.id #>> '{}')`,
    );
    expect({ dangling, lost }).toEqual({ dangling: 0, lost: 0 });
  });

  it("puts some users, and not all, into every running segment", async () => {
    const { rows } = await env.owner.query<{
      name: string;
      inside: number;
      users: number;
    }>(
      `SELECT s."name", count(a."userId")::int AS inside,
              (SELECT count(*)::int FROM public."WorkspaceUser" u WHERE u."workspaceId" = s."workspaceId") AS users
       FROM public."Segment" s
       LEFT JOIN public."SegmentAssignment" a ON a."segmentId" = s."id" AND a."inSegment"
       WHERE s."resourceType" = 'Declarative' AND s."status" = 'Running' GROUP BY s."id"`,
    );
    expect(rows.length).toBeGreaterThan(8);
    rows.forEach(({ name, inside, users }) => {
      expect([name, inside > 0 && inside < users]).toEqual([name, true]);
    });
    const trait = await one<{ wrong: number }>(
      `SELECT count(*)::int AS wrong FROM public."WorkspaceUser" u
       JOIN public."Segment" s ON s."workspaceId" = u."workspaceId" AND s."name" = 'On the yearly plan'
       LEFT JOIN public."SegmentAssignment" a ON a."segmentId" = s."id" AND a."userId" = u."userId"
       WHERE (u."traits" ->> 'plan' = 'yearly') IS DISTINCT FROM (a."inSegment" IS TRUE)
         AND u."traits" ? 'plan'`,
    );
    expect(trait.wrong).toBe(0);
  });

  it("has members in every workspace, an Admin among them, and its own write key", async () => {
    const keys = new Set<string>();
    for (const { name, members } of DEMO_WORKSPACES) {
      const workspaceId = demoWorkspaceId(name);
      await env.as(workspaceId, async () => {
        const listed = await listMemberRoles({ workspaceId });
        expect(listed).toHaveLength(members.length);
        expect(
          listed.some(({ roles }) =>
            roles.some(({ role }) => role === "Admin"),
          ),
        ).toBe(true);
        const [key] = await listWriteKeys({ workspaceId });
        assert(key !== undefined);
        keys.add(key.writeKeyValue);
      });
    }
    expect(keys.size).toBe(DEMO_WORKSPACES.length);
  });

  it("invents the same users and events each time", () => {
    const invent = () =>
      inventUsers(bluebirdFitness, { now: NOW, idOf: (name) => name });
    expect(invent()).toEqual(invent());
    expect(invent()[0]).not.toEqual(invent()[1]);
  });
});

describe("seeding", () => {
  const workspaces = [bluebirdFitness, juniperLabs];
  const seed = () => seedDemo({ log: () => undefined, workspaces });

  beforeEach(async () => {
    await env.owner.query(`DELETE FROM public."Workspace"`);
    await env.owner.query(`DELETE FROM public."WorkspaceMember"`);
  });

  it("leaves a database alone that has any workspace, whatever its status", async () => {
    await env.createWorkspace({ name: "Mine", status: "Tombstoned" });
    expect(await seed()).toBe(false);
    expect(await count("Workspace")).toBe(1);
    expect(await count("WorkspaceUser")).toBe(0);
  });

  it("happens once when two processes start together, and not again", async () => {
    const results = await Promise.all([seed(), seed()]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await seed()).toBe(false);
    expect(await count("Workspace")).toBe(workspaces.length);
    expect(await count("WorkspaceUser")).toBe(bluebirdFitness.userCount);
  });

  it("leaves nothing when it breaks half-way, and starts afresh", async () => {
    const broken = {
      ...juniperLabs,
      content: () => {
        throw new Error("the power is gone");
      },
    };
    await expect(
      seedDemo({
        log: () => undefined,
        workspaces: [bluebirdFitness, broken],
      }),
    ).rejects.toThrow("the power is gone");
    expect(await count("Workspace")).toBe(0);
    expect(await count("WorkspaceMember")).toBe(0);
    expect(await count("UserEvent")).toBe(0);
    expect(await seed()).toBe(true);
    expect(await count("Workspace")).toBe(workspaces.length);
  });
});
