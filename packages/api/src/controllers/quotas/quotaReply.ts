// Which status each error about quotas gets, and the ETag of limits. Owns no route.

import {
  getWorkspaceUsage,
  quotaEtag,
} from "backend-lib/src/multitenancy/resourceQuotas";
import { type FastifyReply, type FastifyRequest } from "fastify";
import { type QuotaError, type WorkspaceQuota } from "isomorphic-lib/src/types";

import { sendQuotaProblem } from "../../buildApp/errorReply";

type PlainError = Exclude<QuotaError, { type: "QuotaExceeded" }>;

const STATUS: Record<PlainError["type"], 400 | 403 | 404 | 409 | 412> = {
  UnknownResource: 400,
  InvalidAmount: 400,
  NotConsumable: 400,
  WorkspaceNotFound: 404,
  CeilingExceeded: 409,
  CeilingForbidden: 403,
  StaleQuota: 412,
  ReservationNotFound: 404,
  ReservationEnded: 409,
  ReservationConflict: 409,
};

/** Answers what a service of the quotas refused. No room is an answer here, not a refusal: these routes take nothing. */
export async function refuseAboutQuota(
  request: FastifyRequest,
  reply: FastifyReply,
  error: QuotaError,
): Promise<FastifyReply> {
  if (error.type === "QuotaExceeded") {
    return sendQuotaProblem(request, reply, error);
  }
  if (error.type === "StaleQuota") {
    reply.header("etag", error.etag);
  }
  return reply.status(STATUS[error.type]).send(error);
}

/** Answers the limits with how they are used now, and their ETag: it tells versions of the limits apart, not of the usage. */
export async function sendQuota(
  request: FastifyRequest,
  reply: FastifyReply,
  quota: WorkspaceQuota,
): Promise<FastifyReply> {
  const usage = await getWorkspaceUsage(request.tenant.workspaceId);
  return usage.isErr()
    ? refuseAboutQuota(request, reply, usage.error)
    : reply
        .status(200)
        .header("etag", quotaEtag(quota))
        .send({ quota, usage: usage.value });
}
