import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import {
  createWorkspace,
  type CreateWorkspaceInput,
} from "backend-lib/src/workspaces";
import { beforeAll, describe, expect, test } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const ROUTE = "/api/admin/settings/write-keys";
let mine: ApiWorkspace;
let other: ApiWorkspace;

beforeAll(async () => {
  mine = await api.workspace();
  await api.env.owner.query(
    `UPDATE "Workspace" SET "createdAt" = now() - interval '1 day' WHERE "id" = $1`,
    [mine.workspaceId],
  );
  other = await api.workspace();
});

const get = (authorization: string | undefined, query = "", headers = {}) =>
  api.inject({
    url: `${ROUTE}${query}`,
    headers: {
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
const bearer = ({ adminApiKey }: ApiWorkspace) => `Bearer ${adminApiKey}`;

describe("an admin API key", () => {
  test("opens its workspace, named in query or header", async () => {
    const byQuery = await get(bearer(mine), `?workspaceId=${mine.workspaceId}`);
    const byHeader = await get(undefined, "", mine.headers);
    expect([byQuery.statusCode, byHeader.statusCode]).toEqual([200, 200]);
    expect(
      byQuery.json<{ workspaceId: string }[]>().map((key) => key.workspaceId),
    ).toEqual([mine.workspaceId]);
  });

  test("opens the oldest workspace when none is named, if it is that one's", async () => {
    expect((await get(bearer(mine))).statusCode).toBe(200);
    expect((await get(bearer(other))).statusCode).toBe(401);
  });

  test.each([
    ["is missing", undefined],
    ["is empty", ""],
    ["has another scheme", "Basic abc"],
    ["has the scheme in lower case", "bearer abc"],
    ["has two spaces", "Bearer  abc"],
    ["is followed by more", "Bearer abc def"],
    ["is unknown", `Bearer ${"0".repeat(64)}`],
  ])("that %s is a 401 with a message", async (_, authorization) => {
    const response = await get(
      authorization,
      `?workspaceId=${mine.workspaceId}`,
    );
    expect(response.statusCode).toBe(401);
    expect(response.json<{ message: string }>().message).not.toBe("");
  });

  test("of another workspace is a 401 like that of an unknown one, and is announced", async () => {
    const denied: { reason: string; workspaceId: string | null }[] = [];
    const listen = (event: (typeof denied)[number]) => denied.push(event);
    tenantEvents.on("denied", listen);
    const foreign = await get(
      bearer(other),
      `?workspaceId=${mine.workspaceId}`,
    );
    const unknown = await get(bearer(other), `?workspaceId=${UNKNOWN}`);
    tenantEvents.off("denied", listen);
    expect([foreign.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(foreign.body).toBe(unknown.body);
    expect(denied).toMatchObject([
      { reason: "credential", workspaceId: mine.workspaceId },
      { reason: "credential", workspaceId: UNKNOWN },
    ]);
  });

  test("does not open /api's own routes of keys and members", async () => {
    for (const path of ["secrets", "permissions", "admin-keys", "session"]) {
      const response = await api.inject({
        url: `/api/admin/${path}?workspaceId=${mine.workspaceId}`,
        headers: { authorization: bearer(mine) },
      });
      expect(response.statusCode).toBe(404);
    }
  });

  test.each(["Paused", "Tombstoned"] as const)(
    "of a %s workspace is a 401",
    async (status) => {
      const { adminApiKey, workspaceId } = await api.workspace({ status });
      const response = await get(
        `Bearer ${adminApiKey}`,
        `?workspaceId=${workspaceId}`,
      );
      expect(response.statusCode).toBe(401);
    },
  );

  test("is dead once its row is deleted, even while its secret is there", async () => {
    const workspace = await api.workspace();
    const query = `?workspaceId=${workspace.workspaceId}`;
    expect((await get(bearer(workspace), query)).statusCode).toBe(200);
    await api.env.owner.query(`DELETE FROM "AdminApiKey" WHERE "id" = $1`, [
      workspace.adminApiKeyId,
    ]);
    expect((await get(bearer(workspace), query)).statusCode).toBe(401);
  });

  test.each([
    [
      "has no Admin permission",
      { type: "AdminApiKey", key: "k".repeat(64), permissions: [] },
    ],
    [
      "is of another kind",
      { type: "Twilio", key: "k".repeat(64), permissions: ["Admin"] },
    ],
    ["is empty", { type: "AdminApiKey", key: "", permissions: ["Admin"] }],
    ["is gone", null],
  ])("whose secret %s is a 401", async (_, configValue) => {
    const { workspaceId } = await api.workspace();
    await api.env.owner.query(
      `UPDATE "Secret" SET "configValue" = $2 WHERE "workspaceId" = $1 AND "name" LIKE 'df-admin-api-key-%'`,
      [workspaceId, configValue],
    );
    const response = await get(
      `Bearer ${"k".repeat(64)}`,
      `?workspaceId=${workspaceId}`,
    );
    expect(response.statusCode).toBe(401);
  });
});

describe("the workspace of an admin request", () => {
  test.each(["?workspaceId=1", `?workspaceId=${UNKNOWN}&workspace-id=1`])(
    "%s is a 400 with a message, before the key is looked at",
    async (query) => {
      const response = await get(undefined, query);
      expect(response.statusCode).toBe(400);
      expect(response.json<{ message: string }>().message).toContain(
        "expected a UUID",
      );
    },
  );

  test("in two places that disagree is a 400", async () => {
    const response = await get(
      bearer(mine),
      `?workspaceId=${mine.workspaceId}`,
      {
        "df-workspace-id": other.workspaceId,
      },
    );
    expect(response.statusCode).toBe(400);
  });

  test("can be named by the customer's own id", async () => {
    const workspace = await api.workspace({ externalId: "acme" });
    await api.workspace({ externalId: "acme" }); // a namesake: the key decides
    const response = await get(bearer(workspace), "?externalId=acme");
    expect(
      response.json<{ workspaceId: string }[]>().map((key) => key.workspaceId),
    ).toEqual([workspace.workspaceId]);
    expect((await get(bearer(mine), "?externalId=acme")).statusCode).toBe(401);
    expect((await get(bearer(mine), "?externalId=")).statusCode).toBe(400);
    expect(
      (await get(bearer(mine), "?externalId=a&externalId=b")).statusCode,
    ).toBe(400);
  });

  test("may be an Active child of the key's Parent, by either id; not the other way round", async () => {
    const parent = await api.workspace({ type: "Parent" });
    const family = {
      type: "Child",
      parentWorkspaceId: parent.workspaceId,
    } as const;
    const child = await api.workspace({ ...family, externalId: "shop 1" });
    const paused = await api.workspace({ ...family, status: "Paused" });
    const status = async (key: ApiWorkspace, query: string) =>
      (await get(bearer(key), query)).statusCode;
    expect(await status(parent, `?workspaceId=${child.workspaceId}`)).toBe(200);
    expect(await status(parent, "?externalId=shop%201")).toBe(200);
    expect(await status(parent, `?workspaceId=${paused.workspaceId}`)).toBe(
      401,
    );
    expect(await status(child, `?workspaceId=${parent.workspaceId}`)).toBe(401);
    await api.env.owner.query(
      `UPDATE "Workspace" SET "status" = 'Paused' WHERE "id" = $1`,
      [parent.workspaceId],
    );
    expect(await status(parent, `?workspaceId=${child.workspaceId}`)).toBe(401);
    expect(await status(child, `?workspaceId=${child.workspaceId}`)).toBe(200);
  });

  test("may be an Active child of any type of parent, as an operator makes it; not the parent, nor a sibling", async () => {
    const create = async (input: CreateWorkspaceInput) =>
      (await createWorkspace(input))._unsafeUnwrap();
    const root = await create({ name: "a Root with children" });
    const family = { parentWorkspaceId: root.workspaceId };
    const child = await create({ ...family, name: "a", externalId: "root/a" });
    const sibling = await create({ ...family, name: "b" });
    const status = async (key: { adminApiKey: string }, query: string) =>
      (await get(`Bearer ${key.adminApiKey}`, query)).statusCode;
    const byId = ({ workspaceId }: { workspaceId: string }) =>
      `?workspaceId=${workspaceId}`;
    expect([
      await status(root, byId(root)),
      await status(root, byId(child)),
      await status(root, "?externalId=root%2Fa"),
      await status(child, byId(child)),
    ]).toEqual([200, 200, 200, 200]);
    expect([
      await status(child, byId(root)),
      await status(child, byId(sibling)),
      await status(mine, byId(child)),
    ]).toEqual([401, 401, 401]);
    await api.env.owner.query(
      `UPDATE "Workspace" SET "status" = 'Paused' WHERE "id" = $1`,
      [child.workspaceId],
    );
    expect([
      await status(root, byId(child)),
      await status(child, byId(child)),
      await status(root, byId(sibling)),
    ]).toEqual([401, 401, 200]);
  });
});
