// What the API lets a caller learn of ids that are another workspace's: by what an answer says, or by how it says it. Runs
// into the database's real keys.

import { randomUUID } from "node:crypto";

import {
  emailNode,
  emailTemplate,
  eventJourney,
  segmentJourney,
  traitSegment,
} from "backend-lib/test/definitions";
import { type LightMyRequestResponse } from "fastify";
import { beforeAll, describe, expect, test } from "vitest";

import { type Method, resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeAll(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

/** An answer as far as it could tell two requests apart: without what the request itself said. */
function shape(reply: LightMyRequestResponse, ...sent: string[]): object {
  const {
    date,
    "content-length": length,
    "x-request-id": id,
    ...headers
  } = reply.headers;
  expect([date, length, id]).toBeDefined();
  return {
    status: reply.statusCode,
    headers,
    body: sent.reduce(
      (body, each) => body.replaceAll(each, "(sent)"),
      reply.body,
    ),
  };
}

/** Names of the database's keys, and its words for them. */
const OF_THE_DATABASE =
  /_pkey|_fkey|_key\b|Key \(|violates|duplicate|insert into|params/i;

const RESOURCES = [
  { prefix: "/segments", fields: { definition: traitSegment() } },
  { prefix: "/journeys", fields: { canRunMultiple: true } },
  { prefix: "/content/templates", fields: { definition: emailTemplate() } },
  {
    prefix: "/subscription-groups",
    fields: { type: "OptIn", channel: "Email" },
  },
  {
    prefix: "/user-properties",
    fields: { definition: { type: "Trait", path: "plan" } },
  },
] as const;

describe.each(RESOURCES)("$prefix", ({ prefix, fields }) => {
  const call = resourceCalls(api, prefix);
  const make = async (workspace: ApiWorkspace, name = randomUUID()) => {
    const reply = await call(workspace, "PUT", "", { ...fields, name });
    expect(reply.statusCode).toBe(200);
    return { id: reply.json<{ id: string }>().id, name };
  };

  test("answer the id of another workspace's row as they answer a name that is taken", async () => {
    const foreign = await make(theirs);
    const own = await make(mine);
    for (const method of ["PUT", "POST"] as const) {
      const name = randomUUID();
      const stolen = await call(mine, method, "", {
        ...fields,
        id: foreign.id,
        name,
      });
      const id = randomUUID();
      const taken = await call(mine, method, "", {
        ...fields,
        id,
        name: own.name,
      });
      expect(shape(stolen, foreign.id, name)).toEqual(
        shape(taken, id, own.name),
      );
      expect(stolen.statusCode).toBeGreaterThanOrEqual(400);
      expect(stolen.statusCode).toBeLessThan(500);
      expect(stolen.body).not.toMatch(OF_THE_DATABASE);
      expect(stolen.body).not.toContain(theirs.workspaceId);
    }
    const kept = await call(theirs, "GET", "", {});
    expect(kept.body).toContain(foreign.name);
  });

  test("answer the deletion of another workspace's row as that of none", async () => {
    const foreign = await make(theirs);
    const unknown = randomUUID();
    const remove = (id: string) => call(mine, "DELETE", "", { id });
    expect(shape(await remove(foreign.id), foreign.id)).toEqual(
      shape(await remove(unknown), unknown),
    );
    expect((await call(theirs, "GET", "", {})).body).toContain(foreign.id);
  });
});

describe("a reference to another workspace's row", () => {
  const put = (prefix: string) => resourceCalls(api, prefix);
  const idOf = async (prefix: string, body: object) =>
    (
      await put(prefix)(theirs, "PUT", "", { name: randomUUID(), ...body })
    ).json<{
      id: string;
    }>().id;
  const REFERENCES: readonly {
    what: string;
    foreign: () => Promise<string>;
    method: Method;
    prefix: string;
    path: string;
    body: (id: string) => object;
  }[] = [
    {
      what: "a journey's entry by a segment",
      foreign: () => idOf("/segments", { definition: traitSegment() }),
      method: "PUT",
      prefix: "/journeys",
      path: "",
      body: (id) => ({ name: randomUUID(), definition: segmentJourney(id) }),
    },
    {
      what: "a journey's message by a template",
      foreign: () =>
        idOf("/content/templates", { definition: emailTemplate() }),
      method: "PUT",
      prefix: "/journeys",
      path: "",
      body: (id) => ({
        name: randomUUID(),
        definition: eventJourney([emailNode(id)]),
      }),
    },
    {
      what: "a journey's message to a subscription group",
      foreign: () =>
        idOf("/subscription-groups", { type: "OptIn", channel: "Email" }),
      method: "PUT",
      prefix: "/journeys",
      path: "",
      body: (id) => ({
        name: randomUUID(),
        definition: eventJourney([emailNode(randomUUID(), id)]),
      }),
    },
    {
      what: "a segment's subscription group",
      foreign: () =>
        idOf("/subscription-groups", { type: "OptIn", channel: "Email" }),
      method: "PUT",
      prefix: "/segments",
      path: "",
      body: (id) => ({
        name: randomUUID(),
        definition: {
          entryNode: {
            type: "SubscriptionGroup",
            id: "entry",
            subscriptionGroupId: id,
            subscriptionGroupType: "OptIn",
          },
          nodes: [],
        },
      }),
    },
    ...(
      [
        ["segmentId", "/segments", { definition: traitSegment() }],
        [
          "messageTemplateId",
          "/content/templates",
          { definition: emailTemplate() },
        ],
        [
          "subscriptionGroupId",
          "/subscription-groups",
          { type: "OptIn", channel: "Email" },
        ],
      ] as const
    ).map(([field, of, definition]) => ({
      what: `a broadcast's ${field}`,
      foreign: () => idOf(of, definition),
      method: "PUT" as const,
      prefix: "/broadcasts",
      path: "/v2",
      body: (id: string) => ({ name: randomUUID(), [field]: id }),
    })),
    {
      what: "the group of a broadcast that is executed",
      foreign: () =>
        idOf("/subscription-groups", { type: "OptIn", channel: "Email" }),
      method: "POST",
      prefix: "/broadcasts",
      path: "/execute",
      body: (id) => ({
        broadcastName: randomUUID(),
        segmentDefinition: traitSegment(),
        messageTemplateDefinition: emailTemplate(),
        subscriptionGroupId: id,
      }),
    },
    {
      what: "an index's user property",
      foreign: () =>
        idOf("/user-properties", {
          definition: { type: "Trait", path: "plan" },
        }),
      method: "PUT",
      prefix: "/user-property-indices",
      path: "",
      body: (id) => ({ userPropertyId: id, type: "String" }),
    },
    {
      what: "the default e-mail provider",
      foreign: async () => {
        const [row] = (
          await api.env.owner.query<{ id: string }>(
            `INSERT INTO "EmailProvider" ("workspaceId", "type") VALUES ($1, $2) RETURNING "id"`,
            [theirs.workspaceId, randomUUID()],
          )
        ).rows;
        return row?.id ?? "";
      },
      method: "PUT",
      prefix: "/settings",
      path: "/email-providers/default",
      body: (id) => ({ emailProviderId: id }),
    },
  ];

  test.each(REFERENCES)(
    "is answered as one to none: $what",
    async ({ foreign, method, prefix, path, body }) => {
      const id = await foreign();
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      const unknown = randomUUID();
      const send = (to: string) => put(prefix)(mine, method, path, body(to));
      const toForeign = await send(id);
      expect(toForeign.statusCode).toBeGreaterThanOrEqual(400);
      expect(toForeign.statusCode).toBeLessThan(500);
      expect(toForeign.body).not.toMatch(OF_THE_DATABASE);
      expect(shape(toForeign, id)).toEqual(shape(await send(unknown), unknown));
    },
  );
});
