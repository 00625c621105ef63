import { describe, expect, test } from "vitest";

import { explainErrors } from "./resultHandling/schemaValidation";
import {
  segmentReferences,
  validateSegmentDefinition,
} from "./segmentDefinition";
import { SegmentDefinition, type SegmentNode } from "./types";

const exists = { type: "Exists" } as const;
const trait = (id: string) =>
  ({ type: "Trait", id, path: "plan", operator: exists }) as const;

function faultsOf(definition: SegmentDefinition): string[] {
  return validateSegmentDefinition(definition).match(
    () => [],
    ({ errors }) => errors.map(({ field, message }) => `${field}: ${message}`),
  );
}

describe("validateSegmentDefinition", () => {
  test("gives back a tree of conditions as it is", () => {
    const definition: SegmentDefinition = {
      entryNode: { type: "And", id: "0", children: ["1", "2"] },
      nodes: [
        { type: "Or", id: "1", children: ["3", "4"] },
        trait("2"),
        trait("3"),
        { type: "Performed", id: "4", event: "Bought*", times: 2 },
      ],
    };
    expect(validateSegmentDefinition(definition)._unsafeUnwrap()).toBe(
      definition,
    );
  });

  test("takes each entry node that stands alone", () => {
    const entries: SegmentNode[] = [
      { type: "Everyone", id: "0" },
      { type: "Manual", id: "0", version: 1 },
      { type: "KeyedPerformed", id: "0", event: "Bought", key: "orderId" },
      trait("0"),
    ];
    expect(
      entries.map((entryNode) => faultsOf({ entryNode, nodes: [] })),
    ).toEqual([[], [], [], []]);
  });

  test("names children that do not exist, by their place", () => {
    expect(
      faultsOf({
        entryNode: { type: "And", id: "0", children: ["1", "9"] },
        nodes: [{ type: "Or", id: "1", children: ["8"] }],
      }),
    ).toEqual([
      'definition/entryNode/children/1: there is no node with the id "9"',
      'definition/nodes/0/children/0: there is no node with the id "8"',
    ]);
  });

  test("names ids used twice, the entry node's too", () => {
    expect(
      faultsOf({
        entryNode: { type: "And", id: "0", children: ["1"] },
        nodes: [trait("1"), trait("1"), trait("0")],
      }),
    ).toContain(
      'definition/nodes/1/id: the id "1" belongs to another node already',
    );
    expect(faultsOf({ entryNode: trait("0"), nodes: [trait("0")] })).toEqual([
      'definition/nodes/0/id: the id "0" belongs to another node already',
    ]);
  });

  test("names circles, back to the entry node too", () => {
    expect(
      faultsOf({
        entryNode: { type: "And", id: "0", children: ["1"] },
        nodes: [{ type: "Or", id: "1", children: ["0"] }],
      }),
    ).toEqual([
      'definition/nodes/0/children/0: leads in a circle, back to the node "0"',
    ]);
  });

  test("names nodes that nothing leads to", () => {
    expect(
      faultsOf({
        entryNode: { type: "Everyone", id: "0" },
        nodes: [trait("1")],
      }),
    ).toEqual(['definition/nodes/0: nothing leads to the node "1"']);
  });

  test("names places below the field that it is told", () => {
    const result = validateSegmentDefinition(
      { entryNode: { type: "Or", id: "0", children: ["1"] }, nodes: [] },
      "body/definition",
    );
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      message:
        'body/definition/entryNode/children/0: there is no node with the id "1"',
    });
  });
});

test("the schema lets Manual, Everyone and KeyedPerformed stand only at the entry", () => {
  const only: SegmentNode[] = [
    { type: "Manual", id: "1", version: 0 },
    { type: "Everyone", id: "1" },
    { type: "KeyedPerformed", id: "1", event: "e", key: "k" },
  ];
  for (const node of only) {
    const inside = explainErrors(SegmentDefinition, {
      entryNode: { type: "And", id: "0", children: ["1"] },
      nodes: [node],
    });
    expect(inside).toHaveLength(1);
    expect(inside[0]?.field).toBe("nodes/0/type");
    expect(
      explainErrors(SegmentDefinition, { entryNode: node, nodes: [] }),
    ).toEqual([]);
  }
});

test("segmentReferences names the resources of a definition, those chosen", () => {
  expect(
    segmentReferences({
      entryNode: { type: "And", id: "0", children: ["1", "2", "3", "4"] },
      nodes: [
        { type: "Email", id: "1", event: "DFEmailOpened", templateId: "t" },
        {
          type: "SubscriptionGroup",
          id: "2",
          subscriptionGroupId: "g",
          subscriptionGroupType: "OptIn",
        },
        {
          type: "SubscriptionGroupUnsubscribed",
          id: "3",
          subscriptionGroupId: "h",
        },
        { type: "Email", id: "4", event: "DFEmailOpened", templateId: "" },
      ],
    }),
  ).toEqual([
    {
      resource: "MessageTemplate",
      id: "t",
      field: "definition/nodes/0/templateId",
    },
    {
      resource: "SubscriptionGroup",
      id: "g",
      field: "definition/nodes/1/subscriptionGroupId",
    },
    {
      resource: "SubscriptionGroup",
      id: "h",
      field: "definition/nodes/2/subscriptionGroupId",
    },
  ]);
});
