/**
 * Broadcasts: one template to many users at once, and the routes of /broadcasts. V1 ones come from an older Dittofeed and
 * can be listed, renamed and archived; all others are V2.
 */
import { type Static, Type } from "@sinclair/typebox";

import { IdError, UniqueConstraintViolation } from "./apiError";
import {
  IsoTimestamp,
  Nullable,
  OptionalWorkspaceId,
  ResourceName,
  ShortText,
  UnixMilliseconds,
  Uuid,
  UuidList,
} from "./common";
import { SendableChannel } from "./message";
import { MessageTemplateDefinition } from "./messageTemplate";
import { SegmentDefinition } from "./segment";

export const BroadcastStatus = Type.Union([
  Type.Literal("Draft"),
  Type.Literal("Scheduled"),
  Type.Literal("Running"),
  Type.Literal("Paused"),
  Type.Literal("Completed"),
  Type.Literal("Cancelled"),
  Type.Literal("Failed"),
]);
export type BroadcastStatus = Static<typeof BroadcastStatus>;

/**
 * How a broadcast is sent. `rateLimit` is in messages a second, on the average of a few seconds; `batchSize` in users that
 * are served at once. All users are served in one run, so `useIndividualTimezone` cannot be true; `defaultTimezone` is
 * for display.
 */
export const BroadcastConfig = Type.Object({
  type: Type.Literal("V2"),
  rateLimit: Type.Optional(Type.Number({ minimum: 0.01, maximum: 100_000 })),
  defaultTimezone: Type.Optional(Type.String({ maxLength: 100 })),
  useIndividualTimezone: Type.Optional(Type.Boolean()),
  errorHandling: Type.Optional(
    Type.Union([Type.Literal("PauseOnError"), Type.Literal("SkipOnError")]),
  ),
  batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  message: Type.Object({
    type: SendableChannel,
    providerOverride: Type.Optional(ShortText),
    senderOverride: Type.Optional(ShortText),
  }),
});
export type BroadcastConfig = Static<typeof BroadcastConfig>;

/** How far a broadcast is, in users. `left` were not served since the month's messages were used up. */
export const BroadcastProgress = Type.Object({
  /** Their message was accepted, and counts against the month's. */
  accepted: Type.Integer({ minimum: 0 }),
  /** They have no address, or have left the subscription group. */
  skipped: Type.Integer({ minimum: 0 }),
  /** The template could not be filled in for them. */
  failed: Type.Integer({ minimum: 0 }),
  /** How many there are, as of the start or the last resumption. */
  total: Type.Optional(Type.Integer({ minimum: 0 })),
  left: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Why it does not go on, for people. */
  reason: Type.Optional(Type.String()),
});
export type BroadcastProgress = Static<typeof BroadcastProgress>;

const common = {
  id: Uuid,
  workspaceId: Uuid,
  name: ResourceName,
  segmentId: Type.Optional(Uuid),
  messageTemplateId: Type.Optional(Uuid),
  archived: Type.Optional(Type.Boolean()),
  createdAt: UnixMilliseconds,
  updatedAt: UnixMilliseconds,
};

export const BroadcastResourceV1 = Type.Object({
  ...common,
  version: Type.Literal("V1"),
  journeyId: Type.Optional(Uuid),
  status: Type.Union([
    Type.Literal("NotStarted"),
    Type.Literal("InProgress"),
    Type.Literal("Triggered"),
  ]),
  triggeredAt: Type.Optional(UnixMilliseconds),
});
export type BroadcastResourceV1 = Static<typeof BroadcastResourceV1>;

export const BroadcastResourceV2 = Type.Object({
  ...common,
  version: Type.Literal("V2"),
  subscriptionGroupId: Type.Optional(Uuid),
  config: BroadcastConfig,
  status: BroadcastStatus,
  scheduledAt: Type.Optional(Type.String()),
  progress: Type.Optional(BroadcastProgress),
});
export type BroadcastResourceV2 = Static<typeof BroadcastResourceV2>;

/** GET /broadcasts → 200, a bare array, newest first */
export const GetBroadcastsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  ids: Type.Optional(UuidList),
});
export type GetBroadcastsRequest = Static<typeof GetBroadcastsRequest>;

export const GetBroadcastsResponse = Type.Array(
  Type.Union([BroadcastResourceV1, BroadcastResourceV2]),
);
export type GetBroadcastsResponse = Static<typeof GetBroadcastsResponse>;

/** PUT /broadcasts/v2 → 200 BroadcastResourceV2. Found by `id` if given, else by `name`; null takes something away. */
export const UpsertBroadcastRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Type.Optional(Uuid),
  name: Type.Optional(ResourceName),
  segmentId: Type.Optional(Nullable(Uuid)),
  messageTemplateId: Type.Optional(Nullable(Uuid)),
  subscriptionGroupId: Type.Optional(Nullable(Uuid)),
  scheduledAt: Type.Optional(Nullable(IsoTimestamp)),
  config: Type.Optional(BroadcastConfig),
});
export type UpsertBroadcastRequest = Static<typeof UpsertBroadcastRequest>;

export const MissingRequiredFields = Type.Object({
  type: Type.Literal("MissingRequiredFields"),
  message: Type.String(),
});
export type MissingRequiredFields = Static<typeof MissingRequiredFields>;

/** What is asked for does not go with what is stored: another channel, a resource that is not there, a status. */
export const ConstraintViolation = Type.Object({
  type: Type.Literal("ConstraintViolation"),
  message: Type.String(),
});
export type ConstraintViolation = Static<typeof ConstraintViolation>;

export const BroadcastError = Type.Union([
  IdError,
  UniqueConstraintViolation,
  MissingRequiredFields,
  ConstraintViolation,
]);
export type BroadcastError = Static<typeof BroadcastError>;

/** PUT /broadcasts → 200 BroadcastResourceV1; 404 */
export const RenameBroadcastRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  id: Uuid,
  name: Type.Optional(ResourceName),
});
export type RenameBroadcastRequest = Static<typeof RenameBroadcastRequest>;

/** POST /broadcasts/start, /pause, /resume, /cancel; PUT /broadcasts/recompute-segment */
export const BroadcastRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  broadcastId: Uuid,
});
export type BroadcastRequest = Static<typeof BroadcastRequest>;

/** PUT /broadcasts/archive; `archived` is true by default. */
export const ArchiveBroadcastRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  broadcastId: Uuid,
  archived: Type.Optional(Type.Boolean()),
});
export type ArchiveBroadcastRequest = Static<typeof ArchiveBroadcastRequest>;

/** POST /broadcasts/execute → 200. The same name means the same broadcast, which is sent once. */
export const ExecuteBroadcastRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  broadcastName: ResourceName,
  segmentDefinition: SegmentDefinition,
  messageTemplateDefinition: MessageTemplateDefinition,
  subscriptionGroupId: Type.Optional(Uuid),
});
export type ExecuteBroadcastRequest = Static<typeof ExecuteBroadcastRequest>;

export const ExecuteBroadcastResponse = Type.Object({
  broadcastId: Uuid,
  broadcastName: ResourceName,
});
export type ExecuteBroadcastResponse = Static<typeof ExecuteBroadcastResponse>;
