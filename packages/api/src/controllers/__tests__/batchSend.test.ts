// POST /content/templates/batch-send: what it answers, at the limit of the month as well, and that nothing of another workspace
// is within its reach. Who gets what is left: backend-lib's messages.accepting.test.ts.

import { emailTemplate, smsTemplate } from "backend-lib/test/definitions";
import { type LightMyRequestResponse } from "fastify";
import { type BatchSendResponse } from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
let templateId: string;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
  templateId = await template(mine, smsTemplate());
});

async function template(
  { workspaceId, headers }: ApiWorkspace,
  definition: object,
): Promise<string> {
  const made = await api.inject({
    method: "POST",
    url: "/api/content/templates",
    headers,
    payload: { workspaceId, name: "T", definition },
  });
  expect(made.statusCode).toBe(201);
  return made.json<{ id: string }>().id;
}

const user = (id: string) => ({
  id,
  messageId: `m-${id}`,
  properties: { phone: "+15550100" },
});

function send(
  body: object = {},
  prefix = "/api",
): Promise<LightMyRequestResponse> {
  return api.inject({
    method: "POST",
    url: `${prefix}/content/templates/batch-send`,
    headers: mine.headers,
    payload: {
      workspaceId: mine.workspaceId,
      templateId,
      channel: "Sms",
      users: [user("ann")],
      ...body,
    },
  });
}

const limit = (amount: number) =>
  api.env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'messages', 'limit', $2)`,
    [mine.workspaceId, amount],
  );

async function stored(): Promise<object[]> {
  const { rows } = await api.env.owner.query<{ id: string }>(
    `SELECT "id" FROM "Message" WHERE "workspaceId" = ANY($1::uuid[])`,
    [[mine.workspaceId, theirs.workspaceId]],
  );
  return rows;
}

describe("200", () => {
  test.each(["/api", "/api/admin"])(
    "%s: one result a user, in the order of the request",
    async (prefix) => {
      const reply = await send(
        {
          users: [user("bob"), { id: "eve", properties: {} }, user("ann")],
          provider: null,
          subscriptionGroupId: null,
          context: { ip: "192.0.2.1" },
        },
        prefix,
      );
      expect(reply.statusCode).toBe(200);
      const { results } = reply.json<BatchSendResponse>();
      expect(results).toEqual([
        { userId: "bob", messageId: "m-bob", type: "Success" },
        {
          userId: "eve",
          messageId: results[1]?.messageId,
          type: "Skipped",
          reason: "NoAddress",
          error: "The user's property phone holds no address.",
        },
        { userId: "ann", messageId: "m-ann", type: "Success" },
      ]);
      expect(reply.headers.ratelimit).toContain('"messages"');
      const { rows } = await api.env.owner.query<{ actor: unknown }>(
        `SELECT "actor" FROM "TenantJob" WHERE "task" = 'sendMessages' AND "workspaceId" = $1`,
        [mine.workspaceId],
      );
      expect(rows).toHaveLength(1);
    },
  );

  test("a batch of which only a part has room says of the others which quota, and asked again answers the same", async () => {
    await limit(2);
    const users = ["a", "b", "c", "d"].map(user);
    const first = await send({ users });
    const again = await send({ users });
    for (const reply of [first, again]) {
      expect(reply.statusCode).toBe(200);
      const { results } = reply.json<BatchSendResponse>();
      expect(results.map(({ type, reason }) => [type, reason])).toEqual([
        ["Success", undefined],
        ["Success", undefined],
        ["NonRetryableError", "QuotaExceeded"],
        ["NonRetryableError", "QuotaExceeded"],
      ]);
      expect(results[3]?.error).toContain(
        "messages quota exceeded: 2 of 2 messages used",
      );
    }
    expect(await stored()).toHaveLength(2);
  });
});

test.each([1, 0])(
  "429 with what is used, and when to come back, when nothing is left of %i",
  async (amount) => {
    await limit(amount);
    await send();
    const reply = await send({ users: [user("b"), user("c")] });
    expect(reply.statusCode).toBe(429);
    expect(reply.headers["content-type"]).toContain("application/problem+json");
    expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
    expect(reply.json()).toMatchObject({
      resourceType: "messages",
      currentUsage: amount,
      limit: amount,
    });
    expect(await stored()).toHaveLength(amount);
  },
);

describe("what cannot be served stores nothing:", () => {
  test("404 for another workspace's template, as for none", async () => {
    const foreign = await template(theirs, smsTemplate());
    const none = "00000000-0000-4000-8000-000000000000";
    const replies = [
      await send({ templateId: foreign }),
      await send({ templateId: none }),
    ];
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([404, 404]);
    expect(replies[0]?.json()).toEqual(replies[1]?.json());
    expect(await stored()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["no user", { users: [] }, "users"],
    ["a channel that is none", { channel: "MobilePush" }, "channel"],
    [
      "a user without properties",
      { users: [{ id: "ann" }] },
      "users/0/properties",
    ],
    ["a user without an id", { users: [{ properties: {} }] }, "users/0/id"],
    ["a template id that is none", { templateId: "t" }, "templateId"],
    [
      "more users than one request may name",
      { users: Array.from({ length: 1_001 }, (_, index) => user(`${index}`)) },
      "users",
    ],
  ])("400 for %s names the field", async (_, body, field) => {
    const reply = await send(body);
    expect(reply.statusCode).toBe(400);
    const { errors } = reply.json<{ errors: { field: string }[] }>();
    expect(errors.map((error) => error.field)).toContain(field);
    expect(await stored()).toEqual([]);
  });

  test("400 for a template of another channel, a provider and a group that there is not", async () => {
    const email = await template(theirs, emailTemplate());
    const replies = [
      await send({ channel: "Email" }),
      await send({ provider: "PigeonPost" }),
      await send({ subscriptionGroupId: email }),
    ];
    expect(
      replies.map((reply) => [
        reply.statusCode,
        reply.json<{ type: string }>().type,
      ]),
    ).toEqual([
      [400, "BadValues"],
      [400, "BadValues"],
      [400, "BadValues"],
    ]);
    expect(await stored()).toEqual([]);
  });

  test("401 without a key", async () => {
    const reply = await api.inject({
      method: "POST",
      url: "/api/admin/content/templates/batch-send",
      payload: {
        workspaceId: mine.workspaceId,
        templateId,
        channel: "Sms",
        users: [user("ann")],
      },
    });
    expect(reply.statusCode).toBe(401);
  });
});
