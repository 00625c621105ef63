import { randomUUID } from "node:crypto";

import { type GetSessionResponse, type Role } from "isomorphic-lib/src/types";
import { beforeAll, describe, expect, test, vi } from "vitest";

import { signHs256 } from "../../../test/tokens";
import { MULTI_TENANT, TEST_AUTH_PROVIDER, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });
const anyText: unknown = expect.any(String);
let mine = "";

beforeAll(async () => {
  ({ workspaceId: mine } = await api.workspace({ name: "mine" }));
});

const newEmail = () => `jo.${randomUUID()}@example.com`;

const signIn = (sub: string, email: string) =>
  api.inject({
    url: "/api/session",
    headers: {
      authorization: `Bearer ${signHs256({ sub, email, email_verified: true })}`,
    },
  });

const invited = (email: string, role: Role = "Admin") =>
  api.member({ email, roles: [{ workspaceId: mine, role }] });

/** The accounts of the members of this address, whatever its case. */
const accountsOf = async (email: string) =>
  (
    await api.env.owner.query<{
      memberId: string;
      email: string;
      provider: string | null;
      sub: string | null;
    }>(
      `SELECT m."id" AS "memberId", m."email", a."provider", a."providerAccountId" AS "sub"
         FROM "WorkspaceMember" AS m LEFT JOIN "WorkspaceMembeAccount" AS a ON a."workspaceMemberId" = m."id"
        WHERE lower(m."email") = lower($1) ORDER BY a."createdAt", a."id"`,
      [email],
    )
  ).rows;

const CONFLICT = {
  type: "AccountConflict",
  message:
    "This e-mail address belongs to another account. Ask an administrator.",
};

describe("an account", () => {
  test("takes up an invitation at its first sign-in, and is the member from then on", async () => {
    const email = newEmail();
    const { memberId } = await invited(email, "Author");
    for (const response of [
      await signIn("a1", email),
      await signIn("a1", email),
    ]) {
      expect(response.json<GetSessionResponse>()).toMatchObject({
        member: { id: memberId, email },
        role: "Author",
      });
    }
    expect(await accountsOf(email)).toEqual([
      { memberId, email, provider: TEST_AUTH_PROVIDER, sub: "a1" },
    ]);
  });

  test("does not become the member of another one by the same verified address", async () => {
    const email = newEmail();
    const { memberId } = await invited(email);
    const sub = randomUUID();
    expect((await signIn(sub, email)).statusCode).toBe(200);
    for (const spelling of [email, email.toUpperCase()]) {
      const second = await signIn(randomUUID(), spelling);
      expect([second.statusCode, second.json()]).toEqual([403, CONFLICT]);
    }
    expect((await signIn(sub, email)).statusCode).toBe(200);
    expect(await accountsOf(email)).toEqual([
      { memberId, email, provider: TEST_AUTH_PROVIDER, sub },
    ]);
  });

  test.each([
    ["an invitation", true],
    ["an address nobody knows yet", false],
  ])("is the only one of many at once to get %s", async (_, isInvited) => {
    const email = newEmail();
    if (isInvited) {
      await invited(email);
    }
    const subs = Array.from({ length: 6 }, () => randomUUID());
    const responses = await Promise.all(
      subs.map(async (sub) => ({ sub, response: await signIn(sub, email) })),
    );
    const refused = responses.filter(
      ({ response }) =>
        response.json<{ type?: string }>().type === CONFLICT.type,
    );
    expect(refused).toHaveLength(subs.length - 1);
    const winner = responses.find((each) => !refused.includes(each));
    expect(await accountsOf(email)).toEqual([
      {
        memberId: anyText,
        email,
        provider: TEST_AUTH_PROVIDER,
        sub: winner?.sub,
      },
    ]);
    expect(winner?.response.json()).toMatchObject(
      isInvited ? { role: "Admin" } : { type: "NotOnboarded" },
    );
  });

  test("waits for another that is taking up the same invitation, and does not get it as well", async () => {
    const email = newEmail();
    const { memberId } = await invited(email);
    const holding = await api.env.owner.connect();
    try {
      await holding.query("BEGIN");
      await holding.query(
        `SELECT 1 FROM "WorkspaceMember" WHERE "id" = $1 FOR UPDATE`,
        [memberId],
      );
      const signedIn = Promise.all([
        signIn(randomUUID(), email),
        signIn(randomUUID(), email),
      ]);
      await vi.waitFor(async () => {
        const { rowCount } = await holding.query(
          `SELECT DISTINCT l."pid" FROM pg_locks AS l JOIN pg_stat_activity AS a ON a."pid" = l."pid"
            WHERE NOT l."granted" AND a."datname" = current_database()`,
        );
        expect(rowCount).toBe(2);
      });
      await holding.query("COMMIT");
      const statuses = (await signedIn).map(({ statusCode }) => statusCode);
      expect(statuses.sort()).toEqual([200, 403]);
    } finally {
      holding.release(true);
    }
    expect(await accountsOf(email)).toHaveLength(1);
  });

  test("that signs in many times at once is one member, whatever addresses it brings", async () => {
    const sub = randomUUID();
    const emails = [newEmail(), newEmail(), newEmail()];
    const responses = await Promise.all(
      [...emails, ...emails].map((email) => signIn(sub, email)),
    );
    expect(
      responses.map((response) => response.json<{ type?: string }>().type),
    ).toEqual(responses.map(() => "NotOnboarded"));
    const { rows } = await api.env.owner.query<{ email: string }>(
      `SELECT "email" FROM "WorkspaceMember" WHERE "email" = ANY ($1)`,
      [emails],
    );
    expect(rows).toHaveLength(1);
  });

  test("of another provider does not keep the first of this one out", async () => {
    const email = newEmail();
    const { memberId } = await invited(email);
    await api.env.owner.query(
      `INSERT INTO "WorkspaceMembeAccount" ("workspaceMemberId", "provider", "providerAccountId", "updatedAt")
       VALUES ($1, 'former-provider', 'x', now())`,
      [memberId],
    );
    expect((await signIn(randomUUID(), email)).statusCode).toBe(200);
    expect((await signIn(randomUUID(), email)).json()).toEqual(CONFLICT);
  });
});

describe("an address that Dittofeed kept as it was typed", () => {
  test("is found whatever its case, and stays as it is", async () => {
    const email = `Jo.${randomUUID()}@X.Example`;
    const { memberId } = await invited(email);
    const sub = randomUUID();
    for (const spelling of [email.toLowerCase(), email.toUpperCase(), email]) {
      const response = await signIn(sub, spelling);
      expect(response.json<GetSessionResponse>().member).toEqual({
        id: memberId,
        email,
      });
    }
    expect(await accountsOf(email)).toHaveLength(1);
  });

  test("is not taken by the account of a member whose address changes to it", async () => {
    const kept = `Jo.${randomUUID()}@X.Example`;
    const former = newEmail();
    await invited(kept);
    const sub = randomUUID();
    await signIn(sub, former);
    const moved = await signIn(sub, kept.toLowerCase());
    expect(moved.json()).toMatchObject({ type: "NotOnboarded" });
    expect(await accountsOf(kept)).toMatchObject([{ email: kept, sub: null }]);
    expect(await accountsOf(former)).toMatchObject([{ email: former, sub }]);
  });
});
