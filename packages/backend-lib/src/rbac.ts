// Members and their roles in one workspace: who may sign in to it, and as what. Owns the two rules of changing them:
// nobody grants or takes away a role above their own, and a workspace that has an Admin keeps one. What a role may do
// is said in isomorphic-lib's auth.ts; who somebody is, by authentication.

import { and, asc, count, eq, type InferSelectModel, sql } from "drizzle-orm";
import { mayGrantRole } from "isomorphic-lib/src/auth";
import {
  type MemberRole,
  type Role,
  type WorkspaceMemberResource,
  type WorkspaceMemberWithRoles,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { db, inTransaction, systemDb, type Transaction } from "./db";
import { workspace, workspaceMember, workspaceMemberRole } from "./db/schema";
import { takeSystemTurn } from "./db/systemTurns";

export type MemberRoleError =
  /** The member has a role here already. */
  | { readonly type: "MemberExists"; readonly message: string }
  /** No such member has a role here. */
  | { readonly type: "NotFound"; readonly message: string }
  /** The role is above that of the one who asks. */
  | { readonly type: "RoleTooHigh"; readonly message: string }
  /** The workspace would be left without an Admin. */
  | { readonly type: "LastAdmin"; readonly message: string };

interface MemberRequest {
  readonly workspaceId: string;
  /** The role of the one who asks. */
  readonly actorRole: Role;
  /** In any case and with spaces around it: stored in lower case without them. */
  readonly email: string;
}

/** The one form in which an e-mail address is kept and compared. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

export function toWorkspaceMember(
  row: InferSelectModel<typeof workspaceMember>,
): WorkspaceMemberResource {
  return {
    id: row.id,
    email: row.email ?? "",
    emailVerified: row.emailVerified,
    ...(row.image === null ? {} : { picture: row.image }),
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.nickname === null ? {} : { nickname: row.nickname }),
    createdAt: row.createdAt.toISOString(),
  };
}

/** The members of the workspace by e-mail address, each with the one role they have in it. */
export async function listMemberRoles({
  workspaceId,
}: {
  workspaceId: string;
}): Promise<WorkspaceMemberWithRoles[]> {
  const rows = await db()
    .select({
      member: workspaceMember,
      role: workspaceMemberRole.role,
      workspaceName: workspace.name,
    })
    .from(workspaceMemberRole)
    .innerJoin(
      workspaceMember,
      eq(workspaceMember.id, workspaceMemberRole.workspaceMemberId),
    )
    .innerJoin(workspace, eq(workspace.id, workspaceMemberRole.workspaceId))
    .where(eq(workspaceMemberRole.workspaceId, workspaceId))
    .orderBy(asc(workspaceMember.email), asc(workspaceMember.id));
  return rows.map(({ member, role, workspaceName }) => ({
    member: toWorkspaceMember(member),
    roles: [{ role, workspaceMemberId: member.id, workspaceId, workspaceName }],
  }));
}

/** Err RoleTooHigh unless each of the roles is at most the actor's own. */
function mayHandle(
  actorRole: Role,
  roles: readonly Role[],
): Result<null, MemberRoleError> {
  const tooHigh = roles.find((role) => !mayGrantRole({ actorRole, role }));
  return tooHigh === undefined
    ? ok(null)
    : err({
        type: "RoleTooHigh",
        message: `A member with the role ${actorRole} cannot grant or take away the role ${tooHigh}.`,
      });
}

/**
 * Locks the workspace's row until the transaction ends, so that changes of its members queue up and each sees what the
 * one before did. Inserts that refer to the workspace, such as events, do not wait for this lock.
 */
async function lockMembers(
  tx: Transaction,
  workspaceId: string,
): Promise<string> {
  const [row] = await tx
    .select({ name: workspace.name })
    .from(workspace)
    .where(eq(workspace.id, workspaceId))
    .for("no key update");
  if (row === undefined) {
    throw new Error("The workspace of the request is gone.");
  }
  return row.name;
}

/**
 * The member of this address and their role in the workspace. Among addresses that differ in case, which a database of
 * Dittofeed's may have, one with a role here goes first, then the one kept as we keep them.
 */
async function findMember(
  tx: Transaction,
  { workspaceId, email }: { workspaceId: string; email: string },
): Promise<{ workspaceMemberId: string; role: Role | null } | undefined> {
  const [row] = await tx
    .select({
      workspaceMemberId: workspaceMember.id,
      role: workspaceMemberRole.role,
    })
    .from(workspaceMember)
    .leftJoin(
      workspaceMemberRole,
      and(
        eq(workspaceMemberRole.workspaceMemberId, workspaceMember.id),
        eq(workspaceMemberRole.workspaceId, workspaceId),
      ),
    )
    .where(eq(sql`lower(${workspaceMember.email})`, email))
    .orderBy(
      sql`${workspaceMemberRole.role} IS NULL`,
      sql`${workspaceMember.email} = ${email} DESC`,
      asc(workspaceMember.createdAt),
    )
    .limit(1);
  return row;
}

async function inSystemTransaction<T>(
  workspaceId: string,
  work: (tx: Transaction) => Promise<Result<T, MemberRoleError>>,
): Promise<Result<T, MemberRoleError>> {
  return takeSystemTurn(workspaceId, () =>
    inTransaction(work, { database: systemDb() }),
  );
}

/**
 * Gives somebody a role in the workspace; a person nobody knows yet becomes a member who can sign in by this address.
 * Err MemberExists when they have a role here, RoleTooHigh when the role is above the actor's.
 */
export async function addMemberRole({
  workspaceId,
  actorRole,
  email,
  role,
}: MemberRequest & { readonly role: Role }): Promise<
  Result<MemberRole, MemberRoleError>
> {
  const allowed = mayHandle(actorRole, [role]);
  if (allowed.isErr()) {
    return err(allowed.error);
  }
  return inSystemTransaction(workspaceId, async (tx) => {
    const workspaceName = await lockMembers(tx, workspaceId);
    const now = clock().now();
    const made = { createdAt: now, updatedAt: now };
    const who = { workspaceId, email: normalizeEmail(email) };
    if ((await findMember(tx, who)) === undefined) {
      await tx
        .insert(workspaceMember)
        .values({ email: who.email, ...made })
        .onConflictDoNothing();
    }
    const member = await findMember(tx, who);
    if (member === undefined) {
      throw new Error("The member is neither there nor insertable.");
    }
    const { workspaceMemberId } = member;
    const inserted = await tx
      .insert(workspaceMemberRole)
      .values({ workspaceId, workspaceMemberId, role, ...made })
      .onConflictDoNothing()
      .returning({ role: workspaceMemberRole.role });
    return inserted.length === 0
      ? err({
          type: "MemberExists",
          message: "This member has a role in the workspace already.",
        })
      : ok({ role, workspaceMemberId, workspaceId, workspaceName });
  });
}

/** Err LastAdmin when the workspace has no other Admin. The caller holds the lock of lockMembers. */
async function leavesAnAdmin(
  tx: Transaction,
  workspaceId: string,
): Promise<Result<null, MemberRoleError>> {
  const [admins] = await tx
    .select({ count: count() })
    .from(workspaceMemberRole)
    .where(
      and(
        eq(workspaceMemberRole.workspaceId, workspaceId),
        eq(workspaceMemberRole.role, "Admin"),
      ),
    );
  return (admins?.count ?? 0) > 1
    ? ok(null)
    : err({
        type: "LastAdmin",
        message:
          "This member is the workspace's last Admin: make somebody else Admin first.",
      });
}

/** Runs `change` on the member's role, once the rules allow that it becomes `next` (null: none). */
async function withMemberRole<T>(
  { workspaceId, actorRole, email }: MemberRequest,
  next: Role | null,
  change: (
    tx: Transaction,
    found: { workspaceMemberId: string; workspaceName: string },
  ) => Promise<T>,
): Promise<Result<T, MemberRoleError>> {
  return inSystemTransaction<T>(workspaceId, async (tx) => {
    const workspaceName = await lockMembers(tx, workspaceId);
    const current = await findMember(tx, {
      workspaceId,
      email: normalizeEmail(email),
    });
    if (current === undefined || current.role === null) {
      return err({
        type: "NotFound",
        message: "No member of the workspace has this e-mail address.",
      });
    }
    const allowed = mayHandle(
      actorRole,
      next === null ? [current.role] : [current.role, next],
    );
    if (allowed.isErr()) {
      return err(allowed.error);
    }
    if (current.role === "Admin" && next !== "Admin") {
      const safe = await leavesAnAdmin(tx, workspaceId);
      if (safe.isErr()) {
        return err(safe.error);
      }
    }
    const { workspaceMemberId } = current;
    return ok(await change(tx, { workspaceMemberId, workspaceName }));
  });
}

const roleOf = (workspaceId: string, workspaceMemberId: string) =>
  and(
    eq(workspaceMemberRole.workspaceId, workspaceId),
    eq(workspaceMemberRole.workspaceMemberId, workspaceMemberId),
  );

/**
 * Changes a member's role. Err NotFound when they have none here, RoleTooHigh when their role or the new one is above
 * the actor's, LastAdmin when no Admin would be left; two at once cannot both pass.
 */
export async function changeMemberRole({
  role,
  ...request
}: MemberRequest & { readonly role: Role }): Promise<
  Result<MemberRole, MemberRoleError>
> {
  const { workspaceId } = request;
  return withMemberRole(request, role, async (tx, found) => {
    await tx
      .update(workspaceMemberRole)
      .set({ role })
      .where(roleOf(workspaceId, found.workspaceMemberId));
    return { role, workspaceId, ...found };
  });
}

/**
 * Takes a member's role away; the member stays known, and keeps their roles elsewhere. Err NotFound, RoleTooHigh,
 * LastAdmin as in changeMemberRole.
 */
export async function removeMemberRole(
  request: MemberRequest,
): Promise<Result<null, MemberRoleError>> {
  const { workspaceId } = request;
  return withMemberRole(request, null, async (tx, found) => {
    await tx
      .delete(workspaceMemberRole)
      .where(roleOf(workspaceId, found.workspaceMemberId));
    return null;
  });
}
