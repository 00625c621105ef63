// The routes of /user-properties and /user-property-indices: what each answers, and that nothing of another workspace is
// within their reach.

import { randomUUID } from "node:crypto";

import {
  type GetUserPropertiesResponse,
  type GetUserPropertyIndicesResponse,
  type SavedUserPropertyResource,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/user-properties");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

const trait = (path: string) => ({ type: "Trait", path });

async function put(
  body: object,
  workspace = mine,
): Promise<SavedUserPropertyResource> {
  const reply = await call(workspace, "PUT", "", body);
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function list(workspace = mine): Promise<SavedUserPropertyResource[]> {
  const reply = await call(workspace, "GET", "");
  expect(reply.statusCode).toBe(200);
  return reply.json<GetUserPropertiesResponse>().userProperties;
}

describe("user properties", () => {
  test("200 for put and list; the put's answer has no status", async () => {
    const made = await put({
      name: "plan",
      definition: trait("plan"),
      exampleValue: '"pro"',
    });
    expect(made).toEqual({
      id: made.id,
      workspaceId: mine.workspaceId,
      name: "plan",
      definition: trait("plan"),
      exampleValue: '"pro"',
      createdAt: made.createdAt,
      updatedAt: made.createdAt,
      definitionUpdatedAt: made.createdAt,
    });
    expect(await list()).toEqual([{ ...made, status: "Running" }]);
  });

  test("400 names what is wrong", async () => {
    const invalid = await call(mine, "PUT", "", {
      name: "x",
      definition: { type: "Trait" },
    });
    expect([invalid.statusCode, invalid.json()]).toMatchObject([
      400,
      { errors: [{ field: "definition/path" }] },
    ]);
    const foreign = await put({ name: "t", definition: trait("t") }, theirs);
    const bodies = [
      { name: "bare" },
      { name: "id", definition: trait("x") },
      { id: foreign.id, name: "stolen", definition: trait("x") },
    ];
    const replies = await Promise.all(
      bodies.map((body) => call(mine, "PUT", "", body)),
    );
    expect(
      replies.map((reply) => [
        reply.statusCode,
        reply.json<{ type: string }>().type,
      ]),
    ).toEqual([
      [400, "InvalidDefinition"],
      [400, "ProtectedUserProperty"],
      [400, "UserPropertyAlreadyExists"],
    ]);
    expect(await list()).toEqual([]);
    expect(await list(theirs)).toEqual([{ ...foreign, status: "Running" }]);
  });

  test("the status: 200, 400 NotFound for none of the workspace's", async () => {
    const { id } = await put({ name: "plan", definition: trait("plan") });
    const foreign = await put({ name: "t", definition: trait("t") }, theirs);
    const patch = (which: string) =>
      call(mine, "PATCH", "/status", { id: which, status: "Paused" });
    const paused = await patch(id);
    expect([paused.statusCode, paused.json()]).toMatchObject([
      200,
      { id, status: "Paused" },
    ]);
    for (const which of [foreign.id, randomUUID()]) {
      const reply = await patch(which);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        400,
        { type: "NotFound" },
      ]);
    }
  });

  test("delete: 204 once, then 404; 404 for another workspace's", async () => {
    const { id } = await put({ name: "plan", definition: trait("plan") });
    const foreign = await put({ name: "t", definition: trait("t") }, theirs);
    const remove = async (which: string) =>
      (await call(mine, "DELETE", "", { id: which })).statusCode;
    expect(await remove(id)).toBe(204);
    expect(await remove(id)).toBe(404);
    expect(await remove(foreign.id)).toBe(404);
    expect(await list(theirs)).toHaveLength(1);
  });
});

describe("indices", () => {
  const index = (
    method: "GET" | "PUT" | "DELETE",
    payload: object = {},
    workspace = mine,
  ) =>
    api.inject({
      method,
      url: `/api/user-property-indices?workspaceId=${workspace.workspaceId}`,
      ...(method === "GET"
        ? {}
        : { payload: { ...payload, workspaceId: workspace.workspaceId } }),
    });
  const indices = async (workspace = mine) =>
    (await index("GET", {}, workspace)).json<GetUserPropertyIndicesResponse>();

  test("204 for put and delete, again too", async () => {
    const { id: userPropertyId } = await put({
      name: "plan",
      definition: trait("plan"),
    });
    for (const type of ["String", "Date"]) {
      const reply = await index("PUT", { userPropertyId, type });
      expect([reply.statusCode, reply.body]).toEqual([204, ""]);
    }
    expect(await indices()).toMatchObject([
      { workspaceId: mine.workspaceId, userPropertyId, type: "Date" },
    ]);
    for (let times = 0; times < 2; times += 1) {
      expect((await index("DELETE", { userPropertyId })).statusCode).toBe(204);
    }
    expect(await indices()).toEqual([]);
  });

  test("400 for another workspace's user property, whose index stays", async () => {
    const { id: userPropertyId } = await put(
      { name: "t", definition: trait("t") },
      theirs,
    );
    await index("PUT", { userPropertyId, type: "Number" }, theirs);
    const reply = await index("PUT", { userPropertyId, type: "String" });
    expect(reply.statusCode).toBe(400);
    expect(reply.json<{ message: string }>().message).toContain(
      "userPropertyId",
    );
    await index("DELETE", { userPropertyId });
    expect(await indices(theirs)).toMatchObject([{ type: "Number" }]);
  });

  test("are not for keys", async () => {
    const reply = await api.inject({
      url: "/api/admin/user-property-indices",
      headers: { ...mine.headers },
    });
    expect(reply.statusCode).toBe(404);
  });
});
