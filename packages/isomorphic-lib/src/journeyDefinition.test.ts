import { describe, expect, test } from "vitest";

import { WELCOME_JOURNEY } from "../test/journeys";
import {
  journeyReferences,
  validateJourneyDefinition,
} from "./journeyDefinition";
import { explainErrors } from "./resultHandling/schemaValidation";
import { type JourneyBodyNode, JourneyDefinition } from "./types";

function journey(child: string, nodes: JourneyBodyNode[]): JourneyDefinition {
  return {
    entryNode: { type: "EventEntryNode", event: "Signed Up", child },
    exitNode: { type: "ExitNode" },
    nodes,
  };
}

function faultsOf(definition: JourneyDefinition): string[] {
  return validateJourneyDefinition(definition).match(
    () => [],
    ({ errors }) => errors.map(({ field, message }) => `${field}: ${message}`),
  );
}

const message = (id: string, child: string): JourneyBodyNode => ({
  type: "MessageNode",
  id,
  child,
  variant: { type: "Sms", templateId: "t" },
});

describe("validateJourneyDefinition", () => {
  test("gives back a journey of every kind of node as it is", () => {
    expect(explainErrors(JourneyDefinition, WELCOME_JOURNEY)).toEqual([]);
    expect(validateJourneyDefinition(WELCOME_JOURNEY)._unsafeUnwrap()).toBe(
      WELCOME_JOURNEY,
    );
  });

  test("takes a journey that leads straight to its exit", () => {
    expect(faultsOf(journey("ExitNode", []))).toEqual([]);
  });

  test("names every kind of child that does not exist, by its place", () => {
    const nodes: JourneyBodyNode[] = [
      {
        type: "WaitForNode",
        id: "1",
        timeoutSeconds: 1,
        timeoutChild: "a",
        segmentChildren: [{ id: "b", segmentId: "s" }],
      },
      {
        type: "SegmentSplitNode",
        id: "2",
        variant: {
          type: "Boolean",
          segment: "s",
          trueChild: "c",
          falseChild: "d",
        },
      },
      {
        type: "RandomCohortNode",
        id: "3",
        children: [{ id: "e", percent: 1, name: "" }],
      },
      {
        type: "DelayNode",
        id: "4",
        child: "f",
        variant: { type: "Second", seconds: 1 },
      },
      message("5", "g"),
    ];
    expect(faultsOf(journey("h", nodes))).toEqual(
      [
        ["entryNode/child", "h"],
        ["nodes/0/timeoutChild", "a"],
        ["nodes/0/segmentChildren/0/id", "b"],
        ["nodes/1/variant/trueChild", "c"],
        ["nodes/1/variant/falseChild", "d"],
        ["nodes/2/children/0/id", "e"],
        ["nodes/3/child", "f"],
        ["nodes/4/child", "g"],
      ].map(
        ([field, id]) =>
          `definition/${String(field)}: there is no node with the id "${String(id)}"`,
      ),
    );
  });

  test("names ids used twice, and the exit's name on a node", () => {
    expect(
      faultsOf(
        journey("1", [message("1", "ExitNode"), message("1", "ExitNode")]),
      ),
    ).toEqual([
      'definition/nodes/1/id: the id "1" belongs to another node already',
    ]);
    expect(
      faultsOf(journey("ExitNode", [message("ExitNode", "ExitNode")])),
    ).toEqual([
      "definition/nodes/0/id: ExitNode is the name of the journey's exit",
    ]);
  });

  test("names circles: nobody may be messaged for ever", () => {
    expect(
      faultsOf(journey("1", [message("1", "2"), message("2", "1")])),
    ).toEqual([
      'definition/nodes/1/child: leads in a circle, back to the node "1"',
    ]);
  });

  test("lets nodes be that nothing leads to", () => {
    expect(faultsOf(journey("ExitNode", [message("1", "ExitNode")]))).toEqual(
      [],
    );
  });
});

test("journeyReferences names the resources of a definition, those chosen", () => {
  const references = journeyReferences(WELCOME_JOURNEY).map(
    ({ resource, id, field }) => `${field}: ${resource} ${id}`,
  );
  expect(references).toEqual([
    "definition/entryNode/segment: Segment new-users",
    "definition/nodes/0/segmentChildren/0/segmentId: Segment buyers",
    "definition/nodes/2/variant/segment: Segment subscribers",
    "definition/nodes/4/variant/templateId: MessageTemplate welcome",
    "definition/nodes/4/subscriptionGroupId: SubscriptionGroup news",
  ]);
  expect(
    journeyReferences(journey("1", [message("1", "ExitNode")]), "draft"),
  ).toEqual([
    {
      resource: "MessageTemplate",
      id: "t",
      field: "draft/nodes/0/variant/templateId",
    },
  ]);
});
