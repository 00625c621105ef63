// Users against a real Postgres: listing with filters, order and cursors, counting, subscriptions, and forgetting.

import { randomUUID } from "node:crypto";

import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type BatchItem,
  type GetUsersRequest,
  type GetUsersResponse,
  UserPropertyDefinition,
} from "isomorphic-lib/src/types";
import { describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { ingestEvents } from "../userEvents";
import {
  countUsers,
  deleteUsers,
  getUsers,
  type GetUsersError,
  getUserSubscriptions,
} from "../users";

const env = useTenantEnv();

async function send(
  workspaceId: string,
  events: readonly BatchItem[],
  receivedAt?: Date,
): Promise<void> {
  const result = await env.as(workspaceId, () =>
    ingestEvents({ workspaceId, events, receivedAt }),
  );
  result._unsafeUnwrap();
}

async function withUsers(
  traits: Record<string, Record<string, unknown>>,
): Promise<string> {
  const workspaceId = await env.createWorkspace();
  await send(
    workspaceId,
    Object.entries(traits).map(([userId, each]) => ({
      type: "identify",
      messageId: randomUUID(),
      userId,
      traits: each,
    })),
  );
  return workspaceId;
}

async function addProperty(
  workspaceId: string,
  name: string,
  definition: UserPropertyDefinition,
  {
    index,
    resourceType = "Declarative",
  }: {
    index?: "String" | "Number" | "Date";
    resourceType?: "Declarative" | "Internal";
  } = {},
): Promise<string> {
  const id = randomUUID();
  await env.owner.query(
    `INSERT INTO "UserProperty" ("id", "workspaceId", "name", "definition", "resourceType", "updatedAt")
     VALUES ($1, $2, $3, $4, $5, now())`,
    [id, workspaceId, name, JSON.stringify(definition), resourceType],
  );
  if (index !== undefined) {
    await env.owner.query(
      `INSERT INTO "UserPropertyIndex" ("id", "workspaceId", "userPropertyId", "type", "updatedAt")
       VALUES ($1, $2, $3, $4, now())`,
      [randomUUID(), workspaceId, id, index],
    );
  }
  return id;
}

async function addSegment(
  workspaceId: string,
  name: string,
  members: Record<string, boolean>,
  {
    resourceType = "Declarative",
    subscriptionGroupId = null,
  }: {
    resourceType?: "Declarative" | "Internal";
    subscriptionGroupId?: string | null;
  } = {},
): Promise<string> {
  const id = randomUUID();
  await env.owner.query(
    `INSERT INTO "Segment" ("id", "workspaceId", "name", "definition", "resourceType", "subscriptionGroupId", "updatedAt")
     VALUES ($1, $2, $3, '{}', $4, $5, now())`,
    [id, workspaceId, name, resourceType, subscriptionGroupId],
  );
  for (const [userId, inSegment] of Object.entries(members)) {
    await env.owner.query(
      `INSERT INTO "SegmentAssignment" ("workspaceId", "userId", "segmentId", "inSegment") VALUES ($1, $2, $3, $4)`,
      [workspaceId, userId, id, inSegment],
    );
  }
  return id;
}

/** A group that has no segments yet, so no choices. */
async function addBareGroup(
  workspaceId: string,
  name: string,
  type: "OptIn" | "OptOut",
): Promise<string> {
  const id = randomUUID();
  await env.owner.query(
    `INSERT INTO "SubscriptionGroup" ("id", "workspaceId", "name", "type", "channel", "updatedAt")
     VALUES ($1, $2, $3, $4, 'Email', now())`,
    [id, workspaceId, name, type],
  );
  return id;
}

async function addGroup(
  workspaceId: string,
  name: string,
  type: "OptIn" | "OptOut",
  choices: Record<string, boolean>,
): Promise<string> {
  const id = await addBareGroup(workspaceId, name, type);
  await addSegment(workspaceId, `subscriptionGroup-${id}`, choices, {
    resourceType: "Internal",
    subscriptionGroupId: id,
  });
  return id;
}

const list = async (
  workspaceId: string,
  request: GetUsersRequest = {},
): Promise<GetUsersResponse> => {
  const result = await env.as(workspaceId, () =>
    getUsers({ ...request, workspaceId }),
  );
  return result._unsafeUnwrap();
};

const ids = async (
  workspaceId: string,
  request: GetUsersRequest = {},
): Promise<string[]> => {
  const { users } = await list(workspaceId, request);
  return users.map(({ id }) => id);
};

const refusal = async (
  workspaceId: string,
  request: GetUsersRequest,
): Promise<GetUsersError> => {
  const result = await env.as(workspaceId, () =>
    getUsers({ ...request, workspaceId }),
  );
  return result._unsafeUnwrapErr();
};

describe("the list of users", () => {
  it("shows this workspace's users, by id, with properties and segments", async () => {
    const workspaceId = await withUsers({
      bob: {},
      ann: { email: "ann@example.com" },
    });
    const other = await withUsers({ eve: { email: "eve@example.com" } });
    const email = await addProperty(workspaceId, "email", {
      type: "Trait",
      path: "email",
    });
    const segment = await addSegment(workspaceId, "Buyers", {
      ann: true,
      bob: false,
    });
    await addSegment(
      workspaceId,
      "Hidden",
      { ann: true },
      {
        resourceType: "Internal",
      },
    );
    await addSegment(other, "Foreign", { ann: true });

    expect(await list(workspaceId)).toEqual({
      users: [
        {
          id: "ann",
          properties: { [email]: { name: "email", value: "ann@example.com" } },
          segments: [{ id: segment, name: "Buyers" }],
        },
        { id: "bob", properties: {}, segments: [] },
      ],
      userCount: 0,
    });
  });

  it("reads every kind of property that needs no computation", async () => {
    const workspaceId = await withUsers({
      ann: {
        "address.city": "as a whole",
        address: { city: "nested", lines: ["first", { no: 7 }], gone: null },
        score: 4.5,
        nothing: null,
        kept: { a: null },
      },
    });
    await send(
      workspaceId,
      [
        {
          type: "track",
          messageId: randomUUID(),
          userId: "ann",
          event: "Order Placed",
          properties: { total: 10, shop: "a" },
        },
      ],
      new Date("2026-11-01"),
    );
    await send(
      workspaceId,
      [
        {
          type: "track",
          messageId: randomUUID(),
          userId: "ann",
          anonymousId: "visitor",
          event: "Order Placed",
          properties: { total: 20, shop: "b" },
        },
      ],
      new Date("2026-11-02"),
    );
    const trait = (path: string) => ({ type: "Trait" as const, path });
    const performed = {
      type: "Performed" as const,
      event: "Order Placed",
      path: "total",
    };
    const kinds: Record<string, [UserPropertyDefinition, unknown]> = {
      id: [{ type: "Id" }, "ann"],
      anonymousId: [{ type: "AnonymousId" }, "visitor"],
      whole: [trait("address.city"), "as a whole"],
      jsonPath: [trait("$.address.lines[1].no"), 7],
      number: [trait("score"), 4.5],
      object: [trait("kept"), { a: null }],
      null: [trait("nothing"), undefined],
      nullInside: [trait("address.gone"), undefined],
      noPath: [trait(""), undefined],
      missing: [trait("missing"), undefined],
      latest: [performed, 20],
      byPrefix: [{ ...performed, event: "Order*" }, 20],
      conditional: [
        {
          ...performed,
          properties: [
            { path: "shop", operator: { type: "Equals", value: "a" } },
          ],
        },
        10,
      ],
      byNumber: [
        {
          ...performed,
          path: "shop",
          properties: [
            { path: "total", operator: { type: "Equals", value: 10.0 } },
          ],
        },
        "a",
      ],
      never: [{ ...performed, event: "Order Refunded" }, undefined],
      anyOf: [
        {
          type: "Group",
          entry: "any",
          nodes: [
            { type: "AnyOf", id: "any", children: ["one", "two", "any"] },
            { ...trait("missing"), id: "one" },
            { ...trait("score"), id: "two" },
          ],
        },
        4.5,
      ],
      computed: [
        { type: "PerformedMany", or: [{ event: "Order Placed" }] },
        undefined,
      ],
    };
    const expected: Record<string, unknown> = {};
    for (const [name, [definition, value]] of Object.entries(kinds)) {
      await addProperty(workspaceId, name, definition);
      expected[name] = value;
    }
    await addProperty(
      workspaceId,
      "internal",
      { type: "Id" },
      { resourceType: "Internal" },
    );
    await env.owner.query(
      `INSERT INTO "UserProperty" ("workspaceId", "name", "definition", "updatedAt") VALUES ($1, 'legacy', '{"type": 1}', now())`,
      [workspaceId],
    );

    const { users } = await list(workspaceId, { userIds: ["ann"] });

    const found = Object.values(users[0]?.properties ?? {}).map(
      ({ name, value }) => [name, value],
    );
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(expected).filter(([, value]) => value !== undefined),
      ),
    );
  });

  it("gives the subscriptions when asked: choices first, then what the group's type says", async () => {
    const workspaceId = await withUsers({ ann: {}, bob: {} });
    const optIn = await addGroup(workspaceId, "In", "OptIn", { ann: true });
    const optOut = await addGroup(workspaceId, "Out", "OptOut", { ann: false });

    const { users } = await list(workspaceId, { includeSubscriptions: true });

    expect(users.map(({ subscriptions }) => subscriptions)).toEqual([
      [
        { id: optIn, name: "In", subscribed: true },
        { id: optOut, name: "Out", subscribed: false },
      ],
      [
        { id: optIn, name: "In", subscribed: false },
        { id: optOut, name: "Out", subscribed: true },
      ],
    ]);
    await env.as(workspaceId, async () => {
      expect(
        await getUserSubscriptions({ workspaceId, userId: "ann" }),
      ).toEqual({
        workspaceId,
        userId: "ann",
        subscriptionGroups: [
          { id: optIn, name: "In", isSubscribed: true, channel: "Email" },
          { id: optOut, name: "Out", isSubscribed: false, channel: "Email" },
        ],
      });
    });
  });
});

