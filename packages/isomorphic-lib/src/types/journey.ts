/**
 * What a journey is made of: nodes, the definition, and the draft an editor keeps. The requests and answers of its
 * routes are in `journeyApi.ts`; what a schema cannot say is checked in `journeyDefinition.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ClientId,
  DurationSeconds,
  EventPattern,
  PropertyPath,
  ReferenceId,
  ShortText,
} from "./common";

/** Broadcast: made by a broadcast, for the host's own ends. */
export const JourneyStatus = Type.Union([
  Type.Literal("NotStarted"),
  Type.Literal("Running"),
  Type.Literal("Paused"),
  Type.Literal("Broadcast"),
]);
export type JourneyStatus = Static<typeof JourneyStatus>;

/** A node's id, or `ExitNode`. */
const Child = ClientId;

/** Entered by joining a segment. The type says EntryNode, not SegmentEntryNode, as in Dittofeed. */
export const SegmentEntryNode = Type.Object({
  type: Type.Literal("EntryNode"),
  segment: ReferenceId,
  child: Child,
  reEnter: Type.Optional(Type.Boolean()),
});
export type SegmentEntryNode = Static<typeof SegmentEntryNode>;

/** Entered by performing an event; with `key`, once for each value of that property. */
export const EventEntryNode = Type.Object({
  type: Type.Literal("EventEntryNode"),
  event: EventPattern,
  key: Type.Optional(PropertyPath),
  child: Child,
});
export type EventEntryNode = Static<typeof EventEntryNode>;

export const JourneyEntryNode = Type.Union([SegmentEntryNode, EventEntryNode]);
export type JourneyEntryNode = Static<typeof JourneyEntryNode>;

export const SecondsDelayVariant = Type.Object({
  type: Type.Literal("Second"),
  seconds: DurationSeconds,
});
export type SecondsDelayVariant = Static<typeof SecondsDelayVariant>;

/** 0 is Sunday. */
export const DayOfWeek = Type.Integer({ minimum: 0, maximum: 6 });
export type DayOfWeek = Static<typeof DayOfWeek>;

/** Until the next such time of day where the user is. */
export const LocalTimeDelayVariant = Type.Object({
  type: Type.Literal("LocalTime"),
  hour: Type.Integer({ minimum: 0, maximum: 23 }),
  minute: Type.Optional(Type.Integer({ minimum: 0, maximum: 59 })),
  allowedDaysOfWeek: Type.Optional(Type.Array(DayOfWeek, { maxItems: 7 })),
  defaultTimezone: Type.Optional(Type.String({ maxLength: 100 })),
});
export type LocalTimeDelayVariant = Static<typeof LocalTimeDelayVariant>;

/** Until the moment that a user property names, or some time before or after it. */
export const UserPropertyDelayVariant = Type.Object({
  type: Type.Literal("UserProperty"),
  userProperty: ReferenceId,
  offsetSeconds: Type.Optional(DurationSeconds),
  offsetDirection: Type.Optional(
    Type.Union([Type.Literal("after"), Type.Literal("before")]),
  ),
});
export type UserPropertyDelayVariant = Static<typeof UserPropertyDelayVariant>;

export const DelayNode = Type.Object({
  type: Type.Literal("DelayNode"),
  id: ClientId,
  child: Child,
  variant: Type.Union([
    SecondsDelayVariant,
    LocalTimeDelayVariant,
    UserPropertyDelayVariant,
  ]),
});
export type DelayNode = Static<typeof DelayNode>;

export const SegmentSplitNode = Type.Object({
  type: Type.Literal("SegmentSplitNode"),
  id: ClientId,
  name: Type.Optional(ShortText),
  variant: Type.Object({
    type: Type.Literal("Boolean"),
    segment: ReferenceId,
    trueChild: Child,
    falseChild: Child,
  }),
});
export type SegmentSplitNode = Static<typeof SegmentSplitNode>;

const providerOverride = Type.Optional(Type.String({ maxLength: 100 }));

export const EmailMessageVariant = Type.Object({
  type: Type.Literal("Email"),
  templateId: ReferenceId,
  providerOverride,
});
export type EmailMessageVariant = Static<typeof EmailMessageVariant>;
export const MobilePushMessageVariant = Type.Object({
  type: Type.Literal("MobilePush"),
  templateId: ReferenceId,
  providerOverride,
});
export type MobilePushMessageVariant = Static<typeof MobilePushMessageVariant>;
export const SmsMessageVariant = Type.Object({
  type: Type.Literal("Sms"),
  templateId: ReferenceId,
  providerOverride,
  senderOverride: Type.Optional(ShortText),
});
export type SmsMessageVariant = Static<typeof SmsMessageVariant>;
export const WebhookMessageVariant = Type.Object({
  type: Type.Literal("Webhook"),
  templateId: ReferenceId,
});
export type WebhookMessageVariant = Static<typeof WebhookMessageVariant>;
export const MessageVariant = Type.Union([
  EmailMessageVariant,
  MobilePushMessageVariant,
  SmsMessageVariant,
  WebhookMessageVariant,
]);
export type MessageVariant = Static<typeof MessageVariant>;

