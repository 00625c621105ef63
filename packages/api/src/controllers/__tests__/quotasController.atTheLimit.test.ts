// Every way to make something, tried at the limit: one answer for all, nothing made, and what is there may still be changed.

import { randomUUID } from "node:crypto";

import {
  eventJourney,
  manualSegment,
  smsTemplate,
  traitSegment,
} from "backend-lib/test/definitions";
import { type InjectOptions, type LightMyRequestResponse } from "fastify";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import { beforeEach, describe, expect, test } from "vitest";

import { EXCEEDED, quotaCalls } from "../../../test/quotaCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const quotas = quotaCalls(api);

const containing = (text: string): unknown => expect.stringContaining(text);

let mine: ApiWorkspace;
beforeEach(async () => {
  mine = await api.workspace();
});

async function send(
  method: "PUT" | "POST" | "DELETE",
  url: string,
  payload: object,
  authorization = mine.headers.authorization ?? "",
): Promise<LightMyRequestResponse> {
  const options: InjectOptions = {
    method,
    url,
    headers: { authorization, "df-workspace-id": mine.workspaceId },
    payload,
  };
  return api.inject(options);
}

interface Way {
  readonly resource: QuotaResource;
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly body: (fresh: string) => object;
  readonly isForPeople?: boolean;
}

const named = (definition: object) => (name: string) => ({ name, definition });
const WAYS: readonly Way[] = [
  ...(["PUT", "POST"] as const).flatMap((method): Way[] => [
    {
      resource: "segments",
      method,
      path: "/segments",
      body: named(traitSegment()),
    },
    {
      resource: "journeys",
      method,
      path: "/journeys",
      body: named(eventJourney()),
    },
    {
      resource: "templates",
      method,
      path: "/content/templates",
      body: named(smsTemplate()),
    },
  ]),
  {
    resource: "segments",
    method: "POST",
    path: "/segments",
    body: (name) => ({
      name,
      definition: traitSegment(),
      resourceType: "Internal",
    }),
  },
  {
    resource: "broadcasts",
    method: "PUT",
    path: "/broadcasts/v2",
    body: (name) => ({ name }),
  },
  {
    resource: "subscriptionGroups",
    method: "PUT",
    path: "/subscription-groups",
    body: (name) => ({ name, channel: "Email", type: "OptIn" }),
  },
  {
    resource: "userProperties",
    method: "PUT",
    path: "/user-properties",
    body: named({ type: "Trait", path: "plan" }),
  },
  {
    resource: "broadcasts",
    method: "PUT",
    path: "/broadcasts/v2",
    body: (name) => ({ name }),
  },
  {
    resource: "broadcasts",
    method: "POST",
    path: "/broadcasts/execute",
    body: (broadcastName) => ({
      broadcastName,
      segmentDefinition: traitSegment(),
      messageTemplateDefinition: smsTemplate(),
    }),
  },
  {
    resource: "members",
    method: "POST",
    path: "/permissions",
    body: (fresh) => ({ email: `${fresh}@example.com`, role: "Viewer" }),
    isForPeople: true,
  },
];

/** Each way on each of its two sides. */
const EVERY_WAY = WAYS.flatMap((way) =>
  (way.isForPeople === true ? ["/api"] : ["/api", "/api/admin"]).map(
    (prefix) => ({ ...way, url: `${prefix}${way.path}` }),
  ),
);

const problem = (resource: QuotaResource, used: number, requested = 1) => ({
  type: EXCEEDED,
  title: "The quota is exceeded",
  status: 429,
  detail: containing(`${resource} quota exceeded: ${used} of `),
  resourceType: resource,
  currentUsage: used,
  limit: used,
  requested,
  remaining: 0,
  scope: "workspace",
  period: null,
  resetsAt: null,
  "violated-policies": [resource],
});

test.each(EVERY_WAY)(
  "$method $url for $resource",
  async ({ resource, method, url, body }) => {
    const make = () => send(method, url, body(randomUUID()));
    const { used } = await quotas.usage(mine, resource);
    const limit = used + 2;
    await quotas.limit(mine, resource, limit);
    for (let at = 0; at < 2; at += 1) {
      expect((await make()).statusCode).toBeLessThan(300);
    }

    const refused = await make();
    expect([refused.statusCode, refused.json()]).toEqual([
      429,
      problem(resource, limit),
    ]);
    expect(refused.headers).toMatchObject({
      "content-type": "application/problem+json; charset=utf-8",
      "ratelimit-policy": `"${resource}";q=${limit}`,
      ratelimit: `"${resource}";r=0`,
    });
    expect(refused.headers).not.toHaveProperty("retry-after");
    expect((await quotas.usage(mine, resource)).used).toBe(limit);

    await quotas.limit(mine, resource, limit + 1);
    expect((await make()).statusCode).toBeLessThan(300);
    expect((await make()).statusCode).toBe(429);
    expect(await quotas.drift(mine)).toEqual([]);
  },
);

