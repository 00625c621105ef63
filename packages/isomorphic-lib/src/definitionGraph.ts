/**
 * What the definitions of segments, journeys and user properties have in common: nodes that name each other by id.
 * Finds references to nobody, ids used twice, circles, and nodes that nothing leads to. Knows nothing of the nodes'
 * own meaning. Never recurses, so a definition may be as long as its schema lets it.
 */
import { MAX_FIELD_ERRORS } from "./constants";
import { fieldErrorText } from "./fieldPath";
import type { FieldError, InvalidDefinition } from "./types/apiError";

/** A reference, and the field that holds it. */
export interface GraphReference {
  readonly field: string;
  readonly id: string;
}

export interface GraphNode {
  readonly id: string;
  /** Where the node is, such as `definition/nodes/3`. */
  readonly field: string;
  readonly children: readonly GraphReference[];
}

type NodesById = ReadonlyMap<string, GraphNode>;

/** A resource of the workspace that a definition names. */
export interface ResourceReference extends GraphReference {
  readonly resource: "Segment" | "MessageTemplate" | "SubscriptionGroup";
}

function duplicateIds(nodes: readonly GraphNode[]): FieldError[] {
  const seen = new Set<string>();
  return nodes.flatMap(({ id, field }) => {
    const isDuplicate = seen.has(id);
    seen.add(id);
    return isDuplicate
      ? [
          {
            field: `${field}/id`,
            message: `the id ${JSON.stringify(id)} belongs to another node already`,
          },
        ]
      : [];
  });
}

function unknownChildren(
  references: readonly GraphReference[],
  byId: NodesById,
): FieldError[] {
  return references
    .filter(({ id }) => !byId.has(id))
    .map(({ id, field }) => ({
      field,
      message: `there is no node with the id ${JSON.stringify(id)}`,
    }));
}

/** Walks from `start`, adds what it meets to `done`, and gives the references that close a circle. */
function circlesFrom(
  start: GraphNode,
  byId: NodesById,
  done: Set<string>,
): GraphReference[] {
  const circles: GraphReference[] = [];
  const stack = [{ node: start, next: 0 }];
  const onStack = new Set([start.id]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = top.node.children[top.next];
    top.next += 1;
    const node = child === undefined ? undefined : byId.get(child.id);
    if (child === undefined) {
      stack.pop();
      onStack.delete(top.node.id);
      done.add(top.node.id);
    } else if (onStack.has(child.id)) {
      circles.push(child);
    } else if (node !== undefined && !done.has(node.id)) {
      stack.push({ node, next: 0 });
      onStack.add(node.id);
    }
  }
  return circles;
}

/** Every fault of the graph. `entry` are the references it is entered by; with `allReachable` a node that cannot be
 *  reached from there is a fault too. */
export function findGraphFaults({
  entry,
  nodes,
  allReachable,
}: {
  entry: readonly GraphReference[];
  nodes: readonly GraphNode[];
  allReachable: boolean;
}): FieldError[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visited = new Set<string>();
  const starts = entry.flatMap(({ id }) => byId.get(id) ?? []);
  const reached = starts.flatMap((node) =>
    visited.has(node.id) ? [] : circlesFrom(node, byId, visited),
  );
  const unreachable = nodes.filter(({ id }) => !visited.has(id));
  // Circles among nodes that nothing leads to are circles all the same.
  const apart = unreachable.flatMap((node) =>
    visited.has(node.id) ? [] : circlesFrom(node, byId, visited),
  );
  return [
    ...duplicateIds(nodes),
    ...unknownChildren(
      [...entry, ...nodes.flatMap(({ children }) => children)],
      byId,
    ),
    ...[...reached, ...apart].map(({ id, field }) => ({
      field,
      message: `leads in a circle, back to the node ${JSON.stringify(id)}`,
    })),
    ...(allReachable ? unreachable : []).map(({ id, field }) => ({
      field,
      message: `nothing leads to the node ${JSON.stringify(id)}`,
    })),
  ];
}

/** The error that carries the faults, the first MAX_FIELD_ERRORS of them; null when there is none. */
export function toInvalidDefinition(
  faults: readonly FieldError[],
): InvalidDefinition | null {
  const [first] = faults;
  return first === undefined
    ? null
    : {
        type: "InvalidDefinition",
        message: fieldErrorText(first),
        errors: faults.slice(0, MAX_FIELD_ERRORS),
      };
}
