// What a caller may reach: the one workspace a request is for, or all of them. Owns the rules by auth mode and the roles
// that a Parent workspace lends to its children. Every answer is one query.

import { and, asc, desc, eq, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { findHighestRole } from "isomorphic-lib/src/auth";
import { type Role, type WorkspaceResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { systemDb } from "../db";
import { LookUps } from "../db/lookUps";
import { workspace, workspaceMember, workspaceMemberRole } from "../db/schema";
import { takeSystemTurn } from "../db/systemTurns";
import { type Caller } from "./caller";

export interface WorkspaceAccess {
  readonly workspace: WorkspaceResource;
  readonly role: Role;
  /** An Admin of the workspace's parent: may say what the workspace's own admins cannot. */
  readonly standsAbove: boolean;
}

export interface WorkspaceAccessError {
  /** `WorkspaceForbidden`: not the caller's, or there is none; the answer does not tell which. */
  readonly type: "WorkspaceForbidden" | "WorkspaceInactive" | "NotOnboarded";
  readonly message: string;
}

const lookUps = new LookUps<WorkspaceAccess[]>();

/** More than a person can choose from; the workspace in use is found without this list. */
const LISTED_WORKSPACES = 1000;

const forbidden: WorkspaceAccessError = {
  type: "WorkspaceForbidden",
  message: "You have no access to this workspace.",
};

const SHOWN = {
  id: workspace.id,
  name: workspace.name,
  type: workspace.type,
  status: workspace.status,
};

const holder = alias(workspace, "holder");
const oldest = alias(workspace, "oldest");

/**
 * What is open without a name. Anonymous mode opens every Active workspace: whoever reaches the loopback address owns
 * the machine. The one password opens the oldest.
 */
async function openWorkspaces(
  caller: Caller,
  only: SQL,
): Promise<WorkspaceAccess[]> {
  const isOldest = eq(
    workspace.id,
    systemDb()
      .select({ id: oldest.id })
      .from(oldest)
      .where(eq(oldest.status, "Active"))
      .orderBy(asc(oldest.createdAt), asc(oldest.id))
      .limit(1),
  );
  const rows = await systemDb()
    .select({ workspace: SHOWN, parentId: workspace.parentWorkspaceId })
    .from(workspace)
    .where(
      and(
        eq(workspace.status, "Active"),
        caller.type === "anonymous" ? undefined : isOldest,
        only,
      ),
    )
    .orderBy(asc(workspace.createdAt), asc(workspace.id))
    .limit(LISTED_WORKSPACES);
  return rows.map(({ workspace: found, parentId }) => ({
    workspace: found,
    role: "Admin",
    standsAbove: caller.type === "anonymous" && parentId !== null,
  }));
}

/** A member's roles, own ones and those that an Active Parent lends to its children; the strongest one of each. */
async function memberWorkspaces(
  memberId: string,
  only: SQL,
): Promise<WorkspaceAccess[]> {
  const rows = await systemDb()
    .select({
      workspace: SHOWN,
      role: workspaceMemberRole.role,
      holderId: holder.id,
    })
    .from(workspaceMemberRole)
    .innerJoin(holder, eq(holder.id, workspaceMemberRole.workspaceId))
    .innerJoin(
      workspace,
      or(
        eq(workspace.id, holder.id),
        and(
          eq(workspace.parentWorkspaceId, holder.id),
          eq(holder.type, "Parent"),
          eq(holder.status, "Active"),
        ),
      ),
    )
    .where(and(eq(workspaceMemberRole.workspaceMemberId, memberId), only))
    .orderBy(
      desc(eq(workspace.id, holder.id)), // own roles first, the oldest leading
      asc(workspaceMemberRole.createdAt),
      asc(workspace.name),
      asc(workspace.id),
    )
    .limit(LISTED_WORKSPACES);
  const strongest = new Map<string, WorkspaceAccess>();
  for (const { workspace: found, role, holderId } of rows) {
    const known = strongest.get(found.id);
    const highest = findHighestRole([role, ...(known ? [known.role] : [])]);
    const isLent = holderId !== found.id;
    strongest.set(found.id, {
      workspace: found,
      role: highest ?? role,
      standsAbove: known?.standsAbove === true || (isLent && role === "Admin"),
    });
  }
  return [...strongest.values()];
}

/** What the caller reaches of those that `only`, which `query` names, lets through. */
async function reachable(
  caller: Caller,
  query: readonly string[],
  only: SQL,
): Promise<WorkspaceAccess[]> {
  const claim = ["workspaces", caller.type, caller.member.id, ...query];
  return lookUps.decide({
    claim,
    query: claim,
    find: () =>
      caller.type === "member"
        ? memberWorkspaces(caller.member.id, only)
        : openWorkspaces(caller, only),
    decide: (found) => found,
    opened: ([first]) => first?.workspace.id,
  });
}

/**
 * The caller's access to the workspace of this id. Err `WorkspaceForbidden` when it is not theirs, `WorkspaceInactive`
 * when it is but is paused or deleted.
 */
export async function findSessionWorkspace(
  caller: Caller,
  workspaceId: string,
): Promise<Result<WorkspaceAccess, WorkspaceAccessError>> {
  const [found] = await reachable(
    caller,
    ["one", workspaceId],
    eq(workspace.id, workspaceId),
  );
  if (found === undefined) {
    return err(forbidden);
  }
  return found.workspace.status === "Active"
    ? ok(found)
    : err({
        type: "WorkspaceInactive",
        message: "This workspace is not active at the moment.",
      });
}

/** Every Active workspace the caller may switch to, at most 1000: own roles before inherited ones, the oldest first. */
export async function listSessionWorkspaces(
  caller: Caller,
): Promise<WorkspaceAccess[]> {
  return reachable(caller, ["all"], eq(workspace.status, "Active"));
}

/**
 * The workspace for a request that names none: where the member was last, else their first. Err `NotOnboarded` when they
 * have none.
 */
export async function pickSessionWorkspace(
  caller: Caller,
): Promise<Result<WorkspaceAccess, WorkspaceAccessError>> {
  if (caller.lastWorkspaceId !== null) {
    const last = await findSessionWorkspace(caller, caller.lastWorkspaceId);
    if (last.isOk()) {
      return last;
    }
  }
  const [first] = await listSessionWorkspaces(caller);
  return first === undefined
    ? err({
        type: "NotOnboarded",
        message:
          caller.type === "member"
            ? "You have no role in any active workspace yet: ask to be invited to one."
            : "There is no active workspace yet.",
      })
    : ok(first);
}

/** Remembers where the member works, so that the next session begins there. Changes nothing for callers without a name. */
export async function rememberSessionWorkspace(
  caller: Caller,
  workspaceId: string,
): Promise<void> {
  if (caller.type === "member" && caller.lastWorkspaceId !== workspaceId) {
    await takeSystemTurn(workspaceId, () =>
      systemDb()
        .update(workspaceMember)
        .set({ lastWorkspaceId: workspaceId })
        .where(eq(workspaceMember.id, caller.member.id)),
    );
  }
}
