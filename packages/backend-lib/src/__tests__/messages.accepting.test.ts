// Accepting messages on a real Postgres: who gets what is left of the month, that a messageId is accepted once, and who is
// left out. What becomes of the messages: messages.delivering.test.ts.

import { err } from "neverthrow";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { smsTemplate } from "../../test/definitions";
import { GREETING, messagingOf, recipients } from "../../test/messaging";
import { useTenantEnv } from "../../test/tenantEnv";
import { inTransaction } from "../db";
import {
  acceptMessages,
  cancelMessages,
  countMessages,
  sendBatch,
} from "../messages";
import { upsertMessageTemplate } from "../messageTemplates";
import { tenantEvents } from "../multitenancy/tenantEvents";
import {
  updateSubscriptionAssignments,
  upsertSubscriptionGroup,
} from "../subscriptionGroups";

const env = useTenantEnv();
const messaging = messagingOf(env);

let workspaceId: string;
let templateId: string;
beforeEach(async () => {
  ({ workspaceId, templateId } = await messaging.sender());
});

const accept = async (
  input: Partial<Parameters<typeof messaging.accept>[0]>,
) => {
  const accepted = await messaging.accept({
    workspaceId,
    templateId,
    recipients: [],
    ...input,
  });
  return accepted._unsafeUnwrap();
};

const batch = (count: number, prefix?: string) =>
  env.as(workspaceId, () =>
    sendBatch({
      workspaceId,
      templateId,
      channel: "Email",
      recipients: recipients(count, prefix),
    }),
  );

const jobs = async () => {
  const { rows } = await env.owner.query(
    `SELECT "task" FROM "TenantJob" WHERE "workspaceId" = $1 AND "task" = 'sendMessages'`,
    [workspaceId],
  );
  return rows.length;
};

describe("accepting messages", () => {
  it("answers each recipient in the order given, counts each message once, and asks the worker to send them", async () => {
    const announced = vi.fn();
    tenantEvents.once("message", announced);
    const accepted = await accept({ recipients: recipients(3) });
    expect(accepted).toEqual({
      results: [0, 1, 2].map((index) => ({
        userId: `u${index}`,
        messageId: `u-m${index}`,
        type: "Success",
      })),
      granted: 3,
      refused: 0,
      refusal: null,
    });
    const rows = await messaging.messages(workspaceId);
    expect(rows.map(({ userId, state }) => [userId, state])).toEqual([
      ["u0", "Queued"],
      ["u1", "Queued"],
      ["u2", "Queued"],
    ]);
    expect(await messaging.used(workspaceId)).toBe(3);
    expect(await jobs()).toBe(1);
    expect(announced).toHaveBeenCalledExactlyOnceWith({
      workspaceId,
      channel: "Email",
      state: "Queued",
      count: 3,
    });
  });

  it("makes an id for a message that has none, so that each request is another message", async () => {
    const nameless = { userId: "ann", properties: { email: "a@example.com" } };
    await accept({ recipients: [nameless] });
    await accept({ recipients: [nameless, nameless] });
    expect(await messaging.used(workspaceId)).toBe(3);
  });

  it("stands or falls with the caller's transaction", async () => {
    const refused = await env.as(workspaceId, () =>
      inTransaction(async (tx) => {
        const accepted = await acceptMessages(
          {
            workspaceId,
            templateId,
            channel: "Email",
            recipients: recipients(2),
          },
          { tx },
        );
        expect(accepted._unsafeUnwrap().granted).toBe(2);
        return err("changed my mind");
      }),
    );
    expect(refused.isErr()).toBe(true);
    expect(await messaging.messages(workspaceId)).toEqual([]);
    expect(await messaging.used(workspaceId)).toBe(0);
    expect(await jobs()).toBe(0);
  });
});

