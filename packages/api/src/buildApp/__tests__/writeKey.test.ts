import { beforeAll, describe, expect, test } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
let mine: ApiWorkspace;

beforeAll(async () => {
  mine = await api.workspace();
});

let messages = 0;
const identify = (authorization: string | undefined, body: object = {}) => {
  messages += 1;
  return api.inject({
    method: "POST",
    url: "/api/public/apps/identify",
    headers: authorization === undefined ? {} : { authorization },
    payload: { messageId: `m${messages}`, userId: `u${messages}`, ...body },
  });
};
const basic = (id: string, value: string) =>
  `Basic ${Buffer.from(`${id}:${value}`).toString("base64")}`;
const partsOf = ({ writeKey }: ApiWorkspace) => {
  const text = Buffer.from(
    writeKey.slice("Basic ".length),
    "base64",
  ).toString();
  const [id = "", value = ""] = text.split(":");
  return { id, value };
};

describe("a write key", () => {
  test("opens its workspace: 204 without a body", async () => {
    const response = await identify(mine.writeKey);
    expect([response.statusCode, response.body]).toEqual([204, ""]);
  });

  test("counts under any scheme word", async () => {
    const { id, value } = partsOf(mine);
    const response = await identify(
      basic(id, value).replace("Basic", "whatever"),
    );
    expect(response.statusCode).toBe(204);
  });

  test("stores in its own workspace, whatever id the body holds", async () => {
    const other = await api.workspace();
    await identify(mine.writeKey, {
      userId: "carried",
      workspaceId: other.workspaceId,
    });
    const { rows } = await api.env.owner.query<{ workspaceId: string }>(
      `SELECT "workspaceId" FROM "WorkspaceUser" WHERE "userId" = 'carried'`,
    );
    expect(rows).toEqual([{ workspaceId: mine.workspaceId }]);
  });

  test("that is missing is a 400 in the form of invalid requests", async () => {
    const response = await identify(undefined);
    expect([response.statusCode, response.json()]).toMatchObject([
      400,
      { code: "FST_ERR_VALIDATION", errors: [{ field: "authorization" }] },
    ]);
  });

  test.each([
    ["has no second part", () => "Basic"],
    ["is not base64", () => "Basic ???"],
    ["has no colon", () => `Basic ${Buffer.from("abc").toString("base64")}`],
    ["has no UUID", () => basic("abc", "def")],
    ["has an unknown id", () => basic(UNKNOWN, "def")],
    ["has a wrong value", () => basic(partsOf(mine).id, "0".repeat(16))],
    ["has no value", () => basic(partsOf(mine).id, "")],
    ["has a NUL", () => basic(partsOf(mine).id, `${partsOf(mine).value}\0`)],
  ])("that %s is InvalidWriteKey, and nothing is stored", async (_, make) => {
    const response = await identify(make(), { userId: "refused" });
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { message: "InvalidWriteKey" },
    ]);
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "WorkspaceUser" WHERE "userId" = 'refused'`,
    );
    expect(rowCount).toBe(0);
  });

  test("has to be registered: a secret with a value is not one by itself", async () => {
    const workspace = await api.workspace();
    const { id } = partsOf(workspace);
    await api.env.owner.query(`DELETE FROM "WriteKey" WHERE "secretId" = $1`, [
      id,
    ]);
    const response = await identify(workspace.writeKey);
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { message: "InvalidWriteKey" },
    ]);
  });

  test("has to be registered by the workspace whose secret it is", async () => {
    const workspace = await api.workspace();
    // The database refuses such a row by now; one from before it did may still be there.
    await api.env.owner.query(
      `ALTER TABLE "WriteKey" DROP CONSTRAINT "WriteKey_secretId_fkey";
       UPDATE "WriteKey" SET "workspaceId" = '${mine.workspaceId}' WHERE "secretId" = '${partsOf(workspace).id}';
       ALTER TABLE "WriteKey" ADD CONSTRAINT "WriteKey_secretId_fkey" FOREIGN KEY ("workspaceId", "secretId")
         REFERENCES "Secret" ("workspaceId", "id") ON UPDATE CASCADE ON DELETE CASCADE NOT VALID`,
    );
    const response = await identify(workspace.writeKey, { userId: "crossed" });
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { message: "InvalidWriteKey" },
    ]);
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "WorkspaceUser" WHERE "userId" = 'crossed'`,
    );
    expect(rowCount).toBe(0);
  });

  test("of a workspace that takes no events is WorkspaceIneligible, to its holder only", async () => {
    for (const input of [
      { status: "Paused" },
      { status: "Tombstoned" },
      { type: "Parent" },
    ] as const) {
      const workspace = await api.workspace(input);
      const response = await identify(workspace.writeKey);
      expect([response.statusCode, response.json()]).toEqual([
        401,
        { message: "WorkspaceIneligible" },
      ]);
      const guess = await identify(
        basic(partsOf(workspace).id, "0".repeat(16)),
      );
      expect(guess.json()).toEqual({ message: "InvalidWriteKey" });
    }
  });

  test("opens nothing but /api/public/apps", async () => {
    const response = await api.inject({
      url: `/api/admin/settings/write-keys?workspaceId=${mine.workspaceId}`,
      headers: { authorization: mine.writeKey },
    });
    expect(response.statusCode).toBe(401);
  });
});

test("alias is a 400 with a message, with or without a key", async () => {
  for (const headers of [{}, { authorization: mine.writeKey }]) {
    const response = await api.inject({
      method: "POST",
      url: "/api/public/apps/alias",
      headers,
      payload: { messageId: "m", userId: "a", previousId: "b" },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ message: string }>().message).not.toBe("");
  }
});

test("a browser may send events from any page", async () => {
  const preflight = await api.inject({
    method: "OPTIONS",
    url: "/api/public/apps/batch",
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(preflight.statusCode).toBe(204);
  expect(preflight.headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "*",
    "access-control-allow-headers": "*, Authorization",
  });
  expect(preflight.headers["access-control-allow-credentials"]).toBeUndefined();
});
