// How it reads when a quota refuses: problem details (RFC 9457), RateLimit fields and Retry-After. Owns which of the two
// answers it is, and that every quota without room is named; the database's figures come as QuotaExceeded.

import { getWorkspaceUsage } from "backend-lib/src/multitenancy/resourceQuotas";
import { type QuotaResource } from "isomorphic-lib/src/quotaResources";
import {
  type QuotaExceeded,
  type QuotaProblem,
  type QuotaUsage,
} from "isomorphic-lib/src/types";

import {
  policyName,
  type QuotaStanding,
  rateLimitFields,
  retryAfterSeconds,
  toRefusedStanding,
  toStanding,
} from "../rateLimitFields";

/** The draft's own: draft-ietf-httpapi-ratelimit-headers, "Problem Types". */
export const QUOTA_EXCEEDED_TYPE =
  "https://iana.org/assignments/http-problem-types#quota-exceeded";

/** Ours: more at once than the quota could ever hold, so that waiting and deleting do not help, and splitting does. */
export const ABOVE_WHOLE_QUOTA_TYPE = "/problems/request-above-whole-quota";

/** What a row takes of besides its own resource, so that two quotas may be without room at once. */
const TAKES_ALSO: Partial<Record<QuotaResource, readonly QuotaResource[]>> = {
  users: ["storage", "events"],
  segments: ["storage"],
  journeys: ["storage"],
  templates: ["storage"],
  userProperties: ["storage"],
};

/** The quotas that would have refused as well: those of which nothing at all is left. */
async function alsoExhausted(
  workspaceId: string,
  { resourceType }: QuotaExceeded,
  asked: QuotaResource | undefined,
): Promise<QuotaUsage[]> {
  const made = asked ?? resourceType;
  const others = [made, ...(TAKES_ALSO[made] ?? [])].filter(
    (name) => name !== resourceType,
  );
  if (others.length === 0) {
    return [];
  }
  const usage = await getWorkspaceUsage(workspaceId);
  return usage.isErr()
    ? []
    : usage.value.filter(
        (each) => others.includes(each.resourceType) && each.remaining === 0,
      );
}

/** One thing is never too much at once, even where none is allowed: there is nothing to split. */
function isAboveWholeQuota({ requested, limit }: QuotaExceeded): boolean {
  return requested > 1 && requested > limit;
}

export interface QuotaAnswer {
  readonly body: QuotaProblem;
  readonly headers: Readonly<Record<string, string | number>>;
}

function answerOf(
  refusal: QuotaExceeded,
  others: readonly QuotaUsage[],
): QuotaAnswer {
  const { type: _type, message, ...figures } = refusal;
  const isAbove = isAboveWholeQuota(refusal);
  const standings: QuotaStanding[] = [
    toRefusedStanding(refusal),
    ...others.flatMap((usage) => toStanding(usage) ?? []),
  ];
  const wait = isAbove ? null : retryAfterSeconds(refusal);
  return {
    body: {
      type: isAbove ? ABOVE_WHOLE_QUOTA_TYPE : QUOTA_EXCEEDED_TYPE,
      title: isAbove
        ? "The request asks for more than the whole quota"
        : "The quota is exceeded",
      status: isAbove ? 403 : 429,
      detail: message,
      ...figures,
      "violated-policies": [
        policyName(refusal),
        ...others.map((usage) => policyName(usage)),
      ],
    },
    headers: {
      ...rateLimitFields(standings),
      ...(wait === null ? {} : { "retry-after": wait }),
    },
  };
}

/**
 * The answer to a request that this quota refused: 429, or 403 when it asks for more than the whole limit. Looks up which
 * other quotas of what was `asked` for are without room; rejects when the database cannot say.
 */
export async function quotaAnswer(
  workspaceId: string,
  refusal: QuotaExceeded,
  asked?: QuotaResource,
): Promise<QuotaAnswer> {
  return answerOf(refusal, await alsoExhausted(workspaceId, refusal, asked));
}

/** The same without a look at the others, for when there is nobody to ask. */
export function plainQuotaAnswer(refusal: QuotaExceeded): QuotaAnswer {
  return answerOf(refusal, []);
}