describe("a messageId", () => {
  it("is accepted once: asked again the outcome is answered, and nothing is taken", async () => {
    await accept({ recipients: recipients(2) });
    const again = await accept({ recipients: recipients(3) });
    expect(again.granted).toBe(1);
    expect(again.results.map(({ type }) => type)).toEqual([
      "Success",
      "Success",
      "Success",
    ]);
    expect(await messaging.used(workspaceId)).toBe(3);
  });

  it("given twice in one request is one message, and of another user it is refused", async () => {
    const properties = { email: "ann@example.com" };
    const accepted = await accept({
      recipients: ["ann", "ann", "eve"].map((userId) => ({
        userId,
        messageId: "m",
        properties,
      })),
    });
    expect(accepted.results.map(({ type, reason }) => [type, reason])).toEqual([
      ["Success", undefined],
      ["Success", undefined],
      ["NonRetryableError", "MessageIdTaken"],
    ]);
    expect(await messaging.used(workspaceId)).toBe(1);
  });

  it("sent by several requests at once is one message", async () => {
    const accepted = await Promise.all(
      Array.from({ length: 8 }, () => accept({ recipients: recipients(20) })),
    );
    const granted = accepted.map((each) => each.granted);
    expect(granted.reduce((sum, each) => sum + each, 0)).toBe(20);
    for (const { results } of accepted) {
      expect(new Set(results.map(({ type }) => type))).toEqual(
        new Set(["Success"]),
      );
    }
    expect(await messaging.used(workspaceId)).toBe(20);
  });

  it("is a workspace's own", async () => {
    await accept({ recipients: recipients(1) });
    const other = await messaging.sender();
    const accepted = await messaging.accept({
      ...other,
      recipients: recipients(1),
    });
    expect(accepted._unsafeUnwrap().granted).toBe(1);
  });

  it("that failed, or was skipped, is answered so", async () => {
    await accept({ recipients: recipients(2) });
    await env.owner.query(
      `UPDATE "Message" SET "state" = CASE "userId" WHEN 'u0' THEN 'Failed'::"MessageState" ELSE 'Skipped' END,
              "reason" = 'SendingFailed: The mail server refused the message: 550.' WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    const { results } = await accept({ recipients: recipients(2) });
    const told = {
      reason: "SendingFailed",
      error: "The mail server refused the message: 550.",
    };
    expect(results).toMatchObject([
      { type: "NonRetryableError", ...told },
      { type: "Skipped", ...told },
    ]);
  });
});

describe("of the month's messages", () => {
  it("the first recipients get what is left, and the others are told which quota, how much it is and when it begins anew", async () => {
    await messaging.limit(workspaceId, 10);
    await accept({ recipients: recipients(4, "before") });
    const accepted = await accept({ recipients: recipients(10) });
    expect(accepted).toMatchObject({ granted: 6, refused: 4 });
    expect(accepted.results.map(({ type }) => type)).toEqual([
      ...Array.from({ length: 6 }, () => "Success"),
      ...Array.from({ length: 4 }, () => "NonRetryableError"),
    ]);
    const refused = accepted.results[9];
    expect(refused?.reason).toBe("QuotaExceeded");
    expect(refused?.error).toMatch(
      /^messages quota exceeded: 10 of 10 messages used, 1 requested\. It begins anew on \d{4}-\d\d-01;/,
    );
    expect(accepted.refusal).toMatchObject({
      resourceType: "messages",
      limit: 10,
      currentUsage: 10,
      requested: 4,
    });
    expect(await messaging.used(workspaceId)).toBe(10);
    expect(await messaging.messages(workspaceId)).toHaveLength(10);
  });

  it("1,000 recipients with 600 left: 600 are accepted", async () => {
    await messaging.limit(workspaceId, 600);
    const accepted = await accept({ recipients: recipients(1_000) });
    expect(accepted).toMatchObject({ granted: 600, refused: 400 });
    const again = await accept({ recipients: recipients(1_000) });
    expect(again).toMatchObject({ granted: 0, refused: 400 });
    expect(again.results.filter(({ type }) => type === "Success")).toHaveLength(
      600,
    );
    expect(await messaging.used(workspaceId)).toBe(600);
  });

  it("nothing is left: the whole request is refused, unless some of it was accepted earlier", async () => {
    await messaging.limit(workspaceId, 2);
    expect((await batch(2)).isOk()).toBe(true);
    const refused = await batch(3, "other");
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      type: "QuotaExceeded",
      resourceType: "messages",
      currentUsage: 2,
      limit: 2,
      requested: 1,
    });
    expect((await batch(3))._unsafeUnwrap().map(({ type }) => type)).toEqual([
      "Success",
      "Success",
      "NonRetryableError",
    ]);
    expect(await messaging.messages(workspaceId)).toHaveLength(2);
  });

  it("raising the limit and the month's turn take effect with the next request", async () => {
    await messaging.limit(workspaceId, 1);
    expect(await accept({ recipients: recipients(2) })).toMatchObject({
      granted: 1,
    });
    await messaging.limit(workspaceId, 2);
    expect(await accept({ recipients: recipients(4) })).toMatchObject({
      granted: 1,
      refused: 2,
    });
    const { rows } = await env.owner.query<{ body: string }>(
      `SELECT pg_get_functiondef('tenancy.quota_now()'::regprocedure) AS "body"`,
    );
    try {
      await env.owner.query(
        `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
           SET search_path = pg_catalog, pg_temp AS $$ SELECT date_trunc('month', now()) + interval '40 days' $$`,
      );
      expect(await accept({ recipients: recipients(4) })).toMatchObject({
        granted: 2,
        refused: 0,
      });
    } finally {
      await env.owner.query(rows[0]?.body ?? "");
    }
    expect(await messaging.used(workspaceId)).toBe(4);
  });

  it("many requests at once get exactly what there is, whole or in part", async () => {
    await messaging.limit(workspaceId, 100);
    const accepted = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        accept({ recipients: recipients(10, `r${index}-`) }),
      ),
    );
    const granted = accepted.map((each) => each.granted);
    expect(granted.reduce((sum, each) => sum + each, 0)).toBe(100);
    expect(await messaging.used(workspaceId)).toBe(100);
    expect(await messaging.messages(workspaceId)).toHaveLength(100);
  });

  it("a pool that a parent's children share bounds them together", async () => {
    const parentId = await env.createWorkspace({ type: "Parent" });
    await env.owner.query(
      `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, 'messages', 'pool', 5)`,
      [parentId],
    );
    await env.owner.query(
      `UPDATE "Workspace" SET "parentWorkspaceId" = $1 WHERE "id" = $2`,
      [parentId, workspaceId],
    );
    expect(await accept({ recipients: recipients(8) })).toMatchObject({
      granted: 5,
      refused: 3,
      refusal: { scope: "pool" },
    });
  });

  it("cancelled ones are given back, once", async () => {
    await messaging.limit(workspaceId, 3);
    const broadcastId = "00000000-0000-4000-8000-000000000001";
    await accept({ recipients: recipients(3), broadcastId });
    const cancel = () =>
      env.as(workspaceId, () =>
        cancelMessages({ workspaceId, broadcastId, sentence: "Cancelled." }),
      );
    expect(await cancel()).toBe(3);
    expect(await cancel()).toBe(0);
    expect(
      await env.as(workspaceId, () =>
        countMessages({ workspaceId, broadcastId }),
      ),
    ).toEqual({ Skipped: 3 });
    expect(await messaging.used(workspaceId)).toBe(0);
    expect(await accept({ recipients: recipients(3, "new") })).toMatchObject({
      granted: 3,
    });
  });
});

describe("left out, and not counted, is", () => {
  it("who has left the subscription group, and who never joined one that is joined", async () => {
    const makeGroup = async (type: "OptIn" | "OptOut") => {
      const made = await env.as(workspaceId, () =>
        upsertSubscriptionGroup({
          workspaceId,
          name: type,
          channel: "Email",
          type,
        }),
      );
      return made._unsafeUnwrap().id;
    };
    const [optOut, optIn] = [
      await makeGroup("OptOut"),
      await makeGroup("OptIn"),
    ];
    await env.as(workspaceId, () =>
      updateSubscriptionAssignments({
        workspaceId,
        userUpdates: [
          { userId: "u0", changes: { [optOut]: false, [optIn]: true } },
        ],
      }),
    );
    const typesFor = async (subscriptionGroupId: string, prefix: string) => {
      const { results } = await accept({
        subscriptionGroupId,
        recipients: recipients(2).map((each) => ({
          ...each,
          messageId: `${prefix}-${each.userId}`,
        })),
      });
      return results.map(({ type, reason }) => [type, reason]);
    };
    expect(await typesFor(optOut, "a")).toEqual([
      ["Skipped", "Unsubscribed"],
      ["Success", undefined],
    ]);
    expect(await typesFor(optOut, "a")).toEqual([
      ["Skipped", "Unsubscribed"],
      ["Success", undefined],
    ]);
    expect(await typesFor(optIn, "b")).toEqual([
      ["Success", undefined],
      ["Skipped", "Unsubscribed"],
    ]);
    expect(await messaging.used(workspaceId)).toBe(2);
  });

  it.each([
    ["no address", {}],
    ["an address that is none", { email: "ann" }],
    ["two addresses in one", { email: "a@example.com,b@example.com" }],
    ["an address with a line break", { email: "a@example.com\nBcc: b@x.org" }],
    ["something else", { email: { at: "example.com" } }],
  ])("who has %s", async (_, properties) => {
    const { results } = await accept({
      recipients: [{ userId: "ann", properties }],
    });
    expect(results).toMatchObject([{ type: "Skipped", reason: "NoAddress" }]);
    expect(await messaging.used(workspaceId)).toBe(0);
  });
});

describe("a request that cannot be served stores nothing:", () => {
  const errorOf = async (
    input: Partial<Parameters<typeof messaging.accept>[0]>,
  ) => {
    const accepted = await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
      ...input,
    });
    expect(await messaging.messages(workspaceId)).toEqual([]);
    return accepted._unsafeUnwrapErr();
  };

  it("another workspace's template, as one that is not there", async () => {
    const other = await messaging.sender();
    expect(await errorOf({ templateId: other.templateId })).toMatchObject({
      type: "NotFound",
    });
  });

  it("a template of another channel, or a draft", async () => {
    expect(await errorOf({ channel: "Sms" })).toMatchObject({
      type: "BadValues",
      message: "channel: the template is of channel Email",
    });
    const draft = await env.as(workspaceId, () =>
      upsertMessageTemplate({ workspaceId, name: "d", draft: smsTemplate() }),
    );
    expect(
      await errorOf({
        channel: "Sms",
        templateId: draft._unsafeUnwrap().id,
      }),
    ).toMatchObject({ type: "BadValues" });
  });

  it("a template that nobody can be sent", async () => {
    const broken = await messaging.makeTemplate(workspaceId, {
      ...GREETING,
      subject: "{% if %}",
    });
    expect((await errorOf({ templateId: broken })).message).toContain(
      "The template's subject:",
    );
    const drawn = await messaging.makeTemplate(workspaceId, {
      ...GREETING,
      emailContentsType: "LowCode",
      body: { type: "doc" },
    });
    expect((await errorOf({ templateId: drawn })).message).toContain(
      "e-mail editor",
    );
  });

  it("another workspace's subscription group, or a provider that is none", async () => {
    const other = await env.createWorkspace();
    const group = await env.as(other, () =>
      upsertSubscriptionGroup({
        workspaceId: other,
        name: "g",
        channel: "Email",
        type: "OptOut",
      }),
    );
    expect(
      await errorOf({ subscriptionGroupId: group._unsafeUnwrap().id }),
    ).toMatchObject({ type: "BadValues" });
    expect((await errorOf({ provider: "Twilio" })).message).toContain(
      "provider:",
    );
  });
});
