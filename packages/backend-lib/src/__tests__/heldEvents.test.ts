// Events that there is no room for, against a real Postgres: they are accepted, wait in their order, and are stored once, in
// that order, as soon as there is room; what cannot wait is counted.

import { randomUUID } from "node:crypto";

import {
  type BatchItem,
  type DropHeldEventsRequest,
} from "isomorphic-lib/src/types";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { useClock } from "../clock";
import { config } from "../config";
import {
  askToAdmitHeldEvents,
  askWhereThereIsRoom,
  dropAgedEvents,
  dropHeldEvents,
  getHeldEvents,
} from "../heldEvents";
import { tenantEvents } from "../multitenancy/tenantEvents";
import { admitHeldEvents, getEvents, ingestEvents } from "../userEvents";
import { deleteUsers } from "../users";

const env = useTenantEnv();

const track = (
  userId: string,
  event = "Visit",
  messageId = randomUUID(),
): BatchItem => ({ type: "track", messageId, userId, event });

const identify = (
  userId: string,
  traits: Record<string, unknown>,
): BatchItem => ({
  type: "identify",
  messageId: randomUUID(),
  userId,
  traits,
});

async function send(workspaceId: string, ...events: BatchItem[]) {
  const result = await env.as(workspaceId, () =>
    ingestEvents({ workspaceId, events }),
  );
  return result._unsafeUnwrap();
}

const admit = (workspaceId: string) =>
  env.as(workspaceId, () => admitHeldEvents({ workspaceId }));

