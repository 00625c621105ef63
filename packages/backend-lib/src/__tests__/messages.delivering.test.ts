// Handing messages over, on a real Postgres and to a real mail server and webhook: each at most once, counted once, and none
// left Sending. The end of a worker's process in the middle of it: worker/src/__tests__/sendMessages.test.ts.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  type Answer,
  type MailServer,
  startMailServer,
} from "../../test/mailServer";
import { GREETING, messagingOf, recipients } from "../../test/messaging";
import { useTenantEnv } from "../../test/tenantEnv";
import * as configuration from "../config";
import { upsertEmailProvider, upsertSmsProvider } from "../messageProviders";
import { deliverMessages } from "../messages";
import { upsertMessageTemplate } from "../messageTemplates";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { upsertSecret } from "../secrets";
import {
  updateSubscriptionAssignments,
  upsertSubscriptionGroup,
} from "../subscriptionGroups";

const env = useTenantEnv();
const messaging = messagingOf(env);

const toClose: (() => Promise<void>)[] = [];
beforeEach(() => {
  const settings = configuration.config();
  vi.spyOn(configuration, "config").mockReturnValue({
    ...settings,
    smtpAllowPrivateAddresses: true,
    webhookAllowPrivateAddresses: true,
  });
});
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});

/** Runs as often as it takes: a run is short, and this machine may be busy. */
async function deliver(workspaceId: string): Promise<void> {
  do {
    await env.as(workspaceId, () => deliverMessages({ workspaceId }));
  } while (await messaging.isDue(workspaceId));
}

async function mailServer(answer?: Answer): Promise<MailServer> {
  const server = await startMailServer(answer);
  toClose.push(() => server.close());
  return server;
}

const through = (port: number) =>
  messaging.sender({ type: "Smtp", host: "127.0.0.1", port: String(port) });

/** What became of each user's message. */
async function ends(workspaceId: string): Promise<Record<string, string>> {
  const rows = await messaging.messages(workspaceId);
  return Object.fromEntries(rows.map(({ userId, state }) => [userId, state]));
}

async function reasons(workspaceId: string): Promise<string[]> {
  const rows = await messaging.messages(workspaceId);
  return rows.map(({ reason }) => reason ?? "");
}

const waitingJobs = async (workspaceId: string) => {
  const { rows } = await env.owner.query<{ inSeconds: number }>(
    `SELECT extract(epoch FROM "runAt" - now())::float8 AS "inSeconds" FROM "TenantJob"
      WHERE "workspaceId" = $1 AND "task" = 'sendMessages' AND "leaseId" IS NULL`,
    [workspaceId],
  );
  return rows.map(({ inSeconds }) => inSeconds);
};

describe("through the Test provider", () => {
  it("a message is Sent, and its content kept", async () => {
    const { workspaceId, templateId } = await messaging.sender();
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: [
        { userId: "ann", properties: { email: "ann@x.org", name: "Ann" } },
      ],
    });
    const announced = vi.fn();
    tenantEvents.on("message", announced);
    await deliver(workspaceId);
    tenantEvents.off("message", announced);
    const [row] = await messaging.messages(workspaceId);
    expect(row).toMatchObject({
      state: "Sent",
      reason: null,
      attempts: 1,
      content: { to: "ann@x.org", subject: "Hello Ann" },
    });
    expect(String(row?.content.body)).toContain("Hello Ann</div>");
    expect(announced.mock.calls).toEqual([
      [{ workspaceId, channel: "Email", state: "Sent", count: 1 }],
    ]);
    expect(await messaging.used(workspaceId)).toBe(1);
  });

  it("many are sent by several runs at once, each once", async () => {
    const { workspaceId, templateId } = await messaging.sender();
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(60),
    });
    const sent = vi.fn();
    tenantEvents.on("message", sent);
    await Promise.all([deliver(workspaceId), deliver(workspaceId)]);
    tenantEvents.off("message", sent);
    const rows = await messaging.messages(workspaceId);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["Sent"]));
    expect(new Set(rows.map(({ attempts }) => attempts))).toEqual(new Set([1]));
    expect(sent).toHaveBeenCalledTimes(60);
  });

  it("another workspace's messages stay where they are", async () => {
    const mine = await messaging.sender();
    const other = await messaging.sender();
    await messaging.accept({ ...other, recipients: recipients(1) });
    await deliver(mine.workspaceId);
    expect(await ends(other.workspaceId)).toEqual({ u0: "Queued" });
  });
});

