// The fields RateLimit-Policy, RateLimit and Retry-After, of quotas. The one place that writes them: they follow
// draft-ietf-httpapi-ratelimit-headers as of its versions 08 to 11, which is still moving. Owns their form (Structured Fields,
// RFC 9651) and time; leaves to its callers which quotas a request met.

import { clock } from "backend-lib/src/clock";
import {
  type QuotaExceeded,
  type QuotaScope,
  type QuotaUsage,
} from "isomorphic-lib/src/types";

/** How one quota stands; `resetsAt` is the first of next month of a monthly one, ISO 8601, and null for what exists now. */
export interface QuotaStanding {
  readonly policy: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetsAt: string | null;
}

/** The greatest Integer of Structured Fields (RFC 9651, section 3.3.1); limits may have a digit more. */
const MAX_INTEGER = 999_999_999_999_999;

/** What a quota is called in the fields and in `violated-policies`: its resource, and whether it is shared. */
export function policyName({
  resourceType,
  scope = "workspace",
}: {
  readonly resourceType: string;
  readonly scope?: QuotaScope;
}): string {
  return scope === "pool" ? `${resourceType}-pool` : resourceType;
}

/** The quota that refused. */
export function toRefusedStanding(refusal: QuotaExceeded): QuotaStanding {
  const { limit, remaining, resetsAt } = refusal;
  return { policy: policyName(refusal), limit, remaining, resetsAt };
}

/** The quota as it stands; null where it has no limit and so no policy. What a parent's pool has left counts. */
export function toStanding({
  resourceType,
  limit,
  remaining,
  resetsAt,
}: Pick<
  QuotaUsage,
  "resourceType" | "limit" | "remaining" | "resetsAt"
>): QuotaStanding | null {
  return limit === null || remaining === null
    ? null
    : { policy: policyName({ resourceType }), limit, remaining, resetsAt };
}

function secondsBetween(from: Date, to: Date): number {
  return Math.ceil((to.getTime() - from.getTime()) / 1000);
}

/** Of the month that ends then: how many seconds it has, and how many are left of it. */
function secondsOfMonth(resetsAt: string): { whole: number; left: number } {
  const end = new Date(resetsAt);
  const start = new Date(
    Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 1, 1),
  );
  return {
    whole: secondsBetween(start, end),
    left: Math.max(0, secondsBetween(clock().now(), end)),
  };
}

function item(
  policy: string,
  parameters: Readonly<Record<string, number>>,
): string {
  const written = Object.entries(parameters).map(
    ([key, value]) => `;${key}=${Math.min(value, MAX_INTEGER)}`,
  );
  return `"${policy}"${written.join("")}`;
}

/** Both fields for these quotas, which must be some. What exists now has no window and no time: waiting frees nothing. */
export function rateLimitFields(standings: readonly QuotaStanding[]): {
  readonly "ratelimit-policy": string;
  readonly ratelimit: string;
} {
  const months = standings.map(({ resetsAt }) =>
    resetsAt === null ? null : secondsOfMonth(resetsAt),
  );
  const policies = standings.map(({ policy, limit }, at) => {
    const month = months[at] ?? null;
    return item(policy, {
      q: limit,
      ...(month === null ? {} : { w: month.whole }),
    });
  });
  const limits = standings.map(({ policy, remaining }, at) => {
    const month = months[at] ?? null;
    return item(policy, {
      r: remaining,
      ...(month === null ? {} : { t: month.left }),
    });
  });
  return {
    "ratelimit-policy": policies.join(", "),
    ratelimit: limits.join(", "),
  };
}

/** Whole seconds until the quota begins anew, at least one; null where waiting does not help. */
export function retryAfterSeconds({
  resetsAt,
}: Pick<QuotaStanding, "resetsAt">): number | null {
  return resetsAt === null ? null : Math.max(1, secondsOfMonth(resetsAt).left);
}
