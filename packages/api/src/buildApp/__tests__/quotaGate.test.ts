// The gate before the database: when it refuses, that it never refuses what the database would grant, and what answers say of
// the quota they met.

import { randomUUID } from "node:crypto";

import { useClock } from "backend-lib/src/clock";
import { manualSegment, traitSegment } from "backend-lib/test/definitions";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ABOVE_WHOLE, EXCEEDED, quotaCalls } from "../../../test/quotaCalls";
import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const quotas = quotaCalls(api);
const segments = resourceCalls(api, "/segments");
const validations = resourceCalls(api, "/quotas");

const containing = (text: string): unknown => expect.stringContaining(text);
const firstDay: unknown = expect.stringMatching(/-01$/);

let mine: ApiWorkspace;
beforeEach(async () => {
  mine = await api.workspace();
});
let restoreClock = () => {};
afterEach(() => restoreClock());

const make = (
  method: "PUT" | "POST" = "POST",
  name: string = randomUUID(),
  workspace = mine,
) => segments(workspace, method, "", { name, definition: traitSegment() });

const broken = {
  name: "broken",
  definition: {
    entryNode: { type: "Or", id: "entry", children: ["nobody"] },
    nodes: [],
  },
};

describe("the gate", () => {
  test("refuses before anything else is looked at, where one thing is made or none", async () => {
    await quotas.set(mine, { maxSegments: 1 });
    expect((await segments(mine, "POST", "", broken)).statusCode).toBe(400);
    expect((await make()).statusCode).toBe(201);
    expect((await segments(mine, "POST", "", broken)).statusCode).toBe(429);
  });

  test("leaves upserts to the database", async () => {
    await quotas.set(mine, { maxSegments: 1 });
    await make();
    expect((await segments(mine, "PUT", "", broken)).statusCode).toBe(400);
  });

  test("refuses nothing that the database grants: room that was reserved for too long", async () => {
    await quotas.set(mine, { maxSegments: 2 });
    const client = new pg.Client({
      connectionString: api.env.url("dittofeed_app"),
    });
    await client.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        `SELECT set_config('app.current_workspace_id', $1, true)`,
        [mine.workspaceId],
      );
      await client.query(
        `SELECT * FROM tenancy.quota_reserve($1, 'segments', 2, false, NULL, '1 hour')`,
        [mine.workspaceId],
      );
      await client.query("COMMIT");
    } finally {
      await client.end();
    }
    expect((await make()).statusCode).toBe(429);
    await api.env.owner.query(
      `UPDATE "QuotaReservation" SET "expiresAt" = now() - interval '1 second' WHERE "workspaceId" = $1`,
      [mine.workspaceId],
    );
    const replies = [await make(), await make(), await make()];
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([
      201, 201, 429,
    ]);
  });

  test("asks the role first: who may not create is told so", async () => {
    await quotas.set(mine, { maxSegments: 1 });
    await make();
    const reply = await api.inject({
      method: "POST",
      url: "/api/admin/segments",
      headers: { authorization: "Bearer nonsense" },
      payload: {
        workspaceId: mine.workspaceId,
        name: "x",
        definition: traitSegment(),
      },
    });
    expect(reply.statusCode).toBe(401);
  });

  test("does not stand before ingestion, which answers 204 at the limit", async () => {
    await quotas.set(mine, { maxUsers: 0 });
    const reply = await api.inject({
      method: "POST",
      url: "/api/public/apps/identify",
      headers: { authorization: mine.writeKey },
      payload: { messageId: randomUUID(), userId: "somebody" },
    });
    expect([reply.statusCode, reply.body]).toEqual([204, ""]);
    expect(reply.headers).not.toHaveProperty("ratelimit");
    expect((await quotas.usage(mine, "users")).used).toBe(0);
  });
});

