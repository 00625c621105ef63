// Taking of a quota what no row counts for: messages that are sent, room for work to come. Owns what may be asked for; the
// database takes.

import { sql } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  QUOTA_RESOURCES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import {
  type InvalidAmount,
  type NotConsumable,
  type QuotaExceeded,
  type QuotaReservation,
  type ReservationConflict,
  type UnknownResource,
  type WorkspaceNotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Database, db, retrying } from "../../db";
import {
  invalidAmount,
  knownResource,
  positiveAmount,
  quotaResult,
  workspaceNotFound,
} from "./quotaError";
import {
  endReservation,
  insertReservation,
  type QuotaEndError,
} from "./reservations";
import { toAmount } from "./states";

type Executor = Pick<Database, "execute">;

/** In the caller's transaction; without one by itself, and again after a deadlock. */
async function within<T>(
  tx: Executor | undefined,
  work: (executor: Executor) => Promise<T>,
): Promise<T> {
  return tx === undefined ? retrying(() => work(db())) : work(tx);
}

/** How much was taken of what was asked for. */
export interface QuotaGrant {
  readonly requested: number;
  readonly granted: number;
}

export interface TakingOptions {
  /** Takes what is left when that is less; `granted` may be 0. Default: all or an error. */
  readonly isPartial?: boolean;
  /** The transaction that it stands or falls with, which a QuotaExceeded ends. Default: one of its own. */
  readonly tx?: Executor;
}

/**
 * Takes `amount` of a monthly resource for good. Err QuotaExceeded when there is less, NotConsumable for a resource of which
 * rows count by themselves; UnknownResource; InvalidAmount; WorkspaceNotFound when the context is another's.
 */
export async function consumeWorkspaceQuota(
  workspaceId: string,
  resourceType: string,
  amount = 1,
  { isPartial = false, tx }: TakingOptions = {},
): Promise<
  Result<
    QuotaGrant,
    | QuotaExceeded
    | UnknownResource
    | InvalidAmount
    | NotConsumable
    | WorkspaceNotFound
  >
> {
  const wanted = taking(workspaceId, resourceType, amount);
  if (wanted.isErr()) {
    return err(wanted.error);
  }
  const { resource, requested } = wanted.value;
  if (QUOTA_RESOURCES[resource].kind !== "monthly") {
    return err({
      type: "NotConsumable",
      message: `Of ${resource} what exists is counted, when it is made and when it is deleted: reserve room instead.`,
    });
  }
  const taken = await within(tx, (executor) =>
    quotaResult(
      executor.execute<{ granted: string }>(
        sql`SELECT tenancy.quota_consume(${workspaceId}::uuid, ${resource}::text, ${requested}::bigint, ${isPartial}::boolean) AS "granted"`,
      ),
    ),
  );
  return taken.map(({ rows }) => ({
    requested,
    granted: toAmount(rows[0]?.granted ?? "0"),
  }));
}

function taking(
  workspaceId: string,
  resourceType: string,
  amount: number,
): Result<
  { readonly resource: QuotaResource; readonly requested: number },
  UnknownResource | InvalidAmount | WorkspaceNotFound
> {
  if (!isUuid(workspaceId)) {
    return err(workspaceNotFound());
  }
  const resource = knownResource(resourceType);
  if (resource.isErr()) {
    return err(resource.error);
  }
  const requested = positiveAmount(amount, "amount");
  return requested.isErr()
    ? err(requested.error)
    : ok({ resource: resource.value, requested: requested.value });
}

export interface ReservingOptions extends TakingOptions {
  /** Of two reservations of a resource with one key the second answers the first. */
  readonly idempotencyKey?: string;
  /** How long it holds unless it is ended before; 1 to 86,400. Default: 300. */
  readonly ttlSeconds?: number;
}

/** How long a reservation holds when nobody says. */
export const DEFAULT_RESERVATION_SECONDS = 300;
const LONGEST_RESERVATION_SECONDS = 86_400;

/**
 * Takes room for work whose size is not known yet. It counts as used until it is committed, released, or its time is over. Err
 * as consumeWorkspaceQuota(), and ReservationConflict when the key was used for another amount.
 */
export async function reserveWorkspaceQuota(
  workspaceId: string,
  resourceType: string,
  amount: number,
  {
    isPartial = false,
    idempotencyKey,
    ttlSeconds = DEFAULT_RESERVATION_SECONDS,
    tx,
  }: ReservingOptions = {},
): Promise<
  Result<
    QuotaReservation,
    | QuotaExceeded
    | UnknownResource
    | InvalidAmount
    | WorkspaceNotFound
    | ReservationConflict
  >
> {
  const wanted = taking(workspaceId, resourceType, amount);
  if (wanted.isErr()) {
    return err(wanted.error);
  }
  if (!(ttlSeconds >= 1 && ttlSeconds <= LONGEST_RESERVATION_SECONDS)) {
    const message = `expected 1 to ${LONGEST_RESERVATION_SECONDS}`;
    return err(invalidAmount([{ field: "ttlSeconds", message }]));
  }
  return within(tx, (executor) =>
    insertReservation(executor, {
      workspaceId,
      resource: wanted.value.resource,
      amount: wanted.value.requested,
      isPartial,
      idempotencyKey,
      ttlSeconds,
    }),
  );
}

/**
 * Ends a reservation with what was used of it. Of a monthly resource that stays used; of the others the room is free for the
 * rows that the same transaction makes. Committing it again with the same amount is Ok. Err InvalidAmount for more than was
 * granted; ReservationEnded when its time was over; ReservationNotFound.
 */
export async function commitQuotaReservation(
  workspaceId: string,
  reservationId: string,
  used: number,
  { tx }: { readonly tx?: Executor } = {},
): Promise<Result<QuotaReservation, QuotaEndError>> {
  if (!Number.isSafeInteger(used) || used < 0) {
    const message = "expected a whole number of 0 or more";
    return err(invalidAmount([{ field: "committed", message }]));
  }
  return within(tx, (executor) =>
    endReservation(executor, { workspaceId, reservationId, committed: used }),
  );
}

/** Ends a reservation of which nothing was used. Ok also when it ended by itself; Err ReservationEnded when it was committed. */
export async function releaseQuotaReservation(
  workspaceId: string,
  reservationId: string,
  { tx }: { readonly tx?: Executor } = {},
): Promise<Result<QuotaReservation, QuotaEndError>> {
  return within(tx, (executor) =>
    endReservation(executor, { workspaceId, reservationId, committed: null }),
  );
}
