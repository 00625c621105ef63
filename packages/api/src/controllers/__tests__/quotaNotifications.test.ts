import { useWebhookReceiver } from "backend-lib/test/webhookReceiver";
import {
  type ErrorResponse,
  type GetQuotaCrossingsResponse,
  type Role,
  type RotateQuotaWebhookSecretResponse,
  type UpdateQuotaNotificationsResponse,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, it } from "vitest";

import {
  type ApiMember,
  type ApiWorkspace,
  MULTI_TENANT,
  useApi,
} from "../../../test/useApi";

process.env.WEBHOOK_ALLOW_PRIVATE_ADDRESSES = "true";

const api = useApi({ config: MULTI_TENANT });
const receiver = useWebhookReceiver();

const anyText: unknown = expect.any(String);
const containing = (text: string): unknown => expect.stringContaining(text);
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;
const DEFAULT = [80, 95, 100];

const memberOf = (id: string, role: Role) =>
  api.member({ roles: [{ workspaceId: id, role }] });

let workspace: ApiWorkspace;
let workspaceId: string;
let admin: ApiMember;
beforeEach(async () => {
  workspace = await api.workspace();
  ({ workspaceId } = workspace);
  admin = await memberOf(workspaceId, "Admin");
});

const call = (
  method: "GET" | "PUT" | "POST",
  path: string,
  {
    as = admin,
    id = workspaceId,
    payload,
  }: { as?: ApiMember; id?: string; payload?: object } = {},
) =>
  api.inject({
    method,
    url: `/api/quotas${path}`,
    headers: { ...as.headers, "df-workspace-id": id },
    ...(method === "GET" ? {} : { payload: payload ?? {} }),
  });

const put = (payload: object) => call("PUT", "/notifications", { payload });

async function addCrossings(count: number, id = workspaceId) {
  await api.env.owner.query(
    `INSERT INTO "QuotaCrossing" ("workspaceId", "resourceType", "period", "percent", "used", "limit", "crossedAt", "resolvedAt")
     SELECT $1, CASE n % 2 WHEN 0 THEN 'users' ELSE 'messages' END, CASE n % 2 WHEN 0 THEN '-infinity' ELSE '2026-05-01' END::date,
            80, 8, 10, timestamptz '2026-05-01Z' + (n / 3) * interval '1 hour', CASE n % 3 WHEN 0 THEN NULL ELSE now() END
       FROM generate_series(1, $2::integer) AS n
     ON CONFLICT DO NOTHING`,
    [id, count],
  );
}

