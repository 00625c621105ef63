/**
 * Events that wait for room: the requests and answers of /quotas/held-events. That an event is held is nothing its sender
 * learns of: it was accepted.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ClientId,
  Nullable,
  OptionalWorkspaceId,
  Uuid,
  UuidList,
} from "./common";
import { QuotaAmount, QuotaResourceType } from "./quota";

/** How many held events a page has when the request does not say. */
export const DEFAULT_HELD_EVENTS_PAGE_SIZE = 100;

/** GET /quotas/held-events, in the query: those that wait the longest first. */
export const GetHeldEventsRequest = Type.Object({
  workspaceId: OptionalWorkspaceId,
  userId: Type.Optional(ClientId),
  resourceType: Type.Optional(QuotaResourceType),
  /** The `nextCursor` of the page before. */
  cursor: Type.Optional(Uuid),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
});
export type GetHeldEventsRequest = Static<typeof GetHeldEventsRequest>;

/** `resourceType` is what there is no room for; `userOrAnonymousId` whose turn it waits for. `traits` is JSON text: of the
 *  traits or properties. Times are ISO 8601. */
export const HeldEventResource = Type.Object({
  id: Uuid,
  messageId: Type.String(),
  userOrAnonymousId: Type.String(),
  resourceType: QuotaResourceType,
  receivedAt: Type.String(),
  eventType: Type.String(),
  event: Type.String(),
  userId: Nullable(Type.String()),
  anonymousId: Nullable(Type.String()),
  eventTime: Type.String(),
  traits: Type.String(),
});
export type HeldEventResource = Static<typeof HeldEventResource>;

/** What became of the workspace's held events: `held` = `waiting` + `admitted` + `droppedAged` + `dropped`. Those in
 *  `droppedFull` were never held, as `maxWaiting` waited already. `dropped` is by an admin, or with the user. */
export const HeldEventFigures = Type.Object({
  waiting: QuotaAmount,
  held: QuotaAmount,
  admitted: QuotaAmount,
  droppedFull: QuotaAmount,
  droppedAged: QuotaAmount,
  dropped: QuotaAmount,
  maxWaiting: QuotaAmount,
  maxDays: QuotaAmount,
});
export type HeldEventFigures = Static<typeof HeldEventFigures>;

/** The figures are of the whole workspace, whatever the filters. */
export const GetHeldEventsResponse = Type.Object({
  events: Type.Array(HeldEventResource),
  nextCursor: Type.Optional(Uuid),
  figures: HeldEventFigures,
});
export type GetHeldEventsResponse = Static<typeof GetHeldEventsResponse>;

/** DELETE /quotas/held-events: of one user, or by their ids, or all. */
export const DropHeldEventsRequest = Type.Union([
  Type.Object({ workspaceId: OptionalWorkspaceId, userId: ClientId }),
  Type.Object({ workspaceId: OptionalWorkspaceId, ids: UuidList }),
  Type.Object({ workspaceId: OptionalWorkspaceId, all: Type.Literal(true) }),
]);
export type DropHeldEventsRequest = Static<typeof DropHeldEventsRequest>;

export const DropHeldEventsResponse = Type.Object({ dropped: QuotaAmount });
export type DropHeldEventsResponse = Static<typeof DropHeldEventsResponse>;

/** POST /quotas/held-events/admit → 202: they are looked at in the background. */
export const AdmitHeldEventsResponse = Type.Object({ waiting: QuotaAmount });
export type AdmitHeldEventsResponse = Static<typeof AdmitHeldEventsResponse>;
