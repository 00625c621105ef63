import {
  type CreateAdminApiKeyResponse,
  type ErrorResponse,
  type GetAdminApiKeysResponse,
  type Role,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, it } from "vitest";

import { type ApiMember, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

const anyText: unknown = expect.any(String);
const anyNumber: unknown = expect.any(Number);
const sixtyFourHex: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);

const memberOf = (id: string, role: Role) =>
  api.member({ roles: [{ workspaceId: id, role }] });

let workspaceId: string;
let admin: ApiMember;
beforeEach(async () => {
  ({ workspaceId } = await api.workspace());
  admin = await memberOf(workspaceId, "Admin");
});

const call = (
  method: "GET" | "POST" | "DELETE",
  {
    as = admin,
    id = workspaceId,
    query = "",
    payload,
  }: { as?: ApiMember; id?: string; query?: string; payload?: object } = {},
) =>
  api.inject({
    method,
    url: `/api/admin-keys${query}`,
    headers: { ...as.headers, "df-workspace-id": id },
    ...(payload === undefined ? {} : { payload }),
  });

/** The status that a key gets for listing the workspace's segments. */
const statusWith = async (apiKey: string, id = workspaceId) =>
  (
    await api.inject({
      url: `/api/admin/segments?workspaceId=${id}`,
      headers: { authorization: `Bearer ${apiKey}` },
    })
  ).statusCode;

describe("/api/admin-keys", () => {
  it("makes a key that opens /api/admin (200), lists it without its value, and ends it (200)", async () => {
    const made = await call("POST", { payload: { workspaceId, name: "ci" } });
    expect([made.statusCode, made.json()]).toEqual([
      200,
      {
        workspaceId,
        id: anyText,
        name: "ci",
        createdAt: anyNumber,
        apiKey: sixtyFourHex,
      },
    ]);
    const { id, apiKey, createdAt } = made.json<CreateAdminApiKeyResponse>();
    expect(await statusWith(apiKey)).toBe(200);

    const listed = await call("GET");
    expect(listed.statusCode).toBe(200);
    expect(listed.json<GetAdminApiKeysResponse>().adminApiKeys).toContainEqual({
      id,
      name: "ci",
      createdAt,
    });
    expect(listed.body).not.toContain(apiKey);

    const query = `?id=${id}`;
    const deleted = await call("DELETE", { query });
    expect([deleted.statusCode, deleted.body]).toEqual([200, ""]);
    expect(await statusWith(apiKey)).toBe(401);
    expect((await call("DELETE", { query })).statusCode).toBe(200);

    const renewed = await call("POST", { payload: { name: "ci" } });
    expect(renewed.json<CreateAdminApiKeyResponse>().apiKey).not.toBe(apiKey);
    expect(await statusWith(apiKey)).toBe(401);
  });

  it("answers 409 for a taken name, and keeps the key", async () => {
    const first = await call("POST", { payload: { name: "ci" } });
    const second = await call("POST", { payload: { name: "ci" } });
    expect([second.statusCode, second.json()]).toMatchObject([
      409,
      { type: "UniqueConstraintViolation" },
    ]);
    expect(second.body).not.toMatch(/[0-9a-f]{64}/);
    expect(
      await statusWith(first.json<CreateAdminApiKeyResponse>().apiKey),
    ).toBe(200);
  });

  it.each(["Viewer", "Author", "WorkspaceManager"] as const)(
    "is closed to a %s: 403, and nothing is made",
    async (role) => {
      const as = await memberOf(workspaceId, role);
      const answers = await Promise.all([
        call("GET", { as }),
        call("POST", { as, payload: { name: "mine" } }),
        call("DELETE", { as, query: `?id=${workspaceId}` }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([
        403, 403, 403,
      ]);
      expect((await call("GET")).body).not.toContain("mine");
    },
  );

  it("neither shows nor ends another workspace's keys", async () => {
    const other = await api.workspace();
    const query = `?id=${other.adminApiKeyId}`;
    expect((await call("GET")).body).not.toContain(other.adminApiKeyId);
    expect((await call("DELETE", { query })).statusCode).toBe(200);
    expect(await statusWith(other.adminApiKey, other.workspaceId)).toBe(200);
    expect(await statusWith(other.adminApiKey)).toBe(401);
  });

  it.each([
    ["no name", {}],
    ["an empty name", { name: "" }],
    ["a name that is too long", { name: "x".repeat(256) }],
    ["a name of another type", { name: ["ci"] }],
    ["a NUL", { name: "a\u0000" }],
  ])("refuses %s with 400 and names the field", async (_case, payload) => {
    const refused = await call("POST", { payload });
    expect(refused.statusCode).toBe(400);
    expect(refused.json<ErrorResponse>().message).toContain("name");
  });

  it("is not part of /api/admin: a key makes no keys", async () => {
    const { headers } = await api.workspace();
    const answer = await api.inject({
      method: "POST",
      url: "/api/admin/admin-keys",
      headers,
      payload: { name: "more" },
    });
    expect(answer.statusCode).toBe(404);
  });
});
