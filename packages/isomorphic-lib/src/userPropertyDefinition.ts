/**
 * What the schema of a user property's definition cannot say: that the nodes of a group have ids and lead from its
 * entry to values.
 */
import { err, ok, type Result } from "neverthrow";

import {
  findGraphFaults,
  type GraphNode,
  toInvalidDefinition,
} from "./definitionGraph";
import type { FieldError, InvalidDefinition } from "./types/apiError";
import type {
  GroupUserProperty,
  GroupUserPropertyNode,
  UserPropertyDefinition,
} from "./types/userProperty";

function toGraphNodes(node: GroupUserPropertyNode, field: string): GraphNode[] {
  if (node.id === undefined) {
    return [];
  }
  const children = node.type === "AnyOf" ? node.children : [];
  return [
    {
      id: node.id,
      field,
      children: children.map((id, index) => ({
        id,
        field: `${field}/children/${index}`,
      })),
    },
  ];
}

function groupFaults(group: GroupUserProperty, field: string): FieldError[] {
  const placed = group.nodes.map((node, index) => ({
    node,
    field: `${field}/nodes/${index}`,
  }));
  return [
    ...placed
      .filter(({ node }) => node.id === undefined)
      .map((place) => ({
        field: `${place.field}/id`,
        message: "required in a group",
      })),
    ...findGraphFaults({
      entry: [{ id: group.entry, field: `${field}/entry` }],
      nodes: placed.flatMap((place) => toGraphNodes(place.node, place.field)),
      allReachable: false,
    }),
  ];
}

/** The definition itself; of a group only when its nodes have ids, used once, entry and children exist and nothing
 *  leads in a circle. Err `InvalidDefinition` names each place below `field`. */
export function validateUserPropertyDefinition(
  definition: UserPropertyDefinition,
  field = "definition",
): Result<UserPropertyDefinition, InvalidDefinition> {
  const invalid = toInvalidDefinition(
    definition.type === "Group" ? groupFaults(definition, field) : [],
  );
  return invalid === null ? ok(definition) : err(invalid);
}
