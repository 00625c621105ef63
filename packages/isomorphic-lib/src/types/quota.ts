/**
 * Quotas: what a workspace may have, what it has, and how a refusal reads. The fields follow from the registry of
 * resources: an entry without its field here, and a field without its entry, does not compile.
 */
import { type Static, type TSchema, Type } from "@sinclair/typebox";

import {
  QUOTA_RESOURCE_NAMES,
  QUOTA_RESOURCES,
  type QuotaResource,
} from "../quotaResources";
import { IsoTimestamp, Nullable, Uuid } from "./common";

/** The greatest limit: the greatest integer that JSON's readers agree on, 2^53 - 1. */
export const MAX_QUOTA_AMOUNT = Number.MAX_SAFE_INTEGER;

/** How many of them, in the resource's unit. */
export const QuotaAmount = Type.Integer({
  minimum: 0,
  maximum: MAX_QUOTA_AMOUNT,
});
export type QuotaAmount = Static<typeof QuotaAmount>;

/** null: unlimited. */
export const QuotaLimit = Nullable(QuotaAmount);
export type QuotaLimit = Static<typeof QuotaLimit>;

type Spec<R extends QuotaResource> = (typeof QUOTA_RESOURCES)[R];
/** The fields of WorkspaceQuota that say a limit. */
export type QuotaField = Spec<QuotaResource>["field"];
type ResourceOf<F extends QuotaField> = {
  [R in QuotaResource]: Spec<R>["field"] extends F ? R : never;
}[QuotaResource];

/** Which resource a field limits. */
export const QUOTA_FIELDS = {
  maxUsers: "users",
  maxSegments: "segments",
  maxJourneys: "journeys",
  maxTemplates: "templates",
  maxStorageBytes: "storage",
  maxMessagesPerMonth: "messages",
  maxBroadcasts: "broadcasts",
  maxSubscriptionGroups: "subscriptionGroups",
  maxUserProperties: "userProperties",
  maxMembers: "members",
  maxEventsPerMonth: "events",
} as const satisfies { [F in QuotaField]: ResourceOf<F> };

/** Whether a text is a field that says a limit. */
export function isQuotaField(name: string): name is QuotaField {
  return Object.hasOwn(QUOTA_FIELDS, name);
}

/** The fields, in the order of the registry. */
export const QUOTA_FIELD_NAMES: readonly QuotaField[] =
  QUOTA_RESOURCE_NAMES.map((resource) => QUOTA_RESOURCES[resource].field);

/** An object with one value for each field. */
export function byQuotaField<T>(
  of: (resource: QuotaResource, field: QuotaField) => T,
): Record<QuotaField, T> {
  const at = (field: QuotaField): T => of(QUOTA_FIELDS[field], field);
  return {
    maxUsers: at("maxUsers"),
    maxSegments: at("maxSegments"),
    maxJourneys: at("maxJourneys"),
    maxTemplates: at("maxTemplates"),
    maxStorageBytes: at("maxStorageBytes"),
    maxMessagesPerMonth: at("maxMessagesPerMonth"),
    maxBroadcasts: at("maxBroadcasts"),
    maxSubscriptionGroups: at("maxSubscriptionGroups"),
    maxUserProperties: at("maxUserProperties"),
    maxMembers: at("maxMembers"),
    maxEventsPerMonth: at("maxEventsPerMonth"),
  };
}

/** The limit of one resource in a request: not below its minimum. */
const requestedLimit = (resource: QuotaResource) =>
  Nullable(
    Type.Integer({
      minimum: QUOTA_RESOURCES[resource].minimum,
      maximum: MAX_QUOTA_AMOUNT,
    }),
  );
const optional = <T extends TSchema>(fields: Record<QuotaField, T>) =>
  Type.Partial(Type.Object(fields));

/** Limits in a request: of the fields given. */
export const RequestedQuotaLimits = optional(byQuotaField(requestedLimit));
export type RequestedQuotaLimits = Static<typeof RequestedQuotaLimits>;

/** The limits that were set, and no others. */
export const SetQuotaLimits = optional(byQuotaField(() => QuotaLimit));
export type SetQuotaLimits = Static<typeof SetQuotaLimits>;