describe("filters", () => {
  async function scene() {
    const workspaceId = await withUsers({
      ann: { plan: "pro", seats: 5 },
      bob: { plan: "free" },
      cid: { plan: "pro" },
      dan: {},
    });
    return {
      workspaceId,
      plan: await addProperty(workspaceId, "plan", {
        type: "Trait",
        path: "plan",
      }),
      seats: await addProperty(workspaceId, "seats", {
        type: "Trait",
        path: "seats",
      }),
      computed: await addProperty(workspaceId, "files", {
        type: "File",
        name: "x",
      }),
      buyers: await addSegment(workspaceId, "Buyers", {
        ann: true,
        bob: true,
        cid: false,
      }),
      fans: await addSegment(workspaceId, "Fans", { bob: true }),
      optIn: await addGroup(workspaceId, "In", "OptIn", {
        ann: true,
        bob: false,
      }),
      optOut: await addGroup(workspaceId, "Out", "OptOut", {
        ann: true,
        bob: false,
      }),
      newOptIn: await addBareGroup(workspaceId, "New In", "OptIn"),
      newOptOut: await addBareGroup(workspaceId, "New Out", "OptOut"),
    };
  }
  type Scene = Awaited<ReturnType<typeof scene>>;

  it.each<[string, (scene: Scene) => GetUsersRequest, string[]]>([
    ["user ids", () => ({ userIds: ["dan", "ann", "nobody"] }), ["ann", "dan"]],
    ["no user ids", () => ({ userIds: [] }), []],
    [
      "a segment",
      ({ buyers }) => ({ segmentFilter: [buyers] }),
      ["ann", "bob"],
    ],
    [
      "every one of the segments",
      ({ buyers, fans }) => ({ segmentFilter: [buyers, fans, fans] }),
      ["bob"],
    ],
    [
      "a segment named in either case",
      ({ buyers }) => ({ segmentFilter: [buyers, buyers.toUpperCase()] }),
      ["ann", "bob"],
    ],
    [
      "a segment and an unknown one",
      ({ buyers }) => ({ segmentFilter: [buyers, randomUUID()] }),
      [],
    ],
    [
      "none of a segment and an unknown one",
      ({ buyers }) => ({ negativeSegmentFilter: [buyers, randomUUID()] }),
      ["cid", "dan"],
    ],
    [
      "every one of the groups, of either type",
      ({ optIn, optOut }) => ({
        subscriptionGroupFilter: [optIn, optOut, optIn.toUpperCase()],
      }),
      ["ann"],
    ],
    [
      "none of the groups, of either type",
      ({ optIn, optOut }) => ({
        negativeSubscriptionGroupFilter: [optIn, optOut],
      }),
      ["bob"],
    ],
    [
      "having left each of the groups",
      ({ optIn, optOut }) => ({ unsubscribedFromFilter: [optIn, optOut] }),
      ["bob"],
    ],
    [
      "a group and an unknown one",
      ({ optOut }) => ({ subscriptionGroupFilter: [optOut, randomUUID()] }),
      [],
    ],
    [
      "none of a group and an unknown one",
      ({ optIn }) => ({
        negativeSubscriptionGroupFilter: [optIn, randomUUID()],
      }),
      ["bob", "cid", "dan"],
    ],
    [
      "having left a group and an unknown one",
      ({ optOut }) => ({ unsubscribedFromFilter: [optOut, randomUUID()] }),
      [],
    ],
    [
      "groups without any choice",
      ({ newOptOut }) => ({ subscriptionGroupFilter: [newOptOut] }),
      ["ann", "bob", "cid", "dan"],
    ],
    [
      "an opt-in group without any choice",
      ({ newOptIn }) => ({ subscriptionGroupFilter: [newOptIn] }),
      [],
    ],
    [
      "outside of groups without any choice",
      ({ newOptIn }) => ({ negativeSubscriptionGroupFilter: [newOptIn] }),
      ["ann", "bob", "cid", "dan"],
    ],
    [
      "outside of an opt-out group without any choice",
      ({ newOptOut }) => ({ negativeSubscriptionGroupFilter: [newOptOut] }),
      [],
    ],
    [
      "having left a group without any choice",
      ({ newOptOut }) => ({ unsubscribedFromFilter: [newOptOut] }),
      [],
    ],
    ["an unknown segment", () => ({ segmentFilter: [randomUUID()] }), []],
    [
      "none of the segments",
      ({ buyers, fans }) => ({ negativeSegmentFilter: [buyers, fans] }),
      ["cid", "dan"],
    ],
    [
      "an opt-in group",
      ({ optIn }) => ({ subscriptionGroupFilter: [optIn] }),
      ["ann"],
    ],
    [
      "an opt-out group",
      ({ optOut }) => ({ subscriptionGroupFilter: [optOut] }),
      ["ann", "cid", "dan"],
    ],
    [
      "outside of an opt-in group",
      ({ optIn }) => ({ negativeSubscriptionGroupFilter: [optIn] }),
      ["bob", "cid", "dan"],
    ],
    [
      "having left a group",
      ({ optOut }) => ({ unsubscribedFromFilter: [optOut] }),
      ["bob"],
    ],
    [
      "a property's values",
      ({ plan }) => ({
        userPropertyFilter: [{ id: plan, values: ["pro", "gold"] }],
      }),
      ["ann", "cid"],
    ],
    [
      "a property, id in upper case",
      ({ plan }) => ({
        userPropertyFilter: [{ id: plan.toUpperCase(), values: ["free"] }],
      }),
      ["bob"],
    ],
    [
      "a number as text",
      ({ seats }) => ({ userPropertyFilter: [{ id: seats, values: ["5"] }] }),
      ["ann"],
    ],
    [
      "a value as JSON",
      ({ plan }) => ({
        userPropertyFilter: [{ id: plan, values: ['"free"'] }],
      }),
      ["bob"],
    ],
    [
      "no values",
      ({ plan }) => ({ userPropertyFilter: [{ id: plan, values: [] }] }),
      [],
    ],
    [
      "a property without values",
      ({ computed }) => ({
        userPropertyFilter: [{ id: computed, values: ["x"] }],
      }),
      [],
    ],
    [
      "all filters at once",
      ({ plan, buyers }) => ({
        segmentFilter: [buyers],
        userPropertyFilter: [{ id: plan, values: ["pro"] }],
      }),
      ["ann"],
    ],
  ])("by %s", async (_, request, expected) => {
    const made = await scene();
    const { workspaceId } = made;

    expect(await ids(workspaceId, request(made))).toEqual(expected);

    const counted = await env.as(workspaceId, () =>
      countUsers({ ...request(made), workspaceId, limit: 1 }),
    );
    expect(counted._unsafeUnwrap()).toEqual({ userCount: expected.length });
  });

  it("by a property that the workspace does not have are refused, naming it", async () => {
    const { workspaceId } = await scene();
    const foreign = await scene();
    expect(
      await refusal(workspaceId, {
        userPropertyFilter: [{ id: foreign.plan, values: ["pro"] }],
      }),
    ).toEqual({
      type: "UnknownUserProperty",
      message:
        "userPropertyFilter/0/id: the workspace has no such user property",
    });
  });
});