describe("a refusal", () => {
  test("names every quota without room", async () => {
    await make();
    const { used } = await quotas.usage(mine, "storage");
    await quotas.set(mine, { maxSegments: 1, maxStorageBytes: used });
    // The gate asks for the segment; the database, which decides about a PUT, holds the bytes first.
    for (const [method, ...names] of [
      ["POST", "segments", "storage"],
      ["PUT", "storage", "segments"],
    ] as const) {
      const reply = await make(method);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        429,
        { resourceType: names[0], "violated-policies": names },
      ]);
      const limits = { segments: 1, storage: used };
      expect(reply.headers).toMatchObject({
        "ratelimit-policy": names
          .map((name) => `"${name}";q=${limits[name]}`)
          .join(", "),
        ratelimit: names.map((name) => `"${name}";r=0`).join(", "),
      });
    }
  });

  test("comes of storage as of any other quota", async () => {
    await make();
    const { used } = await quotas.usage(mine, "storage");
    expect(used).toBeGreaterThan(10);
    const limit = used + 10;
    await quotas.set(mine, { maxStorageBytes: limit });
    for (const method of ["POST", "PUT"] as const) {
      const reply = await make(method);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        429,
        {
          type: EXCEEDED,
          resourceType: "storage",
          currentUsage: used,
          limit,
          remaining: 10,
          "violated-policies": ["storage"],
        },
      ]);
    }
    expect((await quotas.usage(mine, "segments")).used).toBe(1);
  });

  test("of more than the whole limit is a 403 of its own kind", async () => {
    await quotas.set(mine, { maxUsers: 2 });
    const made = await segments(mine, "PUT", "", {
      name: "by hand",
      definition: manualSegment(),
    });
    const reply = await segments(mine, "POST", "/manual-segment/update", {
      segmentId: made.json<{ id: string }>().id,
      userIds: ["a", "b", "c"],
    });
    expect([reply.statusCode, reply.json()]).toEqual([
      403,
      {
        type: ABOVE_WHOLE,
        title: "The request asks for more than the whole quota",
        status: 403,
        detail: containing(
          "users quota exceeded: 0 of 2 users used, 3 requested. Ask for less",
        ),
        resourceType: "users",
        currentUsage: 0,
        limit: 2,
        requested: 3,
        remaining: 2,
        scope: "workspace",
        period: null,
        resetsAt: null,
        "violated-policies": ["users"],
      },
    ]);
    expect(reply.headers["content-type"]).toContain("application/problem+json");
  });

  test("of one thing where none is allowed is a 429: there is nothing to split", async () => {
    await quotas.set(mine, { maxSubscriptionGroups: 0 });
    const reply = await resourceCalls(api, "/subscription-groups")(
      mine,
      "PUT",
      "",
      { name: "group", channel: "Email", type: "OptIn" },
    );
    expect([reply.statusCode, reply.json()]).toMatchObject([
      429,
      { type: EXCEEDED, currentUsage: 0, limit: 0, requested: 1 },
    ]);
  });

  test("of a monthly quota says when it begins anew; waiting is worth it there alone", async () => {
    await quotas.set(mine, { maxMessagesPerMonth: 0 });
    const { resetsAt } = await quotas.usage(mine, "messages");
    const end = new Date(resetsAt ?? "");
    restoreClock = useClock({ now: () => new Date(end.getTime() - 90_500) });
    const reply = await validations(mine, "POST", "/validate", {
      resourceType: "messages",
    });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      429,
      {
        resourceType: "messages",
        resetsAt,
        period: firstDay,
      },
    ]);
    expect(reply.headers["retry-after"]).toBe("91");
    expect(reply.headers.ratelimit).toBe('"messages";r=0;t=91');
    expect(reply.headers["ratelimit-policy"]).toMatch(
      /^"messages";q=0;w=(?:2419200|2505600|2592000|2678400)$/,
    );
  });

  test("of a pool says that it is shared, and its figures", async () => {
    const parent = await api.workspace({ type: "Parent" });
    const [one, other] = await Promise.all(
      [1, 2].map(() =>
        api.workspace({
          type: "Child",
          parentWorkspaceId: parent.workspaceId,
        }),
      ),
    );
    if (one === undefined || other === undefined) {
      throw new Error("two children were made");
    }
    await quotas.set(parent, { pool: { maxSegments: 2 } });
    await make("POST", "a", one);
    await make("POST", "a", other);
    for (const method of ["POST", "PUT"] as const) {
      const reply = await make(method, "b", one);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        429,
        {
          scope: "pool",
          currentUsage: 2,
          limit: 2,
          "violated-policies": ["segments-pool"],
        },
      ]);
      expect(reply.headers.ratelimit).toBe('"segments-pool";r=0');
    }
  });
});

describe("an answer of success", () => {
  test("says what is left, of what was made and of what was changed", async () => {
    await quotas.set(mine, { maxSegments: 3 });
    const left = [
      await make("POST", "a"),
      await make("PUT", "b"),
      await make("PUT", "b"),
      await make("POST", "c"),
      await make("PUT", "c"),
    ].map(({ headers }) => headers.ratelimit);
    expect(left).toEqual([2, 1, 1, 0, 0].map((r) => `"segments";r=${r}`));
  });

  test("says nothing of a quota without a limit, nor does a refusal of another kind", async () => {
    await quotas.set(mine, { maxSegments: null });
    const taken = ["a", "a"].map((name) => () => make("POST", name));
    const statuses: number[] = [];
    for (const send of taken) {
      const reply = await send();
      statuses.push(reply.statusCode);
      expect(reply.headers).not.toHaveProperty("ratelimit");
    }
    expect(statuses).toEqual([201, 409]);
    const listed = await segments(mine, "GET", "");
    expect(listed.headers).not.toHaveProperty("ratelimit");
  });

  test("is one even when what is left cannot be found out: what is made is made", async () => {
    const admin = new pg.Client({ connectionString: api.env.url("superuser") });
    await admin.connect();
    try {
      await admin.query(
        "REVOKE EXECUTE ON FUNCTION tenancy.quota_states() FROM dittofeed_app",
      );
      const reply = await make("PUT");
      expect(reply.statusCode).toBe(200);
      expect(reply.headers).not.toHaveProperty("ratelimit");
    } finally {
      await admin.query(
        "GRANT EXECUTE ON FUNCTION tenancy.quota_states() TO dittofeed_app",
      );
      await admin.end();
    }
  });
});
