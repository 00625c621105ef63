/**
 * One line of words for a definition, for the lists. A definition that this version cannot read is called "Custom".
 */
import { type TSchema } from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";
import {
  type AndSegmentNode,
  JourneyDefinition,
  MessageTemplateDefinition,
  type OrSegmentNode,
  SegmentDefinition,
  type SegmentNode,
  type SegmentOperator,
  type TimesOperator,
} from "isomorphic-lib/src/types";

import { formatQuantity } from "./formatting";

const UNREADABLE = "Custom definition";

/** So many conditions are named one by one; of more only the number is told. */
const SPELLED_OUT = 3;

const DAY_SECONDS = 86_400;

function duration(seconds: number): string {
  return seconds % DAY_SECONDS === 0
    ? formatQuantity(seconds / DAY_SECONDS, "day")
    : formatQuantity(Math.round(seconds / 3600), "hour");
}

function operatorText(operator: SegmentOperator): string {
  switch (operator.type) {
    case "Equals":
      return `is ${String(operator.value)}`;
    case "NotEquals":
      return `is not ${String(operator.value)}`;
    case "Exists":
      return "is known";
    case "NotExists":
      return "is not known";
    case "GreaterThanOrEqual":
      return `≥ ${operator.value}`;
    case "LessThan":
      return `< ${operator.value}`;
    case "Within":
      return `within the last ${duration(operator.windowSeconds)}`;
    case "HasBeen":
      return `has been ${String(operator.value)} for ${operator.comparator === "GTE" ? "at least" : "less than"} ${duration(operator.windowSeconds)}`;
    case "AbsoluteTimestamp":
      return `${operator.direction} ${operator.absoluteTimestamp}`;
  }
}

interface Performed {
  readonly event: string;
  readonly times?: number;
  readonly timesOperator?: TimesOperator;
  readonly withinSeconds?: number;
}

function oftenText(times: number, operator: TimesOperator): string {
  switch (operator) {
    case "=":
      return ` ${formatQuantity(times, "time")}`;
    case ">=":
      return times <= 1 ? "" : ` at least ${formatQuantity(times, "time")}`;
    case "<":
      return ` fewer than ${formatQuantity(times, "time")}`;
  }
}

function performedText(node: Performed): string {
  const { event, times = 1, timesOperator = ">=", withinSeconds } = node;
  const isNever =
    (timesOperator === "<" && times <= 1) ||
    (timesOperator === "=" && times === 0);
  const often = isNever ? "" : oftenText(times, timesOperator);
  const when =
    withinSeconds === undefined
      ? ""
      : ` in the last ${duration(withinSeconds)}`;
  return `${isNever ? "never did" : "did"} “${event}”${often}${when}`;
}

function isGroup(node: SegmentNode): node is AndSegmentNode | OrSegmentNode {
  return node.type === "And" || node.type === "Or";
}

function segmentNodeText(node: SegmentNode): string {
  switch (node.type) {
    case "Trait":
      return `${node.path} ${operatorText(node.operator)}`;
    case "And":
      return `all of ${formatQuantity(node.children.length, "condition")}`;
    case "Or":
      return `any of ${formatQuantity(node.children.length, "condition")}`;
    case "Performed":
    case "KeyedPerformed":
      return performedText(node);
    case "LastPerformed":
      return `last did “${node.event}”`;
    case "Email":
      return `e-mail event ${node.event}`;
    case "Broadcast":
      return "chosen by a broadcast";
    case "SubscriptionGroup":
      return "in a subscription group";
    case "SubscriptionGroupUnsubscribed":
      return "left a subscription group";
    case "RandomBucket":
      return `a random ${Math.round(node.percent * 100)} %`;
    case "Includes":
      return `${node.path} includes ${node.item}`;
    case "Everyone":
      return "every user";
    case "Manual":
      return "listed by hand";
  }
}

function summarize<S extends TSchema>(
  schema: S,
  definition: unknown,
  text: (known: S["static"]) => string,
): string {
  return Check(schema, definition) ? text(definition) : UNREADABLE;
}

/** Traits keep their spelling; sentences of ours begin in upper case. */
function sentence(text: string, node: SegmentNode): string {
  return node.type === "Trait" || node.type === "Includes"
    ? text
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function groupText(
  { type, children }: AndSegmentNode | OrSegmentNode,
  nodes: readonly SegmentNode[],
): string {
  const found = children.flatMap((child) =>
    nodes.filter(({ id }) => id === child),
  );
  const [first] = found;
  const isPlain = found.every((node) => !isGroup(node));
  return first !== undefined && isPlain && found.length <= SPELLED_OUT
    ? sentence(
        found.map(segmentNodeText).join(type === "And" ? " and " : " or "),
        first,
      )
    : `${type === "And" ? "All" : "Any"} of ${formatQuantity(children.length, "condition")}`;
}

/** Who is in the segment. And and Or of a few plain conditions name them all. */
export function summarizeSegment(definition: unknown): string {
  return summarize(SegmentDefinition, definition, ({ entryNode, nodes }) =>
    isGroup(entryNode)
      ? groupText(entryNode, nodes)
      : sentence(segmentNodeText(entryNode), entryNode),
  );
}

/** What starts the journey, and how long it is. `segmentName` finds the name of a segment of the workspace. */
export function summarizeJourney(
  definition: unknown,
  segmentName: (id: string) => string | undefined,
): string {
  if (definition === undefined) {
    return "Draft only";
  }
  return summarize(JourneyDefinition, definition, ({ entryNode, nodes }) => {
    const trigger =
      entryNode.type === "EventEntryNode"
        ? `On “${entryNode.event}”`
        : `Enters ${segmentName(entryNode.segment) ?? "a segment"}`;
    return `${trigger}, ${formatQuantity(nodes.length, "step")}`;
  });
}

/** What its receiver sees first. */
export function summarizeTemplate(definition: unknown): string {
  return summarize(MessageTemplateDefinition, definition, (template) => {
    switch (template.type) {
      case "Email":
        return template.subject === "" ? "No subject yet" : template.subject;
      case "Sms":
        return template.body;
      case "MobilePush":
        return template.title ?? template.body ?? "No text yet";
      case "Webhook":
        return "HTTP request";
    }
  });
}
