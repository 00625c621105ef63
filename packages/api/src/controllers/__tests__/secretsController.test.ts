import {
  type ErrorResponse,
  type Role,
  type SecretResource,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, it } from "vitest";

import { type ApiMember, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

const anyText: unknown = expect.any(String);

const memberOf = (id: string, role: Role) =>
  api.member({ roles: [{ workspaceId: id, role }] });

let workspaceId: string;
let admin: ApiMember;
beforeEach(async () => {
  ({ workspaceId } = await api.workspace());
  admin = await memberOf(workspaceId, "Admin");
});

const call = (
  method: "GET" | "PUT" | "DELETE",
  {
    as = admin,
    id = workspaceId,
    query = "",
    payload,
  }: { as?: ApiMember; id?: string; query?: string; payload?: object } = {},
) =>
  api.inject({
    method,
    url: `/api/secrets${query}`,
    headers: { ...as.headers, "df-workspace-id": id },
    ...(payload === undefined ? {} : { payload }),
  });

describe("/api/secrets", () => {
  it("sets (204), lists (200) and deletes (204, then 404) a secret", async () => {
    const set = await call("PUT", {
      payload: { workspaceId, name: "token", value: "s3cr3t" },
    });
    expect([set.statusCode, set.body]).toEqual([204, ""]);
    const listed = await call("GET", { query: "?names=token&names=other" });
    expect([listed.statusCode, listed.json()]).toEqual([
      200,
      [{ id: anyText, workspaceId, name: "token", value: "s3cr3t" }],
    ]);
    const [token] = listed.json<SecretResource[]>();
    const query = `?workspaceId=${workspaceId}&id=${String(token?.id)}`;
    expect((await call("DELETE", { query })).statusCode).toBe(204);
    expect((await call("DELETE", { query })).statusCode).toBe(404);
    expect((await call("GET")).json()).toEqual([]);
  });

  it("shows, changes and deletes no key: the list is empty, the rest 400 and 404", async () => {
    const { rows } = await api.env.owner.query<{ id: string; name: string }>(
      `SELECT "id", "name" FROM "Secret" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows).toHaveLength(2);
    expect((await call("GET")).json()).toEqual([]);
    for (const { id, name } of rows) {
      const set = await call("PUT", { payload: { name, value: "mine" } });
      expect([set.statusCode, set.json()]).toMatchObject([
        400,
        { type: "ProtectedSecret" },
      ]);
      expect((await call("DELETE", { query: `?id=${id}` })).statusCode).toBe(
        404,
      );
    }
  });

  it("neither shows nor deletes what a deleted admin API key of Dittofeed's left behind", async () => {
    const name = "df-admin-api-key-former";
    const left = async () =>
      (
        await api.env.owner.query<{ id: string; value: string }>(
          `SELECT "id", "value" FROM "Secret" WHERE "workspaceId" = $1 AND "name" = $2`,
          [workspaceId, name],
        )
      ).rows;
    await api.env.owner.query(
      `INSERT INTO "Secret" ("workspaceId", "name", "value", "updatedAt") VALUES ($1, $2, 'still works elsewhere', now())`,
      [workspaceId, name],
    );
    const before = await left();
    expect(before).toHaveLength(1);
    expect((await call("GET")).json()).toEqual([]);
    expect((await call("GET", { query: `?names=${name}` })).json()).toEqual([]);
    const query = `?id=${String(before[0]?.id)}`;
    expect((await call("DELETE", { query })).statusCode).toBe(404);
    const set = await call("PUT", { payload: { name, value: "mine" } });
    expect(set.statusCode).toBe(400);
    expect(await left()).toEqual(before);
  });

  it.each(["Viewer", "Author", "WorkspaceManager"] as const)(
    "is closed to a %s: 403",
    async (role) => {
      await call("PUT", { payload: { name: "token", value: "s3cr3t" } });
      const as = await memberOf(workspaceId, role);
      const answers = await Promise.all([
        call("GET", { as }),
        call("PUT", { as, payload: { name: "token", value: "x" } }),
        call("DELETE", { as, query: `?id=${workspaceId}` }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([
        403, 403, 403,
      ]);
      answers.forEach(({ body }) => {
        expect(body).not.toContain("s3cr3t");
      });
    },
  );

  it("keeps another workspace's secrets apart", async () => {
    await call("PUT", { payload: { name: "token", value: "s3cr3t" } });
    const [token] = (await call("GET")).json<SecretResource[]>();
    const other = await api.workspace();
    const as = await memberOf(other.workspaceId, "Admin");
    const theirs = { as, id: other.workspaceId };
    expect((await call("GET", theirs)).json()).toEqual([]);
    expect(
      (await call("DELETE", { ...theirs, query: `?id=${String(token?.id)}` }))
        .statusCode,
    ).toBe(404);
    expect((await call("GET", { as })).statusCode).toBe(403);
    expect((await call("GET")).json()).toHaveLength(1);
  });

  it.each([
    ["no name", { value: "v" }, "name"],
    ["an empty name", { name: "", value: "v" }, "name"],
    ["a NUL in the value", { name: "n", value: "\u0000" }, "value"],
    ["a number as value", { name: "n", value: 1 }, "value"],
    ["a list as configValue", { name: "n", configValue: [] }, "configValue"],
    [
      "a NUL deep inside",
      { name: "n", configValue: { a: { b: "\u0000" } } },
      "configValue/a/b",
    ],
    ["nothing to set", { name: "n" }, "value"],
  ])("refuses %s with 400 and stores nothing", async (_case, body, field) => {
    const refused = await call("PUT", { payload: body });
    expect(refused.statusCode).toBe(400);
    expect(refused.json<ErrorResponse>().message).toContain(field);
    const { rows } = await api.env.owner.query(
      `SELECT 1 FROM "Secret" WHERE "workspaceId" = $1 AND "name" IN ('n', '')`,
      [workspaceId],
    );
    expect(rows).toEqual([]);
  });

  it("refuses an id that is no UUID with 400", async () => {
    const refused = await call("DELETE", { query: "?id=1%27%20OR%201=1" });
    expect(refused.statusCode).toBe(400);
    expect(refused.json<ErrorResponse>().message).toContain("id");
  });

  it("is not part of /api/admin", async () => {
    const { headers } = await api.workspace();
    const answer = await api.inject({ url: "/api/admin/secrets", headers });
    expect(answer.statusCode).toBe(404);
  });
});
