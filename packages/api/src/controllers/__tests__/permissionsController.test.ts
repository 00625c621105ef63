import {
  type ErrorResponse,
  type GetPermissionsResponse,
  type MemberRole,
  type Role,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, it } from "vitest";

import { type ApiMember, MULTI_TENANT, useApi } from "../../../test/useApi";

const api = useApi({ config: MULTI_TENANT });

const anyText: unknown = expect.any(String);
const isoText: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const namesLastAdmin: unknown = expect.stringContaining("last Admin");

const memberOf = (id: string, role: Role) =>
  api.member({ roles: [{ workspaceId: id, role }] });

let workspaceId: string;
let admin: ApiMember;
beforeEach(async () => {
  ({ workspaceId } = await api.workspace());
  admin = await memberOf(workspaceId, "Admin");
});

const call = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  as: ApiMember,
  payload?: object,
  id = workspaceId,
) =>
  api.inject({
    method,
    url: "/api/permissions",
    headers: { ...as.headers, "df-workspace-id": id },
    ...(payload === undefined ? {} : { payload }),
  });

async function roleOf(email: string, id = workspaceId): Promise<unknown> {
  const { rows } = await api.env.owner.query<{ role: string }>(
    `SELECT r."role" FROM "WorkspaceMemberRole" r JOIN "WorkspaceMember" m ON m."id" = r."workspaceMemberId"
     WHERE r."workspaceId" = $1 AND m."email" = $2`,
    [id, email],
  );
  return rows[0]?.role;
}

describe("/api/permissions", () => {
  it("adds (201), lists (200), changes (200) and removes (204) a member", async () => {
    const email = `new-${workspaceId}@example.com`;
    const added = await call("POST", admin, {
      workspaceId,
      email: email.toUpperCase(),
      role: "Author",
    });
    expect([added.statusCode, added.json()]).toEqual([
      201,
      {
        role: "Author",
        workspaceMemberId: anyText,
        workspaceId,
        workspaceName: `Workspace ${workspaceId}`,
      },
    ]);

    const listed = await call("GET", admin);
    expect(listed.statusCode).toBe(200);
    expect(listed.json<GetPermissionsResponse>().memberRoles).toContainEqual({
      member: {
        id: added.json<MemberRole>().workspaceMemberId,
        email,
        emailVerified: false,
        createdAt: isoText,
      },
      roles: [added.json<MemberRole>()],
    });

    const changed = await call("PUT", admin, { email, role: "Viewer" });
    expect([changed.statusCode, changed.json()]).toMatchObject([
      200,
      { role: "Viewer" },
    ]);
    const removed = await call("DELETE", admin, { email });
    expect([removed.statusCode, removed.body]).toEqual([204, ""]);
    expect(await roleOf(email)).toBeUndefined();
  });

  it("answers 400 for a member who has a role, 404 for one who has none", async () => {
    const again = await call("POST", admin, {
      email: admin.email,
      role: "Viewer",
    });
    expect([again.statusCode, again.json()]).toMatchObject([
      400,
      { type: "MemberExists" },
    ]);
    const email = "nobody@example.com";
    const changed = await call("PUT", admin, { email, role: "Viewer" });
    const removed = await call("DELETE", admin, { email });
    expect([changed.statusCode, removed.statusCode]).toEqual([404, 404]);
  });

  it("keeps the last Admin: 400 with the reason", async () => {
    const { email } = admin;
    const changed = await call("PUT", admin, { email, role: "Viewer" });
    const removed = await call("DELETE", admin, { email });
    for (const refused of [changed, removed]) {
      expect([refused.statusCode, refused.json()]).toEqual([
        400,
        { type: "LastAdmin", message: namesLastAdmin },
      ]);
    }
    expect(await roleOf(email)).toBe("Admin");
  });

  it("lets a Viewer and an Author look, but not change", async () => {
    for (const role of ["Viewer", "Author"] as const) {
      const member = await memberOf(workspaceId, role);
      expect((await call("GET", member)).statusCode).toBe(200);
      for (const method of ["POST", "PUT", "DELETE"] as const) {
        const refused = await call(method, member, {
          email: member.email,
          role: "Admin",
        });
        expect([role, method, refused.statusCode]).toEqual([role, method, 403]);
      }
      expect(await roleOf(member.email)).toBe(role);
    }
  });

  it("lets a WorkspaceManager grant up to their own role: 403 above", async () => {
    const manager = await memberOf(workspaceId, "WorkspaceManager");
    const email = `m-${workspaceId}@example.com`;
    const ok = await call("POST", manager, { email, role: "WorkspaceManager" });
    expect(ok.statusCode).toBe(201);
    const raised = await call("PUT", manager, { email, role: "Admin" });
    const self = await call("PUT", manager, {
      email: manager.email,
      role: "Admin",
    });
    const removed = await call("DELETE", manager, { email: admin.email });
    for (const refused of [raised, self, removed]) {
      expect(refused.statusCode).toBe(403);
      expect(refused.json<ErrorResponse>().message).toContain("Admin");
    }
    expect(await roleOf(manager.email)).toBe("WorkspaceManager");
    expect(await roleOf(admin.email)).toBe("Admin");
  });

  it("neither shows nor changes another workspace's members", async () => {
    const other = await api.workspace();
    const theirs = await memberOf(other.workspaceId, "Author");
    const { email } = theirs;
    expect((await call("GET", admin)).body).not.toContain(email);
    expect(
      (await call("PUT", admin, { email, role: "Viewer" })).statusCode,
    ).toBe(404);
    expect((await call("DELETE", admin, { email })).statusCode).toBe(404);
    const crossing = await call(
      "DELETE",
      admin,
      { email, workspaceId: other.workspaceId },
      other.workspaceId,
    );
    expect(crossing.statusCode).toBe(403);
    const mixed = await call("DELETE", admin, {
      email,
      workspaceId: other.workspaceId,
    });
    expect(mixed.statusCode).toBe(400);
    expect(await roleOf(email, other.workspaceId)).toBe("Author");
  });

  it.each([
    ["an unknown role", { email: "a@example.com", role: "Owner" }, "role"],
    ["a role of another type", { email: "a@example.com", role: 10 }, "role"],
    ["no role", { email: "a@example.com" }, "role"],
    ["no address", { role: "Viewer" }, "email"],
    ["an address that is none", { email: "a", role: "Viewer" }, "email"],
    ["an object as address", { email: { $ne: "" }, role: "Viewer" }, "email"],
    ["a NUL", { email: "a\u0000@example.com", role: "Viewer" }, "email"],
    [
      "an address that is too long",
      { email: `${"a".repeat(60)}@${"b".repeat(250)}`, role: "Viewer" },
      "email",
    ],
  ])("refuses %s with 400 and names the field", async (_case, body, field) => {
    const refused = await call("POST", admin, body);
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain(field);
    const { rows } = await api.env.owner.query(
      `SELECT 1 FROM "WorkspaceMemberRole" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows).toHaveLength(1);
  });

  it("is not part of /api/admin", async () => {
    const { headers } = await api.workspace();
    const answer = await api.inject({ url: "/api/admin/permissions", headers });
    expect(answer.statusCode).toBe(404);
  });
});