describe("through a mail server", () => {
  it("each message arrives once, as it was filled in, with an id of its own", async () => {
    const server = await mailServer();
    const { workspaceId, templateId } = await through(server.port);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(12),
    });
    await deliver(workspaceId);
    expect(server.received.map(({ to }) => to).sort()).toEqual(
      recipients(12)
        .map(({ properties }) => [properties.email])
        .sort(),
    );
    const rows = await messaging.messages(workspaceId);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["Sent"]));
    const first = server.received.find(({ to }) => to[0] === "u0@example.com");
    expect(first?.from).toBe("hello@acme.example");
    expect(first?.text).toContain(`Message-ID: <${rows[0]?.id}@acme.example>`);
    expect(first?.text).toContain("From: Acme <hello@acme.example>");
    expect(first?.text).toContain("Subject: Hello you");
    expect(server.sessions).toBeLessThanOrEqual(4);
    expect(await messaging.used(workspaceId)).toBe(12);
  });

  it("copies go out, and no header can be slipped in", async () => {
    const server = await mailServer();
    const { workspaceId } = await through(server.port);
    const templateId = await messaging.makeTemplate(workspaceId, {
      ...GREETING,
      subject: "Hello {{ user.name }}",
      cc: "copy@acme.example",
      bcc: "blind@acme.example",
      replyTo: "answer@acme.example",
      headers: [
        { name: "X-Campaign", value: "{{ user.name }}" },
        { name: "Bcc", value: "eve@example.com" },
      ],
    });
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: [
        {
          userId: "ann",
          properties: {
            email: "ann@x.org",
            name: "Ann\r\nBcc: eve@example.com",
          },
        },
      ],
    });
    await deliver(workspaceId);
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(mail?.to).toEqual([
      "ann@x.org",
      "copy@acme.example",
      "blind@acme.example",
    ]);
    expect(mail?.text).toContain("Cc: copy@acme.example");
    expect(mail?.text).toContain("Reply-To: answer@acme.example");
    const [headers] = mail?.text.split("\r\n\r\n") ?? [];
    expect(headers).toContain("X-Campaign: Ann");
    expect(headers).not.toMatch(/^bcc:/im);
  });

  it("what the server refuses for good is Failed; what it puts off is tried again, later each time, and Failed in the end", async () => {
    const server = await mailServer(({ stage, to }) => {
      if (to === "u0@example.com" && stage === "recipient") {
        return [550, "5.1.1 u0@example.com is not known"];
      }
      if (to === "u1@example.com" && stage === "data") {
        return [451, "4.7.1 come back later"];
      }
      return to === "u2@example.com" && stage === "data"
        ? [554, "5.7.1 no"]
        : undefined;
    });
    const { workspaceId, templateId } = await through(server.port);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(4),
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({
      u0: "Failed",
      u1: "Queued",
      u2: "Failed",
      u3: "Sent",
    });
    expect(await reasons(workspaceId)).toEqual([
      "SendingFailed: The mail server refused the message: 550 5.1.1.",
      "SendingFailed: The mail server put the message off: 451 4.7.1.",
      "SendingFailed: The mail server refused the message: 554 5.7.1.",
      "",
    ]);
    const pauses: number[] = [];
    for (let attempt = 1; attempt < 6; attempt += 1) {
      const { rows } = await env.owner.query<{ pause: number }>(
        `SELECT round(extract(epoch FROM "runAt" - "updatedAt"))::integer AS "pause" FROM "Message" WHERE "state" = 'Queued' AND "workspaceId" = $1`,
        [workspaceId],
      );
      pauses.push(...rows.map(({ pause }) => pause));
      await deliver(workspaceId); // too early
      await messaging.letTimePass();
      await deliver(workspaceId);
    }
    expect(pauses).toEqual([30, 120, 480, 1_920, 7_680]);
    const [, failed] = await messaging.messages(workspaceId);
    expect(failed).toMatchObject({ state: "Failed", attempts: 6 });
    expect(server.received.map(({ to }) => to)).toEqual([["u3@example.com"]]);
    expect(await messaging.used(workspaceId)).toBe(4);
  });

  it("put off for its user, and taken for those in copy: Failed, for they would get it again", async () => {
    const server = await mailServer(({ stage, to }) =>
      stage === "recipient" && to === "u0@example.com"
        ? [450, "4.2.1 u0@example.com is busy"]
        : undefined,
    );
    const { workspaceId } = await through(server.port);
    const templateId = await messaging.makeTemplate(workspaceId, {
      ...GREETING,
      cc: "copy@acme.example",
    });
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await deliver(workspaceId);
    await messaging.letTimePass();
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Failed" });
    expect(await reasons(workspaceId)).toEqual([
      "SendingFailed: The mail server put the message off: 450 4.2.1.",
    ]);
    expect(server.received.map(({ to }) => to)).toEqual([
      ["copy@acme.example"],
    ]);
  });

  it("a server that is away is tried again; one that goes away before the text begins as well", async () => {
    const server = await mailServer(({ stage }) =>
      stage === "sender" ? "hangUp" : undefined,
    );
    const { workspaceId, templateId } = await through(server.port);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Queued" });
    await server.close();
    await messaging.letTimePass();
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Queued" });
    expect(await messaging.used(workspaceId)).toBe(1);
    const again = await mailServer();
    await env.as(workspaceId, () =>
      upsertEmailProvider({
        workspaceId,
        config: { type: "Smtp", port: String(again.port) },
      }),
    );
    await messaging.letTimePass();
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Sent" });
    expect(again.received).toHaveLength(1);
  });

  it("a server that goes away with the text may have taken it: Unknown, and never sent again", async () => {
    const server = await mailServer(({ stage }) =>
      stage === "data" ? "hangUp" : undefined,
    );
    const { workspaceId, templateId } = await through(server.port);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Unknown" });
    await messaging.letTimePass();
    await deliver(workspaceId);
    expect(server.received).toHaveLength(1); // it had
    expect(await messaging.used(workspaceId)).toBe(1);
  });

  it("wrong credentials are tried again, and do not show in the reason", async () => {
    const server = await mailServer(({ stage }) =>
      stage === "login" ? [535, "no such user"] : undefined,
    );
    const { workspaceId, templateId } = await messaging.sender({
      type: "Smtp",
      host: "127.0.0.1",
      port: String(server.port),
      username: "acme-user",
      password: "acme-password",
    });
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Queued" });
    const [reason] = await reasons(workspaceId);
    expect(reason).toContain("535");
    expect(reason).not.toMatch(/acme/);
    expect(server.received).toEqual([]);
  });

  it("is not reached at a private address unless that is allowed; the message does not count", async () => {
    vi.mocked(configuration.config).mockRestore();
    const server = await mailServer();
    const { workspaceId, templateId } = await through(server.port);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Skipped" });
    expect(server.sessions).toBe(0);
    expect(await messaging.used(workspaceId)).toBe(0);
  });
});

