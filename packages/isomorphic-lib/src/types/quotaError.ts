/**
 * What can be said against a question about quotas: a union told apart by `type`, and the body of the HTTP refusal.
 */
import { type Static, Type } from "@sinclair/typebox";

import { FieldError } from "./apiError";
import { IsoTimestamp, Nullable } from "./common";
import {
  QuotaAmount,
  QuotaPeriod,
  QuotaReservationState,
  QuotaResourceType,
  QuotaScope,
} from "./quota";

/** There is less room than was asked for. The figures are those of `scope`. */
export const QuotaExceeded = Type.Object({
  type: Type.Literal("QuotaExceeded"),
  message: Type.String(),
  resourceType: QuotaResourceType,
  currentUsage: QuotaAmount,
  limit: QuotaAmount,
  requested: QuotaAmount,
  remaining: QuotaAmount,
  scope: QuotaScope,
  period: QuotaPeriod,
  resetsAt: Nullable(IsoTimestamp),
});
export type QuotaExceeded = Static<typeof QuotaExceeded>;

/** There is no resource of this name. */
export const UnknownResource = Type.Object({
  type: Type.Literal("UnknownResource"),
  message: Type.String(),
});
export type UnknownResource = Static<typeof UnknownResource>;

/** An amount that is none, or a field that is none: each of them. */
export const InvalidAmount = Type.Object({
  type: Type.Literal("InvalidAmount"),
  message: Type.String(),
  errors: Type.Array(FieldError),
});
export type InvalidAmount = Static<typeof InvalidAmount>;

/** What exists is counted where it is made: it can be reserved, and not consumed. */
export const NotConsumable = Type.Object({
  type: Type.Literal("NotConsumable"),
  message: Type.String(),
});
export type NotConsumable = Static<typeof NotConsumable>;

export const WorkspaceNotFound = Type.Object({
  type: Type.Literal("WorkspaceNotFound"),
  message: Type.String(),
});
export type WorkspaceNotFound = Static<typeof WorkspaceNotFound>;

/** Limits above what was set from above: each of them. */
export const CeilingExceeded = Type.Object({
  type: Type.Literal("CeilingExceeded"),
  message: Type.String(),
  errors: Type.Array(FieldError),
});
export type CeilingExceeded = Static<typeof CeilingExceeded>;

/** A ceiling is set by who stands above the workspace: the operator, or its parent's admins. */
export const CeilingForbidden = Type.Object({
  type: Type.Literal("CeilingForbidden"),
  message: Type.String(),
});
export type CeilingForbidden = Static<typeof CeilingForbidden>;

/** 412: the limits are not those that the edit was made of. */
export const StaleQuota = Type.Object({
  type: Type.Literal("StaleQuota"),
  message: Type.String(),
  etag: Type.String(),
});
export type StaleQuota = Static<typeof StaleQuota>;

export const ReservationNotFound = Type.Object({
  type: Type.Literal("ReservationNotFound"),
  message: Type.String(),
});
export type ReservationNotFound = Static<typeof ReservationNotFound>;

/** It ended in another way, or with another amount, before. */
export const ReservationEnded = Type.Object({
  type: Type.Literal("ReservationEnded"),
  message: Type.String(),
  state: QuotaReservationState,
});
export type ReservationEnded = Static<typeof ReservationEnded>;

/** The idempotency key was used for another amount. */
export const ReservationConflict = Type.Object({
  type: Type.Literal("ReservationConflict"),
  message: Type.String(),
});
export type ReservationConflict = Static<typeof ReservationConflict>;

/** All that can be wrong with a question about quotas. */
export const QuotaError = Type.Union([
  QuotaExceeded,
  UnknownResource,
  InvalidAmount,
  NotConsumable,
  WorkspaceNotFound,
  CeilingExceeded,
  CeilingForbidden,
  StaleQuota,
  ReservationNotFound,
  ReservationEnded,
  ReservationConflict,
]);
export type QuotaError = Static<typeof QuotaError>;

/** The body of a refusal, application/problem+json (RFC 9457). `violated-policies`: the resources without room. */
export const QuotaProblem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  resourceType: QuotaResourceType,
  currentUsage: QuotaAmount,
  limit: QuotaAmount,
  requested: QuotaAmount,
  remaining: QuotaAmount,
  scope: QuotaScope,
  period: QuotaPeriod,
  resetsAt: Nullable(IsoTimestamp),
  "violated-policies": Type.Array(Type.String()),
});
export type QuotaProblem = Static<typeof QuotaProblem>;
