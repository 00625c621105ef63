// What can be said against a question about quotas, as values. Owns the one way from the database's refusal (SQLSTATE QT429)
// to QuotaExceeded, and the sentences; which HTTP status an error has is the API's.

import { type Static, Type } from "@sinclair/typebox";
import {
  isQuotaResource,
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type FieldError,
  type InvalidAmount,
  MAX_QUOTA_AMOUNT,
  QuotaAmount,
  type QuotaExceeded,
  QuotaPeriod,
  QuotaResourceType,
  QuotaScope,
  type UnknownResource,
  type WorkspaceNotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { databaseError } from "../../db";

/** What the database says of its refusal. */
const Refusal = Type.Object({
  resourceType: QuotaResourceType,
  currentUsage: QuotaAmount,
  limit: QuotaAmount,
  requested: QuotaAmount,
  period: QuotaPeriod,
  scope: QuotaScope,
});
type Refusal = Static<typeof Refusal>;

const QUOTA_REFUSED = "QT429";

/** When a month that began on `period` ends, UTC; null for what has no end. */
export function resetsAt(period: string | null): string | null {
  if (period === null) {
    return null;
  }
  const [year = 0, month = 1] = period.split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString();
}

function amountOf(resource: QuotaResource, amount: number): string {
  const [one, many] = QUOTA_RESOURCES[resource].unit;
  return `${amount} ${amount === 1 ? one : many}`;
}

function wayOn({ period, scope, requested, limit }: Refusal): string {
  const raise =
    scope === "pool"
      ? "ask who runs the parent workspace for more"
      : "raise the limit";
  if (limit === 0) {
    return `None is allowed: ${raise}.`;
  }
  if (requested > limit) {
    return `Ask for less, or ${raise}.`;
  }
  const turn = resetsAt(period)?.slice(0, 10);
  return turn === undefined
    ? `Make room, or ${raise}.`
    : `It begins anew on ${turn}; before that, ${raise}.`;
}

/** The refusal as an error; its message says what is used, what was asked for, and a way on. */
export function quotaExceeded(refusal: Refusal): QuotaExceeded {
  const { resourceType, currentUsage, limit, requested, period } = refusal;
  const what =
    refusal.scope === "pool"
      ? `${resourceType} quota exceeded for the workspaces that share it`
      : `${resourceType} quota exceeded`;
  return {
    type: "QuotaExceeded",
    message: `${what}: ${currentUsage} of ${amountOf(resourceType, limit)} used, ${requested} requested. ${wayOn(refusal)}`,
    ...refusal,
    remaining: Math.max(0, limit - currentUsage),
    resetsAt: resetsAt(period),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The refusal of a quota by the database, however wrapped the error is; undefined for every other error. */
export function toQuotaError(error: unknown): QuotaExceeded | undefined {
  const { code, detail = "" } = databaseError(error) ?? {};
  if (code !== QUOTA_REFUSED) {
    return undefined;
  }
  const refusal = schemaValidate(parseJson(detail), Refusal);
  return refusal.isOk() ? quotaExceeded(refusal.value) : undefined;
}

const FOREIGN = "this is not the workspace of the context";

/**
 * As queryResult() of db.ts, for queries that take of a quota: a refusal as a value, and that the workspace is not the
 * context's; other errors are thrown on.
 */
export async function quotaResult<T>(
  query: PromiseLike<T>,
): Promise<Result<T, QuotaExceeded | WorkspaceNotFound>> {
  try {
    return ok(await query);
  } catch (error) {
    if (databaseError(error)?.message === FOREIGN) {
      return err(workspaceNotFound());
    }
    const refusal = toQuotaError(error);
    if (refusal === undefined) {
      throw error;
    }
    return err(refusal);
  }
}

/** The name of a resource, or the error that lists those there are. */
export function knownResource(
  name: string,
): Result<QuotaResource, UnknownResource> {
  return isQuotaResource(name)
    ? ok(name)
    : err({
        type: "UnknownResource",
        message: `There is no such resource: it is one of ${QUOTA_RESOURCE_NAMES.join(", ")}.`,
      });
}

export function invalidAmount(errors: FieldError[]): InvalidAmount {
  const [first] = errors;
  return {
    type: "InvalidAmount",
    message:
      first === undefined
        ? "The request is not usable."
        : `${first.field}: ${first.message}`,
    errors,
  };
}

/** The amount itself, when it is a whole number from 1 to 2^53 - 1. `field` is what the caller calls it. */
export function positiveAmount(
  amount: number,
  field: string,
): Result<number, InvalidAmount> {
  return Number.isSafeInteger(amount) && amount >= 1
    ? ok(amount)
    : err(
        invalidAmount([
          {
            field,
            message: `expected a whole number from 1 to ${MAX_QUOTA_AMOUNT}`,
          },
        ]),
      );
}

export function workspaceNotFound(): WorkspaceNotFound {
  return { type: "WorkspaceNotFound", message: "There is no such workspace." };
}
