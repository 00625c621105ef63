// Ingestion and listing of events against a real Postgres: what is stored, once, in which order, and who becomes a user.

import { randomUUID } from "node:crypto";

import { type BatchItem } from "isomorphic-lib/src/types";
import { describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { useClock } from "../clock";
import {
  getEvents,
  getProperties,
  getTraits,
  ingestEvents,
} from "../userEvents";

const env = useTenantEnv();

const identify = (
  userId: string,
  traits: Record<string, unknown>,
  rest: { messageId?: string; timestamp?: string } = {},
): BatchItem => ({
  type: "identify",
  messageId: randomUUID(),
  userId,
  traits,
  ...rest,
});

const track = (
  userId: string,
  event: string,
  rest: {
    messageId?: string;
    timestamp?: string;
    properties?: Record<string, unknown>;
    context?: Record<string, unknown>;
  } = {},
): BatchItem => ({
  type: "track",
  messageId: randomUUID(),
  userId,
  event,
  ...rest,
});

async function send(
  workspaceId: string,
  events: readonly BatchItem[],
  rest: { receivedAt?: Date; context?: Record<string, unknown> } = {},
): Promise<number> {
  const result = await env.as(workspaceId, () =>
    ingestEvents({ workspaceId, events, ...rest }),
  );
  return result._unsafeUnwrap().storedCount;
}

function parse(json: string): unknown {
  return JSON.parse(json);
}

interface StoredUser {
  userId: string;
  isAnonymous: boolean;
  traits: Record<string, unknown>;
  traitTimes: Record<string, number>;
  firstSeenAt: Date;
  lastSeenAt: Date;
}

async function users(workspaceId: string): Promise<StoredUser[]> {
  const { rows } = await env.owner.query<StoredUser>(
    `SELECT * FROM "WorkspaceUser" WHERE "workspaceId" = $1 ORDER BY "userId"`,
    [workspaceId],
  );
  return rows;
}

async function traitsOf(
  workspaceId: string,
  userId: string,
): Promise<Record<string, unknown> | undefined> {
  const all = await users(workspaceId);
  return all.find((user) => user.userId === userId)?.traits;
}

async function messageIds(workspaceId: string): Promise<string[]> {
  const { rows } = await env.owner.query<{ messageId: string }>(
    `SELECT "messageId" FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "messageId"`,
    [workspaceId],
  );
  return rows.map((row) => row.messageId);
}

describe("a message counts once", () => {
  it("however often its batch is sent", async () => {
    const workspaceId = await env.createWorkspace();
    const batch = [identify("ann", { plan: "pro" }), track("ann", "Signed Up")];

    expect(await send(workspaceId, batch)).toBe(2);
    expect(await send(workspaceId, batch)).toBe(0);

    expect(await messageIds(workspaceId)).toEqual(
      batch.map(({ messageId }) => messageId).sort(),
    );
  });

  it("when it is in one batch twice: the first wins", async () => {
    const workspaceId = await env.createWorkspace();
    const messageId = randomUUID();

    await send(workspaceId, [
      identify("ann", { plan: "first" }, { messageId }),
      identify("ann", { plan: "second" }, { messageId }),
    ]);

    expect(await messageIds(workspaceId)).toEqual([messageId]);
    expect(await traitsOf(workspaceId, "ann")).toEqual({ plan: "first" });
  });

  it("across the end of a month", async () => {
    const workspaceId = await env.createWorkspace();
    const batch = [track("ann", "Signed Up")];
    const restore = useClock({ now: () => new Date("2026-11-30T23:59:59Z") });
    try {
      expect(await send(workspaceId, batch)).toBe(1);
    } finally {
      restore();
    }
    const receivedAt = new Date("2026-12-01T00:00:01Z");

    expect(await send(workspaceId, batch, { receivedAt })).toBe(0);

    expect(await messageIds(workspaceId)).toHaveLength(1);
  });

  it("and a new content under a stored id changes nothing", async () => {
    const workspaceId = await env.createWorkspace();
    const messageId = randomUUID();
    await send(workspaceId, [identify("ann", { plan: "pro" }, { messageId })]);

    await send(workspaceId, [
      identify("bob", { plan: "free" }, { messageId }),
      identify("ann", { seats: 3 }),
    ]);

    expect(await users(workspaceId)).toMatchObject([
      { userId: "ann", traits: { plan: "pro", seats: 3 } },
    ]);
  });

  it("in each workspace for itself", async () => {
    const [one, other] = [
      await env.createWorkspace(),
      await env.createWorkspace(),
    ];
    const batch = [track("ann", "Signed Up")];

    expect(await send(one, batch)).toBe(1);
    expect(await send(other, batch)).toBe(1);
  });

  it("when many senders race with overlapping batches in different orders", async () => {
    const workspaceId = await env.createWorkspace();
    const items = Array.from({ length: 60 }, (_, at) =>
      identify(`user-${at % 7}`, { [`trait-${at}`]: at }),
    );
    const shuffled = (from: readonly BatchItem[], seed: number) =>
      [...from].sort(
        (a, b) =>
          Number.parseInt(a.messageId.slice(seed, seed + 6), 16) -
          Number.parseInt(b.messageId.slice(seed, seed + 6), 16),
      );

    const stored = await Promise.all(
      [0, 1, 2, 24, 25, 26, 27, 28].map((seed) =>
        send(workspaceId, shuffled(items, seed)),
      ),
    );

    expect(stored.reduce((sum, count) => sum + count)).toBe(60);
    expect(await messageIds(workspaceId)).toEqual(
      items.map(({ messageId }) => messageId).sort(),
    );
    const names = (await users(workspaceId)).flatMap(({ traits }) =>
      Object.keys(traits),
    );
    expect(new Set(names).size).toBe(60);
  });
});

describe("users", () => {
  it("come into being with the first event that names them, and are seen at the server's time", async () => {
    const workspaceId = await env.createWorkspace();
    const [first, second] = [
      new Date("2026-11-01T10:00:00Z"),
      new Date("2026-11-02T10:00:00Z"),
    ];
    const timestamp = "2030-01-01T00:00:00Z";

    await send(workspaceId, [track("ann", "Visit", { timestamp })], {
      receivedAt: second,
    });
    await send(workspaceId, [track("ann", "Visit")], { receivedAt: first });

    expect(await users(workspaceId)).toMatchObject([
      {
        userId: "ann",
        isAnonymous: false,
        traits: {},
        traitTimes: {},
        firstSeenAt: first,
        lastSeenAt: second,
      },
    ]);
  });

  it("are anonymous until an event calls them by that name as a user", async () => {
    const workspaceId = await env.createWorkspace();
    const anonymous: BatchItem = {
      type: "page",
      messageId: randomUUID(),
      anonymousId: "visitor",
    };
    await send(workspaceId, [anonymous]);
    expect(await users(workspaceId)).toMatchObject([
      { userId: "visitor", isAnonymous: true },
    ]);

    await send(workspaceId, [
      { ...anonymous, messageId: randomUUID(), userId: "ann" },
      track("visitor", "Signed Up"),
    ]);

    expect(await users(workspaceId)).toMatchObject([
      { userId: "ann", isAnonymous: false },
      { userId: "visitor", isAnonymous: false },
    ]);
  });

  it("have their traits merged by event time within a batch, not by place", async () => {
    const workspaceId = await env.createWorkspace();

    await send(workspaceId, [
      identify("ann", { a: 2, b: 2 }, { timestamp: "2026-02-01" }),
      identify("ann", { a: 1, c: 1 }, { timestamp: "2026-01-01" }),
      identify("ann", { d: 1 }, { timestamp: "2026-01-01" }),
      identify("ann", { d: 2 }, { timestamp: "2026-01-01" }),
    ]);

    expect(await traitsOf(workspaceId, "ann")).toEqual({
      a: 2,
      b: 2,
      c: 1,
      d: 2,
    });
  });

  it("keep of each trait what was said last, also when it arrives first", async () => {
    const workspaceId = await env.createWorkspace();
    await send(workspaceId, [
      identify("ann", { plan: "pro" }, { timestamp: "2026-03-01" }),
      identify("ann", { city: "Ulm" }, { timestamp: "2026-01-01" }),
    ]);

    await send(workspaceId, [
      identify("ann", { plan: "free", age: 1 }, { timestamp: "2026-01-01" }),
      identify("ann", { age: 2, city: "Bonn" }, { timestamp: "2026-02-01" }),
      identify("ann", { seats: 9 }, { timestamp: "2026-04-01" }),
    ]);

    expect(await users(workspaceId)).toMatchObject([
      {
        traits: { plan: "pro", city: "Bonn", age: 2, seats: 9 },
        traitTimes: {
          plan: Date.UTC(2026, 2, 1),
          city: Date.UTC(2026, 1, 1),
          age: Date.UTC(2026, 1, 1),
          seats: Date.UTC(2026, 3, 1),
        },
      },
    ]);
  });

  it("keep of values of the same moment the one that came later", async () => {
    const workspaceId = await env.createWorkspace();
    const timestamp = "2026-03-01T00:00:00.001Z";
    await send(workspaceId, [identify("ann", { plan: "a" }, { timestamp })]);
    await send(workspaceId, [identify("ann", { plan: "b" }, { timestamp })]);
    expect(await traitsOf(workspaceId, "ann")).toEqual({ plan: "b" });
  });

  it("keep every trait, also when many identify the same new user at once", async () => {
    const workspaceId = await env.createWorkspace();

    await Promise.all(
      Array.from({ length: 24 }, (_, at) =>
        send(workspaceId, [
          identify(
            "ann",
            { [`trait-${at}`]: at, last: at },
            {
              timestamp: `2026-01-${String(at + 1).padStart(2, "0")}`,
            },
          ),
        ]),
      ),
    );

    const traits = await traitsOf(workspaceId, "ann");
    expect(Object.keys(traits ?? {})).toHaveLength(25);
    expect(traits).toMatchObject({ last: 23 });
  });

  describe("have a bounded number of traits", () => {
    const timestamp = "2026-03-01";
    const numbered = (from: number, to: number, value: unknown = 0) =>
      Object.fromEntries(
        Array.from({ length: to - from }, (_, at) => [
          `t${String(from + at).padStart(6, "0")}`,
          value,
        ]),
      );
    const parts = (from: number, to: number, time = timestamp) =>
      Array.from({ length: (to - from) / 1000 }, (_, at) =>
        identify("ann", numbered(from + at * 1000, from + (at + 1) * 1000), {
          timestamp: time,
        }),
      );

    it("beyond which new ones stay in the event, and those they have go on changing", async () => {
      const workspaceId = await env.createWorkspace();
      await send(workspaceId, parts(0, 10_000));
      const change = identify(
        "ann",
        { t000001: "new", another: 1, "!before": 2 },
        { timestamp: "2026-04-01" },
      );

      expect(await send(workspaceId, [change])).toBe(1);

      const [ann] = await users(workspaceId);
      expect(ann?.traits).toEqual({ ...numbered(0, 10_000), t000001: "new" });
      expect(Object.keys(ann?.traitTimes ?? {})).toHaveLength(10_000);
      const { events } = await env.as(workspaceId, () =>
        getEvents({ workspaceId, messageId: change.messageId }),
      );
      expect(events.map(({ traits }) => parse(traits))).toEqual([
        { t000001: "new", another: 1, "!before": 2 },
      ]);
    });

    it("up to which there is room, by name, whatever else is said", async () => {
      const workspaceId = await env.createWorkspace();
      await send(workspaceId, parts(0, 9000));
      await send(workspaceId, parts(8000, 12_000, "2026-04-01"));
      expect(await traitsOf(workspaceId, "ann")).toEqual(numbered(0, 10_000));
    });

    it("also when one batch makes the user", async () => {
      const workspaceId = await env.createWorkspace();
      await send(workspaceId, [
        ...parts(0, 12_000),
        identify("bob", { plan: "pro" }),
      ]);
      expect(await traitsOf(workspaceId, "ann")).toEqual(numbered(0, 10_000));
      expect(await traitsOf(workspaceId, "bob")).toEqual({ plan: "pro" });
    });

    it("and size, beyond which a batch changes nothing of the user", async () => {
      const workspaceId = await env.createWorkspace();
      const [huge, large] = ["x".repeat(5_000_000), "x".repeat(3_000_000)];
      await send(workspaceId, [identify("ann", { huge, plan: "pro" })]);
      expect(await traitsOf(workspaceId, "ann")).toEqual({});

      await send(workspaceId, [identify("ann", { large, plan: "pro" })]);
      await send(workspaceId, [identify("ann", { other: large, plan: "x" })]);
      expect(await traitsOf(workspaceId, "ann")).toEqual({
        large,
        plan: "pro",
      });

      await send(workspaceId, [identify("ann", { large: "", other: large })]);
      expect(await traitsOf(workspaceId, "ann")).toEqual({
        large: "",
        other: large,
        plan: "pro",
      });
      expect(await messageIds(workspaceId)).toHaveLength(4);
    });
  });

  it("are not made of groups", async () => {
    const workspaceId = await env.createWorkspace();
    const item: BatchItem = {
      type: "group",
      messageId: randomUUID(),
      userId: "ann",
      groupId: "acme",
      traits: { industry: "tools" },
    };

    expect(await send(workspaceId, [item])).toBe(3);
    expect(await send(workspaceId, [item])).toBe(0);

    expect(await users(workspaceId)).toMatchObject([
      { userId: "ann", traits: {} },
    ]);
    const { events } = await env.as(workspaceId, () =>
      getEvents({ workspaceId }),
    );
    expect(
      events.map(({ eventType, event, userId, traits }) => ({
        eventType,
        event,
        userId,
        traits: parse(traits),
      })),
    ).toEqual([
      {
        eventType: "identify",
        event: "identify",
        userId: "acme",
        traits: { industry: "tools" },
      },
      {
        eventType: "track",
        event: "DFGroupUserAssignment",
        userId: "acme",
        traits: { userId: "ann", assigned: true },
      },
      {
        eventType: "track",
        event: "DFUserGroupAssignment",
        userId: "ann",
        traits: { groupId: "acme", assigned: true },
      },
    ]);
    expect(await messageIds(workspaceId)).toContain(item.messageId);
  });
});

describe("event times", () => {
  it.each([
    ["0001-01-01T00:00:00+14:00", "1000-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999Z"],
    ["2026-05-01T12:00:00.123456+02:00", "2026-05-01T10:00:00.123Z"],
    ["2026-05-01", "2026-05-01T00:00:00.000Z"],
  ])("%s is stored as %s", async (timestamp, eventTime) => {
    const workspaceId = await env.createWorkspace();

    await send(workspaceId, [track("ann", "Visit", { timestamp })]);

    const { events } = await env.as(workspaceId, () =>
      getEvents({ workspaceId }),
    );
    expect(events).toMatchObject([{ eventTime }]);
  });

  it("without a timestamp are the server's", async () => {
    const workspaceId = await env.createWorkspace();
    const receivedAt = new Date("2026-11-05T06:07:08.009Z");

    await send(workspaceId, [track("ann", "Visit")], { receivedAt });

    const { events } = await env.as(workspaceId, () =>
      getEvents({ workspaceId }),
    );
    expect(events).toMatchObject([
      {
        eventTime: receivedAt.toISOString(),
        processingTime: receivedAt.toISOString(),
      },
    ]);
  });
});

describe("what is refused", () => {
  it("is refused whole: files have nowhere to go, and the error names them", async () => {
    const workspaceId = await env.createWorkspace();
    const withFiles: BatchItem = {
      type: "track",
      messageId: randomUUID(),
      userId: "ann",
      event: "Upload",
      files: [
        { type: "Base64Encoded", name: "a", mimeType: "text/plain", data: "" },
      ],
    };

    const result = await env.as(workspaceId, () =>
      ingestEvents({
        workspaceId,
        events: [track("ann", "Visit"), withFiles],
      }),
    );

    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "FilesNotSupported",
      field: "1/files",
    });
    expect(await messageIds(workspaceId)).toEqual([]);
    expect(await users(workspaceId)).toEqual([]);
  });

  it("includes events of another workspace than the context's", async () => {
    const [mine, foreign] = [
      await env.createWorkspace(),
      await env.createWorkspace(),
    ];

    await expect(
      env.as(mine, () =>
        ingestEvents({ workspaceId: foreign, events: [track("ann", "Visit")] }),
      ),
    ).rejects.toThrow();

    expect(await messageIds(foreign)).toEqual([]);
  });
});

