// Room taken before its use is known. Owns how a reservation reads and what its end may be; leaves taking, expiry and the
// idempotency key to the database (migrations 012 and 013).

import { sql } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  isQuotaResource,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type InvalidAmount,
  type QuotaExceeded,
  type QuotaReservation,
  QuotaReservationState,
  type ReservationConflict,
  type ReservationEnded,
  type ReservationNotFound,
  type WorkspaceNotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Database } from "../../db";
import { invalidAmount, quotaResult } from "./quotaError";
import { toAmount } from "./states";

/** db(), or a transaction. */
type Executor = Pick<Database, "execute">;

interface ReservationRow extends Record<string, unknown> {
  readonly id: string;
  readonly resourceType: string;
  readonly period: string | null;
  readonly requested: string;
  readonly granted: string;
  readonly committed: string | null;
  readonly state: string;
  readonly expiresAt: string;
}

const RESERVATION = sql`
  "id", "resourceType", nullif("period", '-infinity')::text AS "period", "requested", "granted", "committed", "state"::text,
  to_char("expiresAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "expiresAt"`;

function toReservation(row: ReservationRow): QuotaReservation {
  const state = schemaValidate(row.state, QuotaReservationState);
  if (state.isErr() || !isQuotaResource(row.resourceType)) {
    throw new Error("The database answers a reservation that is none.");
  }
  return {
    id: row.id,
    resourceType: row.resourceType,
    requested: toAmount(row.requested),
    granted: toAmount(row.granted),
    committed: toAmount(row.committed),
    state: state.value,
    period: row.period,
    expiresAt: row.expiresAt,
  };
}

export interface NewReservation {
  readonly workspaceId: string;
  readonly resource: QuotaResource;
  readonly amount: number;
  readonly isPartial: boolean;
  readonly idempotencyKey: string | undefined;
  readonly ttlSeconds: number;
}

/** Takes the room, or answers the reservation that was made with this key before. */
export async function insertReservation(
  executor: Executor,
  wanted: NewReservation,
): Promise<
  Result<
    QuotaReservation,
    QuotaExceeded | ReservationConflict | WorkspaceNotFound
  >
> {
  const { workspaceId, resource, amount, isPartial, ttlSeconds } = wanted;
  const taken = await quotaResult(
    executor.execute<ReservationRow>(sql`
      SELECT ${RESERVATION} FROM tenancy.quota_reserve(
        ${workspaceId}::uuid, ${resource}::text, ${amount}::bigint, ${isPartial}::boolean,
        ${wanted.idempotencyKey ?? null}::text, make_interval(secs => ${ttlSeconds}::double precision))`),
  );
  if (taken.isErr()) {
    return err(taken.error);
  }
  const [row] = taken.value.rows;
  if (row === undefined) {
    throw new Error("The reservation was made, but no row came back.");
  }
  const reservation = toReservation(row);
  return reservation.requested === amount
    ? ok(reservation)
    : err({
        type: "ReservationConflict",
        message: `This idempotency key was used to reserve ${reservation.requested}, not ${amount}: use another key for other work.`,
      });
}

export type QuotaEndError =
  InvalidAmount | ReservationNotFound | ReservationEnded;

/** Ends an Open reservation with what was used; null: nothing, it is released. Ending it again in the same way is Ok. */
export async function endReservation(
  executor: Executor,
  ended: {
    readonly workspaceId: string;
    readonly reservationId: string;
    readonly committed: number | null;
  },
): Promise<Result<QuotaReservation, QuotaEndError>> {
  const { committed } = ended;
  const held = await readReservation(executor, ended);
  if (held === undefined) {
    return err({
      type: "ReservationNotFound",
      message: "There is no such reservation in this workspace.",
    });
  }
  // Looked at first: what the database refuses would end the caller's transaction.
  if ((committed ?? 0) > held.granted) {
    const message = `may be ${held.granted} at most, which is what was granted`;
    return err(invalidAmount([{ field: "committed", message }]));
  }
  const now = held.state === "Open" ? await writeEnd(executor, ended) : held;
  const isSame =
    committed === null
      ? now.state !== "Committed"
      : now.state === "Committed" && now.committed === committed;
  return isSame
    ? ok(now)
    : err({
        type: "ReservationEnded",
        message: `The reservation is ${now.state.toLowerCase()} already: reserve anew.`,
        state: now.state,
      });
}

/** Undefined: there is none in this workspace. */
async function readReservation(
  executor: Executor,
  {
    workspaceId,
    reservationId,
  }: { readonly workspaceId: string; readonly reservationId: string },
): Promise<QuotaReservation | undefined> {
  if (!isUuid(workspaceId) || !isUuid(reservationId)) {
    return undefined;
  }
  const { rows } = await executor.execute<ReservationRow>(sql`
    SELECT ${RESERVATION} FROM public."QuotaReservation"
     WHERE "workspaceId" = ${workspaceId}::uuid AND "id" = ${reservationId}::uuid`);
  const [row] = rows;
  return row === undefined ? undefined : toReservation(row);
}

/** Of several at once one ends it; all get what it is then. */
async function writeEnd(
  executor: Executor,
  {
    workspaceId,
    reservationId,
    committed,
  }: {
    readonly workspaceId: string;
    readonly reservationId: string;
    readonly committed: number | null;
  },
): Promise<QuotaReservation> {
  const { rows } = await executor.execute<ReservationRow>(sql`
    SELECT ${RESERVATION} FROM tenancy.quota_end_reservation(
      ${workspaceId}::uuid, ${reservationId}::uuid, ${committed}::bigint)`);
  const [row] = rows;
  if (row === undefined) {
    throw new Error("A reservation that was there is gone.");
  }
  return toReservation(row);
}
