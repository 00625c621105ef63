// Write keys: what clients send events with. Owns reading the Authorization header and resolving the key to its
// workspace, in one query or none. Making and deleting keys belongs to workspaces/.

import { and, eq } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import { type WorkspaceResource } from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { constantTimeEquals } from "../crypto";
import { systemDb } from "../db";
import { secret, workspace, writeKey } from "../db/schema";
import { accessTo, LookUps } from "../lookUps";

export interface WriteKeyHolder {
  readonly workspace: WorkspaceResource;
  /** Id of the `"WriteKey"` row. */
  readonly writeKeyId: string;
  /** Its name, for people. */
  readonly name: string;
}

/** `message` is what Dittofeed's clients look for, word by word. */
export type WriteKeyError =
  | { readonly type: "InvalidWriteKey"; readonly message: "InvalidWriteKey" }
  | {
      readonly type: "WorkspaceIneligible";
      readonly message: "WorkspaceIneligible";
    };

const invalid: WriteKeyError = {
  type: "InvalidWriteKey",
  message: "InvalidWriteKey",
};
const ineligible: WriteKeyError = {
  type: "WorkspaceIneligible",
  message: "WorkspaceIneligible",
};

/** The part after the first space, whatever the scheme is called: base64 of `secretId:value`. */
function readCredentials(
  authorization: string,
): { secretId: string; value: string } | null {
  const encoded = authorization.split(" ")[1] ?? "";
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  // One spelling: whoever has a key could else bring as many claims as it has letters' cases.
  const secretId = decoded.slice(0, Math.max(colon, 0)).toLowerCase();
  const value = decoded.slice(colon + 1);
  return isUuid(secretId) && value !== "" ? { secretId, value } : null;
}

const lookUps = new LookUps<Registered[]>("writeKey");

type Registered = Awaited<ReturnType<typeof findWriteKey>>[number];

async function findWriteKey(secretId: string) {
  return systemDb()
    .select({
      writeKeyId: writeKey.id,
      name: secret.name,
      value: secret.value,
      workspace: {
        id: workspace.id,
        name: workspace.name,
        type: workspace.type,
        status: workspace.status,
      },
    })
    .from(secret)
    .innerJoin(
      writeKey,
      and(
        eq(writeKey.secretId, secret.id),
        eq(writeKey.workspaceId, secret.workspaceId),
      ),
    )
    .innerJoin(workspace, eq(workspace.id, secret.workspaceId))
    .where(eq(secret.id, secretId));
}

function holderOf(
  found: Registered | undefined,
  given: string,
): Registered | undefined {
  // A key that does not exist is compared as well, with a value that no header can hold.
  const isRight = constantTimeEquals(found?.value ?? "", given);
  return found === undefined || found.value === null || !isRight
    ? undefined
    : found;
}

/**
 * The workspace that an Authorization header with a write key stands for. Err `InvalidWriteKey` when there is no such
 * key; only a registered one counts, unlike in Dittofeed, where any secret with a value does. Err `WorkspaceIneligible`,
 * told to holders of a right key only, when the workspace is not Active or is a Parent, which takes no events itself.
 */
export async function validateWriteKey({
  authorization,
}: {
  readonly authorization: string;
}): Promise<Result<WriteKeyHolder, WriteKeyError>> {
  const given = readCredentials(authorization);
  if (given === null) {
    return err(invalid);
  }
  const found = await lookUps.decide({
    claim: ["writeKey", given.secretId, given.value],
    query: ["writeKey", given.secretId],
    find: () => findWriteKey(given.secretId),
    decide: ([row]) => holderOf(row, given.value),
    opened: (holder) => holder?.workspace.id,
    restsOn: (rows) => accessTo(rows.map((row) => row.workspace.id)),
  });
  if (found === undefined) {
    return err(invalid);
  }
  if (
    found.workspace.status !== "Active" ||
    found.workspace.type === "Parent"
  ) {
    return err(ineligible);
  }
  return ok({
    workspace: found.workspace,
    writeKeyId: found.writeKeyId,
    name: found.name,
  });
}
