// Ingestion over HTTP: what is accepted, what is refused and how that is said, and that nothing of a refused request is
// stored.

import { randomUUID } from "node:crypto";

import { type InjectOptions } from "fastify";
import { describe, expect, it } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();

const post = (
  path: string,
  payload: InjectOptions["payload"],
  headers: Record<string, string>,
) =>
  api.inject({
    method: "POST",
    url: `/api/public/apps/${path}`,
    headers: { "content-type": "application/json", ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

const keyOf = ({ writeKey }: ApiWorkspace) => ({ authorization: writeKey });

async function stored(workspaceId: string) {
  const { rows } = await api.env.owner.query<{
    messageId: string;
    eventType: string;
    event: string;
  }>(
    `SELECT "messageId", "eventType", "event" FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "position"`,
    [workspaceId],
  );
  return rows;
}

async function countRows(workspaceId: string): Promise<number> {
  const counts = await Promise.all(
    ["UserEvent", "UserEventReceipt", "WorkspaceUser"].map((table) =>
      api.env.owner.query<{ count: string }>(
        `SELECT count(*) FROM "${table}" WHERE "workspaceId" = $1`,
        [workspaceId],
      ),
    ),
  );
  return counts.reduce((sum, { rows }) => sum + Number(rows[0]?.count), 0);
}

const item = (over: Record<string, unknown> = {}) => ({
  type: "track",
  messageId: randomUUID(),
  userId: "ann",
  event: "Visit",
  ...over,
});

describe("objects of more than 1000 fields", () => {
  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, 0]));

  it.each([
    ["identify", "traits"],
    ["track", "properties"],
    ["page", "properties"],
    ["screen", "context"],
    ["group", "traits"],
  ])("are refused by %s, which names %s", async (path, field) => {
    const workspace = await api.workspace();
    const send = async (count: number) =>
      post(
        path,
        item({ groupId: "acme", [field]: fields(count) }),
        keyOf(workspace),
      );

    const refused = await send(1001);

    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ errors: [{ field }] });
    expect(await countRows(workspace.workspaceId)).toBe(0);
    expect((await send(1000)).statusCode).toBe(204);
  });

  it("are refused in a batch, which names the item", async () => {
    const workspace = await api.workspace();
    const traits = fields(1001);
    const response = await post(
      "batch",
      { batch: [item(), item(), item(), item({ type: "identify", traits })] },
      keyOf(workspace),
    );
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      errors: [{ field: "batch/3/traits" }],
    });
    expect(await countRows(workspace.workspaceId)).toBe(0);
  });
});

