// What a caller may reach: the one workspace a request is for, or all of them. Owns the rules by auth mode and the roles
// that a Parent workspace lends to its children. Every answer is one query, or none when nothing changed since the last one.

import { and, asc, desc, eq, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { findHighestRole } from "isomorphic-lib/src/auth";
import { type Role, type WorkspaceResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { systemDb } from "../db";
import { workspace, workspaceMember, workspaceMemberRole } from "../db/schema";
import { takeSystemTurn } from "../db/systemTurns";
import { accessTo, DIRECTORY, LookUps } from "../lookUps";
import { HOST } from "../multitenancy/cache";
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

/** With the parent, whose changes are changes of the access too. */
interface Reached extends WorkspaceAccess {
  readonly parentId: string | null;
}

const lookUps = new LookUps<Reached[]>("workspaceAccess");

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

type Wanted =
  | { readonly which: "one"; readonly workspaceId: string }
  | { readonly which: "first" | "all" };

function only(wanted: Wanted): SQL {
  return wanted.which === "one"
    ? eq(workspace.id, wanted.workspaceId)
    : eq(workspace.status, "Active");
}

/**
 * What is open without a name. Anonymous mode opens every Active workspace: whoever reaches the loopback address owns
 * the machine. The one password opens the oldest.
 */
async function openWorkspaces(
  caller: Caller,
  wanted: Wanted,
): Promise<Reached[]> {
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
        only(wanted),
      ),
    )
    .orderBy(asc(workspace.createdAt), asc(workspace.id))
    .limit(wanted.which === "all" ? LISTED_WORKSPACES : 1);
  return rows.map(({ workspace: found, parentId }) => ({
    workspace: found,
    parentId,
    role: "Admin",
    standsAbove: caller.type === "anonymous" && parentId !== null,
  }));
}

/** A member's roles, own ones and those that an Active Parent lends to its children; the strongest one of each. */
async function memberWorkspaces(
  memberId: string,
  wanted: Wanted,
): Promise<Reached[]> {
  const rows = await systemDb()
    .select({
      workspace: SHOWN,
      parentId: workspace.parentWorkspaceId,
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
    .where(
      and(eq(workspaceMemberRole.workspaceMemberId, memberId), only(wanted)),
    )
    .orderBy(
      desc(eq(workspace.id, holder.id)), // own roles first, the oldest leading
      asc(workspaceMemberRole.createdAt),
      asc(workspace.name),
      asc(workspace.id),
    )
    .limit(LISTED_WORKSPACES);
  const strongest = new Map<string, Reached>();
  for (const { workspace: found, parentId, role, holderId } of rows) {
    const known = strongest.get(found.id);
    const highest = findHighestRole([role, ...(known ? [known.role] : [])]);
    const isLent = holderId !== found.id;
    strongest.set(found.id, {
      workspace: found,
      parentId,
      role: highest ?? role,
      standsAbove: known?.standsAbove === true || (isLent && role === "Admin"),
    });
  }
  return [...strongest.values()];
}

/**
 * What an answer rests on. Who has no name reaches what the workspaces' own rows say. A member's access to one is made of roles
 * in it and in its parent; to all it could change by a role in any other, of which nothing is known.
 */
function restsOn(caller: Caller, wanted: Wanted, found: readonly Reached[]) {
  if (caller.type !== "member") {
    return [DIRECTORY];
  }
  return wanted.which === "one"
    ? accessTo(found.flatMap((each) => [each.workspace.id, each.parentId]))
    : undefined;
}

/** What the caller reaches of what is wanted. */
async function reachable(caller: Caller, wanted: Wanted): Promise<Reached[]> {
  const claim = [
    "workspaces",
    caller.type,
    caller.member.id,
    ...Object.values(wanted),
  ];
  const isMember = caller.type === "member";
  return lookUps.decide({
    claim,
    query: claim,
    find: () =>
      isMember
        ? memberWorkspaces(caller.member.id, wanted)
        : openWorkspaces(caller, wanted),
    decide: (found) => found,
    opened: ([first]) => first?.workspace.id,
    restsOn: (found) => restsOn(caller, wanted, found),
    ...(isMember ? {} : { keptFor: HOST }),
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
  const [found] = await reachable(caller, { which: "one", workspaceId });
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
  return reachable(caller, { which: "all" });
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
  const [first] = await reachable(caller, {
    which: caller.type === "member" ? "all" : "first", // what a member picks from is not kept: one query then serves both
  });
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
