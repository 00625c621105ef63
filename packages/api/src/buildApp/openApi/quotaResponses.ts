// How a quota's refusal stands in the OpenAPI document: once, as shared answers, and at every route that counts against one.
// Owns the examples; the answers themselves are errorReply's.

import { QUOTA_RESOURCES } from "isomorphic-lib/src/quotaResources";
import { isRecord } from "isomorphic-lib/src/typeAssertions";
import { QuotaProblem } from "isomorphic-lib/src/types";

import {
  ABOVE_WHOLE_QUOTA_TYPE,
  QUOTA_EXCEEDED_TYPE,
} from "../errorReply/quotaProblem";
import { type QuotaName } from "../routeConfig";

/** At an operation, the resource that it counts against. */
const EXTENSION = "x-quota";

const integer = { type: "integer" };
const text = { type: "string" };
const rateLimitHeaders = {
  "RateLimit-Policy": {
    description:
      'Each quota that the request met: its name, q its limit, and of a monthly one w its seconds, such as "messages";q=10000;w=2592000. After draft-ietf-httpapi-ratelimit-headers.',
    schema: text,
  },
  RateLimit: {
    description:
      'Of the same quotas, r what is left and t the seconds until the month ends, such as "messages";r=8123;t=86400.',
    schema: text,
  },
};

function problem(
  description: string,
  headers: Readonly<Record<string, object>>,
  examples: Readonly<Record<string, QuotaProblem>>,
) {
  return {
    description,
    headers,
    content: {
      "application/problem+json": {
        schema: { $ref: "#/components/schemas/QuotaProblem" },
        examples: Object.fromEntries(
          Object.entries(examples).map(([name, value]) => [name, { value }]),
        ),
      },
    },
  };
}

const segments: QuotaProblem = {
  type: QUOTA_EXCEEDED_TYPE,
  title: "The quota is exceeded",
  status: 429,
  detail:
    "segments quota exceeded: 5 of 5 segments used, 1 requested. Make room, or raise the limit.",
  resourceType: "segments",
  currentUsage: 5,
  limit: 5,
  requested: 1,
  remaining: 0,
  scope: "workspace",
  period: null,
  resetsAt: null,
  "violated-policies": ["segments"],
};

const messages: QuotaProblem = {
  ...segments,
  detail:
    "messages quota exceeded: 10000 of 10000 messages used, 1 requested. It begins anew on 2026-12-01; before that, raise the limit.",
  resourceType: "messages",
  currentUsage: 10_000,
  limit: 10_000,
  period: "2026-11-01",
  resetsAt: "2026-12-01T00:00:00.000Z",
  "violated-policies": ["messages"],
};

const users: QuotaProblem = {
  ...segments,
  type: ABOVE_WHOLE_QUOTA_TYPE,
  title: "The request asks for more than the whole quota",
  status: 403,
  detail:
    "users quota exceeded: 0 of 100 users used, 250 requested. Ask for less, or raise the limit.",
  resourceType: "users",
  currentUsage: 0,
  limit: 100,
  requested: 250,
  remaining: 100,
  "violated-policies": ["users"],
};

/** What the document's `components` hold of quotas. */
export const quotaComponents = {
  schemas: { QuotaProblem },
  responses: {
    QuotaExceeded: problem(
      "A quota of the workspace has no room for what was asked; nothing was stored. Waiting helps with monthly quotas alone: they have Retry-After. What exists already may still be changed.",
      {
        ...rateLimitHeaders,
        "Retry-After": {
          description:
            "Of a monthly quota: seconds until the first of next month, UTC.",
          schema: integer,
        },
      },
      { segments, messages },
    ),
    AboveWholeQuota: problem(
      `Not allowed: the caller's role is too low (type RoleTooLow, application/json), or the request asks for more at once than the whole quota (type ${ABOVE_WHOLE_QUOTA_TYPE}): split it, or raise the limit.`,
      rateLimitHeaders,
      { users },
    ),
  },
};

/** What a route's schema says of the quota it counts against. Not of ingestion, which holds what has no room. */
export function quotaOfRoute(url: string, quota: QuotaName = "none"): object {
  return quota === "none" || url.startsWith("/api/public/")
    ? {}
    : {
        [EXTENSION]: {
          resourceType: quota,
          field: QUOTA_RESOURCES[quota].field,
        },
      };
}

const isOperation = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && EXTENSION in value;

/** Adds the shared answers to every operation that counts against a quota. Changes the paths in place. */
export function addQuotaResponses(paths: unknown): void {
  const operations = isRecord(paths)
    ? Object.values(paths).flatMap((path) =>
        isRecord(path) ? Object.values(path).filter(isOperation) : [],
      )
    : [];
  for (const operation of operations) {
    const said = isRecord(operation.responses) ? operation.responses : {};
    operation.responses = {
      ...said,
      403: { $ref: "#/components/responses/AboveWholeQuota" },
      429: { $ref: "#/components/responses/QuotaExceeded" },
    };
  }
}