describe("a message that cannot be handed to anybody is Skipped and given back:", () => {
  it.each<[string, Parameters<typeof messaging.sender>[0], string]>([
    [
      "a provider that is not built in",
      { type: "SendGrid", apiKey: "key-of-acme" },
      "SendGrid is not built in this host",
    ],
    ["a mail server without a host", { type: "Smtp" }, "host or port"],
    [
      "a mail server with a port that is none",
      { type: "Smtp", host: "127.0.0.1", port: "99999" },
      "host or port",
    ],
  ])("%s", async (_, config, words) => {
    const { workspaceId, templateId } = await messaging.sender(config);
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(2),
    });
    expect(await messaging.used(workspaceId)).toBe(2);
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Skipped", u1: "Skipped" });
    expect((await reasons(workspaceId)).join()).toContain(words);
    expect((await reasons(workspaceId)).join()).not.toContain("key-of-acme");
    expect(await messaging.used(workspaceId)).toBe(0);
  });

  it("no provider at all, and one that was asked for and is not there", async () => {
    const workspaceId = await env.createWorkspace();
    const templateId = await messaging.makeTemplate(workspaceId, GREETING);
    const ask = { workspaceId, templateId };
    await messaging.accept({ ...ask, recipients: recipients(1) });
    await messaging.accept({
      ...ask,
      recipients: recipients(1, "v"),
      provider: "Smtp",
    });
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Skipped", v0: "Skipped" });
    expect(await messaging.used(workspaceId)).toBe(0);
  });

  it("SMS go through the Test provider, and others are not built in", async () => {
    const { workspaceId } = await messaging.sender();
    const templateId = await messaging.makeTemplate(workspaceId, {
      type: "Sms",
      body: "Hi {{ user.name }}",
    });
    const send = async (userId: string, type: "Test" | "Twilio") => {
      await env.as(workspaceId, () =>
        upsertSmsProvider({ workspaceId, config: { type }, setDefault: true }),
      );
      await messaging.accept({
        workspaceId,
        templateId,
        channel: "Sms",
        recipients: [{ userId, properties: { phone: 4915550100 } }],
      });
      await deliver(workspaceId);
    };
    await send("ann", "Test");
    await send("bob", "Twilio");
    expect(await ends(workspaceId)).toEqual({ ann: "Sent", bob: "Skipped" });
  });

  it("a user who has left the group since", async () => {
    const { workspaceId, templateId } = await messaging.sender();
    const group = await env.as(workspaceId, () =>
      upsertSubscriptionGroup({
        workspaceId,
        name: "g",
        channel: "Email",
        type: "OptOut",
      }),
    );
    const subscriptionGroupId = group._unsafeUnwrap().id;
    await messaging.accept({
      workspaceId,
      templateId,
      subscriptionGroupId,
      recipients: recipients(2),
    });
    await env.as(workspaceId, () =>
      updateSubscriptionAssignments({
        workspaceId,
        userUpdates: [
          { userId: "u0", changes: { [subscriptionGroupId]: false } },
        ],
      }),
    );
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Skipped", u1: "Sent" });
    expect(await messaging.used(workspaceId)).toBe(1);
  });
});

