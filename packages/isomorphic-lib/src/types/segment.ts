/**
 * What a segment is made of: nodes and the definition. Their operators are in `segmentOperator.ts`, the requests and
 * answers of the routes in `segmentApi.ts`; what a schema cannot say (children exist, no cycles) is checked in
 * `segmentDefinition.ts`.
 */
import { type Static, Type } from "@sinclair/typebox";

import {
  ClientId,
  DurationSeconds,
  EventPattern,
  IsoTimestamp,
  PropertyPath,
  ReferenceId,
  ShortText,
  Times,
} from "./common";
import { KeyedSegmentOperator, SegmentOperator } from "./segmentOperator";
import { SubscriptionGroupType } from "./subscriptionGroup";

export const SegmentStatus = Type.Union([
  Type.Literal("NotStarted"),
  Type.Literal("Running"),
  Type.Literal("Paused"),
]);
export type SegmentStatus = Static<typeof SegmentStatus>;

export const TimesOperator = Type.Union([
  Type.Literal("="),
  Type.Literal(">="),
  Type.Literal("<"),
]);
export type TimesOperator = Static<typeof TimesOperator>;

/** How the number of seconds or the moment of a Performed node is meant. */
export const TimeOperator = Type.Union([
  Type.Literal("Within"),
  Type.Literal("AfterAbsolute"),
  Type.Literal("BeforeAbsolute"),
]);
export type TimeOperator = Static<typeof TimeOperator>;

export const PropertyCondition = Type.Object({
  path: PropertyPath,
  operator: SegmentOperator,
});
export type PropertyCondition = Static<typeof PropertyCondition>;
const PropertyConditions = Type.Array(PropertyCondition, { maxItems: 100 });

export const TraitSegmentNode = Type.Object({
  type: Type.Literal("Trait"),
  id: ClientId,
  path: PropertyPath,
  operator: SegmentOperator,
});
export type TraitSegmentNode = Static<typeof TraitSegmentNode>;

const SegmentChildren = Type.Array(ClientId, { maxItems: 2000 });

export const AndSegmentNode = Type.Object({
  type: Type.Literal("And"),
  id: ClientId,
  children: SegmentChildren,
});
export type AndSegmentNode = Static<typeof AndSegmentNode>;

export const OrSegmentNode = Type.Object({
  type: Type.Literal("Or"),
  id: ClientId,
  children: SegmentChildren,
});
export type OrSegmentNode = Static<typeof OrSegmentNode>;

export const PerformedSegmentNode = Type.Object({
  type: Type.Literal("Performed"),
  id: ClientId,
  event: EventPattern,
  times: Type.Optional(Times),
  timesOperator: Type.Optional(TimesOperator),
  timeOperator: Type.Optional(TimeOperator),
  withinSeconds: Type.Optional(DurationSeconds),
  absoluteTimestamp: Type.Optional(IsoTimestamp),
  properties: Type.Optional(PropertyConditions),
});
export type PerformedSegmentNode = Static<typeof PerformedSegmentNode>;

export const LastPerformedSegmentNode = Type.Object({
  type: Type.Literal("LastPerformed"),
  id: ClientId,
  event: EventPattern,
  whereProperties: Type.Optional(PropertyConditions),
  hasProperties: Type.Optional(PropertyConditions),
});
export type LastPerformedSegmentNode = Static<typeof LastPerformedSegmentNode>;

export const KeyedPerformedSegmentNode = Type.Object({
  type: Type.Literal("KeyedPerformed"),
  id: ClientId,
  event: EventPattern,
  key: PropertyPath,
  times: Type.Optional(Times),
  timesOperator: Type.Optional(TimesOperator),
  properties: Type.Optional(
    Type.Array(
      Type.Object({ path: PropertyPath, operator: KeyedSegmentOperator }),
      { maxItems: 100 },
    ),
  ),
});
export type KeyedPerformedSegmentNode = Static<
  typeof KeyedPerformedSegmentNode
>;

