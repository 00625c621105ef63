import {
  type DataSourceConfigurationResource,
  type ErrorResponse,
  type ListWriteKeysResponse,
} from "isomorphic-lib/src/types";
import { assert, beforeEach, describe, expect, it } from "vitest";

import { type ApiWorkspace, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

const anyText: unknown = expect.any(String);
const sixteenHex: unknown = expect.stringMatching(/^[0-9a-f]{16}$/);

let ours: ApiWorkspace;
beforeEach(async () => {
  ours = await api.workspace();
});

type Method = "GET" | "PUT" | "DELETE";

const call = (
  method: Method,
  path: string,
  payload?: object,
  headers: Record<string, string> = { ...ours.headers },
  prefix = "/api/admin",
) =>
  api.inject({
    method,
    url: `${prefix}/settings${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });

async function row(query: string): Promise<Record<string, unknown>> {
  const { rows } = await api.env.owner.query<Record<string, unknown>>(query, [
    ours.workspaceId,
  ]);
  return rows[0] ?? {};
}

describe("write keys", () => {
  const send = (key: { secretId: string; writeKeyValue: string }) =>
    api.inject({
      method: "POST",
      url: "/api/public/apps/track",
      headers: {
        authorization: `Basic ${Buffer.from(`${key.secretId}:${key.writeKeyValue}`).toString("base64")}`,
      },
      payload: { messageId: "m1", userId: "u1", event: "Tried" },
    });

  it("are made (204), listed (200), used and deleted (204, then 404)", async () => {
    const payload = { writeKeyName: "web" };
    const made = await call("PUT", "/write-keys", payload);
    expect([made.statusCode, made.body]).toEqual([204, ""]);
    const before = (
      await call("GET", "/write-keys")
    ).json<ListWriteKeysResponse>();
    await call("PUT", "/write-keys", payload);
    const listed = await call("GET", "/write-keys");
    expect(listed.json()).toEqual(before);
    const web = before.find(({ writeKeyName }) => writeKeyName === "web");
    assert(web !== undefined);
    expect(web).toEqual({
      workspaceId: ours.workspaceId,
      writeKeyName: "web",
      writeKeyValue: sixteenHex,
      secretId: anyText,
    });
    expect((await send(web)).statusCode).toBe(204);

    expect((await call("DELETE", "/write-keys", payload)).statusCode).toBe(204);
    expect((await call("DELETE", "/write-keys", payload)).statusCode).toBe(404);
    expect((await send(web)).statusCode).toBe(401);
  });

  it("cannot take the name of, nor delete, a secret that is none", async () => {
    await call("PUT", "/email-providers", {
      config: { type: "SendGrid", apiKey: "k" },
    });
    for (const writeKeyName of ["sendgrid", "df-admin-api-key-test"]) {
      const made = await call("PUT", "/write-keys", { writeKeyName });
      expect([made.statusCode, made.json()]).toMatchObject([
        400,
        { type: "UniqueConstraintViolation" },
      ]);
      const deleted = await call("DELETE", "/write-keys", { writeKeyName });
      expect(deleted.statusCode).toBe(404);
    }
    // The admin key that all of this was done with still works.
    expect((await call("GET", "/write-keys")).statusCode).toBe(200);
  });

  it("of another workspace are neither listed nor deleted", async () => {
    const theirs = await api.workspace();
    await call(
      "PUT",
      "/write-keys",
      { writeKeyName: "theirs" },
      { ...theirs.headers },
    );
    expect((await call("GET", "/write-keys")).body).not.toContain("theirs");
    expect(
      (await call("DELETE", "/write-keys", { writeKeyName: "theirs" }))
        .statusCode,
    ).toBe(404);
    const crossing = await call("GET", "/write-keys", undefined, {
      ...ours.headers,
      "df-workspace-id": theirs.workspaceId,
    });
    expect(crossing.statusCode).toBe(401);
  });
});

describe("data sources", () => {
  it("are configured (200), listed without their secret (200) and removed (204)", async () => {
    const none = await call("GET", "/data-sources");
    expect(none.json()).toEqual({ dataSourceConfigurations: [] });
    const variant = { type: "SegmentIO", sharedSecret: "first" };
    const made = await call("PUT", "/data-sources", { variant });
    expect([made.statusCode, made.json()]).toEqual([
      200,
      { id: anyText, workspaceId: ours.workspaceId, variant },
    ]);
    const changed = await call("PUT", "/data-sources", {
      variant: { ...variant, sharedSecret: "second" },
    });
    expect(changed.json<DataSourceConfigurationResource>().id).toBe(
      made.json<DataSourceConfigurationResource>().id,
    );
    const listed = await call("GET", "/data-sources");
    expect(listed.json()).toEqual({ dataSourceConfigurations: ["SegmentIO"] });
    const query = "/data-sources?type=SegmentIO";
    expect((await call("DELETE", query)).statusCode).toBe(204);
    expect((await call("DELETE", query)).statusCode).toBe(204);
    expect((await call("GET", "/data-sources")).json()).toEqual(none.json());
  });

  it("of other kinds are refused with 400", async () => {
    for (const refused of [
      await call("PUT", "/data-sources", {
        variant: { type: "Kafka", sharedSecret: "x" },
      }),
      await call("PUT", "/data-sources", {
        variant: { type: "SegmentIO", sharedSecret: "" },
      }),
    ]) {
      expect(refused.statusCode).toBe(400);
      expect(refused.json<ErrorResponse>().message).toContain("variant/");
    }
    expect((await call("DELETE", "/data-sources?type=x")).statusCode).toBe(400);
  });
});

describe("message providers", () => {
  it("are configured and made the default: 201, empty", async () => {
    const email = await call("PUT", "/email-providers", {
      config: { type: "Resend", apiKey: "re_1" },
      setDefault: true,
    });
    const sms = await call("PUT", "/sms-providers", {
      config: { type: "Twilio", accountSid: "AC1", authToken: "t" },
      setDefault: true,
    });
    expect([email.statusCode, email.body, sms.statusCode, sms.body]).toEqual([
      201,
      "",
      201,
      "",
    ]);
    expect(
      await row(
        `SELECT p."type", s."name", s."configValue" FROM "DefaultEmailProvider" d
         JOIN "EmailProvider" p ON p."id" = d."emailProviderId" JOIN "Secret" s ON s."id" = p."secretId"
         WHERE d."workspaceId" = $1`,
      ),
    ).toEqual({
      type: "Resend",
      name: "resend",
      configValue: { type: "Resend", apiKey: "re_1" },
    });
    expect(
      await row(
        `SELECT p."type", s."configValue" ->> 'authToken' AS token FROM "DefaultSmsProvider" d
         JOIN "SmsProvider" p ON p."id" = d."smsProviderId" JOIN "Secret" s ON s."id" = p."secretId"
         WHERE d."workspaceId" = $1`,
      ),
    ).toEqual({ type: "Twilio", token: "t" });
  });

  it("are chosen as the default by id or type, of the own workspace only: 201, 400", async () => {
    await call("PUT", "/email-providers", { config: { type: "Smtp" } });
    await call("PUT", "/sms-providers", { config: { type: "SignalWire" } });
    const { email, sms } = await row(
      `SELECT (SELECT "id" FROM "EmailProvider" WHERE "workspaceId" = $1) AS email,
              (SELECT "id" FROM "SmsProvider" WHERE "workspaceId" = $1) AS sms`,
    );
    const theirs = { ...(await api.workspace()).headers };
    const byId = { fromAddress: "us@example.com", emailProviderId: email };
    const byType = { fromAddress: null, emailProvider: "Smtp" };
    const bySms = { smsProviderId: sms };
    const choose = async (
      path: string,
      body: object,
      headers?: typeof theirs,
    ) =>
      (await call("PUT", `/${path}-providers/default`, body, headers))
        .statusCode;
    expect([
      await choose("email", byId),
      await choose("email", byType),
      await choose("sms", bySms),
    ]).toEqual([201, 201, 201]);
    expect([
      await choose("email", byId, theirs),
      await choose("email", byType, theirs),
      await choose("sms", bySms, theirs),
      await choose("email", { fromAddress: null }),
    ]).toEqual([400, 400, 400, 400]);
  });

  it("of unknown types or with credentials of another type are refused with 400", async () => {
    for (const config of [
      { type: "Pigeon" },
      { type: "SendGrid", apiKey: 5 },
      { type: "Twilio", authToken: "t" },
      {},
    ]) {
      const refused = await call("PUT", "/email-providers", { config });
      expect(refused.statusCode).toBe(400);
      expect(refused.json<ErrorResponse>().message).toContain("config");
    }
  });
});

describe("roles", () => {
  const routes: [Method, string, object?][] = [
    ["GET", "/write-keys"],
    ["PUT", "/write-keys", { writeKeyName: "w" }],
    ["DELETE", "/write-keys", { writeKeyName: "test-write-key" }],
    [
      "PUT",
      "/data-sources",
      { variant: { type: "SegmentIO", sharedSecret: "s" } },
    ],
    ["DELETE", "/data-sources?type=SegmentIO"],
    ["PUT", "/email-providers", { config: { type: "Test" } }],
    [
      "PUT",
      "/email-providers/default",
      { fromAddress: null, emailProvider: "Test" },
    ],
    ["PUT", "/sms-providers", { config: { type: "Test" } }],
  ];

  it.each(routes)(
    "%s %s is for Admins: 403 below, 401 without a token",
    async (method, path, payload) => {
      const { workspaceId } = ours;
      const before = await row(
        `SELECT count(*) AS n FROM "Secret" WHERE "workspaceId" = $1`,
      );
      for (const role of ["Viewer", "Author", "WorkspaceManager"] as const) {
        const member = await api.member({ roles: [{ workspaceId, role }] });
        const refused = await call(
          method,
          path,
          payload,
          { ...member.headers, "df-workspace-id": workspaceId },
          "/api",
        );
        expect([role, refused.statusCode]).toEqual([role, 403]);
      }
      const nobody = await call(
        method,
        path,
        payload,
        { "df-workspace-id": workspaceId },
        "/api",
      );
      expect(nobody.statusCode).toBe(401);
      expect(
        await row(
          `SELECT count(*) AS n FROM "Secret" WHERE "workspaceId" = $1`,
        ),
      ).toEqual(before);
    },
  );
});