describe("a run", () => {
  it("makes Unknown what was Sending when its process ended, and lets be what another still hands over", async () => {
    const { workspaceId, templateId } = await messaging.sender();
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(2),
    });
    await env.owner.query(
      `UPDATE "Message" SET "state" = 'Sending', "attempts" = 1,
              "runAt" = CASE "userId" WHEN 'u0' THEN now() - interval '1 second' ELSE now() + interval '1 minute' END
        WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    await deliver(workspaceId);
    expect(await ends(workspaceId)).toEqual({ u0: "Unknown", u1: "Sending" });
    expect(await messaging.used(workspaceId)).toBe(2);
  });

  it("asks for another when there is more, for when it is due, and once", async () => {
    const { workspaceId, templateId } = await messaging.sender();
    await messaging.accept({
      workspaceId,
      templateId,
      recipients: recipients(1),
    });
    await env.owner.query(`DELETE FROM "TenantJob" WHERE "workspaceId" = $1`, [
      workspaceId,
    ]);
    await env.owner.query(
      `UPDATE "Message" SET "runAt" = now() + interval '10 minutes' WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    await deliver(workspaceId);
    await deliver(workspaceId);
    const [inSeconds, ...others] = await waitingJobs(workspaceId);
    expect(Math.round((inSeconds ?? 0) / 60)).toBe(10);
    expect(others).toEqual([]);
    await env.owner.query(`DELETE FROM "TenantJob" WHERE "workspaceId" = $1`, [
      workspaceId,
    ]);
    await messaging.letTimePass();
    await deliver(workspaceId);
    expect(await waitingJobs(workspaceId)).toEqual([]);
  });
});

interface Hook {
  readonly url: string;
  readonly requests: {
    readonly line: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[];
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A receiver that answers with the status of the path's last part; 0: it hangs up instead. */
async function webhook(): Promise<Hook> {
  const requests: Hook["requests"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({
        line: `${request.method ?? ""} ${request.url ?? ""}`,
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      });
      const status = Number(/\/(\d+)/.exec(request.url ?? "")?.[1] ?? "200");
      if (status === 0) {
        request.socket.destroy();
      } else {
        response.writeHead(status).end("ok");
      }
    });
  });
  const port = await listen(server);
  toClose.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { url: `http://127.0.0.1:${port}`, requests };
}