describe("however much of user properties a workspace has", () => {
  /** The largest definition that the schema takes; its value is that of the trait. */
  const largest: UserPropertyDefinition = {
    type: "Group",
    entry: "any",
    nodes: [
      {
        type: "AnyOf",
        id: "any",
        children: Array.from({ length: 49 }, (_, at) => `n${at}`),
      },
      ...Array.from({ length: 48 }, (_, at) => ({
        type: "Performed" as const,
        id: `n${at}`,
        event: "Order Placed",
        path: "total.gross",
        properties: Array.from({ length: 10 }, () => ({
          path: "shop.name",
          operator: { type: "Equals" as const, value: "a" },
        })),
      })),
      { type: "Trait", id: "n48", path: "plan" },
    ],
  };

  async function workspaceWith(
    count: number,
    definition: UserPropertyDefinition,
  ): Promise<{ workspaceId: string; properties: string[] }> {
    expect(schemaValidate(definition, UserPropertyDefinition).isOk()).toBe(
      true,
    );
    const workspaceId = await withUsers({ ann: { plan: "pro" }, bob: {} });
    const { rows } = await env.owner.query<{ id: string }>(
      `INSERT INTO "UserProperty" ("workspaceId", "name", "definition", "createdAt", "updatedAt")
       SELECT $1, 'p' || at, $2, now() + at * interval '1 second', now() FROM generate_series(1, $3) AS at
       RETURNING "id"`,
      [workspaceId, JSON.stringify(definition), count],
    );
    return { workspaceId, properties: rows.map(({ id }) => id) };
  }

  const shownOf = async (
    workspaceId: string,
    request: GetUsersRequest = {},
  ) => {
    const { users } = await list(workspaceId, request);
    return Object.values(users[0]?.properties ?? {}).map(({ name }) => name);
  };

  it("a page shows the 200 oldest, and any other can be filtered by", async () => {
    const { workspaceId, properties } = await workspaceWith(203, {
      type: "Trait",
      path: "plan",
    });
    const oldest = Array.from({ length: 200 }, (_, at) => `p${at + 1}`).sort();
    const request = {
      userPropertyFilter: [{ id: properties[202] ?? "", values: ["pro"] }],
    };

    expect((await shownOf(workspaceId)).sort()).toEqual(oldest);
    expect((await shownOf(workspaceId, request)).sort()).toEqual(oldest);
    expect(await ids(workspaceId, request)).toEqual(["ann"]);
  });

  it("a page can be read, counted and filtered when each is as large as may be", async () => {
    const { workspaceId, properties } = await workspaceWith(203, largest);
    const latest = await addProperty(workspaceId, "light", {
      type: "Trait",
      path: "plan",
    });
    await env.owner.query(
      `UPDATE "UserProperty" SET "createdAt" = '2020-01-01' WHERE "id" = $1`,
      [latest],
    );
    const request = {
      userPropertyFilter: properties
        .slice(-20)
        .map((id) => ({ id, values: ["pro"] })),
    };

    expect(await shownOf(workspaceId)).toEqual(
      expect.arrayContaining(["light", "p1"]),
    );
    expect(await ids(workspaceId, request)).toEqual(["ann"]);
    const counted = await env.as(workspaceId, () =>
      countUsers({ ...request, workspaceId }),
    );
    expect(counted._unsafeUnwrap()).toEqual({ userCount: 1 });
  });
});