async function limit(
  workspaceId: string,
  resourceType: string,
  amount: number | null,
): Promise<void> {
  await env.owner.query(
    `INSERT INTO "WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, 'limit', $3)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [workspaceId, resourceType, amount],
  );
}

/** A workspace with room for one user, who is there. */
async function fullWorkspace(
  resourceType = "users",
  amount = 1,
): Promise<string> {
  const workspaceId = await env.createWorkspace();
  await send(workspaceId, track("ann", "First"));
  await limit(workspaceId, resourceType, amount);
  return workspaceId;
}

const held = (workspaceId: string, request = {}) =>
  env.as(workspaceId, () => getHeldEvents({ workspaceId, ...request }));

const figures = async (workspaceId: string) => {
  const { waiting, admitted, droppedFull, droppedAged, dropped, ...rest } = (
    await held(workspaceId)
  ).figures;
  return {
    waiting,
    held: rest.held,
    admitted,
    droppedFull,
    droppedAged,
    dropped,
  };
};

const NOTHING = {
  waiting: 0,
  held: 0,
  admitted: 0,
  droppedFull: 0,
  droppedAged: 0,
  dropped: 0,
};

/** What is stored of a user, oldest first. */
async function storedOf(workspaceId: string, userId: string) {
  const { events } = await env.as(workspaceId, () =>
    getEvents({ workspaceId, userId, limit: 1000 }),
  );
  return events.map(({ event }) => event).reverse();
}

async function users(workspaceId: string): Promise<string[]> {
  const { rows } = await env.owner.query<{ userId: string }>(
    `SELECT "userId" FROM "WorkspaceUser" WHERE "workspaceId" = $1 ORDER BY "userId"`,
    [workspaceId],
  );
  return rows.map(({ userId }) => userId);
}

async function jobs(workspaceId: string): Promise<number> {
  const { rowCount } = await env.owner.query(
    `SELECT 1 FROM "TenantJob" WHERE "workspaceId" = $1 AND "task" = 'admitHeldEvents' AND "state" = 'Waiting'`,
    [workspaceId],
  );
  return rowCount ?? 0;
}

describe("a batch over the quota", () => {
  it("is taken in part: known users' events are stored, new users' wait", async () => {
    const workspaceId = await fullWorkspace();

    const outcome = await send(
      workspaceId,
      track("ann", "Second"),
      track("bob", "B1"),
      track("ann", "Third"),
      track("bob", "B2"),
    );

    expect(outcome).toEqual({ storedCount: 2, heldCount: 2, droppedCount: 0 });
    expect(await storedOf(workspaceId, "ann")).toEqual([
      "First",
      "Second",
      "Third",
    ]);
    const { events } = await held(workspaceId);
    expect(events).toMatchObject([
      { userOrAnonymousId: "bob", event: "B1", resourceType: "users" },
      { userOrAnonymousId: "bob", event: "B2", resourceType: "users" },
    ]);
    expect(await users(workspaceId)).toEqual(["ann"]);
    expect(await figures(workspaceId)).toEqual({
      ...NOTHING,
      waiting: 2,
      held: 2,
    });
  });

  it("gives what room there is to the users that it names first", async () => {
    const workspaceId = await fullWorkspace("users", 3);

    await send(
      workspaceId,
      ...["bob", "cleo", "dan", "eve"].map((userId) => track(userId)),
    );

    expect(await users(workspaceId)).toEqual(["ann", "bob", "cleo"]);
    expect(await figures(workspaceId)).toMatchObject({ waiting: 2 });
  });

  it("stores and holds nothing twice when it is sent again, whole or overlapping", async () => {
    const workspaceId = await fullWorkspace();
    const batch = [track("ann", "Second"), track("bob"), track("cleo")];
    await send(workspaceId, ...batch);

    const again = await send(workspaceId, ...batch);
    const more = await send(workspaceId, ...batch.toReversed(), track("bob"));

    expect(again).toEqual({ storedCount: 0, heldCount: 0, droppedCount: 0 });
    expect(more).toEqual({ storedCount: 0, heldCount: 1, droppedCount: 0 });
    await limit(workspaceId, "users", null);
    expect(await admit(workspaceId)).toBe(3);
    expect(await send(workspaceId, ...batch)).toMatchObject({
      storedCount: 0,
      heldCount: 0,
    });
    expect(await storedOf(workspaceId, "bob")).toHaveLength(2);
  });

  it("says so aloud, for metrics", async () => {
    const workspaceId = await fullWorkspace();
    const said: unknown[] = [];
    const listen = (event: unknown) => said.push(event);
    tenantEvents.on("eventsHeld", listen).on("heldEventsLeft", listen);
    try {
      await send(workspaceId, track("bob"), track("cleo"));
      await limit(workspaceId, "users", 2);
      await admit(workspaceId);
    } finally {
      tenantEvents.off("eventsHeld", listen).off("heldEventsLeft", listen);
    }
    expect(said).toEqual([
      { workspaceId, held: 2, droppedFull: 0 },
      { workspaceId, outcome: "admitted", count: 1 },
    ]);
  });

  it("holds a group item as a whole, and admits what it says of user and group", async () => {
    const workspaceId = await fullWorkspace();
    const item: BatchItem = {
      type: "group",
      messageId: randomUUID(),
      userId: "bob",
      groupId: "acme",
      traits: { industry: "tools" },
    };

    expect(await send(workspaceId, item)).toMatchObject({ heldCount: 3 });
    await limit(workspaceId, "users", 2);
    expect(await admit(workspaceId)).toBe(3);

    expect(await storedOf(workspaceId, "bob")).toEqual([
      "DFUserGroupAssignment",
    ]);
    expect(await storedOf(workspaceId, "acme")).toEqual([
      "DFGroupUserAssignment",
      "identify",
    ]);
    expect(await users(workspaceId)).toEqual(["ann", "bob"]);
  });

  it("waits for the events of the month as well, of known users, too", async () => {
    const workspaceId = await fullWorkspace("events", 3);

    await send(
      workspaceId,
      track("ann", "Second"),
      track("bob", "B1"),
      track("ann", "Third"),
      track("ann", "Fourth"),
    );

    expect(await storedOf(workspaceId, "ann")).toEqual(["First", "Second"]);
    expect((await held(workspaceId)).events).toMatchObject([
      { event: "Third", resourceType: "events" },
      { event: "Fourth", resourceType: "events" },
    ]);
    await limit(workspaceId, "events", 4);
    expect(await admit(workspaceId)).toBe(1);
    await limit(workspaceId, "events", null);
    expect(await admit(workspaceId)).toBe(1);
    expect(await storedOf(workspaceId, "ann")).toEqual([
      "First",
      "Second",
      "Third",
      "Fourth",
    ]);
  });

  it("waits for storage when it says traits; what needs none goes on", async () => {
    const workspaceId = await env.createWorkspace();
    await send(workspaceId, track("ann", "First"), track("cleo", "First"));
    await limit(workspaceId, "storage", 10);

    const outcome = await send(
      workspaceId,
      identify("ann", { city: "a rather long name" }),
      track("ann", "Second"),
      track("cleo", "Second"),
    );

    expect(outcome).toMatchObject({ storedCount: 1, heldCount: 2 });
    expect(await storedOf(workspaceId, "cleo")).toEqual(["First", "Second"]);
    expect(await storedOf(workspaceId, "ann")).toEqual(["First"]);
    await limit(workspaceId, "storage", 1000);
    expect(await admit(workspaceId)).toBe(2);
    expect(await storedOf(workspaceId, "ann")).toEqual([
      "First",
      "identify",
      "Second",
    ]);
  });

  it("stores of what fits into the little storage that is left as much as does, whoever stands before it", async () => {
    const workspaceId = await env.createWorkspace();
    await limit(workspaceId, "storage", 300);
    const long = "x".repeat(120);

    await send(
      workspaceId,
      identify("huge", { long: long.repeat(9) }),
      ...["a", "b", "c", "d"].map((userId) => identify(userId, { long })),
      identify("small", {}),
    );
    await admit(workspaceId);

    expect(await users(workspaceId)).toEqual(["a", "b", "small"]);
    expect((await held(workspaceId)).events).toMatchObject(
      ["huge", "c", "d"].map((userId) => ({
        userId,
        resourceType: "storage",
      })),
    );
  });
});

describe("order", () => {
  it("of a user is kept: a later event waits behind those that wait, though there is room by now", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob", "B1"));
    await limit(workspaceId, "users", 2);

    expect(await send(workspaceId, track("bob", "B2"))).toMatchObject({
      storedCount: 0,
      heldCount: 1,
    });
    await admit(workspaceId);
    await send(workspaceId, track("bob", "B3"));

    expect(await storedOf(workspaceId, "bob")).toEqual(["B1", "B2", "B3"]);
    expect(await figures(workspaceId)).toEqual({
      ...NOTHING,
      held: 2,
      admitted: 2,
    });
  });

  it("of a known user is kept, too, when only the events of the month were used up", async () => {
    const workspaceId = await fullWorkspace("events");
    await send(workspaceId, track("ann", "Second"));
    await limit(workspaceId, "events", null);

    expect(await send(workspaceId, track("ann", "Third"))).toMatchObject({
      storedCount: 0,
      heldCount: 1,
    });
    await admit(workspaceId);

    expect(await storedOf(workspaceId, "ann")).toEqual([
      "First",
      "Second",
      "Third",
    ]);
  });

  it("of new users is that of their first event: who comes later does not take the room", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob"));
    await limit(workspaceId, "users", 2);

    await send(workspaceId, track("cleo"));
    expect(await users(workspaceId)).toEqual(["ann"]);
    expect(await jobs(workspaceId)).toBe(1);
    await admit(workspaceId);

    expect(await users(workspaceId)).toEqual(["ann", "bob"]);
    expect((await held(workspaceId)).events).toMatchObject([
      { userId: "cleo" },
    ]);
  });

  it("holds for an event that was on its way while earlier ones were admitted", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob", "B1"));
    await limit(workspaceId, "users", 2);
    // It arrives a minute before the admission, and is stored after it.
    const restore = useClock({ now: () => new Date(Date.now() + 60_000) });
    try {
      await admit(workspaceId);
    } finally {
      restore();
    }

    await send(workspaceId, track("bob", "B2"));
    await send(workspaceId, track("bob", "B3"));

    expect(await storedOf(workspaceId, "bob")).toEqual(["B1", "B2", "B3"]);
  });

  it("is that of arrival, whatever the clocks of those who accept say", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob", "B1"));
    const restore = useClock({ now: () => new Date(Date.now() - 3_600_000) });
    try {
      await send(workspaceId, track("bob", "B2"), track("bob", "B3"));
      await send(workspaceId, track("bob", "B4"));
    } finally {
      restore();
    }
    await limit(workspaceId, "users", 2);
    await admit(workspaceId);
    expect(await storedOf(workspaceId, "bob")).toEqual([
      "B1",
      "B2",
      "B3",
      "B4",
    ]);
  });

  it("stays when an event fits nowhere: what follows of its user waits with it, however far behind", async () => {
    const workspaceId = await fullWorkspace();
    await limit(workspaceId, "storage", 2000);
    const others = Array.from({ length: 40 }, (_, at) => track(`user-${at}`));
    await send(
      workspaceId,
      identify("ann", { long: "x".repeat(3000) }),
      ...others,
      track("ann", "Later"),
    );
    await limit(workspaceId, "users", null);

    expect(await admit(workspaceId)).toBe(40);

    expect(await storedOf(workspaceId, "ann")).toEqual(["First"]);
    await limit(workspaceId, "storage", null);
    await admit(workspaceId);
    expect(await storedOf(workspaceId, "ann")).toEqual([
      "First",
      "identify",
      "Later",
    ]);
  });

  it("stays when a user becomes known by other means in the middle of the queue", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob", "B1"), track("cleo", "C1"));
    await env.owner.query(
      `DELETE FROM "WorkspaceUser" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    await env.owner.query(
      `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") VALUES ($1, 'cleo')`,
      [workspaceId],
    );

    await send(workspaceId, track("cleo", "C2"), track("bob", "B2"));
    expect(await storedOf(workspaceId, "cleo")).toEqual([]);
    await admit(workspaceId);

    expect(await storedOf(workspaceId, "cleo")).toEqual(["C1", "C2"]);
    expect(await storedOf(workspaceId, "bob")).toEqual([]);
  });
});