describe("each call", () => {
  it.each([
    ["identify", { traits: { plan: "pro" } }, ["identify"]],
    ["track", { event: "Visit", properties: { n: 1 } }, ["Visit"]],
    ["page", { name: "Home" }, ["Home"]],
    ["page", {}, ["page"]],
    ["screen", { name: "Inbox", properties: {} }, ["Inbox"]],
    [
      "group",
      { groupId: "acme" },
      ["DFUserGroupAssignment", "DFGroupUserAssignment"],
    ],
  ])(
    "%s %j answers 204 without a body, and stores",
    async (path, fields, events) => {
      const workspace = await api.workspace();
      const messageId = randomUUID();
      const body = { messageId, userId: "ann", ...fields };

      const first = await post(path, body, keyOf(workspace));
      const again = await post(path, body, keyOf(workspace));

      expect([first.statusCode, again.statusCode]).toEqual([204, 204]);
      expect(first.body).toBe("");
      const rows = await stored(workspace.workspaceId);
      expect(rows.map(({ event }) => event)).toEqual(events);
      expect(rows[0]?.messageId).toBe(messageId);
    },
  );

  it("alias is refused, key or not", async () => {
    const response = await post("alias", { anything: 1 }, {});
    expect(response.statusCode).toBe(400);
    expect(response.json()).toHaveProperty("message");
  });

  it("a batch is stored in order, with its context merged below each item's", async () => {
    const workspace = await api.workspace();
    const batch = [
      item({ type: "identify", traits: {}, context: { a: "item" } }),
      item(),
      item({ type: "screen", userId: undefined, anonymousId: "x", name: "Go" }),
    ];
    const response = await post(
      "batch",
      { batch, context: { a: "batch", b: 1 }, workspaceId: randomUUID() },
      keyOf(workspace),
    );

    expect(response.statusCode).toBe(204);
    expect(await stored(workspace.workspaceId)).toMatchObject([
      { messageId: batch[0]?.messageId, eventType: "identify" },
      { messageId: batch[1]?.messageId, eventType: "track" },
      { messageId: batch[2]?.messageId, eventType: "screen" },
    ]);
    const { rows } = await api.env.owner.query(
      `SELECT "context" FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "position" LIMIT 1`,
      [workspace.workspaceId],
    );
    expect(rows).toEqual([{ context: { a: "item", b: 1 } }]);
  });

  it("an empty batch is accepted", async () => {
    const workspace = await api.workspace();
    const response = await post("batch", { batch: [] }, keyOf(workspace));
    expect(response.statusCode).toBe(204);
  });

  it("a batch of 10,000 is stored whole, in one request", async () => {
    const workspace = await api.workspace();
    const batch = Array.from({ length: 10_000 }, (_, at) =>
      item({ userId: `user-${at % 3000}` }),
    );
    const response = await post("batch", { batch }, keyOf(workspace));
    expect(response.statusCode).toBe(204);
    expect(await stored(workspace.workspaceId)).toHaveLength(10_000);
  });
});

describe("the write key", () => {
  it("is required: without a header 400, and the answer names it", async () => {
    const response = await post("track", item(), {});
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: "FST_ERR_VALIDATION",
      errors: [{ field: "authorization" }],
    });
    expect(response.json<{ message: string }>().message).toContain(
      "headers/authorization",
    );
  });

  const basic = (text: string) =>
    `Basic ${Buffer.from(text).toString("base64")}`;

  it.each([
    ["no second part", "Basic"],
    ["no base64 of anything", "Basic %%%"],
    ["no UUID", basic("a:b")],
    ["an unknown id", basic(`${randomUUID()}:0123456789abcdef`)],
    ["NULs", basic("\0:\0")],
  ])("with %s is 401 InvalidWriteKey", async (_, authorization) => {
    const response = await post(
      "batch",
      { batch: [item()] },
      { authorization },
    );
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({ message: "InvalidWriteKey" });
  });

  it("with another secret's value is 401, and nothing is stored", async () => {
    const [mine, other] = [await api.workspace(), await api.workspace()];
    const [id] = Buffer.from(mine.writeKey.slice(6), "base64")
      .toString()
      .split(":");
    const [, value] = Buffer.from(other.writeKey.slice(6), "base64")
      .toString()
      .split(":");
    const response = await post("track", item(), {
      authorization: basic(`${id}:${value}`),
    });
    expect(response.statusCode).toBe(401);
    expect(await countRows(mine.workspaceId)).toBe(0);
    expect(await countRows(other.workspaceId)).toBe(0);
  });

  it("of an admin API key is none", async () => {
    const workspace = await api.workspace();
    const response = await post("track", item(), {
      authorization: `Bearer ${workspace.adminApiKey}`,
    });
    expect(response.statusCode).toBe(401);
  });

  it.each([
    { status: "Paused" as const },
    { status: "Tombstoned" as const },
    { type: "Parent" as const },
  ])("of a workspace with %j is 401 WorkspaceIneligible", async (state) => {
    const workspace = await api.workspace(state);
    const response = await post("track", item(), keyOf(workspace));
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual({ message: "WorkspaceIneligible" });
    expect(await countRows(workspace.workspaceId)).toBe(0);
  });

  it("decides the workspace, whatever id body, query or header hold", async () => {
    const [mine, other] = [await api.workspace(), await api.workspace()];
    const response = await api.inject({
      method: "POST",
      url: `/api/public/apps/track?workspaceId=${other.workspaceId}`,
      headers: {
        authorization: mine.writeKey,
        "df-workspace-id": other.workspaceId,
      },
      payload: item({ workspaceId: other.workspaceId }),
    });
    expect(response.statusCode).toBe(204);
    expect(await stored(mine.workspaceId)).toHaveLength(1);
    expect(await countRows(other.workspaceId)).toBe(0);
  });
});

