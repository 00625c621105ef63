// Admin API keys: what servers call /api/admin with. Owns reading the Authorization header and deciding, in one query or none,
// whether the key is good for the workspace asked for. Making and deleting keys belongs to workspaces/.

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { and, asc, eq, or, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { type WorkspaceResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { constantTimeEquals } from "../crypto";
import { systemDb } from "../db";
import { adminApiKey, secret, workspace } from "../db/schema";
import { accessTo, DIRECTORY, LookUps } from "../lookUps";
import { HOST } from "../multitenancy/cache";

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

const lookUps = new LookUps<Candidate[]>("adminApiKey");

type Candidate = Awaited<ReturnType<typeof candidates>>[number];

/**
 * The selected workspaces, each with every key that would be good for it: its own and those of its Active parent. One without
 * any is there too, since the answer rests on it as well.
 */
async function candidates(selector: WorkspaceSelector) {
  return systemDb()
    .select({
      key: {
        id: adminApiKey.id,
        name: adminApiKey.name,
        workspaceId: adminApiKey.workspaceId,
      },
      stored: secret.configValue,
      parentId: workspace.parentWorkspaceId,
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
    .leftJoin(
      adminApiKey,
      or(
        eq(adminApiKey.workspaceId, workspace.id),
        eq(adminApiKey.workspaceId, parent.id),
      ),
    )
    .leftJoin(
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

interface Chosen {
  readonly key: NonNullable<Candidate["key"]>;
  readonly workspace: WorkspaceResource;
}

function choose(
  found: readonly Candidate[],
  given: string,
): Chosen | undefined {
  // Each one is compared, so that the time does not tell where among them the right one is.
  const matching = found.flatMap(({ key, stored, workspace: opened }) =>
    opens(stored, given) && key !== null ? [{ key, workspace: opened }] : [],
  );
  return (
    matching.find((each) => each.key.workspaceId === each.workspace.id) ??
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
    restsOn: (found) => [
      ...(selector.by === "id" ? [] : [DIRECTORY]),
      ...accessTo(found.flatMap((each) => [each.workspace.id, each.parentId])),
    ],
    ...(selector.by === "id" ? {} : { keptFor: HOST }),
  });
  return chosen === undefined
    ? err(refused)
    : ok({
        workspace: chosen.workspace,
        isOfParent: chosen.key.workspaceId !== chosen.workspace.id,
        adminApiKeyId: chosen.key.id,
        name: chosen.key.name,
      });
}