describe("admission", () => {
  it("goes through a long queue, several events of a user far apart included", async () => {
    const workspaceId = await fullWorkspace();
    const names = Array.from({ length: 700 }, (_, at) => `user-${at}`);
    const wave = (event: string) => names.map((name) => track(name, event));
    await send(workspaceId, ...wave("E1"), ...wave("E2"));
    await limit(workspaceId, "users", 601);

    expect(await admit(workspaceId)).toBe(1200);

    expect(await users(workspaceId)).toHaveLength(601);
    expect(await storedOf(workspaceId, "user-599")).toEqual(["E1", "E2"]);
    expect(await storedOf(workspaceId, "user-600")).toEqual([]);
    expect(await figures(workspaceId)).toMatchObject({
      waiting: 200,
      admitted: 1200,
    });
  });

  it("by several at once, while more arrives, stores each event once and in order", async () => {
    const workspaceId = await fullWorkspace();
    const wave = (event: string) =>
      Array.from({ length: 30 }, (_, at) => track(`user-${at}`, event));
    const names = Array.from({ length: 8 }, (_, at) => `E${at}`);
    for (const name of names.slice(0, 4)) {
      await send(workspaceId, ...wave(name));
    }
    await limit(workspaceId, "users", null);

    const [, ...admitted] = await Promise.all([
      (async () => {
        for (const name of names.slice(4)) {
          await send(workspaceId, ...wave(name));
        }
      })(),
      ...Array.from({ length: 4 }, () => admit(workspaceId)),
    ]);
    const rest = await admit(workspaceId);

    const { held: inAll, admitted: left } = await figures(workspaceId);
    expect(admitted.reduce((sum, count) => sum + count, rest)).toBe(left);
    expect(left).toBe(inAll);
    for (const userId of ["user-0", "user-17", "user-29"]) {
      expect(await storedOf(workspaceId, userId)).toEqual(names);
    }
  });

  it("does nothing where there is no room, and nothing is lost by it", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob"));
    expect(await admit(workspaceId)).toBe(0);
    expect(await figures(workspaceId)).toMatchObject({ waiting: 1 });
    expect(await admit(await env.createWorkspace())).toBe(0);
  });

  it("finds a stored event by its message's id, as processed when it was admitted", async () => {
    const workspaceId = await fullWorkspace();
    const messageId = randomUUID();
    await send(workspaceId, track("bob", "B1", messageId));
    await limit(workspaceId, "users", 2);
    const before = Date.now();
    await admit(workspaceId);

    const { events } = await env.as(workspaceId, () =>
      getEvents({ workspaceId, messageId }),
    );
    expect(events).toMatchObject([{ event: "B1" }]);
    const [event] = events;
    expect(Date.parse(event?.processingTime ?? "")).toBeGreaterThanOrEqual(
      before,
    );
    expect(Date.parse(event?.eventTime ?? "")).toBeLessThanOrEqual(before);
  });

  it("is asked for once when users are deleted, and when somebody asks", async () => {
    const workspaceId = await fullWorkspace();
    expect(
      await env.as(workspaceId, () => askToAdmitHeldEvents({ workspaceId })),
    ).toEqual({ waiting: 0 });
    await send(workspaceId, track("bob"), track("bob"));
    expect(await jobs(workspaceId)).toBe(0);

    await env.as(workspaceId, () =>
      deleteUsers({ workspaceId, userIds: ["ann"] }),
    );
    expect(await jobs(workspaceId)).toBe(1);
    expect(
      await env.as(workspaceId, () => askToAdmitHeldEvents({ workspaceId })),
    ).toEqual({ waiting: 2 });
    expect(await jobs(workspaceId)).toBe(1);

    await admit(workspaceId);
    expect(await users(workspaceId)).toEqual(["bob"]);
  });

  it("is asked for by the look over all workspaces, where there is room and nowhere else", async () => {
    const [full, roomy, paused] = [
      await fullWorkspace(),
      await fullWorkspace(),
      await fullWorkspace(),
    ];
    for (const workspaceId of [full, roomy, paused]) {
      await send(workspaceId, track("bob"));
    }
    await limit(roomy, "users", 2);
    await limit(paused, "users", 2);
    await env.owner.query(
      `UPDATE "Workspace" SET "status" = 'Paused' WHERE "id" = $1`,
      [paused],
    );

    expect(await askWhereThereIsRoom()).toBeGreaterThanOrEqual(1);
    await askWhereThereIsRoom();

    expect([await jobs(full), await jobs(roomy), await jobs(paused)]).toEqual([
      0, 1, 0,
    ]);
  });

  it("notes what is lacking now, so that the look finds it when that is there", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob", "B1"), track("bob", "B2"));
    await limit(workspaceId, "events", 2);
    await limit(workspaceId, "users", 2);

    expect(await admit(workspaceId)).toBe(1);

    expect((await held(workspaceId)).events).toMatchObject([
      { event: "B2", resourceType: "events" },
    ]);
  });
});