describe("what is there", () => {
  const UPSERTS = WAYS.filter(({ method }) => method === "PUT");

  test.each(UPSERTS)(
    "may be changed at the limit by PUT $path",
    async ({ resource, path, body }) => {
      const url = `/api/admin${path}`;
      const first = await send("PUT", url, body("first"));
      expect(first.statusCode).toBe(200);
      const { id } = first.json<{ id: string }>();
      const { used } = await quotas.usage(mine, resource);
      await quotas.limit(mine, resource, used);
      const again = await send("PUT", url, body("first"));
      const renamed = await send("PUT", url, { ...body("second"), id });
      expect([again.statusCode, renamed.statusCode]).toEqual([200, 200]);
      expect(renamed.json()).toMatchObject({ id, name: "second" });
      expect((await send("PUT", url, body("third"))).statusCode).toBe(429);
    },
  );

  test("may be changed above the limit, when that was lowered", async () => {
    const url = "/api/admin/segments";
    for (const name of ["a", "b", "c"]) {
      await send("PUT", url, named(traitSegment())(name));
    }
    await quotas.limit(mine, "segments", 1);
    const reply = await send("PUT", url, named(traitSegment("free"))("b"));
    expect(reply.statusCode).toBe(200);
    expect((await send("PUT", url, named(traitSegment())("d"))).json()).toEqual(
      {
        ...problem("segments", 3),
        limit: 1,
      },
    );
  });

  test("makes room when it is deleted", async () => {
    await quotas.limit(mine, "segments", 1);
    const url = "/api/admin/segments";
    const first = await send("POST", url, named(traitSegment())("a"));
    const { id } = first.json<{ id: string }>();
    expect(
      (await send("POST", url, named(traitSegment())("b"))).statusCode,
    ).toBe(429);
    expect((await send("DELETE", url, { id })).statusCode).toBe(204);
    expect(
      (await send("POST", url, named(traitSegment())("b"))).statusCode,
    ).toBe(201);
  });
});

describe("lists of users", () => {
  const identify = (userId: string) =>
    send(
      "POST",
      "/api/public/apps/identify",
      { messageId: randomUUID(), userId },
      mine.writeKey,
    );

  async function newManualSegment(): Promise<
    (userIds: string[]) => Promise<LightMyRequestResponse>
  > {
    const made = await send("PUT", "/api/admin/segments", {
      name: randomUUID(),
      definition: manualSegment(),
    });
    const { id: segmentId } = made.json<{ id: string }>();
    return (userIds) =>
      send("POST", "/api/admin/segments/manual-segment/update", {
        segmentId,
        userIds,
        append: true,
      });
  }

  async function newGroup(): Promise<
    (userIds: string[]) => Promise<LightMyRequestResponse>
  > {
    const made = await send("PUT", "/api/admin/subscription-groups", {
      name: randomUUID(),
      channel: "Email",
      type: "OptIn",
    });
    const { id } = made.json<{ id: string }>();
    return (userIds) =>
      send("PUT", "/api/admin/subscription-groups/assignments", {
        userUpdates: userIds.map((userId) => ({
          userId,
          changes: { [id]: true },
        })),
      });
  }

  const assignments = async () => {
    const { rows } = await api.env.owner.query<{ userId: string }>(
      `SELECT DISTINCT "userId" FROM "SegmentAssignment" WHERE "workspaceId" = $1 ORDER BY 1`,
      [mine.workspaceId],
    );
    return rows.map(({ userId }) => userId);
  };

  test.each([
    ["a manual segment", newManualSegment],
    ["a subscription group", newGroup],
  ])("of %s are taken whole or refused whole", async (_, open) => {
    const list = await open();
    await quotas.limit(mine, "users", 4);
    expect((await identify("known")).statusCode).toBe(204);
    expect((await list(["known", "a", "b"])).statusCode).toBe(200);

    const refused = await list(["known", "c", "d"]);
    expect([refused.statusCode, refused.json()]).toEqual([
      429,
      { ...problem("users", 3, 2), limit: 4, remaining: 1 },
    ]);
    expect(await assignments()).toEqual(["a", "b", "known"]);
    expect((await quotas.usage(mine, "users")).used).toBe(3);

    expect((await list(["c"])).statusCode).toBe(200);
    expect((await list(["known", "a", "b", "c"])).statusCode).toBe(200);
    expect((await list(["e"])).statusCode).toBe(429);
    expect(await quotas.drift(mine)).toEqual([]);
  });
});

test("the app role itself cannot go past the database, however it inserts", async () => {
  await quotas.set(mine, { maxSegments: 2 });
  const insert = async (statement: string) => {
    const client = await api.env.app.connect();
    try {
      await client.query("BEGIN");
      await client.query(
        `SELECT set_config('app.current_workspace_id', $1, true)`,
        [mine.workspaceId],
      );
      await client.query(statement, [mine.workspaceId]);
      await client.query("COMMIT");
      return "made";
    } catch (error) {
      await client.query("ROLLBACK");
      return error instanceof Error && "code" in error ? error.code : error;
    } finally {
      client.release();
    }
  };
  const columns = `"Segment" ("workspaceId", "name", "definition", "updatedAt", "definitionUpdatedAt")`;
  const one = `INSERT INTO ${columns} VALUES ($1, gen_random_uuid()::text, '{}', now(), now())`;
  const three = `INSERT INTO ${columns} SELECT $1, gen_random_uuid()::text, '{}', now(), now() FROM generate_series(1, 3)`;
  expect(await insert(three)).toBe("QT429");
  expect([await insert(one), await insert(one), await insert(one)]).toEqual([
    "made",
    "made",
    "QT429",
  ]);
  expect(
    await insert(
      `UPDATE "WorkspaceUsage" SET "used" = 0 WHERE "workspaceId" = $1`,
    ),
  ).toBe("42501");
  expect((await quotas.usage(mine, "segments")).used).toBe(2);
});

test("of many at once exactly as many get through as there is room for", async () => {
  await quotas.set(mine, { maxSegments: 5 });
  const replies = await Promise.all(
    Array.from({ length: 24 }, (_, at) =>
      send(
        at % 2 === 0 ? "POST" : "PUT",
        at % 3 === 0 ? "/api/segments" : "/api/admin/segments",
        named(traitSegment())(`segment ${at}`),
      ),
    ),
  );
  const statuses = replies.map(({ statusCode }) => statusCode);
  expect(statuses.filter((status) => status < 300)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(19);
  expect((await quotas.usage(mine, "segments")).used).toBe(5);
  expect(await quotas.drift(mine)).toEqual([]);
});
