import { type Role } from "isomorphic-lib/src/types";
import { assert, beforeEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import {
  addMemberRole,
  changeMemberRole,
  listMemberRoles,
  removeMemberRole,
} from "../rbac";

const env = useTenantEnv();

const uuid: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);

let workspaceId: string;
beforeEach(async () => {
  workspaceId = await env.createWorkspace();
});

interface Request {
  readonly email: string;
  readonly role: Role;
  readonly actorRole?: Role;
  readonly workspaceId?: string;
}

const add = ({ actorRole = "Admin", ...rest }: Request) => {
  const request = { workspaceId, actorRole, ...rest };
  return env.as(request.workspaceId, () => addMemberRole(request));
};
const change = ({ actorRole = "Admin", ...rest }: Request) =>
  env.as(workspaceId, () =>
    changeMemberRole({ workspaceId, actorRole, ...rest }),
  );
const remove = (email: string, actorRole: Role = "Admin") =>
  env.as(workspaceId, () =>
    removeMemberRole({ workspaceId, actorRole, email }),
  );

async function roles(id = workspaceId): Promise<Record<string, Role[]>> {
  const listed = await env.as(id, () => listMemberRoles({ workspaceId: id }));
  return Object.fromEntries(
    listed.map(({ member, roles: held }) => [
      member.email,
      held.map(({ role }) => role),
    ]),
  );
}

async function added(request: Request) {
  const result = await add(request);
  assert(result.isOk(), JSON.stringify(result));
  return result.value;
}

describe("adding a member", () => {
  it("creates the member with the address in lower case and answers the role", async () => {
    const role = await added({ email: "  Ada@Example.COM ", role: "Author" });
    expect(role).toEqual({
      role: "Author",
      workspaceMemberId: uuid,
      workspaceId,
      workspaceName: `Workspace ${workspaceId}`,
    });
    const [listed] = await env.as(workspaceId, () =>
      listMemberRoles({ workspaceId }),
    );
    expect(listed?.roles).toEqual([role]);
    expect(listed?.member).toMatchObject({
      id: role.workspaceMemberId,
      email: "ada@example.com",
      emailVerified: false,
    });
    expect(new Date(listed?.member.createdAt ?? "").toISOString()).toBe(
      listed?.member.createdAt,
    );
  });

  it("takes the known member when they are in another workspace, or written otherwise by Dittofeed", async () => {
    const other = await env.createWorkspace();
    const email = `known-${workspaceId}@example.com`;
    const there = await added({ email, role: "Admin", workspaceId: other });
    const here = await added({ email, role: "Viewer" });
    expect(here.workspaceMemberId).toBe(there.workspaceMemberId);

    const { rows } = await env.owner.query<{ id: string }>(
      `INSERT INTO public."WorkspaceMember" ("email") VALUES ($1) RETURNING "id"`,
      [`Mixed-${workspaceId}@Example.com`],
    );
    const mixed = await added({
      email: `mixed-${workspaceId}@example.com`,
      role: "Viewer",
    });
    expect(mixed.workspaceMemberId).toBe(rows[0]?.id);
  });

  it("refuses a second role and keeps the first", async () => {
    await added({ email: "twice@example.com", role: "Viewer" });
    const result = await add({ email: "TWICE@example.com", role: "Admin" });
    expect(result.isErr() && result.error.type).toBe("MemberExists");
    expect(await roles()).toEqual({ "twice@example.com": ["Viewer"] });
  });

  it("makes one member and one role of ten simultaneous requests", async () => {
    const email = `race-${workspaceId}@example.com`;
    const results = await Promise.all(
      Array.from({ length: 10 }, () => add({ email, role: "Viewer" })),
    );
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    const { rows } = await env.owner.query(
      `SELECT 1 FROM public."WorkspaceMember" WHERE "email" = $1`,
      [email],
    );
    expect(rows).toHaveLength(1);
  });

  it("keeps hostile text as text", async () => {
    const email = `'; drop table "secret"; --@example.com`;
    await added({ email, role: "Viewer" });
    expect(await roles()).toEqual({ [email]: ["Viewer"] });
  });
});