describe("the queue", () => {
  let quotaHeldEventsMax = 0;
  beforeEach(() => {
    ({ quotaHeldEventsMax } = config());
    Object.assign(config(), { quotaHeldEventsMax: 3 });
  });
  afterEach(() => {
    Object.assign(config(), { quotaHeldEventsMax });
  });

  it("takes no more than may wait; what is turned away is counted, and may be sent again", async () => {
    const workspaceId = await fullWorkspace();
    const batch = ["b", "c", "d", "e", "f"].map((userId) => track(userId));

    expect(await send(workspaceId, ...batch)).toEqual({
      storedCount: 0,
      heldCount: 3,
      droppedCount: 2,
    });
    expect(await figures(workspaceId)).toEqual({
      ...NOTHING,
      waiting: 3,
      held: 3,
      droppedFull: 2,
    });

    await limit(workspaceId, "users", null);
    await admit(workspaceId);
    expect(await send(workspaceId, ...batch)).toMatchObject({ storedCount: 2 });
    expect(await users(workspaceId)).toHaveLength(6);
  });

  it("drops what waited for too long, oldest first, of every workspace", async () => {
    const [one, other] = [await fullWorkspace(), await fullWorkspace()];
    await send(one, track("bob", "Old"));
    await send(other, track("bob", "Old"));
    await env.owner.query(
      `UPDATE "HeldEvent" SET "receivedAt" = now() - interval '31 days' WHERE "workspaceId" IN ($1, $2)`,
      [one, other],
    );
    await send(one, track("bob", "New"));

    expect(await dropAgedEvents()).toBe(2);

    expect((await held(one)).events).toMatchObject([{ event: "New" }]);
    expect(await figures(one)).toEqual({
      ...NOTHING,
      waiting: 1,
      held: 2,
      droppedAged: 1,
    });
    expect(await figures(other)).toEqual({
      ...NOTHING,
      held: 1,
      droppedAged: 1,
    });
  });
});