/** What can become of an e-mail, by the name of the event that reports it. */
export const EmailSegmentEvent = Type.Union([
  Type.Literal("DFInternalMessageSent"),
  Type.Literal("DFEmailDropped"),
  Type.Literal("DFEmailDelivered"),
  Type.Literal("DFEmailOpened"),
  Type.Literal("DFEmailClicked"),
  Type.Literal("DFEmailBounced"),
  Type.Literal("DFEmailMarkedSpam"),
]);
export type EmailSegmentEvent = Static<typeof EmailSegmentEvent>;

export const EmailSegmentNode = Type.Object({
  type: Type.Literal("Email"),
  id: ClientId,
  event: EmailSegmentEvent,
  times: Type.Optional(Times),
  templateId: ReferenceId,
});
export type EmailSegmentNode = Static<typeof EmailSegmentNode>;

export const BroadcastSegmentNode = Type.Object({
  type: Type.Literal("Broadcast"),
  id: ClientId,
});
export type BroadcastSegmentNode = Static<typeof BroadcastSegmentNode>;

export const SubscriptionGroupSegmentNode = Type.Object({
  type: Type.Literal("SubscriptionGroup"),
  id: ClientId,
  subscriptionGroupId: ReferenceId,
  subscriptionGroupType: SubscriptionGroupType,
});
export type SubscriptionGroupSegmentNode = Static<
  typeof SubscriptionGroupSegmentNode
>;

export const SubscriptionGroupUnsubscribedSegmentNode = Type.Object({
  type: Type.Literal("SubscriptionGroupUnsubscribed"),
  id: ClientId,
  subscriptionGroupId: ReferenceId,
});
export type SubscriptionGroupUnsubscribedSegmentNode = Static<
  typeof SubscriptionGroupUnsubscribedSegmentNode
>;

/** A stable random share of the users; `percent` is a fraction, 0 to 1. */
export const RandomBucketSegmentNode = Type.Object({
  type: Type.Literal("RandomBucket"),
  id: ClientId,
  percent: Type.Number({ minimum: 0, maximum: 1 }),
});
export type RandomBucketSegmentNode = Static<typeof RandomBucketSegmentNode>;

/** The list at `path` contains `item`. */
export const IncludesSegmentNode = Type.Object({
  type: Type.Literal("Includes"),
  id: ClientId,
  path: PropertyPath,
  item: ShortText,
});
export type IncludesSegmentNode = Static<typeof IncludesSegmentNode>;

export const EveryoneSegmentNode = Type.Object({
  type: Type.Literal("Everyone"),
  id: ClientId,
});
export type EveryoneSegmentNode = Static<typeof EveryoneSegmentNode>;

/** Its users are listed by hand; `version` counts how often the list was replaced. */
export const ManualSegmentNode = Type.Object({
  type: Type.Literal("Manual"),
  id: ClientId,
  version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});
export type ManualSegmentNode = Static<typeof ManualSegmentNode>;

/** The nodes that may stand below another. */
export const BodySegmentNode = Type.Union([
  TraitSegmentNode,
  AndSegmentNode,
  OrSegmentNode,
  PerformedSegmentNode,
  LastPerformedSegmentNode,
  EmailSegmentNode,
  BroadcastSegmentNode,
  SubscriptionGroupSegmentNode,
  SubscriptionGroupUnsubscribedSegmentNode,
  RandomBucketSegmentNode,
  IncludesSegmentNode,
]);
export type BodySegmentNode = Static<typeof BodySegmentNode>;

/** Every node; Everyone, Manual and KeyedPerformed only as the entry. */
export const SegmentNode = Type.Union([
  ...BodySegmentNode.anyOf,
  EveryoneSegmentNode,
  ManualSegmentNode,
  KeyedPerformedSegmentNode,
]);
export type SegmentNode = Static<typeof SegmentNode>;
export type SegmentNodeType = SegmentNode["type"];

/** Which users belong: the entry node decides, And and Or nodes name their children by id. */
export const SegmentDefinition = Type.Object({
  entryNode: SegmentNode,
  nodes: Type.Array(BodySegmentNode, { maxItems: 2000 }),
});
export type SegmentDefinition = Static<typeof SegmentDefinition>;
