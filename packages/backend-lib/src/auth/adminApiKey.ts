// Admin API keys: what servers call /api/admin with. Owns reading the Authorization header and deciding, in one query,
// whether the key is good for the workspace asked for. Making and deleting keys belongs to workspaces/.

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { and, asc, eq, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { type WorkspaceResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { constantTimeEquals } from "../crypto";
import { systemDb } from "../db";
import { LookUps } from "../db/lookUps";
import { adminApiKey, secret, workspace } from "../db/schema";

/** Which workspace a request is for: by id, by the customer's own id for it, or the oldest one of the host. */
export type WorkspaceSelector =
  | { readonly by: "id"; readonly workspaceId: string }
  | { readonly by: "externalId"; readonly externalId: string }
  | { readonly by: "oldest" };

export interface AdminApiKeyHolder {
  /** The workspace that the request is for: the key's own or an Active child of it. */
  readonly workspace: WorkspaceResource;
  /** The key is of the workspace's parent, and so stands above it. */
  readonly isOfParent: boolean;
  readonly adminApiKeyId: string;
  readonly name: string;
}

export interface AdminApiKeyError {
  readonly type:
    "MissingAuthorization" | "MalformedAuthorization" | "InvalidAdminApiKey";
  readonly message: string;
}

/** How Dittofeed stores a key in `"Secret"."configValue"`. */
const StoredKey = Type.Object({
  type: Type.Literal("AdminApiKey"),
  key: Type.String({ minLength: 1 }),
  permissions: Type.Array(Type.String()),
});
type StoredKey = Static<typeof StoredKey>;

/** The same words for every reason, so that the answer does not tell which workspaces and keys exist. */
const refused: AdminApiKeyError = {
  type: "InvalidAdminApiKey",
  message: "The admin API key is not valid for this workspace.",
};

const parent = alias(workspace, "parent");

function selected(selector: WorkspaceSelector): SQL {
  switch (selector.by) {
    case "id":
      return eq(workspace.id, selector.workspaceId);
    case "externalId":
      return eq(workspace.externalId, selector.externalId);
    case "oldest":
      return eq(
        workspace.id,
        systemDb()
          .select({ id: workspace.id })
          .from(workspace)
          .where(eq(workspace.status, "Active"))
          .orderBy(asc(workspace.createdAt), asc(workspace.id))
          .limit(1),
      );
  }
}

const lookUps = new LookUps<Candidate[]>();

type Candidate = Awaited<ReturnType<typeof candidates>>[number];

/** Every key that would be good for the selected workspaces: their own and those of their Active parents. */
async function candidates(selector: WorkspaceSelector) {
  return systemDb()
    .select({
      adminApiKeyId: adminApiKey.id,
      name: adminApiKey.name,
      keyWorkspaceId: adminApiKey.workspaceId,
      stored: secret.configValue,
      workspace: {
        id: workspace.id,
        name: workspace.name,
        type: workspace.type,
        status: workspace.status,
      },
    })
    .from(workspace)
    .leftJoin(
      parent,
      and(
        eq(parent.id, workspace.parentWorkspaceId),
        eq(parent.status, "Active"),
      ),
    )
    .innerJoin(
      adminApiKey,
      or(
        eq(adminApiKey.workspaceId, workspace.id),
        eq(adminApiKey.workspaceId, parent.id),
      ),
    )
    .innerJoin(
      secret,
      and(
        eq(secret.id, adminApiKey.secretId),
        eq(secret.workspaceId, adminApiKey.workspaceId),
      ),
    )
    .where(and(eq(workspace.status, "Active"), selected(selector)))
    .orderBy(asc(workspace.createdAt), asc(workspace.id));
}

function opens(stored: unknown, key: string): boolean {
  if (!Value.Check(StoredKey, stored)) {
    return false;
  }
  const right: StoredKey = stored;
  return (
    constantTimeEquals(right.key, key) && right.permissions.includes("Admin")
  );
}

function choose(found: Candidate[], key: string): Candidate | undefined {
  // Each one is compared, so that the time does not tell where among them the right one is.
  const matching = found.filter(({ stored }) => opens(stored, key));
  return (
    matching.find((each) => each.keyWorkspaceId === each.workspace.id) ??
    matching[0]
  );
}

/**
 * Whether an Authorization header (`Bearer <key>`: the scheme in this case, one space) opens the selected workspace, which
 * must be Active. A parent's key, whatever its type, opens its Active children too. When an externalId is used by several workspaces, the
 * key decides, and its own workspace comes first.
 */
export async function validateAdminApiKey({
  authorization,
  selector,
}: {
  readonly authorization: string | undefined;
  readonly selector: WorkspaceSelector;
}): Promise<Result<AdminApiKeyHolder, AdminApiKeyError>> {
  if (authorization === undefined || authorization === "") {
    return err({
      type: "MissingAuthorization",
      message: "An Authorization header with an admin API key is required.",
    });
  }
  const key = /^Bearer ([^\s]+)$/.exec(authorization)?.[1];
  if (key === undefined) {
    return err({
      type: "MalformedAuthorization",
      message: 'The Authorization header must be "Bearer <admin API key>".',
    });
  }
  const query = ["adminApiKey", ...Object.values(selector)];
  const chosen = await lookUps.decide({
    claim: [...query, key],
    query,
    find: () => candidates(selector),
    decide: (found) => choose(found, key),
    opened: (found) => found?.workspace.id,
  });
  return chosen === undefined
    ? err(refused)
    : ok({
        workspace: chosen.workspace,
        isOfParent: chosen.keyWorkspaceId !== chosen.workspace.id,
        adminApiKeyId: chosen.adminApiKeyId,
        name: chosen.name,
      });
}
