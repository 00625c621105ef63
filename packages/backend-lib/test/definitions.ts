// Small, valid definitions for tests of resources. Owns no rows.

import {
  type JourneyBodyNode,
  type JourneyDefinition,
  type MessageTemplateDefinition,
  type SegmentDefinition,
} from "isomorphic-lib/src/types";

/** Users whose trait has the value. */
export function traitSegment(value = "pro", path = "plan"): SegmentDefinition {
  return {
    entryNode: {
      type: "Trait",
      id: "entry",
      path,
      operator: { type: "Equals", value },
    },
    nodes: [],
  };
}

export const manualSegment = (version = 1): SegmentDefinition => ({
  entryNode: { type: "Manual", id: "entry", version },
  nodes: [],
});

export const keyedSegment = (): SegmentDefinition => ({
  entryNode: { type: "KeyedPerformed", id: "entry", event: "Paid", key: "id" },
  nodes: [],
});

/** Entered by joining the segment; the nodes follow each other as given. */
export function segmentJourney(
  segmentId: string,
  nodes: JourneyBodyNode[] = [],
): JourneyDefinition {
  return {
    entryNode: {
      type: "EntryNode",
      segment: segmentId,
      child: nodes[0]?.id ?? "ExitNode",
    },
    exitNode: { type: "ExitNode" },
    nodes,
  };
}

export function eventJourney(
  nodes: JourneyBodyNode[] = [],
  key?: string,
): JourneyDefinition {
  return {
    entryNode: {
      type: "EventEntryNode",
      event: "Paid",
      ...(key === undefined ? {} : { key }),
      child: nodes[0]?.id ?? "ExitNode",
    },
    exitNode: { type: "ExitNode" },
    nodes,
  };
}

export function emailNode(
  templateId: string,
  subscriptionGroupId?: string,
): JourneyBodyNode {
  return {
    type: "MessageNode",
    id: "email",
    child: "ExitNode",
    ...(subscriptionGroupId === undefined ? {} : { subscriptionGroupId }),
    variant: { type: "Email", templateId },
  };
}

export function emailTemplate(
  subject = "Hello",
  identifierKey?: string,
): MessageTemplateDefinition {
  return {
    type: "Email",
    from: "hello@example.com",
    subject,
    body: "<mjml></mjml>",
    ...(identifierKey === undefined ? {} : { identifierKey }),
  };
}

export const smsTemplate = (
  identifierKey?: string,
): MessageTemplateDefinition => ({
  type: "Sms",
  body: "Hello",
  ...(identifierKey === undefined ? {} : { identifierKey }),
});
