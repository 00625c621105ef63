import { createWorkspace } from "backend-lib/src/workspaces";
import { type LightMyRequestResponse } from "fastify";
import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

const api = useApi();
const anyText: unknown = expect.any(String);
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
let oldest = "";
let newer = "";
let newest = "";

beforeAll(async () => {
  await api.env.createWorkspace({ name: "older, paused", status: "Paused" });
  newest = (await api.workspace({ name: "newest" })).workspaceId;
  newer = (await api.workspace({ name: "newer" })).workspaceId;
  oldest = (await api.workspace({ name: "oldest" })).workspaceId;
  await api.env.owner.query(
    `UPDATE "Workspace" SET "createdAt" = now() - array_position($1::uuid[], "id") * interval '1 day'
      WHERE "id" = ANY ($1::uuid[])`,
    [[newest, newer, oldest]],
  );
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
        { id: newer, name: "newer", role: "Admin" },
        { id: newest, name: "newest", role: "Admin" },
      ],
    });
  });

  test("opens every active workspace, named in any place", async () => {
    for (const response of [
      await session(`?workspaceId=${newer}`),
      await session(`?workspace-id=${newer}`),
      await session("", { "df-workspace-id": newer }),
      await session("", { "workspace-id": newer.toUpperCase() }),
    ]) {
      expect(bodyOf(response)).toMatchObject({
        workspace: { id: newer },
        role: "Admin",
      });
    }
  });

  test("opens a workspace that an operator just made, for reading and writing", async () => {
    const { workspaceId } = (
      await createWorkspace({ name: "My company" })
    )._unsafeUnwrap();
    const headers = { "workspace-id": workspaceId };
    const made = await api.inject({
      method: "POST",
      url: "/api/segments",
      headers,
      payload: {
        name: "Everybody",
        definition: { entryNode: { type: "Everyone", id: "all" }, nodes: [] },
      },
    });
    expect(made.statusCode).toBe(201);
    const listed = await api.inject({ url: "/api/segments", headers });
    expect([listed.statusCode, listed.body]).toEqual([
      200,
      expect.stringContaining("Everybody"),
    ]);
  });

  test("refuses paused and deleted workspaces with the words it has for unknown ones", async () => {
    const ids = [
      await api.env.createWorkspace({ status: "Paused" }),
      await api.env.createWorkspace({ status: "Tombstoned" }),
      UNKNOWN,
    ];
    for (const id of ids) {
      const response = await session(`?workspaceId=${id}`);
      expect([response.statusCode, response.json()]).toEqual([
        403,
        {
          type: "WorkspaceForbidden",
          message: "You have no access to this workspace.",
        },
      ]);
    }
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
      [`?workspaceId=${newer}`, { "df-workspace-id": oldest }],
      [`?workspaceId=${oldest}`, { "df-workspace-id": newer }],
      [`?workspaceId=${newer}&workspace-id=${oldest}`, {}],
      ["", { "df-workspace-id": newer, "workspace-id": oldest }],
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
      payload: { workspaceId: newer, name: "sneaky" },
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
