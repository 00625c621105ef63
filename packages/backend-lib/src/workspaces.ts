// FACE of workspaces/. Workspaces as an operator sees them: making one with all it begins with, finding and listing them. Owns the rules of
// names and of parents and children. Works across workspaces, so it uses the system role; what belongs to one workspace
// only is its resource's business.

import { asc, eq, type InferSelectModel } from "drizzle-orm";
import {
  MAX_ID_LENGTH,
  TOMBSTONED_NAME_PREFIX,
} from "isomorphic-lib/src/constants";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  type CreatedWorkspace,
  type WorkspaceDetails,
  type WorkspaceType,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { clock } from "./clock";
import { inTransaction, queryResult, systemDb, type Transaction } from "./db";
import { workspace } from "./db/schema";
import { ensureDefaults } from "./workspaces/defaults";
import { insertAdminApiKey, writeKeyHeader } from "./workspaces/keys";

export {
  ensureDefaults,
  subscriptionGroupSegments,
} from "./workspaces/defaults";
export {
  ensureWriteKey,
  insertAdminApiKey,
  type KeyNameTaken,
} from "./workspaces/keys";

/** The name of the admin API key that a new workspace comes with. */
export const FIRST_ADMIN_API_KEY_NAME = "default-admin-api-key";

export interface CreateWorkspaceInput {
  /** 1 to 255 characters, unique among the workspaces without a parent, or among those of one parent. */
  readonly name: string;
  /** Default: Child with a parent, Root without. */
  readonly type?: WorkspaceType;
  readonly parentWorkspaceId?: string;
  /** The operator's own id for the workspace, unique among those of one parent. */
  readonly externalId?: string;
}

export type CreateWorkspaceError =
  | { readonly type: "BadValues"; readonly message: string }
  | { readonly type: "ParentNotFound"; readonly message: string }
  | { readonly type: "UniqueConstraintViolation"; readonly message: string };

export function toWorkspaceDetails(
  row: InferSelectModel<typeof workspace>,
): WorkspaceDetails {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    status: row.status,
    ...(row.parentWorkspaceId === null
      ? {}
      : { parentWorkspaceId: row.parentWorkspaceId }),
    ...(row.externalId === null ? {} : { externalId: row.externalId }),
    ...(row.domain === null ? {} : { domain: row.domain }),
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

function textProblem(what: string, text: string): string | undefined {
  if (text.trim() === "" || text.length > MAX_ID_LENGTH) {
    return `${what} has to have 1 to ${MAX_ID_LENGTH} characters, not all of them spaces.`;
  }
  if (/[\p{Cc}\p{Cs}]/u.test(text)) {
    return `${what} has a character that cannot be stored or shown, such as a line break.`;
  }
  return text.startsWith(TOMBSTONED_NAME_PREFIX)
    ? `${what} must not start with ${TOMBSTONED_NAME_PREFIX}: that marks deleted workspaces.`
    : undefined;
}

function inputProblem(input: CreateWorkspaceInput): string | undefined {
  const { name, externalId, type, parentWorkspaceId } = input;
  const problem =
    textProblem("The name", name) ??
    (externalId === undefined
      ? undefined
      : textProblem("The external id", externalId));
  if (problem !== undefined) {
    return problem;
  }
  if (parentWorkspaceId === undefined) {
    return type === "Child"
      ? "A workspace of type Child needs a parent."
      : undefined;
  }
  if (type !== undefined && type !== "Child") {
    return `A workspace with a parent is of type Child, not ${type}.`;
  }
  return isUuid(parentWorkspaceId)
    ? undefined
    : "The parent's id has to be a UUID.";
}

/** Locks the parent's row, so that it cannot be paused or removed while it gets a child. */
async function parentProblem(
  tx: Transaction,
  parentWorkspaceId: string,
): Promise<CreateWorkspaceError | undefined> {
  const [parent] = await tx
    .select({ type: workspace.type, status: workspace.status })
    .from(workspace)
    .where(eq(workspace.id, parentWorkspaceId))
    .for("share");
  if (parent?.status !== "Active") {
    return {
      type: "ParentNotFound",
      message: `There is no active workspace ${parentWorkspaceId} to be the parent.`,
    };
  }
  return parent.type === "Child"
    ? {
        type: "BadValues",
        message: "A Child cannot be the parent of another workspace.",
      }
    : undefined;
}

/**
 * Makes a workspace with its defaults and its first admin API key, all or nothing. The keys are shown only here. Err
 * BadValues for an unusable name, type or id, ParentNotFound when there is no such active parent,
 * UniqueConstraintViolation when the name or external id is taken.
 */
export async function createWorkspace(
  input: CreateWorkspaceInput,
): Promise<Result<CreatedWorkspace, CreateWorkspaceError>> {
  const problem = inputProblem(input);
  if (problem !== undefined) {
    return err({ type: "BadValues", message: problem });
  }
  return inTransaction(async (tx) => insertWorkspace(tx, input), {
    database: systemDb(),
  });
}

async function insertWorkspace(
  tx: Transaction,
  { name, externalId, parentWorkspaceId, type }: CreateWorkspaceInput,
): Promise<Result<CreatedWorkspace, CreateWorkspaceError>> {
  if (parentWorkspaceId !== undefined) {
    const problem = await parentProblem(tx, parentWorkspaceId);
    if (problem !== undefined) {
      return err(problem);
    }
  }
  const now = clock().now();
  const inserted = await queryResult(
    tx
      .insert(workspace)
      .values({
        createdAt: now,
        updatedAt: now,
        name,
        externalId,
        parentWorkspaceId,
        type: type ?? (parentWorkspaceId === undefined ? "Root" : "Child"),
      })
      .returning({ workspaceId: workspace.id }),
  );
  if (inserted.isErr()) {
    const taken =
      inserted.error.constraint === "Workspace_parentWorkspaceId_externalId_key"
        ? `external id ${String(externalId)}`
        : `name ${name}`;
    return err({
      type: "UniqueConstraintViolation",
      message: `A workspace with the ${taken} exists already.`,
    });
  }
  const [row] = inserted.value;
  if (row === undefined) {
    throw new Error("The workspace was inserted, but no row came back.");
  }
  const { workspaceId } = row;
  const key = await ensureDefaults(tx, { workspaceId, workspaceName: name });
  if (key.isErr()) {
    return err(key.error);
  }
  const admin = await insertAdminApiKey(tx, {
    workspaceId,
    name: FIRST_ADMIN_API_KEY_NAME,
  });
  return admin.isErr()
    ? err(admin.error)
    : ok({
        workspaceId,
        adminApiKey: admin.value.apiKey,
        writeKey: writeKeyHeader(key.value),
      });
}

/** Every workspace, whatever its status, oldest first. */
export async function listWorkspaces(): Promise<WorkspaceDetails[]> {
  const rows = await systemDb()
    .select()
    .from(workspace)
    .orderBy(asc(workspace.createdAt), asc(workspace.id));
  return rows.map(toWorkspaceDetails);
}

/** The workspace of this id, whatever its status; null when there is none, also when the id is no UUID. */
export async function findWorkspace(
  workspaceId: string,
): Promise<WorkspaceDetails | null> {
  if (!isUuid(workspaceId)) {
    return null;
  }
  const [row] = await systemDb()
    .select()
    .from(workspace)
    .where(eq(workspace.id, workspaceId));
  return row === undefined ? null : toWorkspaceDetails(row);
}
