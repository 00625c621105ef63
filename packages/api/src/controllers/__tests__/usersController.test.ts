// /users and /events over HTTP: statuses, roles, isolation between workspaces, and what clients may send.

import { randomUUID } from "node:crypto";

import { type InjectOptions } from "fastify";
import { describe, expect, it } from "vitest";

import { type ApiWorkspace, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

async function withUsers(...userIds: string[]): Promise<ApiWorkspace> {
  const workspace = await api.workspace();
  const response = await api.inject({
    method: "POST",
    url: "/api/public/apps/batch",
    headers: { authorization: workspace.writeKey },
    payload: {
      batch: userIds.map((userId) => ({
        type: "identify",
        messageId: randomUUID(),
        userId,
        traits: { name: userId },
      })),
    },
  });
  expect(response.statusCode).toBe(204);
  return workspace;
}

const admin = (
  { headers }: ApiWorkspace,
  options: InjectOptions & { url: string },
) =>
  api.inject({
    ...options,
    url: `/api/admin${options.url}`,
    headers: { ...headers, ...options.headers },
  });

const idsOf = (response: Awaited<ReturnType<typeof api.inject>>) =>
  response.json<{ users: { id: string }[] }>().users.map(({ id }) => id);

const listIds = async (workspace: ApiWorkspace) =>
  idsOf(await admin(workspace, { method: "POST", url: "/users", payload: {} }));

describe("users", () => {
  it("are listed page by page with the cursors given out", async () => {
    const workspace = await withUsers("a", "b", "c");
    const first = await admin(workspace, {
      method: "POST",
      url: "/users",
      payload: { limit: 2 },
    });
    expect(first.statusCode).toBe(200);
    expect(idsOf(first)).toEqual(["a", "b"]);
    const { nextCursor, userCount } = first.json<{
      nextCursor: string;
      userCount: number;
    }>();
    expect(userCount).toBe(0);
    const second = await admin(workspace, {
      method: "POST",
      url: "/users",
      payload: { limit: 2, cursor: nextCursor },
    });
    expect(idsOf(second)).toEqual(["c"]);
    expect(second.json()).not.toHaveProperty("nextCursor");
  });

  it("are counted exactly", async () => {
    const workspace = await withUsers("a", "b", "c");
    const response = await admin(workspace, {
      method: "POST",
      url: "/users/count",
      payload: { userIds: ["a", "c", "z"] },
    });
    expect([response.statusCode, response.json()]).toEqual([
      200,
      { userCount: 2 },
    ]);
  });

  it("are deleted by body and by query, in their workspace only", async () => {
    const [workspace, other] = [
      await withUsers("a", "b", "c"),
      await withUsers("a", "b", "c"),
    ];
    const byBody = await admin(workspace, {
      method: "DELETE",
      url: "/users",
      payload: { userIds: ["a"] },
    });
    const byQuery = await admin(workspace, {
      method: "DELETE",
      url: "/users/v2?userIds[]=b&userIds[]=nobody",
    });
    expect([byBody.statusCode, byQuery.statusCode]).toEqual([204, 204]);
    expect([byBody.body, byQuery.body]).toEqual(["", ""]);
    expect(await listIds(workspace)).toEqual(["c"]);
    expect(await listIds(other)).toEqual(["a", "b", "c"]);
  });

  it("say their subscriptions", async () => {
    const workspace = await withUsers("a");
    const response = await admin(workspace, {
      url: "/users/subscriptions?userId=a",
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      workspaceId: workspace.workspaceId,
      userId: "a",
      subscriptionGroups: [],
    });
  });

  it.each([
    ["a limit beyond the largest", { limit: 1001 }, "body/limit"],
    ["a limit of nothing", { limit: 0 }, "body/limit"],
    ["a limit as text", { limit: "5" }, "body/limit"],
    [
      "a segment that is no UUID",
      { segmentFilter: ["x"] },
      "body/segmentFilter/0",
    ],
    ["a direction that is none", { direction: "up" }, "body/direction"],
    ["a NUL in a filter", { userIds: ["\0"] }, "userIds/0"],
    ["a cursor of somebody's own making", { cursor: "e30=" }, "cursor"],
    [
      "a property of nobody",
      { userPropertyFilter: [{ id: randomUUID(), values: [] }] },
      "userPropertyFilter/0/id",
    ],
    ["an order by what has no index", { sortBy: "name" }, "sortBy"],
  ])("are not listed with %s: 400 names it", async (_, payload, field) => {
    const workspace = await api.workspace();
    const response = await admin(workspace, {
      method: "POST",
      url: "/users",
      payload,
    });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ message: string }>().message).toContain(field);
  });
});

