// Who of the demo's users belongs to a segment, by its definition. Owns the conditions that the demo's segments use, no
// more: computing segments of live workspaces is a job of its own.

import {
  type PerformedSegmentNode,
  type SegmentDefinition,
  type SegmentNode,
  type SegmentOperator,
} from "isomorphic-lib/src/types";

import { type DemoUser } from "./activity";
import { SECOND_MS } from "./demoWorkspace";

function notComputed(what: string): never {
  throw new Error(`The demo's segments do not use ${what}.`);
}

function holdsFor(
  value: unknown,
  operator: SegmentOperator,
  now: Date,
): boolean {
  switch (operator.type) {
    case "Equals":
      return value === operator.value;
    case "Exists":
      return value !== undefined && value !== null;
    case "Within": {
      const at = typeof value === "string" ? Date.parse(value) : NaN;
      return at >= now.getTime() - operator.windowSeconds * SECOND_MS;
    }
    default:
      return notComputed(operator.type);
  }
}

function hasPerformed(
  node: PerformedSegmentNode,
  user: DemoUser,
  now: Date,
): boolean {
  const { event, times = 1, timesOperator = ">=", withinSeconds } = node;
  const since =
    node.timeOperator === undefined || withinSeconds === undefined
      ? -Infinity
      : now.getTime() - withinSeconds * SECOND_MS;
  const count = user.events.filter(
    (each) =>
      each.eventType === "track" && each.event === event && each.at >= since,
  ).length;
  switch (timesOperator) {
    case ">=":
      return count >= times;
    case "<":
      return count < times;
    case "=":
      return count === times;
  }
}

/** Whether the user belongs to the segment as of `now`. Throws for conditions that no segment of the demo has. */
export function belongs(
  { entryNode, nodes }: SegmentDefinition,
  user: DemoUser,
  now: Date,
): boolean {
  const byId = new Map<string, SegmentNode>(
    nodes.map((node) => [node.id, node]),
  );
  const child = (id: string) => byId.get(id) ?? notComputed(`the node ${id}`);
  const holds = (node: SegmentNode): boolean => {
    switch (node.type) {
      case "And":
        return node.children.map(child).every(holds);
      case "Or":
        return node.children.map(child).some(holds);
      case "Trait":
        return holdsFor(user.traits[node.path], node.operator, now);
      case "Performed":
        return hasPerformed(node, user, now);
      default:
        return notComputed(node.type);
    }
  };
  return holds(entryNode);
}
