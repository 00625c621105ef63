import { Kind, KindGuard, type TSchema } from "@sinclair/typebox";
import { describe, expect, test } from "vitest";

import { findWrappedSchema } from "./opaqueSchema";
import {
  compileSchema,
  explainErrors,
} from "./resultHandling/schemaValidation";
import { isRecord } from "./typeAssertions";
import * as types from "./types";

const exported: [string, unknown][] = Object.entries(types);
const schemas = exported.flatMap(([name, value]): [string, TSchema][] =>
  KindGuard.IsSchema(value) ? [[name, value]] : [],
);
const requests = schemas.filter(
  ([name]) =>
    /(Request|Data|Headers)$/.test(name) || /^Upsert\w+Resource$/.test(name),
);

/** Every schema inside the schema, with its path. */
function* parts(schema: TSchema, path: string): Generator<[string, TSchema]> {
  yield [path, schema];
  const keywords: Record<string, unknown> = schema;
  const groups = [
    { "": findWrappedSchema(schema) },
    { "[]": keywords.items, "{}": keywords.additionalProperties },
    keywords.properties,
    keywords.patternProperties,
    { branches: keywords.anyOf, parts: keywords.allOf },
  ];
  const entries = groups.flatMap((group) =>
    isRecord(group) ? Object.entries(group) : [],
  );
  const children = entries.flatMap(([name, child]): [string, unknown][] =>
    Array.isArray(child)
      ? child.map((item: unknown, index) => [`${name}[${index}]`, item])
      : [[name, child]],
  );
  for (const [name, child] of children) {
    if (KindGuard.IsSchema(child)) {
      yield* parts(child, `${path}/${name}`);
    }
  }
}

describe.each(requests)("%s", (name, schema) => {
  test("bounds every text, list and whole number", () => {
    const unbounded = [...parts(schema, name)].filter(([, part]) => {
      if (KindGuard.IsString(part)) {
        return (
          part.maxLength === undefined &&
          part.format !== "uuid" &&
          // The key of a record, bounded by its pattern or by the body.
          part.pattern === undefined
        );
      }
      if (KindGuard.IsArray(part)) {
        return part.maxItems === undefined;
      }
      return (
        KindGuard.IsInteger(part) &&
        (part.minimum === undefined || part.maximum === undefined)
      );
    });
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });

  test("refuses a scalar and a list", () => {
    const { check } = compileSchema(schema);
    expect([null, 1, "a", true, []].some(check)).toBe(false);
  });
});

const inWorkspaces = requests.filter(
  ([, schema]) =>
    KindGuard.IsObject(schema) && "workspaceId" in schema.properties,
);

test.each(inWorkspaces)(
  "%s takes a workspace id only as a UUID, and does without it",
  (_name, schema) => {
    expect(
      explainErrors(schema, { workspaceId: "workspace-1" }),
    ).toContainEqual({
      field: "workspaceId",
      message: 'expected a UUID, got "workspace-1"',
    });
    expect(explainErrors(schema, {}).map(({ field }) => field)).not.toContain(
      "workspaceId",
    );
  },
);

test("there are requests to test", () => {
  expect(requests.length).toBeGreaterThan(40);
  expect(inWorkspaces.length).toBeGreaterThan(35);
});

test("the id of a row is a UUID wherever a request names one", () => {
  const rowIds =
    /\/(id|segmentId|userPropertyId|smsProviderId|emailProviderId|journeyId|broadcastId)$/;
  const isUuid = (part: unknown): boolean =>
    KindGuard.IsUnion(part)
      ? part.anyOf.every((one) => KindGuard.IsNull(one) || isUuid(one))
      : KindGuard.IsString(part) && part.format === "uuid";
  const loose = requests.flatMap(([name, schema]) =>
    isRecord(schema.properties)
      ? Object.entries<unknown>(schema.properties)
          .filter(([field, part]) => rowIds.test(`/${field}`) && !isUuid(part))
          .map(([field]) => `${name}/${field}`)
      : [],
  );
  expect(loose).toEqual([]);
});

test("no schema but the recursive one itself refers to another by $ref", () => {
  // Fastify's serializer cannot resolve such a reference inside a union.
  const visible = (schema: TSchema): string => JSON.stringify(schema);
  expect(
    schemas
      .filter(([, schema]) => visible(schema).includes("$ref"))
      .map(([name]) => name),
  ).toEqual(["LowCodeNode"]);
});

test("every schema can be compiled", () => {
  for (const [name, schema] of schemas) {
    expect(() => compileSchema(schema), name).not.toThrow();
    expect(schema[Kind], name).toBeTypeOf("string");
  }
});

