import { type LightMyRequestResponse } from "fastify";
import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

const api = useApi();
const anyText: unknown = expect.any(String);
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
let oldest = "";
let demo = "";
let closed = "";

beforeAll(async () => {
  await api.env.createWorkspace({ name: "older, paused", status: "Paused" });
  oldest = (await api.workspace({ name: "oldest", isDemo: false })).workspaceId;
  await api.env.owner.query(
    `UPDATE "Workspace" SET "createdAt" = now() - interval '1 day' WHERE "id" = $1`,
    [oldest],
  );
  demo = (await api.workspace({ name: "demo" })).workspaceId;
  closed = (await api.workspace({ name: "closed", isDemo: false })).workspaceId;
});

const session = (query = "", headers: Record<string, string> = {}) =>
  api.inject({ url: `/api/session${query}`, headers });
const bodyOf = (response: LightMyRequestResponse) =>
  response.json<GetSessionResponse>();

describe("anonymous mode", () => {
  test("without a workspace means the oldest active one, as Admin", async () => {
    const response = await session();
    expect(response.statusCode).toBe(200);
    expect(bodyOf(response)).toEqual({
      authMode: "anonymous",
      version: "0.1.0",
      workspace: { id: oldest, name: "oldest", type: "Root", status: "Active" },
      member: { id: "anonymous", email: "anonymous@email.com" },
      role: "Admin",
      workspaces: [
        { id: oldest, name: "oldest", role: "Admin" },
        { id: demo, name: "demo", role: "Admin" },
      ],
    });
  });

  test("opens the demo workspaces, named in any place", async () => {
    for (const response of [
      await session(`?workspaceId=${demo}`),
      await session(`?workspace-id=${demo}`),
      await session("", { "df-workspace-id": demo }),
      await session("", { "workspace-id": demo.toUpperCase() }),
    ]) {
      expect(bodyOf(response).workspace.id).toBe(demo);
    }
  });

  test("refuses other workspaces with the words it has for unknown ones", async () => {
    const foreign = await session(`?workspaceId=${closed}`);
    const unknown = await session(`?workspaceId=${UNKNOWN}`);
    expect([foreign.statusCode, unknown.statusCode]).toEqual([403, 403]);
    expect(foreign.body).toBe(unknown.body);
    expect(foreign.json()).toEqual({
      type: "WorkspaceForbidden",
      message: "You have no access to this workspace.",
    });
  });

  test("a demo workspace whose feature is switched off is closed", async () => {
    const { workspaceId } = await api.workspace();
    await api.env.owner.query(
      `UPDATE "Feature" SET "enabled" = false WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect((await session(`?workspaceId=${workspaceId}`)).statusCode).toBe(403);
  });

  test("pages of other sites are kept out", async () => {
    const response = await session("", { "sec-fetch-site": "cross-site" });
    expect([response.statusCode, response.json()]).toEqual([
      403,
      { type: "ForeignOrigin", message: anyText },
    ]);
    expect((await session("", { host: "evil.example" })).statusCode).toBe(403);
  });

  test("there is no way to sign in", async () => {
    const response = await api.inject({
      method: "POST",
      url: "/api/public/single-tenant/login",
      payload: { password: "password" },
    });
    expect(response.statusCode).toBe(404);
  });
});

describe("a workspace id", () => {
  test.each([
    ["no UUID", "?workspaceId=1"],
    ["given twice", `?workspaceId=${UNKNOWN}&workspaceId=${UNKNOWN}`],
    ["empty", "?workspaceId="],
  ])("that is %s is a 400 that names it", async (_, query) => {
    const response = await session(query);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: "FST_ERR_VALIDATION",
      message: "querystring/workspaceId: expected a UUID",
      errors: [{ field: "querystring/workspaceId" }],
    });
  });

  test("that disagrees with another is a 400, whichever of them is one's own", async () => {
    const places = [
      [`?workspaceId=${demo}`, { "df-workspace-id": oldest }],
      [`?workspaceId=${oldest}`, { "df-workspace-id": demo }],
      [`?workspaceId=${demo}&workspace-id=${oldest}`, {}],
      ["", { "df-workspace-id": demo, "workspace-id": oldest }],
    ] as const;
    for (const [query, headers] of places) {
      const response = await session(query, headers);
      expect(response.statusCode).toBe(400);
      expect(response.json<{ errors: unknown[] }>().errors).toHaveLength(2);
    }
    const inBody = await api.inject({
      method: "POST",
      url: "/api/admin-keys",
      headers: { "df-workspace-id": oldest },
      payload: { workspaceId: demo, name: "sneaky" },
    });
    expect(inBody.statusCode).toBe(400);
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "AdminApiKey" WHERE "name" = 'sneaky'`,
    );
    expect(rowCount).toBe(0);
  });
});

test("an unknown route is a 404 and needs no credentials", async () => {
  const response = await api.inject({ url: "/api/nothing?x=1" });
  expect([response.statusCode, response.json()]).toEqual([
    404,
    {
      statusCode: 404,
      error: "Not Found",
      message: "Route GET:/api/nothing not found",
    },
  ]);
});

test("routes answer with and without a slash at their end", async () => {
  for (const url of ["/api", "/api/", "/api/session", "/api/session/"]) {
    expect((await api.inject({ url })).statusCode).toBe(200);
  }
});