describe("what is refused", () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? 1 : { a: nested(depth - 1) };
  const long = "x".repeat(256);
  const good = [item(), item(), item()];

  it.each<[string, unknown, string]>([
    ["no body", "", "body"],
    ["malformed JSON", '{"batch": [', ""],
    ["a number", "5", "body"],
    ["an array", "[]", "body"],
    ["null", "null", "body"],
    ["no batch", {}, "batch"],
    ["a batch that is an object", { batch: {} }, "batch"],
    ["a batch that is text", { batch: "[]" }, "batch"],
    ["an item that is null", { batch: [null] }, "batch/0"],
    [
      "an item without type",
      { batch: [{ messageId: "m", userId: "u" }] },
      "batch/0",
    ],
    [
      "an alias in a batch",
      { batch: [item({ type: "alias" })] },
      "batch/0/type",
    ],
    [
      "an unknown type in the fourth item",
      { batch: [...good, item({ type: "explode" })] },
      "batch/3/type",
    ],
    [
      "nobody in the fourth item",
      { batch: [...good, item({ userId: undefined })] },
      "batch/3",
    ],
    [
      "a user id that is a number",
      { batch: [...good, item({ userId: 5 })] },
      "batch/3/userId",
    ],
    [
      "a user id that is null",
      { batch: [item({ userId: null })] },
      "batch/0/userId",
    ],
    [
      "a user id that is empty",
      { batch: [item({ userId: "" })] },
      "batch/0/userId",
    ],
    [
      "a user id that is too long",
      { batch: [item({ userId: long })] },
      "batch/0/userId",
    ],
    [
      "an anonymous id that is too long",
      { batch: [item({ anonymousId: long })] },
      "batch/0/anonymousId",
    ],
    [
      "no message id",
      { batch: [item({ messageId: undefined })] },
      "batch/0/messageId",
    ],
    [
      "a message id that is a number",
      { batch: [item({ messageId: 5 })] },
      "batch/0/messageId",
    ],
    [
      "a message id that is too long",
      { batch: [item({ messageId: long })] },
      "batch/0/messageId",
    ],
    ["no event name", { batch: [item({ event: undefined })] }, "batch/0/event"],
    [
      "an event name that is too long",
      { batch: [item({ event: long })] },
      "batch/0/event",
    ],
    [
      "an empty group id",
      { batch: [item({ type: "group", groupId: "" })] },
      "batch/0/groupId",
    ],
    [
      "traits that are an array",
      { batch: [item({ type: "identify", traits: [] })] },
      "batch/0/traits",
    ],
    [
      "properties that are text",
      { batch: [item({ properties: "{}" })] },
      "batch/0/properties",
    ],
    ["a context that is text", { batch: [item()], context: "x" }, "context"],
    [
      "a timestamp that is no date",
      { batch: [item({ timestamp: "yesterday" })] },
      "batch/0/timestamp",
    ],
    [
      "a timestamp of a day that is none",
      { batch: [item({ timestamp: "2026-02-30T00:00:00Z" })] },
      "batch/0/timestamp",
    ],
    [
      "a timestamp that is a number",
      { batch: [item({ timestamp: 5 })] },
      "batch/0/timestamp",
    ],
    [
      "a year of six digits",
      { batch: [item({ timestamp: "+275760-09-13T00:00:00.000Z" })] },
      "batch/0/timestamp",
    ],
    [
      "a NUL in an id",
      { batch: [...good, item({ userId: "a\0b" })] },
      "batch/3/userId",
    ],
    [
      "a NUL deep in the traits",
      { batch: [item({ type: "identify", traits: { a: [{ b: "\0" }] } })] },
      "batch/0/traits/a/0/b",
    ],
    [
      "a NUL in a key",
      { batch: [item({ properties: { "a\0": 1 } })] },
      "batch/0/properties",
    ],
    [
      "half a character",
      '{"batch":[{"type":"track","messageId":"m","userId":"\\ud800","event":"e"}]}',
      "batch/0/userId",
    ],
    [
      "a number beyond numbers",
      '{"batch":[{"type":"track","messageId":"m","userId":"u","event":"e","properties":{"n":1e999}}]}',
      "batch/0/properties/n",
    ],
    [
      "nesting without end",
      { batch: [item({ properties: nested(100) })] },
      "batch/0/properties",
    ],
    [
      "a poisoned prototype",
      '{"batch":[{"type":"track","messageId":"m","userId":"u","event":"e","properties":{"__proto__":{"x":1}}}]}',
      "",
    ],
    [
      "files",
      {
        batch: [
          ...good,
          item({
            files: [
              { type: "Base64Encoded", name: "a", mimeType: "b", data: "" },
            ],
          }),
        ],
      },
      "batch/3/files",
    ],
    [
      "10,001 items",
      {
        batch: Array.from({ length: 10_001 }, () => ({
          type: "track",
          messageId: "m",
          userId: "u",
          event: "e",
        })),
      },
      "batch",
    ],
  ])(
    "%s: 400, the field is named, nothing is stored",
    async (_, body, field) => {
      const workspace = await api.workspace();
      const payload = typeof body === "string" ? body : JSON.stringify(body);

      const response = await post("batch", payload, keyOf(workspace));

      expect(response.statusCode).toBe(400);
      const { message } = response.json<{ message: string }>();
      expect(message).toContain(field);
      expect(await countRows(workspace.workspaceId)).toBe(0);
    },
  );

  it("a body beyond the limit is 413, and the answer says the limit", async () => {
    const workspace = await api.workspace();
    const response = await post(
      "batch",
      JSON.stringify({
        batch: [item({ properties: { big: "x".repeat(6_000_000) } })],
      }),
      keyOf(workspace),
    );
    expect(response.statusCode).toBe(413);
    expect(response.json<{ message: string }>().message).toContain("5242880");
    expect(await countRows(workspace.workspaceId)).toBe(0);
  });

  it("a single call names its field without a batch", async () => {
    const workspace = await api.workspace();
    const file = { type: "Base64Encoded", name: "a", mimeType: "b", data: "" };
    const withFile = await post(
      "track",
      item({ files: [file] }),
      keyOf(workspace),
    );
    expect(withFile.statusCode).toBe(400);
    expect(withFile.json<{ message: string }>().message).toMatch(
      /^body\/files/,
    );
    const withoutName = await post(
      "track",
      item({ event: "" }),
      keyOf(workspace),
    );
    expect(withoutName.json<{ message: string }>().message).toContain(
      "body/event",
    );
  });
});

describe("odd but well-formed input is stored as it is", () => {
  it.each([
    ["quotes and backslashes", `'"\\; DROP TABLE "UserEvent"; --`],
    ["emoji and combining marks", "👩‍👩‍👧 e\u0301"],
    ["right-to-left and control characters", "\u202Eabc\u0007\u001b[31m"],
    ["a user id called __proto__", "__proto__"],
    ["255 characters of four bytes", "😀".repeat(127)],
  ])("%s", async (_, text) => {
    const workspace = await api.workspace();
    const response = await post(
      "batch",
      {
        batch: [
          item({
            type: "identify",
            userId: text,
            messageId: text,
            traits: { [`a ${text}`]: text },
          }),
        ],
      },
      keyOf(workspace),
    );
    expect(response.statusCode).toBe(204);
    const { rows } = await api.env.owner.query(
      `SELECT "userId", "traits" FROM "WorkspaceUser" WHERE "workspaceId" = $1`,
      [workspace.workspaceId],
    );
    expect(rows).toEqual([{ userId: text, traits: { [`a ${text}`]: text } }]);
  });
});
