import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MAX_FIELD_ERRORS } from "./constants";
import {
  findGraphFaults,
  type GraphNode,
  toInvalidDefinition,
} from "./definitionGraph";

/** A graph written as `{ a: ["b"] }`, entered at its first node; ids are their fields. */
function graph(
  shape: Record<string, readonly string[]>,
  entry = Object.keys(shape).slice(0, 1),
) {
  return {
    entry: entry.map((id) => ({ id, field: "entry" })),
    nodes: Object.entries(shape).map(([id, children]): GraphNode => ({
      id,
      field: id,
      children: children.map((child) => ({
        id: child,
        field: `${id}>${child}`,
      })),
    })),
    allReachable: true,
  };
}

function faults(...input: Parameters<typeof graph>): string[] {
  return findGraphFaults(graph(...input)).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe("findGraphFaults", () => {
  test("finds nothing in a tree, nor when branches meet again", () => {
    expect(faults({ a: ["b", "c"], b: [], c: [] })).toEqual([]);
    expect(faults({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] })).toEqual([]);
    expect(faults({})).toEqual([]);
  });

  test("names an id that is used twice", () => {
    const { entry, nodes } = graph({ a: [] });
    expect(
      findGraphFaults({
        entry,
        nodes: [...nodes, { id: "a", field: "other", children: [] }],
        allReachable: true,
      }),
    ).toEqual([
      {
        field: "other/id",
        message: 'the id "a" belongs to another node already',
      },
    ]);
  });

  test("names a child and an entry that do not exist", () => {
    expect(faults({ a: ["b"] })).toEqual([
      'a>b: there is no node with the id "b"',
    ]);
    expect(faults({}, ["x"])).toEqual([
      'entry: there is no node with the id "x"',
    ]);
  });

  test("names the reference that closes a circle, wherever the circle is", () => {
    expect(faults({ a: ["a"] })).toEqual([
      'a>a: leads in a circle, back to the node "a"',
    ]);
    expect(faults({ a: ["b"], b: ["c"], c: ["b"] })).toEqual([
      'c>b: leads in a circle, back to the node "b"',
    ]);
    const apart = findGraphFaults({
      ...graph({ a: [], b: ["c"], c: ["b"] }),
      allReachable: false,
    });
    expect(apart.map(({ field }) => field)).toEqual(["c>b"]);
  });

  test("names nodes that nothing leads to, where that matters", () => {
    const loose = { a: [], b: ["c"], c: [] };
    expect(faults(loose)).toEqual([
      'b: nothing leads to the node "b"',
      'c: nothing leads to the node "c"',
    ]);
    expect(findGraphFaults({ ...graph(loose), allReachable: false })).toEqual(
      [],
    );
  });

  test("follows a chain of any length without overflowing the stack", () => {
    const length = 200_000;
    const ids = Array.from({ length }, (_, index) => String(index));
    const nodes = ids.map((id, index) => ({
      id,
      field: id,
      children: [{ id: String((index + 1) % length), field: `${id}>` }],
    }));
    expect(
      findGraphFaults({
        entry: [{ id: "0", field: "entry" }],
        nodes,
        allReachable: true,
      }).map(({ field }) => field),
    ).toEqual([`${length - 1}>`]);
  });

  test("finds a circle exactly when the nodes cannot be put in order", () => {
    const shape = fc.array(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), {
      minLength: 7,
      maxLength: 7,
    });
    fc.assert(
      fc.property(shape, (children) => {
        // The oracle takes away nodes without children until none is left, or only circles are.
        let left = new Set(children.keys());
        for (let size = -1; size !== left.size;) {
          size = left.size;
          const before = left;
          left = new Set(
            [...left].filter((node) =>
              children[node]?.some((child) => before.has(child)),
            ),
          );
        }
        const found = findGraphFaults({
          entry: [],
          nodes: children.map((list, index) => ({
            id: String(index),
            field: "",
            children: list.map((child) => ({ id: String(child), field: "" })),
          })),
          allReachable: false,
        });
        expect(found.length > 0).toBe(left.size > 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("toInvalidDefinition", () => {
  test("is nothing without a fault", () => {
    expect(toInvalidDefinition([])).toBeNull();
  });

  test("says the first fault and carries the first twenty", () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      field: `nodes/${index}`,
      message: "bad",
    }));
    expect(toInvalidDefinition(many)).toEqual({
      type: "InvalidDefinition",
      message: "nodes/0: bad",
      errors: many.slice(0, MAX_FIELD_ERRORS),
    });
  });
});