describe("listing", () => {
  const at = (day: number) => new Date(Date.UTC(2026, 10, day));

  async function history(): Promise<string> {
    const workspaceId = await env.createWorkspace();
    const journeyId = "11111111-1111-4111-8111-111111111111";
    await send(
      workspaceId,
      [
        identify("ann", { email: "ann@example.com" }, { messageId: "m1" }),
        track("ann", "Order Placed", {
          messageId: "m2",
          properties: { total: 5, journeyId },
          context: { ip: "::1", locale: "item" },
        }),
      ],
      { receivedAt: at(1), context: { locale: "batch", library: "x" } },
    );
    await send(
      workspaceId,
      [
        track("bob", "Order Refunded", {
          messageId: "m3",
          properties: { reason: "100%_late" },
        }),
        {
          type: "page",
          messageId: "m4",
          anonymousId: "visitor",
          name: "Home",
        },
      ],
      { receivedAt: at(3) },
    );
    return workspaceId;
  }

  const list = async (
    request: Parameters<typeof getEvents>[0],
  ): Promise<string[]> => {
    const { events } = await env.as(request.workspaceId, () =>
      getEvents(request),
    );
    return events.map(({ messageId }) => messageId);
  };

  it("is newest first, and by place in the batch among equals", async () => {
    const workspaceId = await history();
    expect(await list({ workspaceId })).toEqual(["m4", "m3", "m2", "m1"]);
  });

  it("pages by offset and limit, and counts what matches in all", async () => {
    const workspaceId = await history();

    const page = await env.as(workspaceId, () =>
      getEvents({ workspaceId, offset: 1, limit: 2 }),
    );

    expect(page.events.map(({ messageId }) => messageId)).toEqual(["m3", "m2"]);
    expect(page.count).toBe(4);
  });

  it.each([
    ["user", { userId: "ann" }, ["m2", "m1"]],
    ["anonymous user", { userId: "visitor" }, ["m4"]],
    ["one message", { messageId: "m2" }, ["m2"]],
    ["several messages", { messageId: ["m1", "m4", "none"] }, ["m4", "m1"]],
    ["no messages", { messageId: [] }, []],
    ["event names", { event: ["Order Placed", "Home"] }, ["m4", "m2"]],
    ["event type", { eventType: "identify" as const }, ["m1"]],
    ["journey", { journeyId: "11111111-1111-4111-8111-111111111111" }, ["m2"]],
    ["broadcast", { broadcastId: "11111111-1111-4111-8111-111111111111" }, []],
    ["start, inclusive", { startDate: at(3).getTime() }, ["m4", "m3"]],
    ["end, exclusive", { endDate: at(3).getTime() }, ["m2", "m1"]],
    [
      "all of time",
      { startDate: -8.64e15, endDate: 8.64e15 },
      ["m4", "m3", "m2", "m1"],
    ],
    ["a part of the name", { searchTerm: "ORDER" }, ["m3", "m2"]],
    ["a term that is a wildcard in SQL", { searchTerm: "%" }, []],
    ["a user by search", { searchTerm: "bob" }, ["m3"]],
  ])("filters by %s", async (_, filter, expected) => {
    const workspaceId = await history();
    const found = await env.as(workspaceId, () =>
      getEvents({ workspaceId, ...filter }),
    );
    expect(found.events.map(({ messageId }) => messageId)).toEqual(expected);
    expect(found.count).toBe(expected.length);
  });

  it("gives the context when asked, with the batch's merged into the item's", async () => {
    const workspaceId = await history();
    const { events } = await env.as(workspaceId, () =>
      getEvents({ workspaceId, messageId: "m2", includeContext: true }),
    );
    expect(JSON.parse(events[0]?.context ?? "")).toEqual({
      ip: "::1",
      locale: "item",
      library: "x",
    });
  });

  it("names the traits and the properties that were seen, of this workspace only", async () => {
    const workspaceId = await history();
    const other = await env.createWorkspace();
    await send(other, [
      identify("eve", { secret: 1 }),
      track("eve", "Hidden", { properties: { secret: 1 } }),
    ]);

    await env.as(workspaceId, async () => {
      expect(await getTraits({ workspaceId })).toEqual({ traits: ["email"] });
      expect(await getProperties({ workspaceId })).toEqual({
        properties: {
          "Order Placed": ["journeyId", "total"],
          "Order Refunded": ["reason"],
        },
      });
    });
  });

  it("shows nothing of another workspace", async () => {
    await history();
    const other = await env.createWorkspace();
    const found = await env.as(other, () => getEvents({ workspaceId: other }));
    expect(found).toEqual({ events: [], count: 0 });
  });
});
