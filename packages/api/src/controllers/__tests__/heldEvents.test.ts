// Held events over HTTP: that a sender never learns of a quota, what an admin sees and does, and who may do it.

import { randomUUID } from "node:crypto";

import { type InjectOptions } from "fastify";
import { type Role } from "isomorphic-lib/src/types";
import { describe, expect, it } from "vitest";

import { type ApiWorkspace, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

async function limitUsers(
  workspace: ApiWorkspace,
  maxUsers: number,
): Promise<void> {
  const response = await api.inject({
    method: "PUT",
    url: "/api/admin/quotas",
    headers: workspace.headers,
    payload: { maxUsers },
  });
  expect(response.statusCode).toBe(200);
}

const send = (
  { writeKey }: ApiWorkspace,
  ...batch: Record<string, unknown>[]
) =>
  api.inject({
    method: "POST",
    url: "/api/public/apps/batch",
    headers: { authorization: writeKey },
    payload: { batch },
  });

const track = (userId: string, event = "Visit") => ({
  type: "track",
  messageId: randomUUID(),
  userId,
  event,
});

/** With room for one user and two events of others waiting. */
async function fullWorkspace(): Promise<ApiWorkspace> {
  const workspace = await api.workspace();
  await limitUsers(workspace, 1);
  await send(workspace, track("ann"), track("bob", "B1"), track("cleo", "C1"));
  return workspace;
}

const call = (
  { headers }: Pick<ApiWorkspace, "headers">,
  options: InjectOptions & { url: string },
) =>
  api.inject({
    ...options,
    headers,
    url: `/api/admin/quotas/held-events${options.url}`,
  });

async function jobs(workspaceId: string): Promise<number> {
  const { rowCount } = await api.env.owner.query(
    `SELECT 1 FROM "TenantJob" WHERE "workspaceId" = $1 AND "task" = 'admitHeldEvents'`,
    [workspaceId],
  );
  return rowCount ?? 0;
}

interface Page {
  events: { event: string; id: string }[];
  nextCursor?: string;
  figures: Record<string, number>;
}

describe("over the user quota", () => {
  it.each(["identify", "track", "page", "screen", "group"])(
    "%s answers 204, and its event waits",
    async (type) => {
      const workspace = await fullWorkspace();
      const response = await api.inject({
        method: "POST",
        url: `/api/public/apps/${type}`,
        headers: { authorization: workspace.writeKey },
        payload: { ...track("dan"), groupId: "acme", name: "Home" },
      });
      expect([response.statusCode, response.body]).toEqual([204, ""]);
      const page = await call(workspace, { url: "?userId=dan" });
      expect(page.json<Page>().events.length).toBeGreaterThan(0);
    },
  );

  it("a batch answers 204, however often it is sent", async () => {
    const workspace = await fullWorkspace();
    const batch = [track("ann"), track("dan")];
    for (let round = 0; round < 2; round += 1) {
      const response = await send(workspace, ...batch);
      expect(response.statusCode).toBe(204);
    }
    const page = await call(workspace, { url: "" });
    expect(page.json<Page>().figures).toMatchObject({ waiting: 3, held: 3 });
  });
});

describe("held events", () => {
  it("are listed page by page, with the figures of the workspace", async () => {
    const workspace = await fullWorkspace();

    const first = await call(workspace, { url: "?limit=1" });
    expect(first.statusCode).toBe(200);
    const { events, nextCursor = "", figures } = first.json<Page>();
    expect(events).toMatchObject([
      { userOrAnonymousId: "bob", event: "B1", resourceType: "users" },
    ]);
    expect(figures).toEqual({
      waiting: 2,
      held: 2,
      admitted: 0,
      droppedFull: 0,
      droppedAged: 0,
      dropped: 0,
      maxWaiting: 100_000,
      maxDays: 30,
    });

    const second = await call(workspace, { url: `?cursor=${nextCursor}` });
    expect(second.json<Page>().events).toMatchObject([{ event: "C1" }]);
    expect(second.json<Page>().nextCursor).toBeUndefined();
  });

  it("are dropped by user, by id, or all at once", async () => {
    const workspace = await fullWorkspace();
    const drop = async (payload: object) => {
      const response = await call(workspace, {
        method: "DELETE",
        url: "",
        payload,
      });
      return [response.statusCode, response.json<unknown>()];
    };
    expect(await drop({ userId: "bob" })).toEqual([200, { dropped: 1 }]);
    expect(await drop({ ids: [randomUUID()] })).toEqual([200, { dropped: 0 }]);
    expect(await drop({ all: true })).toEqual([200, { dropped: 1 }]);
  });

  it("are looked at when an admin asks, raises the limit, or goes back to the default", async () => {
    const asked = await fullWorkspace();
    const response = await call(asked, {
      method: "POST",
      url: "/admit",
      payload: {},
    });
    expect([response.statusCode, response.json()]).toEqual([
      202,
      { waiting: 2 },
    ]);
    expect(await jobs(asked.workspaceId)).toBe(1);

    const raised = await fullWorkspace();
    await limitUsers(raised, 5);
    expect(await jobs(raised.workspaceId)).toBe(1);

    const reset = await fullWorkspace();
    await api.inject({
      method: "DELETE",
      url: `/api/admin/quotas?workspaceId=${reset.workspaceId}`,
      headers: { authorization: reset.headers.authorization ?? "" },
    });
    expect(await jobs(reset.workspaceId)).toBe(1);
  });

  it.each([
    ["GET", "?limit=0", undefined],
    ["GET", "?limit=1001", undefined],
    ["GET", "?cursor=x", undefined],
    ["GET", "?resourceType=cats", undefined],
    ["DELETE", "", {}],
    ["DELETE", "", { all: false }],
    ["DELETE", "", { ids: ["x"] }],
    ["DELETE", "", { userId: "" }],
  ] as const)(
    "%s%s %j is a 400, and drops nothing",
    async (method, url, payload) => {
      const workspace = await fullWorkspace();
      const response = await call(workspace, {
        method,
        url,
        ...(payload === undefined ? {} : { payload }),
      });
      expect(response.statusCode).toBe(400);
      const page = await call(workspace, { url: "" });
      expect(page.json<Page>().figures).toMatchObject({ waiting: 2 });
    },
  );

  it.each<[Role, number, number]>([
    ["Viewer", 200, 403],
    ["Author", 200, 403],
    ["WorkspaceManager", 200, 403],
    ["Admin", 200, 200],
  ])("%s: listing %i, dropping %i", async (role, listing, dropping) => {
    const { workspaceId } = await fullWorkspace();
    const { headers } = await api.member({ roles: [{ workspaceId, role }] });
    const url = `/api/quotas/held-events?workspaceId=${workspaceId}`;

    const listed = await api.inject({ url, headers });
    const dropped = await api.inject({
      method: "DELETE",
      url,
      headers,
      payload: { all: true },
    });

    expect([listed.statusCode, dropped.statusCode]).toEqual([
      listing,
      dropping,
    ]);
  });

  it("are nobody else's to see or to drop", async () => {
    const [mine, theirs] = [await fullWorkspace(), await fullWorkspace()];
    const seen = await call(theirs, { url: "" });
    const ids = seen.json<Page>().events.map(({ id }) => id);

    const response = await call(mine, {
      method: "DELETE",
      url: "",
      payload: { ids },
    });

    expect(response.json()).toEqual({ dropped: 0 });
    const refused = await api.inject({
      url: `/api/admin/quotas/held-events?workspaceId=${theirs.workspaceId}`,
      headers: { authorization: mine.headers.authorization ?? "" },
    });
    expect(refused.statusCode).toBe(401);
  });
});
