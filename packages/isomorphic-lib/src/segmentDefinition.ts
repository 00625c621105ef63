/**
 * What the schema of a segment's definition cannot say: that its nodes form one tree or at least no circle, without
 * loose ends. Whether the resources it names exist is for the service, which asks `segmentReferences` for them.
 */
import { err, ok, type Result } from "neverthrow";

import {
  findGraphFaults,
  type GraphNode,
  type ResourceReference,
  toInvalidDefinition,
} from "./definitionGraph";
import type { InvalidDefinition } from "./types/apiError";
import type { SegmentDefinition, SegmentNode } from "./types/segment";

interface PlacedNode {
  readonly node: SegmentNode;
  readonly field: string;
}

function placedNodes(
  definition: SegmentDefinition,
  field: string,
): PlacedNode[] {
  return [
    { node: definition.entryNode, field: `${field}/entryNode` },
    ...definition.nodes.map((node, index) => ({
      node,
      field: `${field}/nodes/${index}`,
    })),
  ];
}

function toGraphNode({ node, field }: PlacedNode): GraphNode {
  const children =
    node.type === "And" || node.type === "Or" ? node.children : [];
  return {
    id: node.id,
    field,
    children: children.map((id, index) => ({
      id,
      field: `${field}/children/${index}`,
    })),
  };
}

/** The definition itself when every child exists, ids are used once, no node stands below itself and every node is
 *  reached from the entry node. Err `InvalidDefinition` names each place below `field`. That Everyone, Manual and
 *  KeyedPerformed stand only at the entry is for the schema, which comes first. */
export function validateSegmentDefinition(
  definition: SegmentDefinition,
  field = "definition",
): Result<SegmentDefinition, InvalidDefinition> {
  const invalid = toInvalidDefinition(
    findGraphFaults({
      entry: [{ id: definition.entryNode.id, field: `${field}/entryNode` }],
      nodes: placedNodes(definition, field).map(toGraphNode),
      allReachable: true,
    }),
  );
  return invalid === null ? ok(definition) : err(invalid);
}

function referencesOf({ node, field }: PlacedNode): ResourceReference[] {
  switch (node.type) {
    case "Email":
      return [
        {
          resource: "MessageTemplate",
          id: node.templateId,
          field: `${field}/templateId`,
        },
      ];
    case "SubscriptionGroup":
    case "SubscriptionGroupUnsubscribed":
      return [
        {
          resource: "SubscriptionGroup",
          id: node.subscriptionGroupId,
          field: `${field}/subscriptionGroupId`,
        },
      ];
    default:
      return [];
  }
}

/** The resources that the definition names, each with its place; what is not chosen yet (empty) is left out. */
export function segmentReferences(
  definition: SegmentDefinition,
  field = "definition",
): ResourceReference[] {
  return placedNodes(definition, field)
    .flatMap(referencesOf)
    .filter(({ id }) => id !== "");
}
