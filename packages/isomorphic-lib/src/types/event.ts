/**
 * Events as they are stored and listed: the requests and answers of /events. How they come in is `ingestion.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ClientId,
  Nullable,
  OptionalWorkspaceId,
  UnixMilliseconds,
  Uuid,
} from "./common";

/** How many events a page has when the request does not say. */
export const DEFAULT_EVENTS_PAGE_SIZE = 100;

export const EventType = Type.Union([
  Type.Literal("identify"),
  Type.Literal("track"),
  Type.Literal("page"),
  Type.Literal("screen"),
  Type.Literal("group"),
  Type.Literal("alias"),
]);
export type EventType = Static<typeof EventType>;

/** Track events that the host itself makes. */
export const InternalEventType = Type.Union([
  Type.Literal("DFInternalMessageSent"),
  Type.Literal("DFBadWorkspaceConfiguration"),
  Type.Literal("DFMessageFailure"),
  Type.Literal("DFMessageSkipped"),
  Type.Literal("DFSegmentBroadcast"),
  Type.Literal("DFSubscriptionChange"),
  Type.Literal("DFEmailDropped"),
  Type.Literal("DFEmailDelivered"),
  Type.Literal("DFEmailOpened"),
  Type.Literal("DFEmailProcessed"),
  Type.Literal("DFEmailClicked"),
  Type.Literal("DFEmailBounced"),
  Type.Literal("DFEmailMarkedSpam"),
  Type.Literal("DFSmsDelivered"),
  Type.Literal("DFSmsFailed"),
  Type.Literal("DFJourneyNodeProcessed"),
  Type.Literal("DFManualSegmentUpdate"),
  Type.Literal("DFAttachedFiles"),
  Type.Literal("DFUserTrackSignal"),
  Type.Literal("DFGroupUserAssignment"),
  Type.Literal("DFUserGroupAssignment"),
  Type.Literal("DFJourneyEarlyExit"),
]);
export type InternalEventType = Static<typeof InternalEventType>;

/** GET /events, in the query. Moments are Unix milliseconds and bound the processing time: `startDate` inclusive,
 *  `endDate` exclusive. Newest first. */
export const GetEventsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  searchTerm: Type.Optional(Type.String({ maxLength: 1000 })),
  userId: Type.Optional(ClientId),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  messageId: Type.Optional(
    Type.Union([ClientId, Type.Array(ClientId, { maxItems: 1000 })]),
  ),
  startDate: Type.Optional(UnixMilliseconds),
  endDate: Type.Optional(UnixMilliseconds),
  event: Type.Optional(Type.Array(ClientId, { maxItems: 100 })),
  broadcastId: Type.Optional(Uuid),
  journeyId: Type.Optional(Uuid),
  eventType: Type.Optional(EventType),
  includeContext: Type.Optional(Type.Boolean()),
});
export type GetEventsRequest = Static<typeof GetEventsRequest>;

/** `traits` is JSON text: of the traits or properties, and of the context when asked for. Times are ISO 8601. */
export const EventResource = Type.Object({
  messageId: Type.String(),
  eventType: Type.String(),
  event: Type.String(),
  userId: Nullable(Type.String()),
  anonymousId: Nullable(Type.String()),
  processingTime: Type.String(),
  eventTime: Type.String(),
  traits: Type.String(),
  context: Type.Optional(Type.String()),
});
export type EventResource = Static<typeof EventResource>;

/** `count` is of all events that match, not of this page. */
export const GetEventsResponse = Type.Object({
  events: Type.Array(EventResource),
  count: Type.Integer(),
});
export type GetEventsResponse = Static<typeof GetEventsResponse>;

/** GET /events/traits → 200: the names of traits seen. */
export const GetTraitsResponse = Type.Object({
  traits: Type.Array(Type.String()),
});
export type GetTraitsResponse = Static<typeof GetTraitsResponse>;

/** GET /events/properties → 200: the names of properties seen, by event. */
export const GetPropertiesResponse = Type.Object({
  properties: Type.Record(Type.String(), Type.Array(Type.String())),
});
export type GetPropertiesResponse = Static<typeof GetPropertiesResponse>;