describe("paging", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];

  it("leads through all users and back, each once, and ends with no cursor", async () => {
    const workspaceId = await withUsers(
      Object.fromEntries(names.map((name) => [name, {}])),
    );

    const first = await list(workspaceId, { limit: 3 });
    const second = await list(workspaceId, {
      limit: 3,
      cursor: first.nextCursor,
    });
    const third = await list(workspaceId, {
      limit: 3,
      cursor: second.nextCursor,
    });
    const back = await list(workspaceId, {
      limit: 3,
      cursor: third.previousCursor,
      direction: "before",
    });
    const start = await list(workspaceId, {
      limit: 3,
      cursor: back.previousCursor,
      direction: "before",
    });

    const pages = [first, second, third, back, start].map(({ users }) =>
      users.map(({ id }) => id).join(""),
    );
    expect(pages).toEqual(["abc", "def", "g", "def", "abc"]);
    expect(first.previousCursor).toBeUndefined();
    expect(third.nextCursor).toBeUndefined();
    expect(start.previousCursor).toBeUndefined();
    expect(start.nextCursor).toBe(first.nextCursor);
  });

  it.each(["asc", "desc"] as const)(
    "sorted %s by an indexed property leads through all, those without a value last",
    async (sortOrder) => {
      const workspaceId = await withUsers({
        a: { score: 10 },
        b: { score: 9.5 },
        c: {},
        d: { score: 10 },
        e: { score: "text" },
        f: { score: -1 },
      });
      const sortBy = await addProperty(
        workspaceId,
        "score",
        { type: "Trait", path: "score" },
        { index: "Number" },
      );
      const forwards: string[] = [];
      let cursor: string | undefined;
      let last: GetUsersResponse | undefined;
      do {
        last = await list(workspaceId, {
          limit: 2,
          sortBy,
          sortOrder,
          ...(cursor === undefined ? {} : { cursor }),
        });
        forwards.push(...last.users.map(({ id }) => id));
        cursor = last.nextCursor;
      } while (cursor !== undefined);

      expect(forwards).toEqual(
        sortOrder === "asc"
          ? ["f", "b", "a", "d", "c", "e"]
          : ["d", "a", "b", "f", "e", "c"],
      );

      const backwards = [...last.users.map(({ id }) => id)];
      cursor = last.previousCursor;
      while (cursor !== undefined) {
        const page = await list(workspaceId, {
          limit: 2,
          sortBy,
          sortOrder,
          cursor,
          direction: "before",
        });
        backwards.unshift(...page.users.map(({ id }) => id));
        cursor = page.previousCursor;
      }
      expect(backwards).toEqual(forwards);
    },
  );

  it.each([
    ["String" as const, ["d", "a", "b", "c"]],
    ["Date" as const, ["a", "b", "c", "d"]],
  ])("by a %s index compares as its name says", async (index, expected) => {
    const workspaceId = await withUsers({
      a: { at: "2026-01-02" },
      b: { at: "2026-10-01T00:00:00Z" },
      c: { at: 5 },
      d: { at: "1999?" },
    });
    const sortBy = await addProperty(
      workspaceId,
      "at",
      { type: "Trait", path: "at" },
      { index },
    );
    expect(await ids(workspaceId, { sortBy })).toEqual(expected);
  });

  it("includes the cursor's own user when told so", async () => {
    const workspaceId = await withUsers({ a: {}, b: {}, c: {} });
    const { nextCursor } = await list(workspaceId, { limit: 2 });
    expect(
      await ids(workspaceId, { cursor: nextCursor, exclusiveCursor: false }),
    ).toEqual(["b", "c"]);
  });

  const encode = (value: unknown) =>
    Buffer.from(JSON.stringify(value)).toString("base64");

  it.each([
    ["no base64", "%%%"],
    ["no JSON", Buffer.from("hello").toString("base64")],
    ["no object", encode("a")],
    ["no user id", encode({})],
    ["an empty user id", encode({ u: "" })],
    ["a user id of another type", encode({ u: 5 })],
    ["a NUL", encode({ u: "a\0" })],
    ["half a character", Buffer.from('{"u":"\\ud800"}').toString("base64")],
    ["another order's", encode({ u: "a", s: randomUUID(), v: "x" })],
    ["a value without an order", encode({ u: "a", v: "1" })],
    ["empty", ""],
  ])("refuses a cursor that is %s", async (_, cursor) => {
    const workspaceId = await withUsers({ a: {} });
    expect(await refusal(workspaceId, { cursor })).toMatchObject({
      type: "InvalidCursor",
    });
  });

  it("refuses a cursor whose value is no number where numbers are sorted", async () => {
    const workspaceId = await withUsers({ a: {} });
    const sortBy = await addProperty(
      workspaceId,
      "score",
      { type: "Trait", path: "score" },
      { index: "Number" },
    );
    expect(
      await refusal(workspaceId, {
        sortBy,
        cursor: encode({ u: "a", s: sortBy, v: "1; DROP" }),
      }),
    ).toMatchObject({ type: "InvalidCursor" });
  });

  it("refuses to sort by what has no index", async () => {
    const workspaceId = await withUsers({ a: {} });
    const unindexed = await addProperty(workspaceId, "plan", {
      type: "Trait",
      path: "plan",
    });
    for (const sortBy of [unindexed, randomUUID(), "plan"]) {
      expect(await refusal(workspaceId, { sortBy })).toMatchObject({
        type: "UnsortableProperty",
      });
    }
  });
});