describe("an admin", () => {
  it("pages through what waits, by user and by resource", async () => {
    const workspaceId = await fullWorkspace();
    await send(
      workspaceId,
      ...["b", "c", "b", "d", "b"].map((userId, at) => track(userId, `E${at}`)),
    );
    const page = async (request: object) => {
      const { events, nextCursor } = await held(workspaceId, request);
      return { names: events.map(({ event }) => event), nextCursor };
    };

    const first = await page({ limit: 2, userId: "b" });
    expect(first.names).toEqual(["E0", "E2"]);
    expect(
      await page({ limit: 2, userId: "b", cursor: first.nextCursor }),
    ).toEqual({ names: ["E4"], nextCursor: undefined });
    expect((await page({ resourceType: "users" })).names).toHaveLength(5);
    expect((await page({ resourceType: "events" })).names).toEqual([]);
    const other = await env.createWorkspace();
    expect(await held(other)).toMatchObject({
      events: [],
      figures: { waiting: 0 },
    });
  });

  it("drops by id, by user, and all; what was dropped may be sent again", async () => {
    const workspaceId = await fullWorkspace();
    const batch = ["b", "b", "c", "c", "d"].map((userId) => track(userId));
    await send(workspaceId, ...batch);
    const drop = (which: DropHeldEventsRequest) =>
      env.as(workspaceId, () => dropHeldEvents({ ...which, workspaceId }));
    const { events } = await held(workspaceId);

    const [first] = events;
    expect(await drop({ ids: [first?.id ?? "", randomUUID()] })).toEqual({
      dropped: 1,
    });
    expect(await drop({ userId: "c" })).toEqual({ dropped: 2 });
    expect(await drop({ all: true })).toEqual({ dropped: 2 });

    expect(await figures(workspaceId)).toEqual({
      ...NOTHING,
      held: 5,
      dropped: 5,
    });
    expect(await send(workspaceId, ...batch)).toMatchObject({ heldCount: 5 });
  });

  it("drops nothing of another workspace", async () => {
    const [mine, theirs] = [await fullWorkspace(), await fullWorkspace()];
    await send(theirs, track("bob"));
    const { events } = await held(theirs);
    const ids = events.map(({ id }) => id);

    expect(
      await env.as(mine, () => dropHeldEvents({ workspaceId: mine, ids })),
    ).toEqual({ dropped: 0 });
    expect(await figures(theirs)).toMatchObject({ waiting: 1 });
  });
});

describe("deleting", () => {
  it("a user drops what waits of them, for good, and of nobody else", async () => {
    const workspaceId = await fullWorkspace();
    const batch = [track("bob"), track("cleo"), track("bob")];
    await send(workspaceId, ...batch);

    await env.as(workspaceId, () =>
      deleteUsers({ workspaceId, userIds: ["bob"] }),
    );

    expect(await figures(workspaceId)).toEqual({
      ...NOTHING,
      waiting: 1,
      held: 3,
      dropped: 2,
    });
    expect(await send(workspaceId, ...batch)).toMatchObject({
      storedCount: 0,
      heldCount: 0,
    });
  });

  it("a workspace removes all of it", async () => {
    const workspaceId = await fullWorkspace();
    await send(workspaceId, track("bob"));

    await env.owner.query(`DELETE FROM "Workspace" WHERE "id" = $1`, [
      workspaceId,
    ]);

    const { rows } = await env.owner.query(
      `SELECT 1 FROM "HeldEvent" WHERE "workspaceId" = $1
       UNION ALL SELECT 1 FROM "HeldEventFigures" WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    expect(rows).toEqual([]);
  });
});