describe("through a webhook", () => {
  async function send(
    body: unknown,
    properties: Record<string, unknown> = {},
    before: (
      workspaceId: string,
      templateId: string,
    ) => Promise<void> = async () => {},
  ) {
    const workspaceId = await env.createWorkspace();
    await env.as(workspaceId, () =>
      upsertSecret({
        workspaceId,
        name: "webhook-channel",
        configValue: { type: "Webhook", apiKey: "s3cret-key" },
      }),
    );
    const templateId = await messaging.makeTemplate(workspaceId, {
      type: "Webhook",
      identifierKey: "id",
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const accepted = await messaging.accept({
      workspaceId,
      templateId,
      channel: "Webhook",
      recipients: [{ userId: "ann", properties }],
    });
    await before(workspaceId, templateId);
    await deliver(workspaceId);
    const [row] = await messaging.messages(workspaceId);
    return { workspaceId, results: accepted._unsafeUnwrap().results, row };
  }

  it("the request is made as the template says, with its secrets laid over it, which are not kept", async () => {
    const hook = await webhook();
    const { row } = await send(
      {
        config: {
          url: `${hook.url}/orders`,
          method: "post",
          params: { q: "{{ user.name }} & co" },
          headers: { "X-User": "{{ user.id }}" },
          data: { name: "{{ user.name }}", fixed: [1, null] },
        },
        secret: {
          headers: { Authorization: "Bearer {{ secrets.apiKey }}" },
          data: { key: "{{ secrets.apiKey }}-{{ user.id }}" },
        },
      },
      { name: 'A"nn' },
    );
    expect(row?.state).toBe("Sent");
    expect(hook.requests).toHaveLength(1);
    const [request] = hook.requests;
    expect(request?.line).toBe("POST /orders?q=A%22nn+%26+co");
    expect(request?.headers).toMatchObject({
      authorization: "Bearer s3cret-key",
      "x-user": "ann",
      "content-type": "application/json",
    });
    expect(JSON.parse(request?.body ?? "")).toEqual({
      name: 'A"nn',
      fixed: [1, null],
      key: "s3cret-key-ann",
    });
    expect(JSON.stringify(row)).not.toContain("s3cret-key");
  });

  it("Liquid may stand outside of the JSON's texts", async () => {
    const hook = await webhook();
    await send(
      `{"config": {"url": "${hook.url}", "method": "PUT", "data": {{ user.cart | json }}}, "secret": {"headers": {"X-Key": "{{ secrets.apiKey }}"}}}`,
      { cart: ["tent", 2] },
    );
    expect(hook.requests[0]?.body).toBe('["tent",2]');
    expect(hook.requests[0]?.headers["x-key"]).toBe("s3cret-key");
  });

  it("secrets outside of the part for them are refused, and nothing is stored", async () => {
    const { results, row } = await send({
      config: { url: "http://x.org", headers: { K: "{{ secrets.apiKey }}" } },
    });
    expect(results).toMatchObject([
      { type: "NonRetryableError", reason: "RenderFailed" },
    ]);
    expect(row).toBeUndefined();
  });

  it.each<[string, string, string]>([
    ["204", "/204", "Sent"],
    ["400", "/400", "Failed"],
    ["500", "/500", "Failed"],
    ["503, which may come from in front of who has done it", "/503", "Failed"],
    ["a redirect", "/302", "Failed"],
    ["429", "/429", "Queued"],
    ["nothing, and hangs up", "/0", "Unknown"],
  ])("a receiver that answers %s", async (_, path, state) => {
    const hook = await webhook();
    const { row, workspaceId } = await send({
      config: { url: `${hook.url}${path}`, method: "POST" },
    });
    expect(row?.state).toBe(state);
    expect(hook.requests).toHaveLength(1);
    expect(await messaging.used(workspaceId)).toBe(1);
  });

  it("a receiver that is away is tried again", async () => {
    const taken = createTcpServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" ? address?.port : 0;
    taken.close();
    await once(taken, "close");
    const { row } = await send({ config: { url: `http://127.0.0.1:${port}` } });
    expect(row).toMatchObject({ state: "Queued", attempts: 1 });
  });

  it.each<[string, object]>([
    ["no URL", { config: {} }],
    ["a URL that is none", { config: { url: "ftp://example.com" } }],
    [
      "a method that is none",
      { config: { url: "http://a.b", method: "TRACE" } },
    ],
  ])("a template with %s is Skipped and given back", async (_, body) => {
    const { row, workspaceId } = await send(body);
    expect(row?.state).toBe("Skipped");
    expect(await messaging.used(workspaceId)).toBe(0);
  });

  it("a template whose secrets are gone meanwhile is Skipped", async () => {
    const hook = await webhook();
    const { row } = await send(
      { config: { url: hook.url }, secret: { headers: { A: "b" } } },
      {},
      async (workspaceId, id) => {
        await env.as(workspaceId, () =>
          upsertMessageTemplate({
            workspaceId,
            id,
            name: randomUUID(),
            definition: { type: "Sms", body: "" },
          }),
        );
      },
    );
    expect(row?.state).toBe("Skipped");
    expect(hook.requests).toEqual([]);
  });
});

it("the mail server of these tests answers as real ones do", async () => {
  const server = await mailServer();
  const socket = connect(server.port, "127.0.0.1");
  const [greeting] = (await once(socket, "data")).map(String);
  expect(greeting).toMatch(/^220 /);
  socket.destroy();
});
