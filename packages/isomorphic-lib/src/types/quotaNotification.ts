/**
 * Being told that a quota runs out: at which shares of a limit and where to, what was crossed so far, and the events as a
 * webhook gets them (Standard Webhooks).
 */
import { type Static, Type } from "@sinclair/typebox";

import { QUOTA_RESOURCE_NAMES, type QuotaResource } from "../quotaResources";
import {
  IsoTimestamp,
  Nullable,
  OptionalWorkspaceId,
  ShortText,
  Uuid,
} from "./common";
import {
  QuotaAmount,
  QuotaPeriod,
  QuotaResourceType,
  QuotaScope,
} from "./quota";

/** Shares of a limit in percent, where nobody chose others. */
export const DEFAULT_QUOTA_THRESHOLDS: readonly number[] = [80, 95, 100];

/** Shares of a limit in percent, each once; none: nobody is told. Answers have them in order. */
export const QuotaPercents = Type.Array(
  Type.Integer({ minimum: 1, maximum: 100 }),
  { maxItems: 10, uniqueItems: true },
);
export type QuotaPercents = Static<typeof QuotaPercents>;

/** `default` is for the resources that are not named. */
export type QuotaThresholdName = QuotaResource | "default";
export const QUOTA_THRESHOLD_NAMES: readonly QuotaThresholdName[] = [
  "default",
  ...QUOTA_RESOURCE_NAMES,
];

/** The shares of each resource that has its own; no other names. */
export const QuotaThresholds = Type.Partial(
  Type.Record(
    Type.Union(QUOTA_THRESHOLD_NAMES.map((name) => Type.Literal(name))),
    QuotaPercents,
  ),
  { additionalProperties: false },
);
export type QuotaThresholds = Partial<
  Record<QuotaThresholdName, QuotaPercents>
>;

/** GET /api/quotas/notifications. The secret is not among it: it is shown when it is made, and never again. */
export const QuotaNotifications = Type.Object({
  /** null: nobody is told. */
  webhookUrl: Nullable(Type.String()),
  hasSecret: Type.Boolean(),
  /** When the receiver answered 410 Gone: nothing is sent there until the URL is set anew or a test succeeds. */
  disabledAt: Nullable(IsoTimestamp),
  /** With `default` in any case. */
  thresholds: QuotaThresholds,
  /** null: nothing was set yet. */
  updatedAt: Nullable(IsoTimestamp),
});
export type QuotaNotifications = Static<typeof QuotaNotifications>;

/** PUT /api/quotas/notifications: sets what is given, leaves the rest. `thresholds` replaces all of them, null: back to
 *  80, 95, 100. */
export const UpdateQuotaNotificationsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  webhookUrl: Type.Optional(Nullable(Type.String({ maxLength: 2048 }))),
  thresholds: Type.Optional(Nullable(QuotaThresholds)),
});
export type UpdateQuotaNotificationsRequest = Static<
  typeof UpdateQuotaNotificationsRequest
>;

/** `secret` is there when this request made it: with the first URL. */
export const UpdateQuotaNotificationsResponse = Type.Object({
  ...QuotaNotifications.properties,
  secret: Type.Optional(Type.String()),
});
export type UpdateQuotaNotificationsResponse = Static<
  typeof UpdateQuotaNotificationsResponse
>;

/** POST /api/quotas/notifications/secret: the only answer to hold it. Until `previousUntil` messages are signed with the
 *  one before as well; null: there was none. */
export const RotateQuotaWebhookSecretResponse = Type.Object({
  secret: Type.String(),
  previousUntil: Nullable(IsoTimestamp),
});
export type RotateQuotaWebhookSecretResponse = Static<
  typeof RotateQuotaWebhookSecretResponse
>;

/** POST /api/quotas/notifications/test: what came back. Delivered is any status from 200 to 299. */
export const TestQuotaWebhookResponse = Type.Object({
  delivered: Type.Boolean(),
  webhookId: Type.String(),
  /** null: there was no answer. */
  status: Nullable(Type.Integer()),
  /** How the answer began. */
  body: Type.String(),
  /** Why there was no answer, or why it does not count. */
  problem: Nullable(Type.String()),
});
export type TestQuotaWebhookResponse = Static<typeof TestQuotaWebhookResponse>;

/** Usage rose to a share of a limit; later it fell below it, or the month ended. */
export const QuotaCrossingState = Type.Union([
  Type.Literal("crossed"),
  Type.Literal("resolved"),
]);
export type QuotaCrossingState = Static<typeof QuotaCrossingState>;

const crossing = {
  resourceType: QuotaResourceType,
  /** `pool`: of what the workspace's children share. */
  scope: QuotaScope,
  period: QuotaPeriod,
  percent: Type.Integer({ minimum: 1, maximum: 100 }),
  /** As they were when it was crossed. */
  used: QuotaAmount,
  limit: QuotaAmount,
  crossedAt: IsoTimestamp,
};

/** A crossing as the record keeps it. */
export const QuotaCrossing = Type.Object({
  id: Uuid,
  ...crossing,
  resolvedAt: Nullable(IsoTimestamp),
});
export type QuotaCrossing = Static<typeof QuotaCrossing>;

/** How many crossings a page has when the request does not say. */
export const DEFAULT_QUOTA_CROSSINGS_PAGE_SIZE = 50;

/** GET /api/quotas/crossings: newest first. */
export const GetQuotaCrossingsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  resourceType: Type.Optional(QuotaResourceType),
  /** `crossed`: still open. */
  state: Type.Optional(QuotaCrossingState),
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
});
export type GetQuotaCrossingsRequest = Static<typeof GetQuotaCrossingsRequest>;

/** `nextCursor` is absent at the end. */
export const GetQuotaCrossingsResponse = Type.Object({
  crossings: Type.Array(QuotaCrossing),
  nextCursor: Type.Optional(Type.String()),
});
export type GetQuotaCrossingsResponse = Static<
  typeof GetQuotaCrossingsResponse
>;

/** What a webhook is told. The header webhook-id is one and the same however often an event is sent. */
export const QuotaWebhookEvent = Type.Union([
  Type.Object({
    type: Type.Literal("quota.threshold.crossed"),
    /** When it happened. */
    timestamp: IsoTimestamp,
    data: Type.Object({ workspaceId: Uuid, crossingId: Uuid, ...crossing }),
  }),
  Type.Object({
    type: Type.Literal("quota.threshold.resolved"),
    timestamp: IsoTimestamp,
    data: Type.Object({
      workspaceId: Uuid,
      crossingId: Uuid,
      ...crossing,
      resolvedAt: IsoTimestamp,
    }),
  }),
  Type.Object({
    type: Type.Literal("quota.threshold.test"),
    timestamp: IsoTimestamp,
    data: Type.Object({ workspaceId: Uuid, note: ShortText }),
  }),
]);
export type QuotaWebhookEvent = Static<typeof QuotaWebhookEvent>;
