// Changing limits, as the workspace itself or from above. Owns which of the two a change is made as; the rules of a change are in
// limits.ts and edits.ts.

import { isUuid } from "isomorphic-lib/src/formats";
import {
  type InvalidAmount,
  type QuotaLayer,
  type RequestedQuotaLimits,
  type WorkspaceNotFound,
  type WorkspaceQuota,
} from "isomorphic-lib/src/types";
import { err, type Result } from "neverthrow";

import { inTransaction, type Transaction } from "../../db";
import { type QuotaChanges, toEdits } from "./edits";
import { fromAbove } from "./fromAbove";
import {
  type QuotaEditError,
  type QuotaEditOptions,
  resettingEdits,
  writeEdits,
} from "./limits";
import { workspaceNotFound } from "./quotaError";
import { type Authority } from "./states";

async function changing<E>(
  workspaceId: string,
  mayRaiseCeiling: boolean,
  work: (
    tx: Transaction,
    authority: Authority,
  ) => Promise<Result<WorkspaceQuota, E>>,
): Promise<Result<WorkspaceQuota, E | WorkspaceNotFound>> {
  if (!isUuid(workspaceId)) {
    return err(workspaceNotFound());
  }
  return mayRaiseCeiling
    ? fromAbove(workspaceId, (tx) => work(tx, "above"))
    : inTransaction((tx) => work(tx, "own"));
}

/**
 * Sets the fields given, leaves the others, and answers what holds from the commit on; all or nothing. `mayRaiseCeiling` is for
 * those who stand above the workspace, which the caller has checked; it needs no context. Err InvalidAmount naming each bad
 * field; CeilingExceeded; CeilingForbidden; StaleQuota when `ifMatch` is not the ETag of what is stored; WorkspaceNotFound.
 */
export async function setWorkspaceQuota(
  workspaceId: string,
  changes: QuotaChanges,
  { ifMatch, mayRaiseCeiling = false }: QuotaEditOptions = {},
): Promise<Result<WorkspaceQuota, QuotaEditError | InvalidAmount>> {
  const edits = toEdits(changes);
  if (edits.isErr()) {
    return err(edits.error);
  }
  return changing(workspaceId, mayRaiseCeiling, (tx, authority) =>
    writeEdits(tx, { workspaceId, edits: edits.value, authority, ifMatch }),
  );
}

/** Sets ceilings of a workspace, from above. The caller has checked that the actor is the operator or the parent's admin. */
export async function setWorkspaceCeilings(
  workspaceId: string,
  ceilings: RequestedQuotaLimits,
  { ifMatch }: Pick<QuotaEditOptions, "ifMatch"> = {},
): Promise<Result<WorkspaceQuota, QuotaEditError | InvalidAmount>> {
  return setWorkspaceQuota(
    workspaceId,
    { ceilings },
    { ifMatch, mayRaiseCeiling: true },
  );
}

export interface ResetOptions extends QuotaEditOptions {
  /** Whose words are taken back. Default: the workspace's own limits. */
  readonly layers?: readonly QuotaLayer[];
}

/** Takes back what was set, so that what is inherited holds; answers that. Err as setWorkspaceQuota(). */
export async function resetWorkspaceQuota(
  workspaceId: string,
  { ifMatch, mayRaiseCeiling = false, layers = ["limit"] }: ResetOptions = {},
): Promise<Result<WorkspaceQuota, QuotaEditError>> {
  return changing<QuotaEditError>(
    workspaceId,
    mayRaiseCeiling,
    async (tx, authority) => {
      const edits = await resettingEdits(tx, workspaceId, layers);
      return writeEdits(tx, { workspaceId, edits, authority, ifMatch });
    },
  );
}