describe("/api/quotas/notifications", () => {
  it("says the defaults where nothing was set", async () => {
    const answer = await call("GET", "/notifications");
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        webhookUrl: null,
        hasSecret: false,
        disabledAt: null,
        thresholds: { default: DEFAULT },
        updatedAt: null,
      },
    ]);
  });

  it("sets what is given, and shows the secret in the answer that made it alone", async () => {
    const set = await put({ webhookUrl: "https://example.com/hook" });
    const { secret = "" } = set.json<UpdateQuotaNotificationsResponse>();
    expect(set.statusCode).toBe(200);
    expect(secret).toMatch(SECRET);

    const again = await put({ thresholds: { users: [90, 50], messages: [] } });
    const settings = {
      webhookUrl: "https://example.com/hook",
      hasSecret: true,
      disabledAt: null,
      thresholds: { default: DEFAULT, users: [50, 90], messages: [] },
      updatedAt: anyText,
    };
    expect([again.statusCode, again.json()]).toEqual([200, settings]);
    const moved = await put({ webhookUrl: "https://example.org/" });
    expect(moved.json()).not.toHaveProperty("secret");
    const seen = await call("GET", "/notifications");
    expect(seen.json()).toEqual({
      ...settings,
      webhookUrl: "https://example.org/",
      updatedAt: anyText,
    });
    const off = await put({ webhookUrl: null, thresholds: null });
    expect(off.json()).toMatchObject({
      webhookUrl: null,
      thresholds: { default: DEFAULT },
    });
    for (const { body } of [again, moved, seen, off]) {
      expect(body).not.toContain(secret);
    }
  });

  it("keeps the secret out of /api/secrets, where it can be neither seen nor changed", async () => {
    await put({ webhookUrl: "https://example.com/hook" });
    const secrets = (method: "GET" | "PUT", payload?: object) =>
      api.inject({
        method,
        url: "/api/secrets",
        headers: { ...admin.headers, "df-workspace-id": workspaceId },
        ...(payload === undefined ? {} : { payload }),
      });
    expect((await secrets("GET")).body).not.toContain("whsec_");
    const changed = await secrets("PUT", {
      name: "df-quota-webhook",
      value: "whsec_AAAA",
    });
    expect([changed.statusCode, changed.json()]).toMatchObject([
      400,
      { type: "ProtectedSecret" },
    ]);
    const { rows } = await api.env.owner.query<{ value: string }>(
      `SELECT "value" FROM "Secret" WHERE "workspaceId" = $1 AND "name" = 'df-quota-webhook'`,
      [workspaceId],
    );
    expect(rows[0]?.value).toMatch(SECRET);
  });

  it("makes another secret on demand, or the first", async () => {
    const rotate = async () =>
      (
        await call("POST", "/notifications/secret")
      ).json<RotateQuotaWebhookSecretResponse>();
    const first = await rotate();
    const second = await rotate();
    expect(first.secret).toMatch(SECRET);
    expect(first.previousUntil).toBeNull();
    expect(second.secret).toMatch(SECRET);
    expect(second.secret).not.toBe(first.secret);
    expect(Date.parse(second.previousUntil ?? "")).toBeGreaterThan(
      Date.now() + 23 * 3_600_000,
    );
    const set = await put({ webhookUrl: "https://example.com/hook" });
    expect(set.json()).not.toHaveProperty("secret");
  });

  it.each([
    [{ webhookUrl: "ftp://example.com/" }, "webhookUrl"],
    [{ webhookUrl: "example.com" }, "webhookUrl"],
    [{ webhookUrl: "" }, "webhookUrl"],
    [{ webhookUrl: "https://user:word@example.com/" }, "webhookUrl"],
    [{ webhookUrl: `https://example.com/${"x".repeat(2048)}` }, "webhookUrl"],
    [{ webhookUrl: 1 }, "webhookUrl"],
    [{ webhookUrl: "https://example.com/\u0000" }, "webhookUrl"],
    [{ thresholds: [80] }, "thresholds"],
    [{ thresholds: { users: [0] } }, "thresholds/users/0"],
    [{ thresholds: { users: [101] } }, "thresholds/users/0"],
    [{ thresholds: { users: [80.5] } }, "thresholds/users/0"],
    [{ thresholds: { users: ["80"] } }, "thresholds/users/0"],
    [{ thresholds: { users: [80, 80] } }, "thresholds/users/1"],
    [{ thresholds: { default: null } }, "thresholds/default"],
    [
      { thresholds: { users: Array.from({ length: 11 }, (_, n) => n + 1) } },
      "thresholds/users",
    ],
    [{ thresholds: { rockets: [80] } }, "thresholds/rockets"],
  ])(
    "refuses %j: 400 names the field, nothing is kept",
    async (payload, field) => {
      const refused = await put({
        webhookUrl: "https://example.com/hook",
        thresholds: { default: [1] },
        ...payload,
      });
      expect(refused.statusCode).toBe(400);
      const { message, errors } = refused.json<
        ErrorResponse & { errors: { field: string }[] }
      >();
      expect(message).toContain(field.split("/")[0]);
      expect(errors.map((error) => error.field)).toEqual([field]);
      const { rows } = await api.env.owner.query(
        `SELECT 1 FROM "QuotaNotification" WHERE "workspaceId" = $1
        UNION ALL SELECT 1 FROM "Secret" WHERE "workspaceId" = $1 AND "name" = 'df-quota-webhook'`,
        [workspaceId],
      );
      expect(rows).toEqual([]);
    },
  );

  it("lets a Viewer look and nobody below an Admin change anything", async () => {
    await put({ webhookUrl: receiver.url });
    for (const role of ["Viewer", "Author", "WorkspaceManager"] as const) {
      const as = await memberOf(workspaceId, role);
      const answers = await Promise.all([
        call("GET", "/notifications", { as }),
        call("GET", "/crossings", { as }),
        call("PUT", "/notifications", { as, payload: { webhookUrl: null } }),
        call("POST", "/notifications/secret", { as }),
        call("POST", "/notifications/test", { as }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([
        200, 200, 403, 403, 403,
      ]);
      answers.forEach(({ body }) => {
        expect(body).not.toContain("whsec_");
      });
    }
    expect(receiver.received).toEqual([]);
  });

  it("is there for admin API keys, too", async () => {
    const set = await api.inject({
      method: "PUT",
      url: "/api/admin/quotas/notifications",
      headers: workspace.headers,
      payload: { webhookUrl: "https://example.com/hook" },
    });
    expect(set.statusCode).toBe(200);
    expect((await call("GET", "/notifications")).json()).toMatchObject({
      webhookUrl: "https://example.com/hook",
    });
  });

  it("keeps another workspace's apart", async () => {
    await put({ webhookUrl: receiver.url });
    const other = await api.workspace();
    const as = await memberOf(other.workspaceId, "Admin");
    expect((await call("GET", "/notifications", { as })).statusCode).toBe(403);
    expect(
      (
        await call("GET", "/notifications", { as, id: other.workspaceId })
      ).json(),
    ).toMatchObject({ webhookUrl: null, hasSecret: false });
    expect(
      (await call("POST", "/notifications/test", { as, id: other.workspaceId }))
        .statusCode,
    ).toBe(409);
    expect(receiver.received).toEqual([]);
  });

  it("of two at once for the first URL only one shows the secret, which is the one kept", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => put({ webhookUrl: receiver.url })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(
      Array.from({ length: 8 }, () => 200),
    );
    const shown = answers.flatMap(
      (answer) => answer.json<UpdateQuotaNotificationsResponse>().secret ?? [],
    );
    expect(shown).toHaveLength(1);
    receiver.secret = String(shown[0]);
    await call("POST", "/notifications/test");
    expect(receiver.received[0]?.event).toBeDefined();
  });
});

