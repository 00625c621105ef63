/**
 * What the schema of a journey's definition cannot say: that its nodes lead somewhere. Whether it could run is decided
 * in `journeyConstraints.ts`; whether the resources it names exist, by the service, which asks `journeyReferences`.
 */
import { err, ok, type Result } from "neverthrow";

import { JOURNEY_EXIT_NODE_ID } from "./constants";
import {
  findGraphFaults,
  type GraphNode,
  type GraphReference,
  type ResourceReference,
  toInvalidDefinition,
} from "./definitionGraph";
import { assertUnreachable } from "./typeAssertions";
import type { InvalidDefinition } from "./types/apiError";
import type { JourneyBodyNode, JourneyDefinition } from "./types/journey";

function childrenOf(node: JourneyBodyNode, field: string): GraphReference[] {
  switch (node.type) {
    case "DelayNode":
    case "MessageNode":
      return [{ id: node.child, field: `${field}/child` }];
    case "SegmentSplitNode":
      return [
        { id: node.variant.trueChild, field: `${field}/variant/trueChild` },
        { id: node.variant.falseChild, field: `${field}/variant/falseChild` },
      ];
    case "RandomCohortNode":
      return node.children.map(({ id }, index) => ({
        id,
        field: `${field}/children/${index}/id`,
      }));
    case "WaitForNode":
      return [
        { id: node.timeoutChild, field: `${field}/timeoutChild` },
        ...node.segmentChildren.map(({ id }, index) => ({
          id,
          field: `${field}/segmentChildren/${index}/id`,
        })),
      ];
    case "RateLimitNode":
      return [];
    default:
      return assertUnreachable(node, "journey node");
  }
}

const isNotExit = ({ id }: GraphReference) => id !== JOURNEY_EXIT_NODE_ID;

/** The definition itself when every child is a node or `ExitNode`, ids are used once (and none is `ExitNode`), and no
 *  user could go in a circle. Nodes that nothing leads to are let be. Err `InvalidDefinition` names each place below
 *  `field`. */
export function validateJourneyDefinition(
  definition: JourneyDefinition,
  field = "definition",
): Result<JourneyDefinition, InvalidDefinition> {
  const nodes = definition.nodes.map((node, index): GraphNode => {
    const place = `${field}/nodes/${index}`;
    return {
      id: node.id,
      field: place,
      children: childrenOf(node, place).filter(isNotExit),
    };
  });
  const entry = [
    { id: definition.entryNode.child, field: `${field}/entryNode/child` },
  ].filter(isNotExit);
  const reserved = nodes
    .filter((node) => !isNotExit(node))
    .map((node) => ({
      field: `${node.field}/id`,
      message: `${JOURNEY_EXIT_NODE_ID} is the name of the journey's exit`,
    }));
  const invalid = toInvalidDefinition([
    ...reserved,
    ...findGraphFaults({ entry, nodes, allReachable: false }),
  ]);
  return invalid === null ? ok(definition) : err(invalid);
}

function nodeReferences(
  node: JourneyBodyNode,
  field: string,
): ResourceReference[] {
  switch (node.type) {
    case "SegmentSplitNode":
      return [
        {
          resource: "Segment",
          id: node.variant.segment,
          field: `${field}/variant/segment`,
        },
      ];
    case "WaitForNode":
      return node.segmentChildren.map(({ segmentId }, index) => ({
        resource: "Segment",
        id: segmentId,
        field: `${field}/segmentChildren/${index}/segmentId`,
      }));
    case "MessageNode":
      return [
        {
          resource: "MessageTemplate",
          id: node.variant.templateId,
          field: `${field}/variant/templateId`,
        },
        {
          resource: "SubscriptionGroup",
          id: node.subscriptionGroupId ?? "",
          field: `${field}/subscriptionGroupId`,
        },
      ];
    default:
      return [];
  }
}

/** The places where the definition names a resource, those with nothing chosen yet (an empty id) too. */
export function journeyReferencePlaces(
  definition: JourneyDefinition,
  field = "definition",
): ResourceReference[] {
  const { entryNode, nodes } = definition;
  return [
    ...(entryNode.type === "EntryNode"
      ? [
          {
            resource: "Segment" as const,
            id: entryNode.segment,
            field: `${field}/entryNode/segment`,
          },
        ]
      : []),
    ...nodes.flatMap((node, index) =>
      nodeReferences(node, `${field}/nodes/${index}`),
    ),
  ];
}

/** The resources that the definition names, each with its place; what is not chosen yet (empty) is left out. */
export function journeyReferences(
  definition: JourneyDefinition,
  field = "definition",
): ResourceReference[] {
  return journeyReferencePlaces(definition, field).filter(
    ({ id }) => id !== "",
  );
}
