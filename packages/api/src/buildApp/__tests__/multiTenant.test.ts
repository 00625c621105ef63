import { randomUUID } from "node:crypto";

import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { type GetSessionResponse } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test } from "vitest";

import { type Claims, signHs256, unsigned } from "../../../test/tokens";
import {
  type ApiMember,
  MULTI_TENANT,
  TEST_AUTH_PROVIDER,
  useApi,
} from "../../../test/useApi";

const api = useApi({
  config: {
    ...MULTI_TENANT,
    jwtIssuer: "https://id.example",
    jwtAudience: "df",
  },
});
const anyText: unknown = expect.any(String);
const UNKNOWN = "00000000-0000-4000-8000-000000000000";
let mine = "";
let foreign = "";
let author: ApiMember;

/** A token as this API wants it; the environment's own lacks issuer and audience. */
const token = (claims: Claims) =>
  signHs256({ iss: "https://id.example", aud: "df", ...claims });
const claimsOf = ({ memberId, email }: ApiMember): Claims => ({
  sub: `sub|${memberId}`,
  email,
  email_verified: true,
});
const as = (bearer: string, query = "", url = "/api/session") =>
  api.inject({
    url: `${url}${query}`,
    headers: { authorization: `Bearer ${bearer}` },
  });
const signIn = (member: ApiMember, query = "") =>
  as(token(claimsOf(member)), query);

beforeAll(async () => {
  ({ workspaceId: mine } = await api.workspace({ name: "mine" }));
  ({ workspaceId: foreign } = await api.workspace({ name: "foreign" }));
  author = await api.member({ roles: [{ workspaceId: mine, role: "Author" }] });
});