describe("POST /api/quotas/notifications/test", () => {
  it("sends a signed event now, and answers what came back", async () => {
    const set = await put({ webhookUrl: receiver.url });
    receiver.secret = String(
      set.json<UpdateQuotaNotificationsResponse>().secret,
    );
    const good = await call("POST", "/notifications/test");
    expect([good.statusCode, good.json()]).toEqual([
      200,
      {
        delivered: true,
        webhookId: receiver.received[0]?.id,
        status: 200,
        body: "seen",
        problem: null,
      },
    ]);
    expect(receiver.received[0]?.event).toMatchObject({
      type: "quota.threshold.test",
      data: { workspaceId },
    });
    receiver.answer = () => 302;
    expect((await call("POST", "/notifications/test")).json()).toMatchObject({
      delivered: false,
      status: 302,
      problem: containing("redirects are not followed"),
    });
    await receiver.down();
    expect((await call("POST", "/notifications/test")).json()).toMatchObject({
      delivered: false,
      status: null,
      body: "",
      problem: containing("127.0.0.1"),
    });
    expect(receiver.received).toHaveLength(2);
  });

  it("without a URL is 409", async () => {
    const refused = await call("POST", "/notifications/test");
    expect([refused.statusCode, refused.json()]).toMatchObject([
      409,
      { type: "NoWebhook" },
    ]);
  });
});

describe("GET /api/quotas/crossings", () => {
  const page = async (query: string) => {
    const answer = await call("GET", `/crossings${query}`);
    expect(answer.statusCode).toBe(200);
    return answer.json<GetQuotaCrossingsResponse>();
  };

  it("lists them newest first, page by page, each once", async () => {
    await addCrossings(20);
    const all = await page("");
    const { rows } = await api.env.owner.query<{ id: string }>(
      `SELECT "id" FROM "QuotaCrossing" WHERE "workspaceId" = $1 ORDER BY "crossedAt" DESC, "id" DESC`,
      [workspaceId],
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(all.crossings.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(all).not.toHaveProperty("nextCursor");
    const seen: string[] = [];
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const next: GetQuotaCrossingsResponse = await page(
        `?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      expect(next.crossings.length).toBeLessThanOrEqual(3);
      seen.push(...next.crossings.map(({ id }) => id));
      cursor = next.nextCursor;
    }
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  it("lists those of one resource, or in one state", async () => {
    await addCrossings(20);
    const of = async (query: string) => (await page(query)).crossings;
    const messages = await of("?resourceType=messages");
    expect(messages.length).toBeGreaterThan(0);
    expect(
      messages.every(
        ({ resourceType, period }) =>
          resourceType === "messages" && period === "2026-05-01",
      ),
    ).toBe(true);
    const open = await of("?state=crossed");
    const over = await of("?state=resolved");
    expect(open.length).toBeGreaterThan(0);
    expect(open.every(({ resolvedAt }) => resolvedAt === null)).toBe(true);
    expect(over.every(({ resolvedAt }) => resolvedAt !== null)).toBe(true);
    expect(open.length + over.length).toBe((await of("")).length);
  });

  it.each([
    "?cursor=nonsense",
    `?cursor=${Buffer.from('["a","b"]').toString("base64url")}`,
    `?cursor=${Buffer.from('[1e300,"0b6f4a0e-6a5a-4a53-8a0f-1f3c4c5d6e7f"]').toString("base64url")}`,
    "?limit=0",
    "?limit=501",
    "?resourceType=rockets",
    "?state=open",
  ])("refuses %s with 400", async (query) => {
    const refused = await call("GET", `/crossings${query}`);
    expect(refused.statusCode).toBe(400);
    expect(refused.json<ErrorResponse>().message).toContain(
      String(/\w+/.exec(query)?.[0]),
    );
  });

  it("shows none of another workspace's", async () => {
    const other = await api.workspace();
    await addCrossings(5, other.workspaceId);
    expect(await page("")).toEqual({ crossings: [] });
    const theirs = await memberOf(other.workspaceId, "Admin");
    const answer = await call("GET", "/crossings", { as: theirs });
    expect(answer.statusCode).toBe(403);
  });
});
