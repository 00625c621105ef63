/**
 * The requests and answers of /quotas.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  IsoTimestamp,
  Nullable,
  OptionalWorkspaceId,
  ShortText,
  Uuid,
} from "./common";
import {
  MAX_QUOTA_AMOUNT,
  QUOTA_FIELD_NAMES,
  QuotaAmount,
  QuotaLayer,
  QuotaLimit,
  QuotaResourceType,
  QuotaUsage,
  RequestedQuotaLimits,
  WorkspaceQuota,
} from "./quota";

const RESETTABLE: readonly string[] = ["", "ceilings/", "children/", "pool/"];

/** PUT /api/quotas: sets the fields given, leaves the others. `reset` names fields that go back to what they inherit:
 *  `maxUsers`, `ceilings/maxUsers`, `children/maxUsers`, `pool/maxUsers`. */
export const UpdateWorkspaceQuotaRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  ...RequestedQuotaLimits.properties,
  ceilings: Type.Optional(RequestedQuotaLimits),
  children: Type.Optional(RequestedQuotaLimits),
  pool: Type.Optional(RequestedQuotaLimits),
  reset: Type.Optional(
    Type.Array(
      Type.Union(
        RESETTABLE.flatMap((prefix) =>
          QUOTA_FIELD_NAMES.map((field) => Type.Literal(`${prefix}${field}`)),
        ),
      ),
      { maxItems: 100 },
    ),
  ),
});
export type UpdateWorkspaceQuotaRequest = Static<
  typeof UpdateWorkspaceQuotaRequest
>;

/** GET and PUT and DELETE /api/quotas */
export const GetWorkspaceQuotaResponse = Type.Object({
  quota: WorkspaceQuota,
  usage: Type.Array(QuotaUsage),
});
export type GetWorkspaceQuotaResponse = Static<
  typeof GetWorkspaceQuotaResponse
>;

/** GET /api/quotas/usage */
export const GetQuotaUsageResponse = Type.Object({
  usage: Type.Array(QuotaUsage),
});
export type GetQuotaUsageResponse = Static<typeof GetQuotaUsageResponse>;

/** POST /api/quotas/validate: whether there is room for `increment` more, 1 unless said. */
export const ValidateQuotaRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  resourceType: QuotaResourceType,
  increment: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_QUOTA_AMOUNT }),
  ),
});
export type ValidateQuotaRequest = Static<typeof ValidateQuotaRequest>;

/** There is room now; nothing was taken. */
export const QuotaCheck = Type.Object({
  allowed: Type.Literal(true),
  resourceType: QuotaResourceType,
  currentUsage: QuotaAmount,
  limit: QuotaLimit,
  remaining: QuotaLimit,
  requested: QuotaAmount,
});
export type QuotaCheck = Static<typeof QuotaCheck>;

/** How many changes a page of the history has when the request does not say. */
export const DEFAULT_QUOTA_HISTORY_PAGE_SIZE = 50;

/** GET /api/quotas/history: newest first. */
export const GetQuotaHistoryRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  resourceType: Type.Optional(QuotaResourceType),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export type GetQuotaHistoryRequest = Static<typeof GetQuotaHistoryRequest>;

/** Who changed which limit, from what to what. `wasSet` and `isSet` tell "unlimited" (null) from "not set" (null, too). */
export const QuotaHistoryEntry = Type.Object({
  id: Uuid,
  resourceType: QuotaResourceType,
  layer: QuotaLayer,
  wasSet: Type.Boolean(),
  oldAmount: QuotaLimit,
  isSet: Type.Boolean(),
  newAmount: QuotaLimit,
  changedAt: IsoTimestamp,
  /** null: somebody with the database's own tools. */
  actor: Nullable(
    Type.Object({
      type: Type.String(),
      id: Type.String(),
      name: Type.Optional(Type.String()),
    }),
  ),
  requestId: Nullable(ShortText),
});
export type QuotaHistoryEntry = Static<typeof QuotaHistoryEntry>;

/** `nextCursor` is absent at the end. */
export const GetQuotaHistoryResponse = Type.Object({
  changes: Type.Array(QuotaHistoryEntry),
  nextCursor: Type.Optional(Type.String()),
});
export type GetQuotaHistoryResponse = Static<typeof GetQuotaHistoryResponse>;

/** For how long back usage is held against other limits. */
export const QUOTA_SIMULATION_DAYS = 90;

/** POST /api/quotas/simulate: what these limits would have refused; without any, those in force. */
export const SimulateQuotaRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  limits: RequestedQuotaLimits,
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: QUOTA_SIMULATION_DAYS }),
  ),
});
export type SimulateQuotaRequest = Static<typeof SimulateQuotaRequest>;

/** A time in which usage was above the limit, to the hour: the most there was, and how much of it would not have been. */
export const QuotaOverrun = Type.Object({
  from: IsoTimestamp,
  to: IsoTimestamp,
  peak: QuotaAmount,
  over: QuotaAmount,
});
export type QuotaOverrun = Static<typeof QuotaOverrun>;

/** `samples`: how many hours with other usage than before were looked at, now's among them; 0: nothing is known of that time. */
export const QuotaSimulation = Type.Object({
  resourceType: QuotaResourceType,
  limit: QuotaLimit,
  samples: Type.Integer({ minimum: 0 }),
  peak: QuotaAmount,
  wouldHaveRefused: Type.Boolean(),
  firstRefusedAt: Nullable(IsoTimestamp),
  mostOver: QuotaAmount,
  overruns: Type.Array(QuotaOverrun),
});
export type QuotaSimulation = Static<typeof QuotaSimulation>;

export const SimulateQuotaResponse = Type.Object({
  from: IsoTimestamp,
  to: IsoTimestamp,
  resources: Type.Array(QuotaSimulation),
});
export type SimulateQuotaResponse = Static<typeof SimulateQuotaResponse>;
