import { describe, expect, test } from "vitest";

import { DEFAULT_USER_PROPERTIES } from "./defaultUserProperties";
import { parseJson } from "./jsonSafety";
import { explainErrors } from "./resultHandling/schemaValidation";
import { type GroupUserPropertyNode, UserPropertyDefinition } from "./types";
import { validateUserPropertyDefinition } from "./userPropertyDefinition";

function faultsOf(entry: string, nodes: GroupUserPropertyNode[]): string[] {
  return validateUserPropertyDefinition({ type: "Group", entry, nodes }).match(
    () => [],
    ({ errors }) => errors.map(({ field, message }) => `${field}: ${message}`),
  );
}

describe("validateUserPropertyDefinition", () => {
  test("takes what is no group as it is", () => {
    const definition: UserPropertyDefinition = { type: "Trait", path: "plan" };
    expect(validateUserPropertyDefinition(definition)._unsafeUnwrap()).toBe(
      definition,
    );
  });

  test("takes a group that leads from its entry to values", () => {
    expect(
      faultsOf("any", [
        { type: "AnyOf", id: "any", children: ["a", "b"] },
        { type: "Trait", id: "a", path: "phone" },
        { type: "Performed", id: "b", event: "Called", path: "number" },
      ]),
    ).toEqual([]);
  });

  test("names nodes without an id, and an entry and children that do not exist", () => {
    expect(
      faultsOf("x", [
        { type: "Trait", path: "phone" },
        { type: "AnyOf", id: "any", children: ["y"] },
      ]),
    ).toEqual([
      "definition/nodes/0/id: required in a group",
      'definition/entry: there is no node with the id "x"',
      'definition/nodes/1/children/0: there is no node with the id "y"',
    ]);
  });

  test("names circles and ids used twice", () => {
    expect(
      faultsOf("a", [
        { type: "AnyOf", id: "a", children: ["a"] },
        { type: "File", id: "b", name: "cv.pdf" },
        { type: "File", id: "b", name: "cv.doc" },
      ]),
    ).toEqual([
      'definition/nodes/2/id: the id "b" belongs to another node already',
      'definition/nodes/0/children/0: leads in a circle, back to the node "a"',
    ]);
  });
});

test("the properties of a new workspace are well-formed, and their examples JSON", () => {
  expect(DEFAULT_USER_PROPERTIES.map(({ name }) => name)).toEqual([
    "id",
    "anonymousId",
    "email",
    "phone",
    "deviceToken",
    "firstName",
    "lastName",
    "language",
    "accountManager",
    "latLon",
    "timezone",
  ]);
  for (const { definition, exampleValue } of DEFAULT_USER_PROPERTIES) {
    expect(explainErrors(UserPropertyDefinition, definition)).toEqual([]);
    expect(parseJson(exampleValue).isOk()).toBe(true);
  }
});