/** The name of a resource. */
export const QuotaResourceType = Type.Union(
  QUOTA_RESOURCE_NAMES.map((name) => Type.Literal(name)),
);
export type QuotaResourceType = Static<typeof QuotaResourceType>;

/** Whose word a limit in force is: the workspace's own admins', its parent's for all its children, the host's default,
 *  or that of who stands above the workspace and set a ceiling lower than those. */
export const QuotaSource = Type.Union([
  Type.Literal("limit"),
  Type.Literal("children"),
  Type.Literal("default"),
  Type.Literal("ceiling"),
]);
export type QuotaSource = Static<typeof QuotaSource>;

/** Whose word a limit that was set is: as above, and on a parent what its children share. */
export const QuotaLayer = Type.Union([
  Type.Literal("limit"),
  Type.Literal("ceiling"),
  Type.Literal("children"),
  Type.Literal("pool"),
]);
export type QuotaLayer = Static<typeof QuotaLayer>;

/** The limits in force, and behind them the words that were set: `limits` by the workspace's own admins, `ceilings`
 *  from above; `children` holds for each child of the workspace, `pool` for all of them together. `updatedAt` is when a
 *  word was last changed. */
export const WorkspaceQuota = Type.Object({
  workspaceId: Uuid,
  ...byQuotaField(() => QuotaLimit),
  source: Type.Object(byQuotaField(() => QuotaSource)),
  limits: SetQuotaLimits,
  ceilings: SetQuotaLimits,
  children: SetQuotaLimits,
  pool: SetQuotaLimits,
  createdAt: IsoTimestamp,
  updatedAt: IsoTimestamp,
});
export type WorkspaceQuota = Static<typeof WorkspaceQuota>;

/** In requests the layer of a field is the object that it is in; the workspace's own limits are in none. */
export const QUOTA_LAYER_OBJECTS = {
  ceiling: "ceilings",
  children: "children",
  pool: "pool",
} as const satisfies Record<Exclude<QuotaLayer, "limit">, string>;

/** The first day of the month that is counted, UTC; null for what exists now. */
export const QuotaPeriod = Nullable(
  Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" }),
);
export type QuotaPeriod = Static<typeof QuotaPeriod>;

/** `exceeded`: nothing is left; `warning`: at least 80 % is used. */
export const QuotaState = Type.Union([
  Type.Literal("ok"),
  Type.Literal("warning"),
  Type.Literal("exceeded"),
]);
export type QuotaState = Static<typeof QuotaState>;

/** `workspace`: its own limit; `pool`: what it shares with the other children of its parent. */
export const QuotaScope = Type.Union([
  Type.Literal("workspace"),
  Type.Literal("pool"),
]);
export type QuotaScope = Static<typeof QuotaScope>;

/** How one resource stands. `remaining` counts what the parent's pool has left, too; `fraction` is the share of the
 *  limit that is used, and may be above 1 where a limit was lowered; all three null: unlimited. */
export const QuotaUsage = Type.Object({
  resourceType: QuotaResourceType,
  used: QuotaAmount,
  limit: QuotaLimit,
  remaining: QuotaLimit,
  fraction: Nullable(Type.Number({ minimum: 0 })),
  state: QuotaState,
  period: QuotaPeriod,
  resetsAt: Nullable(IsoTimestamp),
  /** What the children of the workspace's parent share, and have used together. */
  pool: Type.Optional(Type.Object({ limit: QuotaLimit, used: QuotaAmount })),
});
export type QuotaUsage = Static<typeof QuotaUsage>;

export const QuotaReservationState = Type.Union([
  Type.Literal("Open"),
  Type.Literal("Committed"),
  Type.Literal("Released"),
  Type.Literal("Expired"),
]);
export type QuotaReservationState = Static<typeof QuotaReservationState>;

/** Room taken before its use is known; counts as used while it is Open. `committed` is what was used in the end. */
export const QuotaReservation = Type.Object({
  id: Uuid,
  resourceType: QuotaResourceType,
  requested: QuotaAmount,
  granted: QuotaAmount,
  committed: QuotaLimit,
  state: QuotaReservationState,
  period: QuotaPeriod,
  expiresAt: IsoTimestamp,
});
export type QuotaReservation = Static<typeof QuotaReservation>;
