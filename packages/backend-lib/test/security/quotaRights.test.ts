// What the app role may write of the quotas' tables, which is its own limits and nothing else; and what a refusal tells, read to
// its last field. Who may call which function: quotaFunctions.test.ts.

import { randomUUID } from "node:crypto";
import { inspect } from "node:util";

import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";

import {
  asApp,
  DENIED,
  outcomeOf,
  setQuota,
  type Settings,
} from "../quotaSideChannel";
import { useTenantEnv } from "../tenantEnv";

const env = useTenantEnv();

const STATES = "SELECT * FROM tenancy.quota_states()";

const contextOf = (workspaceId: string): Settings => ({
  "app.current_workspace_id": workspaceId,
});

const ADD_SEGMENT = `INSERT INTO public."Segment" ("workspaceId", "name", "definition", "updatedAt") VALUES ($1, $2, '{}', now())`;

describe("what the app role may not write", () => {
  let mine: string;
  beforeAll(async () => {
    mine = await env.createWorkspace();
    await setQuota(env, mine, "ceiling", 5);
    await setQuota(env, mine, "limit", 3);
  });

  it.each([
    "WorkspaceUsage",
    "WorkspaceUsageSample",
    "QuotaChange",
    "QuotaCrossing",
    "QuotaReservation",
    "QuotaExemption",
  ])("%s: it reads its own rows, and changes none", async (table) => {
    const name = `public."${table}"`;
    const context = contextOf(mine);
    expect(
      Array.isArray(
        await outcomeOf(asApp(env, context, [`SELECT * FROM ${name}`])),
      ),
    ).toBe(true);
    for (const text of [
      `INSERT INTO ${name} SELECT * FROM ${name}`,
      `UPDATE ${name} SET "workspaceId" = "workspaceId"`,
      `DELETE FROM ${name}`,
      `SELECT * FROM ${name} FOR UPDATE`,
      `TRUNCATE ${name}`,
    ]) {
      expect(await outcomeOf(asApp(env, context, [text])), text).toBe(DENIED);
    }
  });

  it("the defaults, which it cannot even read", async () => {
    for (const text of [
      'SELECT * FROM public."QuotaDefault"',
      'UPDATE public."QuotaDefault" SET "amount" = NULL',
    ]) {
      expect(await outcomeOf(asApp(env, contextOf(mine), [text])), text).toBe(
        DENIED,
      );
    }
  });

  it.each([
    [
      "set one",
      `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'users', 'ceiling', 9)`,
    ],
    [
      "raise one by an upsert",
      `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'segments', 'ceiling', 9)
       ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = 9`,
    ],
    [
      "raise one",
      `UPDATE public."WorkspaceQuota" SET "amount" = NULL WHERE "workspaceId" = $1 AND "layer" = 'ceiling'`,
    ],
    [
      "take one away",
      `DELETE FROM public."WorkspaceQuota" WHERE "workspaceId" = $1 AND "layer" = 'ceiling'`,
    ],
    [
      "make another layer of one",
      `UPDATE public."WorkspaceQuota" SET "layer" = 'pool' WHERE "workspaceId" = $1 AND "layer" = 'ceiling'`,
    ],
    [
      "make one of its own limit",
      `UPDATE public."WorkspaceQuota" SET "layer" = 'ceiling', "resourceType" = 'users' WHERE "workspaceId" = $1 AND "layer" = 'limit'`,
    ],
  ])("a ceiling: it cannot %s", async (_, text) => {
    expect(await outcomeOf(asApp(env, contextOf(mine), [text, mine]))).toBe(
      DENIED,
    );
  });

  it("a limit of its own above the ceiling does not hold", async () => {
    const { rows } = await asApp(
      env,
      contextOf(mine),
      [
        `UPDATE public."WorkspaceQuota" SET "amount" = 1000 WHERE "workspaceId" = $1 AND "layer" = 'limit'`,
        mine,
      ],
      [STATES],
    );
    expect(rows.find((row) => row.resourceType === "segments")).toMatchObject({
      amount: "5",
      source: "ceiling",
    });
  });
});

describe("the month that a message counts in", () => {
  const insert = (period: string) =>
    `INSERT INTO public."Message" ("workspaceId", "messageId", "userId", "channel", "content", "period")
     VALUES ($1, 'm', 'u', 'Email', '{}', ${period})`;

  it("is this one: the app writes none into another, nor moves it there", async () => {
    const mine = await env.createWorkspace();
    const tried = async (...texts: string[]) =>
      outcomeOf(
        asApp(
          env,
          contextOf(mine),
          ...texts.map((text): [string, string] => [text, mine]),
        ),
      );
    const thisMonth = insert("tenancy.month_of(now())");
    expect(await tried(thisMonth)).toEqual([]);
    for (const period of ["'-infinity'", "'2020-01-01'", "'2999-01-01'"]) {
      expect(await tried(insert(period)), period).toBe(DENIED);
      expect(
        await tried(
          thisMonth,
          `UPDATE public."Message" SET "period" = ${period} WHERE "workspaceId" = $1`,
        ),
        period,
      ).toBe(DENIED);
    }
  });
});