export const MessageNode = Type.Object({
  type: Type.Literal("MessageNode"),
  id: ClientId,
  child: Child,
  name: Type.Optional(ShortText),
  subscriptionGroupId: Type.Optional(ReferenceId),
  syncProperties: Type.Optional(Type.Boolean()),
  skipOnFailure: Type.Optional(Type.Boolean()),
  retryCount: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  variant: MessageVariant,
});
export type MessageNode = Static<typeof MessageNode>;

/** `percent` of the users go to `id`; 0 to 100. */
export const RandomCohortChild = Type.Object({
  id: Child,
  percent: Type.Number({ minimum: 0, maximum: 100 }),
  name: ShortText,
});
export type RandomCohortChild = Static<typeof RandomCohortChild>;

export const RandomCohortNode = Type.Object({
  type: Type.Literal("RandomCohortNode"),
  id: ClientId,
  children: Type.Array(RandomCohortChild, { maxItems: 100 }),
});
export type RandomCohortNode = Static<typeof RandomCohortNode>;

/** Goes on to the first of `segmentChildren` whose segment the user joins, or to `timeoutChild`. */
export const WaitForNode = Type.Object({
  type: Type.Literal("WaitForNode"),
  id: ClientId,
  timeoutSeconds: DurationSeconds,
  timeoutChild: Child,
  segmentChildren: Type.Array(
    Type.Object({ id: Child, segmentId: ReferenceId }),
    { maxItems: 100 },
  ),
});
export type WaitForNode = Static<typeof WaitForNode>;

export const RateLimitNode = Type.Object({
  type: Type.Literal("RateLimitNode"),
  id: ClientId,
});
export type RateLimitNode = Static<typeof RateLimitNode>;

export const JourneyExitNode = Type.Object({ type: Type.Literal("ExitNode") });
export type JourneyExitNode = Static<typeof JourneyExitNode>;

export const JourneyBodyNode = Type.Union([
  DelayNode,
  SegmentSplitNode,
  MessageNode,
  RandomCohortNode,
  WaitForNode,
  RateLimitNode,
]);
export type JourneyBodyNode = Static<typeof JourneyBodyNode>;

export type JourneyNode = JourneyEntryNode | JourneyBodyNode | JourneyExitNode;
export type JourneyNodeType = JourneyNode["type"];

export const JourneyDefinition = Type.Object({
  entryNode: JourneyEntryNode,
  exitNode: JourneyExitNode,
  nodes: Type.Array(JourneyBodyNode, { maxItems: 2000 }),
});
export type JourneyDefinition = Static<typeof JourneyDefinition>;

/** An editor's own fields are kept as they are: a draft is never run. */
const kept = { additionalProperties: Type.Unknown() };

/** A node that will be one of the definition; `nodeTypeProps.type` is that node's type. */
export const JourneyUiNodeDefinitionProps = Type.Object(
  {
    type: Type.Literal("JourneyUiNodeDefinitionProps"),
    nodeTypeProps: Type.Object(
      { type: Type.String({ minLength: 1, maxLength: 100 }) },
      kept,
    ),
  },
  kept,
);
export type JourneyUiNodeDefinitionProps = Static<
  typeof JourneyUiNodeDefinitionProps
>;

/** A node that only holds the drawing together. */
export const JourneyUiNodeEmptyProps = Type.Object(
  { type: Type.Literal("JourneyUiNodeEmptyProps") },
  kept,
);
export type JourneyUiNodeEmptyProps = Static<typeof JourneyUiNodeEmptyProps>;

export const JourneyUiNodeLabelProps = Type.Object(
  {
    type: Type.Literal("JourneyUiNodeLabelProps"),
    title: Type.Optional(ShortText),
  },
  kept,
);
export type JourneyUiNodeLabelProps = Static<typeof JourneyUiNodeLabelProps>;

export const JourneyDraftNode = Type.Object({
  id: ClientId,
  data: Type.Union([
    JourneyUiNodeDefinitionProps,
    JourneyUiNodeEmptyProps,
    JourneyUiNodeLabelProps,
  ]),
});
export type JourneyDraftNode = Static<typeof JourneyDraftNode>;

export const JourneyUiDefinitionEdgeProps = Type.Object(
  { type: Type.Literal("JourneyUiDefinitionEdgeProps") },
  kept,
);
export type JourneyUiDefinitionEdgeProps = Static<
  typeof JourneyUiDefinitionEdgeProps
>;
export const JourneyUiPlaceholderEdgeProps = Type.Object(
  { type: Type.Literal("JourneyUiPlaceholderEdgeProps") },
  kept,
);
export type JourneyUiPlaceholderEdgeProps = Static<
  typeof JourneyUiPlaceholderEdgeProps
>;

export const JourneyDraftEdge = Type.Object({
  source: ClientId,
  target: ClientId,
  data: Type.Union([
    JourneyUiDefinitionEdgeProps,
    JourneyUiPlaceholderEdgeProps,
  ]),
});
export type JourneyDraftEdge = Static<typeof JourneyDraftEdge>;

/** What an editor shows and has not published. */
export const JourneyDraft = Type.Object({
  nodes: Type.Array(JourneyDraftNode, { maxItems: 5000 }),
  edges: Type.Array(JourneyDraftEdge, { maxItems: 10_000 }),
});
export type JourneyDraft = Static<typeof JourneyDraft>;