describe("real requests", () => {
  const workspaceId = "0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a001";

  test("a draft keeps whatever the editor of journeys adds", () => {
    const draft = {
      nodes: [
        {
          id: "EntryNode",
          data: {
            type: "JourneyUiNodeDefinitionProps",
            nodeTypeProps: { type: "EntryNode", variant: { type: "any" } },
          },
        },
        { id: "1", data: { type: "JourneyUiNodeLabelProps", title: "true" } },
        { id: "2", data: { type: "JourneyUiNodeEmptyProps" } },
      ],
      edges: [
        {
          source: "EntryNode",
          target: "1",
          data: { type: "JourneyUiDefinitionEdgeProps", disableMarker: true },
        },
      ],
    };
    expect(
      explainErrors(types.UpsertJourneyResource, {
        workspaceId,
        id: workspaceId,
        draft,
      }),
    ).toEqual([]);
  });

  test("the events of the published client are taken", () => {
    const batch = [
      { messageId: workspaceId, type: "identify", userId: "1", traits: {} },
      {
        messageId: "m",
        type: "track",
        anonymousId: "a",
        event: "Bought",
        properties: { price: 1.5, tags: ["a"] },
        context: { ip: "127.0.0.1" },
        timestamp: new Date(0).toISOString(),
      },
      { messageId: "m", type: "page", userId: "1", name: "Home" },
      { messageId: "m", type: "screen", userId: "1", anonymousId: "a" },
      { messageId: "m", type: "group", userId: "1", groupId: "g" },
    ];
    expect(explainErrors(types.BatchAppData, { batch })).toEqual([]);
  });

  test("a nameless node, an unknown definition and a bad id are refused by name", () => {
    expect(
      explainErrors(types.CreateSegmentRequest, {
        workspaceId,
        name: "x".repeat(256),
        id: "1",
        definition: { entryNode: { type: "Everyone", id: "" }, nodes: [] },
      }).map(({ field }) => field),
    ).toEqual(["name", "id", "definition/entryNode/id"]);
  });

  test("a service gets its workspace for certain", () => {
    const input: types.InWorkspace<types.IdRequest> = {
      workspaceId,
      id: workspaceId,
    };
    const certain: string = input.workspaceId;
    expect(certain).toBe(workspaceId);
  });
});

describe("what costs the database work for each user or item is bounded", () => {
  const id = "0b7f1d5e-8a4e-4b8a-9a53-0d5f9be0a001";
  const many = <T>(count: number, item: T): T[] =>
    Array.from({ length: count }, () => item);
  const trait = { type: "Trait", id: "a", path: "plan" };
  const condition = { path: "a", operator: { type: "Equals", value: 1 } };
  const definition = (value: object) => ({ name: "p", definition: value });
  const group = (nodes: object[]) =>
    definition({ type: "Group", entry: "a", nodes });
  const performed = (type: string, count: number) =>
    definition({
      type,
      event: "e",
      path: "p",
      key: "k",
      properties: many(count, condition),
    });
  const { GetUsersRequest, UpsertUserPropertyResource } = types;

  test.each<[string, number, TSchema, (count: number) => unknown]>([
    ...[
      "segmentFilter",
      "negativeSegmentFilter",
      "subscriptionGroupFilter",
      "negativeSubscriptionGroupFilter",
      "unsubscribedFromFilter",
    ].map((field): [string, number, TSchema, (count: number) => unknown] => [
      field,
      50,
      GetUsersRequest,
      (count) => ({ [field]: many(count, id) }),
    ]),
    [
      "userPropertyFilter",
      20,
      GetUsersRequest,
      (count) => ({ userPropertyFilter: many(count, { id, values: ["a"] }) }),
    ],
    [
      "userIds",
      1000,
      GetUsersRequest,
      (count) => ({ userIds: many(count, "a") }),
    ],
    [
      "userIds",
      10_000,
      types.UpdateManualSegmentUsersRequest,
      (count) => ({ segmentId: id, userIds: many(count, "a") }),
    ],
    [
      "definition/nodes",
      50,
      UpsertUserPropertyResource,
      (count) => group(many(count, trait)),
    ],
    [
      "definition/nodes/0/children",
      50,
      UpsertUserPropertyResource,
      (count) =>
        group([{ type: "AnyOf", id: "a", children: many(count, "b") }]),
    ],
    [
      "definition/nodes/0/properties",
      10,
      UpsertUserPropertyResource,
      (count) =>
        group([{ ...performed("Performed", count).definition, id: "a" }]),
    ],
    [
      "definition/properties",
      10,
      UpsertUserPropertyResource,
      (count) => performed("Performed", count),
    ],
    [
      "definition/properties",
      10,
      UpsertUserPropertyResource,
      (count) => performed("KeyedPerformed", count),
    ],
    [
      "definition/or",
      100,
      UpsertUserPropertyResource,
      (count) =>
        definition({ type: "PerformedMany", or: many(count, { event: "e" }) }),
    ],
  ])("%s holds at most %i", (field, most, schema, request) => {
    expect(explainErrors(schema, request(most))).toEqual([]);
    expect(explainErrors(schema, request(most + 1))).toMatchObject([{ field }]);
  });
});
