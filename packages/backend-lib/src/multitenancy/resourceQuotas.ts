// FACE of resourceQuotas/. What a workspace may have and has: looking, taking, reserving, and changing limits. Owns the questions
// and their errors; the database counts and decides (migrations 012 and 013), in the transaction that makes the thing, so
// none of these has to be asked before something is made. All but what says "from above" act in the workspace's context.

import { isUuid } from "isomorphic-lib/src/formats";
import {
  type GetQuotaHistoryRequest,
  type GetQuotaHistoryResponse,
  type InvalidAmount,
  type QuotaCheck,
  type QuotaExceeded,
  type QuotaUsage,
  type SimulateQuotaRequest,
  type SimulateQuotaResponse,
  type UnknownResource,
  type WorkspaceNotFound,
  type WorkspaceQuota,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { db } from "../db";
import { toEdits } from "./resourceQuotas/edits";
import { fromAbove } from "./resourceQuotas/fromAbove";
import { readHistory } from "./resourceQuotas/history";
import { readQuota } from "./resourceQuotas/limits";
import {
  knownResource,
  positiveAmount,
  workspaceNotFound,
} from "./resourceQuotas/quotaError";
import { simulate } from "./resourceQuotas/simulation";
import {
  readStandings,
  refusalOf,
  remainingOf,
  standingOf,
  toQuotaUsages,
} from "./resourceQuotas/states";

export {
  applyDefaultQuotas,
  writeQuotaDefaults,
} from "./resourceQuotas/defaults";
export {
  resetWorkspaceQuota,
  setWorkspaceCeilings,
  setWorkspaceQuota,
} from "./resourceQuotas/editing";
export { type QuotaChanges } from "./resourceQuotas/edits";
export {
  type QuotaEditError,
  type QuotaEditOptions,
  quotaEtag,
} from "./resourceQuotas/limits";
export {
  quotaExceeded,
  quotaResult,
  toQuotaError,
} from "./resourceQuotas/quotaError";
export { type QuotaEndError } from "./resourceQuotas/reservations";
export {
  commitQuotaReservation,
  consumeWorkspaceQuota,
  DEFAULT_RESERVATION_SECONDS,
  type QuotaGrant,
  releaseQuotaReservation,
  reserveWorkspaceQuota,
  type ReservingOptions,
  type TakingOptions,
} from "./resourceQuotas/taking";
export {
  forgetQuotaRecords,
  keepUpQuotas,
  type QuotaDrift,
  reconcileWorkspaceQuota,
  sampleUsage,
} from "./resourceQuotas/upkeep";

/**
 * Whether there is room for `increment` more now, in the parent's pool as well. Only looks and takes nothing, so another may
 * be faster. Err QuotaExceeded when there is none; UnknownResource; InvalidAmount; WorkspaceNotFound.
 */
export async function validateWorkspaceQuota(
  workspaceId: string,
  resourceType: string,
  increment = 1,
): Promise<
  Result<
    QuotaCheck,
    QuotaExceeded | UnknownResource | InvalidAmount | WorkspaceNotFound
  >
> {
  const resource = knownResource(resourceType);
  if (resource.isErr()) {
    return err(resource.error);
  }
  const requested = positiveAmount(increment, "increment");
  if (requested.isErr()) {
    return err(requested.error);
  }
  const standings = await standingsOf(workspaceId);
  if (standings.isErr()) {
    return err(standings.error);
  }
  const standing = standingOf(standings.value, resource.value);
  const refusal = refusalOf(standing, requested.value);
  return refusal === undefined
    ? ok({
        allowed: true,
        resourceType: resource.value,
        currentUsage: standing.used,
        limit: standing.limit,
        remaining: remainingOf(standing),
        requested: requested.value,
      })
    : err(refusal);
}

async function standingsOf(workspaceId: string) {
  return isUuid(workspaceId)
    ? readStandings(db(), workspaceId, "own")
    : err(workspaceNotFound());
}

/** The limits in force, whose they are, and the words behind them. */
export async function getWorkspaceQuota(
  workspaceId: string,
): Promise<Result<WorkspaceQuota, WorkspaceNotFound>> {
  return isUuid(workspaceId)
    ? readQuota(db(), workspaceId, "own")
    : err(workspaceNotFound());
}

/** How each resource stands now, in the order of the registry. */
export async function getWorkspaceUsage(
  workspaceId: string,
): Promise<Result<QuotaUsage[], WorkspaceNotFound>> {
  const standings = await standingsOf(workspaceId);
  return standings.map(toQuotaUsages);
}

/** As getWorkspaceQuota() and getWorkspaceUsage(), from above: of any workspace. The caller has checked who asks. */
export async function getQuotaFromAbove(
  workspaceId: string,
): Promise<
  Result<{ quota: WorkspaceQuota; usage: QuotaUsage[] }, WorkspaceNotFound>
> {
  if (!isUuid(workspaceId)) {
    return err(workspaceNotFound());
  }
  return fromAbove(workspaceId, async (tx) => {
    const quota = await readQuota(tx, workspaceId, "above");
    const standings = await readStandings(tx, workspaceId, "above");
    return standings.andThen((found) =>
      quota.map((read) => ({ quota: read, usage: toQuotaUsages(found) })),
    );
  });
}

/** A page of who changed which limit, newest first. Err InvalidAmount for a cursor that no answer gave. */
export async function getQuotaHistory(
  request: Omit<GetQuotaHistoryRequest, "workspaceId"> & {
    readonly workspaceId: string;
  },
): Promise<Result<GetQuotaHistoryResponse, InvalidAmount>> {
  return readHistory(db(), request);
}

/**
 * What the given limits would have refused in the last days, by the usage that was noted then, to the hour, and by that of
 * now; without any, the limits in force. Changes nothing. Err InvalidAmount naming each bad field; WorkspaceNotFound.
 */
export async function simulateWorkspaceQuota(
  workspaceId: string,
  request: Omit<SimulateQuotaRequest, "workspaceId">,
): Promise<Result<SimulateQuotaResponse, InvalidAmount | WorkspaceNotFound>> {
  const edits = toEdits(request.limits);
  if (edits.isErr()) {
    return err(edits.error);
  }
  const standings = await standingsOf(workspaceId);
  if (standings.isErr()) {
    return err(standings.error);
  }
  return ok(
    await simulate(db(), { workspaceId, request, standings: standings.value }),
  );
}
