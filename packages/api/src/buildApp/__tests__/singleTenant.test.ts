import { useClock } from "backend-lib/src/clock";
import { config } from "backend-lib/src/config";
import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test } from "vitest";

import { useApi } from "../../../test/useApi";
import { buildApp } from "../../buildApp";

const PASSWORD = "correct horse battery staple";
const SINGLE_TENANT = {
  authMode: "single-tenant",
  password: PASSWORD,
  secretKey: Buffer.alloc(32, 7).toString("base64"),
} as const;
const api = useApi({ config: SINGLE_TENANT });
let first = "";
let second = "";

beforeAll(async () => {
  first = (await api.workspace()).workspaceId;
  await api.env.owner.query(
    `UPDATE "Workspace" SET "createdAt" = now() - interval '1 day' WHERE "id" = $1`,
    [first],
  );
  second = (await api.workspace()).workspaceId;
});

const login = (password: string, remoteAddress = "192.0.2.1") =>
  api.inject({
    method: "POST",
    url: "/api/public/single-tenant/login",
    payload: { password },
    remoteAddress,
  });

async function signedIn(): Promise<{ cookie: string; flags: string }> {
  const response = await login(PASSWORD);
  expect([response.statusCode, response.body]).toEqual([200, ""]);
  const header = String(response.headers["set-cookie"]);
  return { cookie: header.split(";")[0] ?? "", flags: header };
}

const session = (headers: Record<string, string> = {}, query = "") =>
  api.inject({ url: `/api/session${query}`, headers });

describe("the one password", () => {
  test("opens the first workspace, and no other", async () => {
    const { cookie } = await signedIn();
    const response = await session({ cookie });
    expect(response.json<GetSessionResponse>()).toMatchObject({
      authMode: "single-tenant",
      workspace: { id: first },
      role: "Admin",
      workspaces: [{ id: first }],
    });
    const other = await session({ cookie }, `?workspaceId=${second}`);
    expect(other.statusCode).toBe(403);
  });

  test("is exchanged for a cookie that scripts and other sites cannot use, for 14 days", async () => {
    const { flags } = await signedIn();
    expect(flags).toMatch(/^session=[^;]+; /);
    for (const flag of [
      "HttpOnly",
      "SameSite=Lax",
      "Path=/",
      "Max-Age=1209600",
    ]) {
      expect(flags).toContain(flag);
    }
  });

  test("is needed: no cookie, a made-up one and a changed one are 401", async () => {
    const { cookie } = await signedIn();
    const changed = `${cookie.slice(0, -6)}AAAAAA`;
    const forged: Record<string, string>[] = [
      {},
      { cookie: "session=abc;def" },
      { cookie: changed },
      { "df-session-key": "true" },
    ];
    for (const headers of forged) {
      const response = await session(headers);
      expect([response.statusCode, response.json()]).toMatchObject([
        401,
        { type: "NotAuthenticated" },
      ]);
    }
  });

  test("that is wrong is a 401 without a cookie", async () => {
    const response = await login("wrong password");
    expect([
      response.statusCode,
      response.json(),
      response.headers["set-cookie"],
    ]).toEqual([401, { error: "Invalid password" }, undefined]);
  });

  test.each([{}, { password: 5 }, { password: "" }, { password: ["a"] }])(
    "in the form %j is a 400",
    async (payload) => {
      const response = await api.inject({
        method: "POST",
        url: "/api/public/single-tenant/login",
        payload,
      });
      expect(response.statusCode).toBe(400);
    },
  );

  test("cannot be guessed quickly: the sixth try has to wait, even with the right one", async () => {
    let now = Date.now();
    const restore = useClock({ now: () => new Date(now) });
    try {
      for (let at = 0; at < 5; at += 1) {
        expect((await login("wrong", "192.0.2.9")).statusCode).toBe(401);
      }
      const blocked = await login(PASSWORD, "192.0.2.9");
      expect([blocked.statusCode, blocked.headers["retry-after"]]).toEqual([
        429,
        "60",
      ]);
      expect((await login(PASSWORD, "192.0.2.10")).statusCode).toBe(200);
      now += 60_000;
      expect((await login(PASSWORD, "192.0.2.9")).statusCode).toBe(200);
    } finally {
      restore();
    }
  });
});

test("signing out removes the cookie and leads to the sign-in page", async () => {
  const { cookie } = await signedIn();
  const response = await api.inject({
    url: "/api/public/single-tenant/signout",
    headers: { cookie },
  });
  expect([response.statusCode, response.headers.location]).toEqual([
    302,
    "/dashboard/auth/single-tenant",
  ]);
  expect(String(response.headers["set-cookie"])).toMatch(
    /session=;.*(Max-Age=0|1970)/,
  );
});

test("a form of another site cannot act with the cookie", async () => {
  const { cookie } = await signedIn();
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
  ]) {
    const response = await api.inject({
      method: "POST",
      url: "/api/admin-keys",
      headers: { cookie, "content-type": type },
      payload: JSON.stringify({ workspaceId: first, name: "forged" }),
    });
    expect(response.statusCode).toBe(415);
  }
  const scripted = await api.inject({
    method: "POST",
    url: "/api/admin-keys",
    headers: { cookie, "sec-fetch-site": "cross-site" },
    payload: { workspaceId: first, name: "forged" },
  });
  expect(scripted.statusCode).toBe(403);
  const { rowCount } = await api.env.owner.query(
    `SELECT 1 FROM "AdminApiKey" WHERE "name" = 'forged'`,
  );
  expect(rowCount).toBe(0);
});

test("a new password or secret ends every session", async () => {
  const { cookie } = await signedIn();
  const changes = [
    { password: "another password" },
    { secretKey: Buffer.alloc(32, 8).toString("base64") },
  ];
  for (const change of changes) {
    const app = await buildApp({
      config: { ...config(), ...SINGLE_TENANT, ...change },
    });
    const response = await app.inject({
      url: "/api/session",
      headers: { cookie },
    });
    await app.close();
    expect(response.statusCode).toBe(401);
  }
});

test("a secret that is too short is refused at the start", async () => {
  const short = { ...config(), ...SINGLE_TENANT, secretKey: "c2hvcnQ=" };
  await expect(buildApp({ config: short })).rejects.toThrow("SECRET_KEY");
});