describe("roles above one's own", () => {
  it.each(["Admin"] as const)(
    "a WorkspaceManager cannot grant %s, to nobody",
    async (role) => {
      const email = `new-${workspaceId}@example.com`;
      const granted = await add({ email, role, actorRole: "WorkspaceManager" });
      expect(granted.isErr() && granted.error.type).toBe("RoleTooHigh");
      const { rows } = await env.owner.query(
        `SELECT 1 FROM public."WorkspaceMember" WHERE "email" = $1`,
        [email],
      );
      expect(rows).toHaveLength(0);

      await added({ email: "author@example.com", role: "Author" });
      const raised = await change({
        email: "author@example.com",
        role,
        actorRole: "WorkspaceManager",
      });
      expect(raised.isErr() && raised.error.type).toBe("RoleTooHigh");
      expect(await roles()).toEqual({ "author@example.com": ["Author"] });
    },
  );

  it("a WorkspaceManager can neither demote nor remove an Admin", async () => {
    await added({ email: "a@example.com", role: "Admin" });
    await added({ email: "b@example.com", role: "Admin" });
    const demoted = await change({
      email: "a@example.com",
      role: "Viewer",
      actorRole: "WorkspaceManager",
    });
    const removed = await remove("a@example.com", "WorkspaceManager");
    expect(demoted.isErr() && demoted.error.type).toBe("RoleTooHigh");
    expect(removed.isErr() && removed.error.type).toBe("RoleTooHigh");
    expect(await roles()).toEqual({
      "a@example.com": ["Admin"],
      "b@example.com": ["Admin"],
    });
  });

  it("a WorkspaceManager manages everybody up to their own role", async () => {
    const actorRole = "WorkspaceManager";
    await added({
      email: "m@example.com",
      role: "WorkspaceManager",
      actorRole,
    });
    await added({ email: "v@example.com", role: "Viewer", actorRole });
    const raised = await change({
      email: "v@example.com",
      role: "WorkspaceManager",
      actorRole,
    });
    expect(raised.isOk()).toBe(true);
    expect((await remove("m@example.com", actorRole)).isOk()).toBe(true);
    expect(await roles()).toEqual({ "v@example.com": ["WorkspaceManager"] });
  });
});

describe("the last Admin", () => {
  it("can be neither demoted nor removed, until there is another", async () => {
    await added({ email: "only@example.com", role: "Admin" });
    const demoted = await change({ email: "only@example.com", role: "Viewer" });
    const removed = await remove("only@example.com");
    expect(demoted.isErr() && demoted.error.type).toBe("LastAdmin");
    expect(removed.isErr() && removed.error.type).toBe("LastAdmin");
    expect(
      (await change({ email: "only@example.com", role: "Admin" })).isOk(),
    ).toBe(true);

    await added({ email: "second@example.com", role: "Admin" });
    expect((await remove("only@example.com")).isOk()).toBe(true);
    expect(await roles()).toEqual({ "second@example.com": ["Admin"] });
  });

  it("stays when all Admins are demoted and removed at once, again and again", async () => {
    for (let round = 0; round < 10; round += 1) {
      workspaceId = await env.createWorkspace();
      const emails = ["a", "b", "c", "d"].map((name) => `${name}@race.example`);
      for (const email of emails) {
        await added({ email, role: "Admin" });
      }
      const results = await Promise.all(
        emails.map((email, index) =>
          index % 2 === 0 ? change({ email, role: "Viewer" }) : remove(email),
        ),
      );
      expect(results.filter((result) => result.isErr())).toHaveLength(1);
      expect(
        Object.values(await roles()).filter(([role]) => role === "Admin"),
      ).toHaveLength(1);
    }
  });
});

describe("other workspaces", () => {
  it("a member of another workspace is as good as none, and stays as they are", async () => {
    const other = await env.createWorkspace();
    await added({
      email: "elsewhere@example.com",
      role: "Viewer",
      workspaceId: other,
    });
    const changed = await change({
      email: "elsewhere@example.com",
      role: "Author",
    });
    const removed = await remove("elsewhere@example.com");
    expect(changed.isErr() && changed.error.type).toBe("NotFound");
    expect(removed.isErr() && removed.error.type).toBe("NotFound");
    expect(await roles()).toEqual({});
    expect(await roles(other)).toEqual({ "elsewhere@example.com": ["Viewer"] });
  });

  it("removing a member here leaves their roles elsewhere", async () => {
    const other = await env.createWorkspace();
    const email = "both@example.com";
    await added({ email, role: "Viewer" });
    await added({ email, role: "Author", workspaceId: other });
    expect((await remove(email)).isOk()).toBe(true);
    expect(await roles()).toEqual({});
    expect(await roles(other)).toEqual({ [email]: ["Author"] });
  });

  it("an unknown address is NotFound", async () => {
    const changed = await change({ email: "no@example.com", role: "Viewer" });
    expect(changed.isErr() && changed.error.type).toBe("NotFound");
  });
});