describe("what is free", () => {
  it("is one thing: its id makes nothing else free, and nothing is by saying so", async () => {
    const mine = await env.createWorkspace();
    const id = randomUUID();
    await env.owner.query(
      `INSERT INTO public."QuotaExemption" ("workspaceId", "resourceType", "resourceId") VALUES ($1, 'userProperties', $2)`,
      [mine, id],
    );
    for (const resource of ["templates", "userProperties", "segments"]) {
      await setQuota(env, mine, "limit", 0, resource);
    }
    const property = `INSERT INTO public."UserProperty" ("id", "workspaceId", "name", "definition", "resourceType", "updatedAt") VALUES ($1, $2, 'p', '{}', 'Internal', now())`;
    const template = `INSERT INTO public."MessageTemplate" ("id", "workspaceId", "name", "definition", "resourceType", "updatedAt") VALUES ($1, $2, 't', '{}', 'Internal', now())`;
    const segment = `INSERT INTO public."Segment" ("id", "workspaceId", "name", "definition", "resourceType", "updatedAt") VALUES ($1, $2, 's', '{}', 'Internal', now())`;
    const tried = async (text: string, itsId: string) =>
      outcomeOf(asApp(env, contextOf(mine), [text, itsId, mine]));
    expect(await tried(property, id)).toEqual([]);
    expect(await tried(property, randomUUID())).toBe("QT429");
    expect(await tried(template, id)).toBe("QT429");
    expect(await tried(segment, id)).toBe("QT429");
  });
});

describe("what a refusal tells", () => {
  async function refusalOf(
    workspaceId: string,
    work: readonly [string, ...(readonly unknown[])][],
  ): Promise<pg.DatabaseError> {
    try {
      await asApp(env, contextOf(workspaceId), ...work);
    } catch (error) {
      if (error instanceof pg.DatabaseError) {
        return error;
      }
      throw error;
    }
    throw new Error("it was not refused");
  }

  it("is of the pool alone when the parent's pool is used up: no sibling's figure, name or id, in any field", async () => {
    const parent = await env.createWorkspace({ type: "Parent" });
    const [mine = "", sibling = "", another = ""] = await Promise.all(
      Array.from({ length: 3 }, () =>
        env.createWorkspace({ type: "Child", parentWorkspaceId: parent }),
      ),
    );
    await setQuota(env, parent, "pool", 7);
    for (const [workspaceId, count] of [
      [sibling, 4],
      [another, 2],
      [mine, 1],
    ] as const) {
      for (let at = 0; at < count; at += 1) {
        await env.owner.query(ADD_SEGMENT, [workspaceId, `of ${at}`]);
      }
    }
    const error = await refusalOf(mine, [[ADD_SEGMENT, mine, "one more"]]);
    expect(error.code).toBe("QT429");
    expect(error.message).toBe(
      "segments quota exceeded: 7 of 7 used, 1 requested",
    );
    expect(JSON.parse(error.detail ?? "")).toEqual({
      resourceType: "segments",
      currentUsage: 7,
      limit: 7,
      requested: 1,
      period: null,
      scope: "pool",
    });
    const everything = inspect(error, { depth: null, showHidden: true });
    for (const id of [parent, sibling, another]) {
      expect(everything).not.toContain(id);
    }
    const { rows } = await asApp(env, contextOf(mine), [STATES]);
    expect(rows.find((row) => row.resourceType === "segments")).toMatchObject({
      used: "1",
      hasPool: true,
      poolAmount: "7",
      poolUsed: "7",
    });
  });

  it("is its own figures when its own limit is reached, whatever others use", async () => {
    const mine = await env.createWorkspace();
    const other = await env.createWorkspace();
    await setQuota(env, mine, "limit", 2);
    for (const [workspaceId, count] of [
      [other, 5],
      [mine, 2],
    ] as const) {
      for (let at = 0; at < count; at += 1) {
        await env.owner.query(ADD_SEGMENT, [workspaceId, `of ${at}`]);
      }
    }
    const { detail } = await refusalOf(mine, [[ADD_SEGMENT, mine, "third"]]);
    expect(JSON.parse(detail ?? "")).toMatchObject({
      currentUsage: 2,
      limit: 2,
      scope: "workspace",
    });
  });

  it("is the policy's word, and not the quota's, for a row of another workspace", async () => {
    const mine = await env.createWorkspace();
    const full = await env.createWorkspace();
    const empty = await env.createWorkspace();
    await setQuota(env, full, "limit", 0);
    for (const workspaceId of [full, empty]) {
      expect(
        await outcomeOf(
          asApp(env, contextOf(mine), [ADD_SEGMENT, workspaceId, "x"]),
        ),
      ).toBe(DENIED);
    }
  });
});