describe("forgetting a user", () => {
  const tables = {
    WorkspaceUser: `SELECT "userId" FROM "WorkspaceUser"`,
    UserEvent: `SELECT "userOrAnonymousId" AS "userId" FROM "UserEvent"`,
    SegmentAssignment: `SELECT "userId" FROM "SegmentAssignment"`,
    UserPropertyAssignment: `SELECT "userId" FROM "UserPropertyAssignment"`,
    UserJourneyEvent: `SELECT event."userId" FROM "UserJourneyEvent" AS event
      JOIN "Journey" ON "Journey"."id" = event."journeyId"`,
  };

  async function scene(): Promise<string> {
    const workspaceId = await withUsers({ ann: {}, bob: {} });
    const property = await addProperty(workspaceId, "id", { type: "Id" });
    await addSegment(workspaceId, "Buyers", { ann: true, bob: true });
    const journey = randomUUID();
    await env.owner.query(
      `INSERT INTO "Journey" ("id", "workspaceId", "name", "updatedAt") VALUES ($1, $2, 'Welcome', now())`,
      [journey, workspaceId],
    );
    for (const userId of ["ann", "bob"]) {
      await env.owner.query(
        `INSERT INTO "UserPropertyAssignment" ("userId", "userPropertyId", "value", "workspaceId") VALUES ($1, $2, 'x', $3)`,
        [userId, property, workspaceId],
      );
      await env.owner.query(
        `INSERT INTO "UserJourneyEvent" ("id", "userId", "journeyId", "type", "journeyStartedAt") VALUES ($1, $2, $3, 'x', now())`,
        [randomUUID(), userId, journey],
      );
      await send(workspaceId, [
        { type: "group", messageId: randomUUID(), userId, groupId: "acme" },
      ]);
    }
    return workspaceId;
  }

  async function remaining(workspaceId: string) {
    const found: Record<string, string[]> = {};
    for (const [table, query] of Object.entries(tables)) {
      const { rows } = await env.owner.query<{ userId: string }>(
        `${query} WHERE "workspaceId" = $1`,
        [workspaceId],
      );
      found[table] = [...new Set(rows.map(({ userId }) => userId))].sort();
    }
    return found;
  }

  it("removes them from every table of this workspace, and from no other", async () => {
    const [workspaceId, other] = [await scene(), await scene()];
    const before = await remaining(other);

    await env.as(workspaceId, () =>
      deleteUsers({ workspaceId, userIds: ["ann", "nobody"] }),
    );

    expect(await remaining(workspaceId)).toEqual({
      WorkspaceUser: ["bob"],
      UserEvent: ["acme", "bob"],
      SegmentAssignment: ["bob"],
      UserPropertyAssignment: ["bob"],
      UserJourneyEvent: ["bob"],
    });
    expect(await remaining(other)).toEqual(before);
    const { rows } = await env.owner.query(
      `SELECT 1 FROM "UserEvent" WHERE "workspaceId" = $1 AND "properties"::text LIKE '%ann%'`,
      [workspaceId],
    );
    expect(rows).toEqual([]);
  });

  it("does not let what was once accepted be accepted again", async () => {
    const workspaceId = await env.createWorkspace();
    const event: BatchItem = {
      type: "track",
      messageId: randomUUID(),
      userId: "ann",
      event: "Visit",
    };
    await send(workspaceId, [event]);
    await env.as(workspaceId, () =>
      deleteUsers({ workspaceId, userIds: ["ann"] }),
    );

    await send(workspaceId, [event]);

    expect(await ids(workspaceId)).toEqual([]);
  });

  it("goes together with events that come in meanwhile", async () => {
    const workspaceId = await env.createWorkspace();
    const people = ["a", "b", "c", "d"];
    await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        at % 3 === 0
          ? env.as(workspaceId, () =>
              deleteUsers({ workspaceId, userIds: [...people].reverse() }),
            )
          : send(
              workspaceId,
              people.map((userId) => ({
                type: "identify",
                messageId: randomUUID(),
                userId,
                traits: { at },
              })),
            ),
      ),
    );
    await env.as(workspaceId, () =>
      deleteUsers({ workspaceId, userIds: people }),
    );
    expect(await ids(workspaceId)).toEqual([]);
  });
});