describe("events", () => {
  it("are listed with a query's texts read as numbers and lists", async () => {
    const workspace = await withUsers("a", "b", "c");
    const response = await admin(workspace, {
      url: `/events?limit=1&offset=1&event[]=identify&startDate=0&endDate=${Date.now() + 60_000}&includeContext=true`,
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      count: 3,
      events: [
        {
          userId: "b",
          eventType: "identify",
          traits: '{"name":"b"}',
          context: "{}",
        },
      ],
    });
  });

  it("are found by one message id or by several", async () => {
    const workspace = await withUsers("a", "b", "c");
    const { events } = (await admin(workspace, { url: "/events" })).json<{
      events: { messageId: string }[];
    }>();
    const [one = "", two = ""] = events.map(({ messageId }) => messageId);
    for (const [query, count] of [
      [`messageId=${one}`, 1],
      [`messageId[]=${one}&messageId[]=${two}`, 2],
    ] as const) {
      const found = await admin(workspace, { url: `/events?${query}` });
      expect(found.json()).toMatchObject({ count });
    }
  });

  it("name their traits and properties", async () => {
    const workspace = await withUsers("a");
    const traits = await admin(workspace, { url: "/events/traits" });
    expect(traits.json()).toEqual({ traits: ["name"] });
    const properties = await admin(workspace, { url: "/events/properties" });
    expect(properties.json()).toEqual({ properties: {} });
  });

  it.each([
    ["limit=1001", "limit"],
    ["limit=x", "limit"],
    ["offset=-1", "offset"],
    ["journeyId=1", "journeyId"],
    ["eventType=explode", "eventType"],
    ["startDate=tomorrow", "startDate"],
    ["userId=%00", "userId"],
  ])("with %s are refused: 400 names it", async (query, field) => {
    const workspace = await api.workspace();
    const response = await admin(workspace, { url: `/events?${query}` });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ message: string }>().message).toContain(field);
  });
});

const ROUTES = [
  ["POST", "/users", "Viewer"],
  ["POST", "/users/count", "Viewer"],
  ["GET", "/users/subscriptions?userId=a", "Viewer"],
  ["DELETE", "/users", "Author"],
  ["DELETE", "/users/v2?userIds[]=a", "Author"],
  ["GET", "/events", "Viewer"],
  ["GET", "/events/traits", "Viewer"],
  ["GET", "/events/properties", "Viewer"],
] as const;

describe.each(ROUTES)("%s %s", (method, url, role) => {
  const payload =
    method === "GET" || url.includes("v2")
      ? {}
      : { payload: { userIds: ["a"] } };
  const send = (headers: Record<string, string>, prefix = "/api") =>
    api.inject({ method, url: `${prefix}${url}`, headers, ...payload });

  it("is 401 without credentials and with wrong ones", async () => {
    const { workspaceId } = await withUsers("a");
    const workspace = { "df-workspace-id": workspaceId };
    expect((await send(workspace)).statusCode).toBe(401);
    expect((await send(workspace, "/api/admin")).statusCode).toBe(401);
    const wrong = { ...workspace, authorization: "Bearer nonsense" };
    expect((await send(wrong)).statusCode).toBe(401);
    expect((await send(wrong, "/api/admin")).statusCode).toBe(401);
  });

  it("refuses callers of another workspace and changes nothing there", async () => {
    const [mine, other] = [await withUsers("a"), await withUsers("a")];
    const member = await api.member({
      roles: [{ workspaceId: mine.workspaceId, role: "Admin" }],
    });
    const foreign = { "df-workspace-id": other.workspaceId };

    const asMember = await send({ ...member.headers, ...foreign });
    const asKey = await send({ ...mine.headers, ...foreign }, "/api/admin");

    expect(asMember.statusCode).toBe(403);
    expect([401, 403]).toContain(asKey.statusCode);
    expect(await listIds(other)).toEqual(["a"]);
  });

  it(`is allowed for a ${role}`, async () => {
    const { workspaceId } = await withUsers("a");
    const member = await api.member({ roles: [{ workspaceId, role }] });
    const response = await send({
      ...member.headers,
      "df-workspace-id": workspaceId,
    });
    expect([200, 204]).toContain(response.statusCode);
  });
});

it("a Viewer may not delete users", async () => {
  const workspace = await withUsers("a");
  const { workspaceId } = workspace;
  const member = await api.member({ roles: [{ workspaceId, role: "Viewer" }] });
  for (const options of [
    { url: "/api/users", payload: { userIds: ["a"] } },
    { url: "/api/users/v2?userIds[]=a" },
  ]) {
    const response = await api.inject({
      method: "DELETE",
      headers: { ...member.headers, "df-workspace-id": workspaceId },
      ...options,
    });
    expect(response.statusCode).toBe(403);
  }
  expect(await listIds(workspace)).toEqual(["a"]);
});
