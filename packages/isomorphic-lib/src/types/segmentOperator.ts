/**
 * How the nodes of a segment compare a trait or a property.
 */
import { type Static, Type } from "@sinclair/typebox";

import { DurationSeconds, IsoTimestamp, ShortText } from "./common";

/** What a value is compared with. */
const Comparand = Type.Union([ShortText, Type.Number()]);

export const SegmentEqualsOperator = Type.Object({
  type: Type.Literal("Equals"),
  value: Comparand,
});
export type SegmentEqualsOperator = Static<typeof SegmentEqualsOperator>;

export const SegmentNotEqualsOperator = Type.Object({
  type: Type.Literal("NotEquals"),
  value: Comparand,
});
export type SegmentNotEqualsOperator = Static<typeof SegmentNotEqualsOperator>;

export const SegmentExistsOperator = Type.Object({
  type: Type.Literal("Exists"),
});
export type SegmentExistsOperator = Static<typeof SegmentExistsOperator>;

export const SegmentNotExistsOperator = Type.Object({
  type: Type.Literal("NotExists"),
});
export type SegmentNotExistsOperator = Static<typeof SegmentNotExistsOperator>;

export const SegmentGreaterThanOrEqualOperator = Type.Object({
  type: Type.Literal("GreaterThanOrEqual"),
  value: Type.Number(),
});
export type SegmentGreaterThanOrEqualOperator = Static<
  typeof SegmentGreaterThanOrEqualOperator
>;

export const SegmentLessThanOperator = Type.Object({
  type: Type.Literal("LessThan"),
  value: Type.Number(),
});
export type SegmentLessThanOperator = Static<typeof SegmentLessThanOperator>;

/** The value is a moment no more than `windowSeconds` ago. */
export const SegmentWithinOperator = Type.Object({
  type: Type.Literal("Within"),
  windowSeconds: DurationSeconds,
});
export type SegmentWithinOperator = Static<typeof SegmentWithinOperator>;

/** The trait has had the value for at least (GTE) or for less than (LT) `windowSeconds`. */
export const SegmentHasBeenOperator = Type.Object({
  type: Type.Literal("HasBeen"),
  comparator: Type.Union([Type.Literal("GTE"), Type.Literal("LT")]),
  value: Comparand,
  windowSeconds: DurationSeconds,
});
export type SegmentHasBeenOperator = Static<typeof SegmentHasBeenOperator>;

export const SegmentAbsoluteTimestampOperator = Type.Object({
  type: Type.Literal("AbsoluteTimestamp"),
  absoluteTimestamp: IsoTimestamp,
  direction: Type.Union([Type.Literal("after"), Type.Literal("before")]),
});
export type SegmentAbsoluteTimestampOperator = Static<
  typeof SegmentAbsoluteTimestampOperator
>;

export const SegmentOperator = Type.Union([
  SegmentEqualsOperator,
  SegmentNotEqualsOperator,
  SegmentExistsOperator,
  SegmentNotExistsOperator,
  SegmentGreaterThanOrEqualOperator,
  SegmentLessThanOperator,
  SegmentWithinOperator,
  SegmentHasBeenOperator,
  SegmentAbsoluteTimestampOperator,
]);
export type SegmentOperator = Static<typeof SegmentOperator>;

/** What the properties of a keyed event can be compared by. */
export const KeyedSegmentOperator = Type.Union([
  SegmentEqualsOperator,
  SegmentNotEqualsOperator,
  SegmentExistsOperator,
  SegmentGreaterThanOrEqualOperator,
  SegmentLessThanOperator,
]);
export type KeyedSegmentOperator = Static<typeof KeyedSegmentOperator>;