describe("credentials", () => {
  test.each([
    ["none", {}],
    ["no bearer", { authorization: "Basic eDp5" }],
    ["an empty bearer", { authorization: "Bearer " }],
    ["no token", { authorization: "Bearer abc" }],
    ["two tokens", { authorization: "Bearer a.b.c d.e.f" }],
  ])("%s is a 401 that tells nothing", async (_, headers) => {
    const response = await api.inject({ url: "/api/session", headers });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ type: "NotAuthenticated" });
  });

  test("an invalid request is a 400 before anybody asks who is calling", async () => {
    const response = await api.inject({
      method: "POST",
      url: "/api/admin-keys",
      payload: { workspaceId: mine, name: "" },
    });
    expect(response.statusCode).toBe(400);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const attacks: [string, (claims: Claims) => string][] = [
    ["says that it is not signed", unsigned],
    [
      "says so in other letters",
      (claims) => signHs256(claims, "x".repeat(32), { alg: "nOnE" }),
    ],
    [
      "is signed with another key",
      (claims) => signHs256(claims, "x".repeat(32)),
    ],
    ["is signed with an empty key", (claims) => signHs256(claims, "")],
    [
      "names another algorithm of the same family",
      (claims) => signHs256(claims, undefined, { alg: "HS512" }),
    ],
    [
      "asks to be checked with a public key",
      (claims) => signHs256(claims, undefined, { alg: "RS256" }),
    ],
    [
      "brings its own key along",
      (claims) =>
        signHs256(claims, "x".repeat(32), {
          alg: "HS256",
          jwk: {
            kty: "oct",
            k: Buffer.from("x".repeat(32)).toString("base64url"),
          },
        }),
    ],
    [
      "has a critical header nobody knows",
      (claims) =>
        signHs256(claims, undefined, { alg: "HS256", crit: ["exp2"], exp2: 1 }),
    ],
    ["has expired", (claims) => signHs256({ ...claims, exp: now() - 60 })],
    ["never expires", (claims) => signHs256({ ...claims, exp: undefined })],
    [
      "expires at no number",
      (claims) => signHs256({ ...claims, exp: "tomorrow" }),
    ],
    [
      "is not valid yet",
      (claims) => signHs256({ ...claims, nbf: now() + 600 }),
    ],
    [
      "is of another issuer",
      (claims) => signHs256({ ...claims, iss: "https://evil.example" }),
    ],
    [
      "is for somebody else",
      (claims) => signHs256({ ...claims, aud: "other" }),
    ],
    ["has no issuer", (claims) => signHs256({ ...claims, iss: undefined })],
    ["has no subject", (claims) => signHs256({ ...claims, sub: undefined })],
    ["has no address", (claims) => signHs256({ ...claims, email: undefined })],
    [
      "has a list for an address",
      (claims) => signHs256({ ...claims, email: ["a@example.com"] }),
    ],
    [
      "does not say whether the address is verified",
      (claims) => signHs256({ ...claims, email_verified: undefined }),
    ],
    [
      "has a NUL in its subject",
      (claims) => signHs256({ ...claims, sub: "a\0b" }),
    ],
    [
      "was changed after signing",
      (claims) => {
        const [header = "", , signature = ""] = signHs256(claims).split(".");
        const payload = Buffer.from(
          JSON.stringify({ ...claims, exp: now() + 60, sub: "root" }),
        ).toString("base64url");
        return `${header}.${payload}.${signature}`;
      },
    ],
  ];

  test.each(attacks)("a token that %s is a 401", async (_, make) => {
    const claims = {
      iss: "https://id.example",
      aud: "df",
      ...claimsOf(author),
    };
    expect((await as(token(claimsOf(author)))).statusCode).toBe(200);
    const response = await as(make(claims));
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ type: "NotAuthenticated" });
  });

  test("an address that is not verified is a 403, and nobody is recorded", async () => {
    const email = `${randomUUID()}@example.com`;
    for (const verified of [false, "false"]) {
      const response = await as(
        token({ sub: "u", email, email_verified: verified }),
      );
      expect([response.statusCode, response.json()]).toMatchObject([
        403,
        { type: "EmailNotVerified" },
      ]);
    }
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "WorkspaceMember" WHERE "email" = $1`,
      [email],
    );
    expect(rowCount).toBe(0);
  });
});

describe("the workspace", () => {
  const routes = ["/api/session", "/api/settings/write-keys"];

  test("of a role is open, with that role", async () => {
    const response = await signIn(author, `?workspaceId=${mine}`);
    expect(response.statusCode).toBe(200);
    expect(response.json<GetSessionResponse>()).toMatchObject({
      authMode: "multi-tenant",
      workspace: { id: mine },
      member: { id: author.memberId, email: author.email },
      role: "Author",
      workspaces: [{ id: mine, name: "mine", role: "Author" }],
    });
  });

  test.each(routes)(
    "of somebody else is a 403 like an unknown one: %s",
    async (url) => {
      const bearer = token(claimsOf(author));
      const one = await as(bearer, `?workspaceId=${foreign}`, url);
      const other = await as(bearer, `?workspaceId=${UNKNOWN}`, url);
      expect([one.statusCode, other.statusCode]).toEqual([403, 403]);
      expect(one.body).toBe(other.body);
    },
  );

  test("of somebody else is announced and said who, where and why", async () => {
    const denied: unknown[] = [];
    const listen = (event: unknown) => denied.push(event);
    tenantEvents.on("denied", listen);
    await signIn(author, `?workspaceId=${foreign}`);
    tenantEvents.off("denied", listen);
    expect(denied).toEqual([
      {
        workspaceId: foreign,
        actor: { type: "member", id: author.memberId },
        reason: "workspace",
        requestId: anyText,
        route: "GET /api/session",
      },
    ]);
  });

  test("must be named, except for the session", async () => {
    const bearer = token(claimsOf(author));
    const url = "/api/permissions";
    expect((await as(bearer, "", url)).statusCode).toBe(403);
    expect((await as(bearer, `?workspaceId=${mine}`, url)).statusCode).toBe(
      200,
    );
    expect((await signIn(author)).statusCode).toBe(200);
  });

  test.each(["Paused", "Tombstoned"] as const)(
    "that is %s is a 403, named or not",
    async (status) => {
      const workspaceId = await api.env.createWorkspace({ status });
      const member = await api.member({
        roles: [{ workspaceId, role: "Admin" }],
      });
      const named = await signIn(member, `?workspaceId=${workspaceId}`);
      expect([named.statusCode, named.json()]).toMatchObject([
        403,
        { type: "WorkspaceInactive" },
      ]);
      const open = await signIn(member);
      expect([open.statusCode, open.json()]).toMatchObject([
        403,
        { type: "NotOnboarded" },
      ]);
    },
  );

  test("of a Parent lends its role to Active children, the stronger role wins", async () => {
    const parent = await api.env.createWorkspace({ type: "Parent" });
    const child = (status: "Active" | "Paused") =>
      api.env.createWorkspace({
        type: "Child",
        parentWorkspaceId: parent,
        status,
      });
    const [open, own, paused] = [
      await child("Active"),
      await child("Active"),
      await child("Paused"),
    ];
    const member = await api.member({
      roles: [
        { workspaceId: parent, role: "Author" },
        { workspaceId: own, role: "Viewer" },
      ],
    });
    const roleIn = async (workspaceId: string) => {
      const response = await signIn(member, `?workspaceId=${workspaceId}`);
      return response.statusCode === 200
        ? response.json<GetSessionResponse>().role
        : response.statusCode;
    };
    expect([
      await roleIn(parent),
      await roleIn(open),
      await roleIn(own),
      await roleIn(paused),
    ]).toEqual(["Author", "Author", "Author", 403]);
    const { workspaces } = (await signIn(member)).json<GetSessionResponse>();
    expect(workspaces.map(({ id }) => id).sort()).toEqual(
      [parent, open, own].sort(),
    );
    // A role in the child says nothing about the Parent.
    const ofChild = await api.member({
      roles: [{ workspaceId: open, role: "Admin" }],
    });
    expect((await signIn(ofChild, `?workspaceId=${parent}`)).statusCode).toBe(
      403,
    );
    await api.env.owner.query(
      `UPDATE "Workspace" SET "status" = 'Paused' WHERE "id" = $1`,
      [parent],
    );
    expect([
      await roleIn(parent),
      await roleIn(open),
      await roleIn(own),
    ]).toEqual([403, 403, "Viewer"]);
    // Only a Parent lends.
    await api.env.owner.query(
      `UPDATE "Workspace" SET "status" = 'Active', "type" = 'Root' WHERE "id" = $1`,
      [parent],
    );
    expect([await roleIn(parent), await roleIn(open)]).toEqual(["Author", 403]);
  });

  test("without one named is the last, else the oldest role", async () => {
    const [first, second] = [
      await api.env.createWorkspace(),
      await api.env.createWorkspace(),
    ];
    const member = await api.member({
      roles: [
        { workspaceId: first, role: "Viewer" },
        { workspaceId: second, role: "Viewer" },
      ],
    });
    await api.env.owner.query(
      `UPDATE "WorkspaceMemberRole" SET "createdAt" = now() - interval '1 day' WHERE "workspaceId" = $1`,
      [second],
    );
    const current = async (query = "") =>
      (await signIn(member, query)).json<GetSessionResponse>().workspace.id;
    expect(await current()).toBe(second);
    expect(await current(`?workspaceId=${first}`)).toBe(first);
    expect(await current()).toBe(first);
    await api.env.owner.query(
      `DELETE FROM "WorkspaceMemberRole" WHERE "workspaceId" = $1`,
      [first],
    );
    expect(await current()).toBe(second);
  });
});

describe("a member", () => {
  const memberRows = async (email: string) =>
    (
      await api.env.owner.query<Record<string, unknown>>(
        `SELECT m."id", m."email", m."emailVerified", m."image", a."provider", a."providerAccountId"
           FROM "WorkspaceMember" AS m LEFT JOIN "WorkspaceMembeAccount" AS a ON a."workspaceMemberId" = m."id"
          WHERE lower(m."email") = lower($1)`,
        [email],
      )
    ).rows;

  test("is recorded at the first sign-in, once, without any role", async () => {
    const email = `New.${randomUUID()}@Example.com`;
    const bearer = token({
      sub: email,
      email,
      email_verified: "true",
      picture: "https://x.example/p.png",
    });
    const responses = await Promise.all([as(bearer), as(bearer), as(bearer)]);
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([
      403, 403, 403,
    ]);
    expect(await memberRows(email)).toEqual([
      {
        id: anyText,
        email: email.toLowerCase(),
        emailVerified: true,
        image: "https://x.example/p.png",
        provider: TEST_AUTH_PROVIDER,
        providerAccountId: email,
      },
    ]);
  });

  test("does not become Admin because a workspace has the domain of their address", async () => {
    const workspaceId = await api.env.createWorkspace();
    await api.env.owner.query(
      `UPDATE "Workspace" SET "domain" = 'acme.example' WHERE "id" = $1`,
      [workspaceId],
    );
    const bearer = token({
      sub: "mallory",
      email: "mallory@acme.example",
      email_verified: true,
    });
    expect((await as(bearer, `?workspaceId=${workspaceId}`)).statusCode).toBe(
      403,
    );
  });

  test("who was invited in other letters takes up the invitation", async () => {
    const email = `Ada.${randomUUID()}@Example.com`;
    const invited = await api.member({
      email: email.toLowerCase(),
      roles: [{ workspaceId: mine, role: "Viewer" }],
    });
    const response = await as(
      token({ sub: "ada", email, email_verified: true }),
    );
    expect(response.json<GetSessionResponse>().member.id).toBe(
      invited.memberId,
    );
  });

  test("keeps their roles when their address changes, and the new holder of the old one gets none", async () => {
    const member = await api.member({
      roles: [{ workspaceId: mine, role: "Admin" }],
    });
    await signIn(member);
    const sub = `sub|${member.memberId}`;
    const email = `${randomUUID()}@example.com`;
    const moved = await as(token({ sub, email, email_verified: true }));
    expect(moved.json<GetSessionResponse>().member).toMatchObject({
      id: member.memberId,
      email,
    });
    const successor = await as(
      token({
        sub: "somebody else",
        email: member.email,
        email_verified: true,
      }),
    );
    expect(successor.statusCode).toBe(403);
  });

  test("whose new address belongs to another member stays who they are", async () => {
    const one = await api.member({
      roles: [{ workspaceId: mine, role: "Viewer" }],
    });
    const other = await api.member({
      roles: [{ workspaceId: foreign, role: "Admin" }],
    });
    await signIn(one);
    const response = await as(
      token({ ...claimsOf(one), email: other.email }),
      `?workspaceId=${foreign}`,
    );
    expect(response.statusCode).toBe(403);
    expect((await signIn(one)).json<GetSessionResponse>().member.id).toBe(
      one.memberId,
    );
  });

  test("reads with Viewer, and is told which role is missing for more", async () => {
    const viewer = await api.member({
      roles: [{ workspaceId: mine, role: "Viewer" }],
    });
    const bearer = token(claimsOf(viewer));
    const response = await api.inject({
      method: "POST",
      url: "/api/admin-keys",
      headers: { authorization: `Bearer ${bearer}` },
      payload: { workspaceId: mine, name: "mine now" },
    });
    expect([response.statusCode, response.json()]).toEqual([
      403,
      {
        type: "RoleTooLow",
        message: "This needs the role Admin in the workspace.",
      },
    ]);
  });
});
