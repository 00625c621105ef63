// A member who loses a role, an account or the workspace is out, or is less, at the very next request, in every process, whatever
// changed it: the API, or SQL by hand. Given back, it counts at once. Both processes have the member in their cache.

import { randomUUID } from "node:crypto";

import { type Role } from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import {
  type ApiRequest,
  asking,
  useOtherProcess,
} from "../../../test/otherProcess";
import {
  type Revocation,
  revokeAndGrant,
  systemQueries,
} from "../../../test/revocation";
import { TEST_JWT_SECRET } from "../../../test/tokens";
import {
  type ApiMember,
  MULTI_TENANT,
  TEST_AUTH_PROVIDER,
  useApi,
} from "../../../test/useApi";

const ROUNDS = Number(process.env.REVOCATION_ROUNDS ?? 10);
const TIMEOUT_MS = 120_000;

const api = useApi({ config: MULTI_TENANT });
const here = asking(api);
const there = useOtherProcess({
  AUTH_MODE: "multi-tenant",
  AUTH_PROVIDER: TEST_AUTH_PROVIDER,
  JWT_SECRET: TEST_JWT_SECRET,
});

const sql = (text: string, ...values: unknown[]) =>
  api.env.owner.query(text, values);
const status = (id: string, to: "Active" | "Paused") =>
  sql(`UPDATE "Workspace" SET "status" = $2 WHERE "id" = $1`, id, to);

let workspaceId = "";
let parentId = "";
let boss: ApiMember;
/** Admin of the workspace. */
let admin: ApiMember;
/** Admin of its parent, and nothing in itself. */
let aboveAdmin: ApiMember;
beforeEach(async () => {
  ({ workspaceId: parentId } = await api.workspace({ type: "Parent" }));
  ({ workspaceId } = await api.workspace({
    type: "Child",
    parentWorkspaceId: parentId,
  }));
  const memberOf = (id: string) =>
    api.member({ roles: [{ workspaceId: id, role: "Admin" }] });
  boss = await memberOf(workspaceId);
  admin = await memberOf(workspaceId);
  aboveAdmin = await memberOf(parentId);
});

const as = (
  member: ApiMember,
  url: string,
  rest: Pick<ApiRequest, "method" | "payload"> = {},
): ApiRequest => ({
  url,
  headers: { ...member.headers, "df-workspace-id": workspaceId },
  ...rest,
});
/** For every role, and for Admins only. */
const [FOR_ALL, FOR_ADMINS] = ["/api/segments", "/api/admin-keys"];

const permission = (method: "POST" | "PUT" | "DELETE", role?: Role) =>
  there(
    as(boss, "/api/permissions", {
      method,
      payload: {
        workspaceId,
        email: admin.email,
        ...(role === undefined ? {} : { role }),
      },
    }),
  );
const ofRole = (member: ApiMember, id: string): [string, string] => [
  member.memberId,
  id,
];
const removeRole = (...of: [string, string]) =>
  sql(
    `DELETE FROM "WorkspaceMemberRole" WHERE "workspaceMemberId" = $1 AND "workspaceId" = $2`,
    ...of,
  );
const insertRole = (...of: [string, string]) =>
  sql(
    `INSERT INTO "WorkspaceMemberRole" ("workspaceMemberId", "workspaceId", "role", "updatedAt") VALUES ($1, $2, 'Admin', now())`,
    ...of,
  );
const setRole = (role: Role) =>
  sql(
    `UPDATE "WorkspaceMemberRole" SET "role" = $3 WHERE "workspaceMemberId" = $1 AND "workspaceId" = $2`,
    ...ofRole(admin, workspaceId),
    role,
  );

const request = () => as(admin, FOR_ALL);
const out = { granted: 200, refused: 403 };

