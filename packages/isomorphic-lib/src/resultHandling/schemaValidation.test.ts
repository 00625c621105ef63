import { type TSchema, Type } from "@sinclair/typebox";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { almostFitting, fitting } from "../../test/schemaArbitrary";
import { MAX_FIELD_ERRORS, MAX_JSON_DEPTH } from "../constants";
import { findUnsafeJson } from "../jsonSafety";
import {
  BatchAppData,
  CreatePermissionRequest,
  GetEventsRequest,
  IdentifyData,
  LowCodeNode,
  UpsertJourneyResource,
  UpsertMessageTemplateResource,
  UpsertSegmentResource,
  UpsertSubscriptionGroupAssignmentsRequest,
  UpsertUserPropertyResource,
  WebhookSecret,
} from "../types";
import {
  compileSchema,
  explainErrors,
  schemaValidate,
} from "./schemaValidation";

/** The faults as `field: message` lines. */
function faults(schema: TSchema, value: unknown): string[] {
  return explainErrors(schema, value).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

const trait = { type: "Trait", id: "1", path: "plan" };
function segment(operator: unknown): unknown {
  return {
    name: "s",
    definition: {
      entryNode: { type: "And", id: "0", children: ["1"] },
      nodes: [{ ...trait, operator }],
    },
  };
}

describe("explainErrors", () => {
  test("says nothing of a value that fits", () => {
    expect(
      faults(UpsertSegmentResource, segment({ type: "Equals", value: 5 })),
    ).toEqual([]);
  });

  test("names an item that is there twice", () => {
    const schema = Type.Array(Type.Integer(), { uniqueItems: true });
    expect(faults(schema, [80, 95, 80])).toEqual(["2: is there twice"]);
  });

  test("names a missing field", () => {
    expect(faults(UpsertSegmentResource, {})).toEqual(["name: required"]);
  });

  test("names the place and both types of a deep mismatch", () => {
    expect(
      faults(UpsertSegmentResource, segment({ type: "Equals", value: true })),
    ).toEqual([
      "definition/nodes/0/operator/value: expected string or number, got boolean",
    ]);
  });

  test("descends into the branch that `type` names, and into no other", () => {
    expect(faults(UpsertSegmentResource, segment({ type: "Within" }))).toEqual([
      "definition/nodes/0/operator/windowSeconds: required",
    ]);
  });

  test("lists the types there are when `type` is none of them, or missing", () => {
    const operators =
      "Equals, NotEquals, Exists, NotExists, GreaterThanOrEqual, LessThan, Within, HasBeen, AbsoluteTimestamp";
    const field = "definition/nodes/0/operator/type";
    expect(
      faults(UpsertSegmentResource, segment({ type: "Like", value: 1 })),
    ).toEqual([`${field}: expected one of ${operators}, got "Like"`]);
    expect(faults(UpsertSegmentResource, segment({}))).toEqual([
      `${field}: required, expected one of ${operators}`,
    ]);
  });

  test("names every bad field", () => {
    expect(
      faults(UpsertSegmentResource, {
        workspaceId: "workspace-1",
        name: "",
        id: 7,
        status: "Stopped",
        createOnly: "yes",
        resourceType: null,
        definition: [],
      }),
    ).toEqual([
      'workspaceId: expected a UUID, got "workspace-1"',
      "name: expected at least 1 character, got 0",
      "id: expected a UUID, got number",
      "definition: expected object, got array",
      'status: expected one of NotStarted, Running, Paused, got "Stopped"',
      "resourceType: expected one of Declarative, Internal, got null",
      "createOnly: expected boolean, got string",
    ]);
  });

  test("tells twins of one type apart by a second literal", () => {
    const email = { type: "Email", from: "a", subject: "b" };
    const template = (definition: unknown) =>
      faults(UpsertMessageTemplateResource, { name: "t", definition });
    expect(template({ ...email, body: {} })).toEqual([
      "definition/body: expected string, got object",
    ]);
    expect(
      template({ ...email, emailContentsType: "LowCode", body: "<p>" }),
    ).toEqual(["definition/body: expected object, got string"]);
    expect(
      template({ ...email, emailContentsType: "Mjml", body: "<p>" }),
    ).toEqual([
      'definition/emailContentsType: expected one of Code, LowCode, got "Mjml"',
    ]);
  });

  test("descends into recursive documents", () => {
    const body = { type: "doc", content: [{ content: [{ text: 5 }] }] };
    expect(
      faults(UpsertMessageTemplateResource, {
        name: "t",
        draft: {
          type: "Email",
          from: "a",
          subject: "b",
          emailContentsType: "LowCode",
          body,
        },
      }),
    ).toEqual([
      "draft/body/content/0/content/0/text: expected string, got number",
    ]);
  });

  test("names null among what a nullable field may be", () => {
    expect(faults(UpsertJourneyResource, { name: "j", draft: "none" })).toEqual(
      ["draft: expected object or null, got string"],
    );
  });

  test("says once that one of two fields is needed", () => {
    expect(faults(IdentifyData, { messageId: "m" })).toEqual([
      ": required: userId or anonymousId",
    ]);
    expect(faults(IdentifyData, { messageId: "m", userId: 5 })).toEqual([
      "userId: expected string, got number",
    ]);
    expect(
      faults(IdentifyData, { messageId: "m", userId: 5, anonymousId: "a" }),
    ).toEqual(["userId: expected string, got number"]);
  });

  test("names the item of a batch", () => {
    expect(
      faults(BatchAppData, {
        batch: [
          { type: "page", messageId: "1", userId: "u" },
          { type: "track", messageId: "2", userId: "u" },
          { type: "alias", messageId: "3", userId: "u", previousId: "a" },
          { type: "identify", messageId: "4" },
        ],
      }),
    ).toEqual([
      "batch/1/event: required",
      'batch/2/type: expected one of identify, track, page, screen, group, got "alias"',
      "batch/3: required: userId or anonymousId",
    ]);
  });

  test("names keys that may not be", () => {
    expect(
      faults(UpsertSubscriptionGroupAssignmentsRequest, {
        userUpdates: [{ userId: "u", changes: { news: true } }],
      }),
    ).toEqual([
      expect.stringMatching(
        /^userUpdates\/0\/changes\/news: expected a key that matches /,
      ),
    ]);
  });

  test.each<[string, TSchema, unknown, string]>([
    [
      "too small a number",
      Type.Number({ minimum: 1 }),
      0,
      "expected at least 1, got 0",
    ],
    [
      "too large a number",
      Type.Integer({ maximum: 9 }),
      10,
      "expected at most 9, got 10",
    ],
    ["a fraction", Type.Integer(), 1.5, "expected a whole number, got 1.5"],
    [
      "a number that is none",
      Type.Number(),
      Number.NaN,
      "expected a finite number, got NaN",
    ],
    [
      "a text for a number",
      Type.Integer(),
      "5",
      "expected a whole number, got string",
    ],
    [
      "a long text",
      Type.String({ maxLength: 3 }),
      "abcd",
      "expected at most 3 characters, got 4",
    ],
    [
      "a text of the wrong pattern",
      Type.String({ pattern: "^a$" }),
      "b",
      'expected text that matches ^a$, got "b"',
    ],
    [
      "another literal",
      Type.Literal(5),
      "x".repeat(100),
      `expected 5, got "${"x".repeat(60)}…"`,
    ],
    ["a literal of another type", Type.Literal("a"), 7, "expected a, got 7"],
    ["nothing", Type.Null(), undefined, "expected null, got undefined"],
    ["a list for an object", Type.Object({}), [], "expected object, got array"],
    [
      "an object for a list",
      Type.Array(Type.Null()),
      {},
      "expected array, got object",
    ],
    [
      "too short a list",
      Type.Array(Type.Null(), { minItems: 2 }),
      [null],
      "expected at least 2 items, got 1",
    ],
    [
      "too long a list",
      Type.Array(Type.Null(), { maxItems: 1 }),
      [0, 0],
      "expected at most 1 item, got 2",
    ],
    [
      "a scalar for a map",
      Type.Record(Type.String(), Type.Null()),
      1,
      "expected object, got number",
    ],
    [
      "too large a map",
      Type.Record(Type.String(), Type.Null(), { maxProperties: 1 }),
      { a: null, b: null },
      "expected at most 1 field, got 2",
    ],
    [
      "a type it has no word for",
      Type.Date(),
      1,
      "expected another type, got number",
    ],
    [
      "a schema that nothing fits",
      Type.Never(),
      1,
      "expected another type, got number",
    ],
    [
      "a keyword it does not know",
      Type.Array(Type.Null(), { uniqueItems: true }),
      [null, null],
      "does not fit its schema",
    ],
  ])("has words for %s", (_what, schema, value, message) => {
    expect(explainErrors(schema, value)).toEqual([{ field: "", message }]);
  });

  test("names extra fields only where the schema minds them", () => {
    const strict = Type.Object({}, { additionalProperties: false });
    expect(faults(strict, { a: 1 })).toEqual([
      "a: is not a field that exists here",
    ]);
    expect(faults(WebhookSecret, { type: "Webhook", token: 5 })).toEqual([
      "token: expected string, got number",
    ]);
    expect(faults(Type.Object({}), { a: 1 })).toEqual([]);
  });

  test("chooses among branches without a common literal the least wrong", () => {
    const schema = Type.Union([
      Type.Object({ a: Type.String(), b: Type.String(), c: Type.String() }),
      Type.Object({ a: Type.String(), d: Type.Number() }),
    ]);
    expect(faults(schema, { a: "x", d: "y" })).toEqual([
      "d: expected number, got string",
    ]);
  });

  test("tells branches apart by literals that are no texts", () => {
    const schema = Type.Union([
      Type.Object({ version: Type.Literal(1), a: Type.String() }),
      Type.Object({ version: Type.Literal(2), b: Type.String() }),
    ]);
    expect(faults(schema, { version: 2 })).toEqual(["b: required"]);
    expect(faults(schema, { version: 3 })).toEqual([
      "version: expected one of 1, 2, got 3",
    ]);
  });

  test("gives up on telling apart branches that all may lack the literal", () => {
    const schema = Type.Union([
      Type.Object({ kind: Type.Optional(Type.Literal("a")), n: Type.Null() }),
      Type.Object({ kind: Type.Optional(Type.Literal("b")), n: Type.Null() }),
    ]);
    expect(faults(schema, { n: 1 })).toEqual(["n: expected null, got number"]);
    expect(faults(schema, { n: null })).toEqual([]);
  });

  test("keeps whole numbers apart from fractions in a union, too", () => {
    const schema = Type.Union([Type.Integer(), Type.Null()]);
    expect(faults(schema, 1.5)).toEqual([": expected a whole number, got 1.5"]);
    expect(faults(schema, "1")).toEqual([
      ": expected a whole number or null, got string",
    ]);
  });

  test("does not take inherited names for fields", () => {
    const schema = Type.Union([
      Type.Object({ constructor: Type.Literal("a") }),
      Type.Object({ constructor: Type.Literal("b") }),
    ]);
    expect(faults(schema, {})).toEqual([
      "constructor: required, expected one of a, b",
    ]);
  });

  test("tells no more than the limit, however much is wrong", () => {
    const batch = Array.from({ length: 10_000 }, () => ({ type: "nonsense" }));
    expect(explainErrors(BatchAppData, { batch })).toHaveLength(
      MAX_FIELD_ERRORS,
    );
  });

  test("names the length of a list that is too long, not its items", () => {
    const batch = Array.from({ length: 10_001 }, () => 5);
    expect(faults(BatchAppData, { batch })).toEqual([
      "batch: expected at most 10000 items, got 10001",
    ]);
  });

  test("neither checks nor explains overflow on what the JSON walker passes", () => {
    let node: unknown = { text: 5 };
    while (findUnsafeJson({ content: [node] }) === null) {
      node = { content: [node] };
    }
    expect(compileSchema(LowCodeNode).check(node)).toBe(false);
    const [fault] = explainErrors(LowCodeNode, node);
    expect(fault?.field.split("/").length).toBeGreaterThan(MAX_JSON_DEPTH - 4);
  });
});

const definitions = {
  UpsertSegmentResource,
  UpsertJourneyResource,
  UpsertMessageTemplateResource,
  UpsertUserPropertyResource,
  UpsertSubscriptionGroupAssignmentsRequest,
  BatchAppData,
  GetEventsRequest,
  CreatePermissionRequest,
};

describe.each(Object.entries(definitions))("%s", (_name, schema: TSchema) => {
  const compiled = compileSchema(schema);

  test("takes every value that fits, unchanged, and finds nothing wrong with it", () => {
    fc.assert(
      fc.property(fitting(schema), (value) => {
        const before = structuredClone(value);
        expect(compiled.explain(value)).toEqual([]);
        expect(compiled.check(value)).toBe(true);
        expect(schemaValidate(value, schema)._unsafeUnwrap()).toBe(value);
        expect(value).toEqual(before);
      }),
    );
  });

  test("is explained exactly when the check refuses", () => {
    fc.assert(
      fc.property(almostFitting(schema), (value) => {
        const explained = compiled.explain(value);
        expect(explained.length === 0).toBe(compiled.check(value));
        expect(explained.length).toBeLessThanOrEqual(MAX_FIELD_ERRORS);
        expect(schemaValidate(value, schema).isOk()).toBe(
          explained.length === 0,
        );
      }),
      { numRuns: 300 },
    );
  });
});

test("schemaValidate names what is wrong", () => {
  expect(
    schemaValidate({}, CreatePermissionRequest)._unsafeUnwrapErr(),
  ).toEqual([
    { field: "email", message: "required" },
    {
      field: "role",
      message: "required",
    },
  ]);
});