test.each<[string, () => Revocation]>([
  [
    "whose role is removed through the other process",
    () => ({
      request,
      ...out,
      revoke: () => permission("DELETE"),
      grant: () => permission("POST", "Author"),
    }),
  ],
  [
    "whose role is lowered through the other process",
    () => ({
      request: () => as(admin, FOR_ADMINS),
      ...out,
      revoke: () => permission("PUT", "Viewer"),
      grant: () => permission("PUT", "Admin"),
    }),
  ],
  [
    "whose role is removed by hand",
    () => ({
      request,
      ...out,
      revoke: () => removeRole(...ofRole(admin, workspaceId)),
      grant: () => insertRole(...ofRole(admin, workspaceId)),
    }),
  ],
  [
    "whose role is lowered by hand",
    () => ({
      request: () => as(admin, FOR_ADMINS),
      ...out,
      revoke: () => setRole("WorkspaceManager"),
      grant: () => setRole("Admin"),
    }),
  ],
  [
    "whose workspace is paused",
    () => ({
      request,
      ...out,
      revoke: () => status(workspaceId, "Paused"),
      grant: () => status(workspaceId, "Active"),
    }),
  ],
  [
    "whose workspace is deleted",
    () => ({
      request,
      ...out,
      revoke: () => sql(`DELETE FROM "Workspace" WHERE "id" = $1`, workspaceId),
      grant: async () => {
        await sql(
          `INSERT INTO "Workspace" ("id", "name", "type", "parentWorkspaceId", "updatedAt") VALUES ($1, $2, 'Child', $3, now())`,
          workspaceId,
          randomUUID(),
          parentId,
        );
        await insertRole(...ofRole(admin, workspaceId));
      },
    }),
  ],
  [
    "whose role in the parent is removed",
    () => ({
      request: () => as(aboveAdmin, FOR_ALL),
      ...out,
      revoke: () => removeRole(...ofRole(aboveAdmin, parentId)),
      grant: () => insertRole(...ofRole(aboveAdmin, parentId)),
    }),
  ],
  [
    "who has a role in the parent only, which is paused",
    () => ({
      request: () => as(aboveAdmin, FOR_ALL),
      ...out,
      revoke: () => status(parentId, "Paused"),
      grant: () => status(parentId, "Active"),
    }),
  ],
  [
    "who has a role in the parent only, which has the workspace no more",
    () => {
      const moveTo = (id: string | null) =>
        sql(
          `UPDATE "Workspace" SET "parentWorkspaceId" = $2 WHERE "id" = $1`,
          workspaceId,
          id,
        );
      return {
        request: () => as(aboveAdmin, FOR_ALL),
        ...out,
        revoke: () => moveTo(null),
        grant: () => moveTo(parentId),
      };
    },
  ],
  [
    "whose account becomes another member's",
    () => {
      const another = api.member();
      const belongsTo = (memberId: string) =>
        sql(
          `UPDATE "WorkspaceMembeAccount" SET "workspaceMemberId" = $2 WHERE "providerAccountId" = $1`,
          `sub|${admin.memberId}`,
          memberId,
        );
      return {
        request,
        ...out,
        revoke: async () => belongsTo((await another).memberId),
        grant: () => belongsTo(admin.memberId),
      };
    },
  ],
])(
  "a member %s is refused at the next request, and let in at the one after it is undone",
  async (_, make) => revokeAndGrant([here, there], make(), ROUNDS),
  TIMEOUT_MS,
);

test("a member who is deleted is somebody new at the next request, without a role", async () => {
  for (const ask of [here, there, here, there, here, there]) {
    expect((await ask(request())).status).toBe(200);
  }
  await sql(`DELETE FROM "WorkspaceMember" WHERE "id" = $1`, admin.memberId);
  for (const ask of [here, there]) {
    expect((await ask(request())).status).toBe(403);
  }
  const { rows } = await sql(
    `SELECT "id" FROM "WorkspaceMember" WHERE "email" = $1 AND "id" <> $2`,
    admin.email,
    admin.memberId,
  );
  expect(rows).toHaveLength(1);
});

test("a parent's role that is stronger counts at once, and no longer than it is there", async () => {
  await setRole("Viewer");
  const ask = (at: typeof here) =>
    at(as(admin, FOR_ADMINS)).then((answer) => answer.status);
  for (let round = 0; round < ROUNDS; round += 1) {
    expect(await Promise.all([here, there].map(ask))).toEqual([403, 403]);
    await insertRole(...ofRole(admin, parentId));
    expect(await Promise.all([here, there].map(ask))).toEqual([200, 200]);
    expect(await Promise.all([here, there].map(ask))).toEqual([200, 200]);
    await removeRole(...ofRole(admin, parentId));
  }
});

describe("to find out who calls", () => {
  test("a member's request that comes again asks the database nothing", async () => {
    for (let i = 0; i < 2; i += 1) {
      expect((await here(request())).status).toBe(200);
    }
    expect(await systemQueries(() => here(request()))).toBe(0);
  });
});
