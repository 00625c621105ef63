// Subscription groups against a real Postgres: their two segments, the users' choices, isolation and races.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { beforeEach, describe, expect, test } from "vitest";

import { traitSegment } from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import { getSegments, upsertSegment } from "../segments";
import {
  deleteSubscriptionGroup,
  getSubscriptionGroups,
  updateSubscriptionAssignments,
  upsertSubscriptionGroup,
} from "../subscriptionGroups";
import { getUserSubscriptions } from "../users";

const env = useTenantEnv();
let mine: string;
let theirs: string;

beforeEach(async () => {
  [mine, theirs] = await Promise.all([
    env.createWorkspace(),
    env.createWorkspace(),
  ]);
});

type Upsert = Partial<
  Omit<Parameters<typeof upsertSubscriptionGroup>[0], "workspaceId">
>;

const put = (input: Upsert, workspaceId = mine) =>
  env.as(workspaceId, () =>
    upsertSubscriptionGroup({
      channel: "Email",
      type: "OptOut",
      ...input,
      workspaceId,
    }),
  );
const list = (workspaceId = mine) =>
  env.as(workspaceId, () => getSubscriptionGroups({ workspaceId }));
const segments = (workspaceId = mine) =>
  env.as(workspaceId, () => getSegments({ workspaceId }));
const remove = (id: string) =>
  env.as(mine, () => deleteSubscriptionGroup({ workspaceId: mine, id }));

describe("upsert", () => {
  test("makes a group with two Internal segments of its own", async () => {
    const group = unwrap(await put({ name: "News", type: "OptIn" }));
    expect(group).toMatchObject({
      workspaceId: mine,
      name: "News",
      channel: "Email",
      type: "OptIn",
    });
    const made = await env.as(mine, () =>
      getSegments({ workspaceId: mine, resourceType: "Internal" }),
    );
    expect(
      Object.fromEntries(
        made.map(({ id, name, subscriptionGroupId, definition }) => [
          id,
          { name, subscriptionGroupId, entry: definition.entryNode },
        ]),
      ),
    ).toEqual({
      [group.segmentId ?? ""]: {
        name: `subscriptionGroup-${group.id}`,
        subscriptionGroupId: group.id,
        entry: {
          type: "SubscriptionGroup",
          id: "entry",
          subscriptionGroupId: group.id,
          subscriptionGroupType: "OptIn",
        },
      },
      [group.unsubscribedSegmentId ?? ""]: {
        name: `subscriptionGroup-unsubscribed-${group.id}`,
        subscriptionGroupId: group.id,
        entry: {
          type: "SubscriptionGroupUnsubscribed",
          id: "entry",
          subscriptionGroupId: group.id,
        },
      },
    });
    expect(await list()).toEqual([group]);
  });

  test("changes by id and by name, and its segment follows the type", async () => {
    const made = unwrap(await put({ name: "News" }));
    const before = (await segments()).find(({ id }) => id === made.segmentId);
    const renamed = unwrap(
      await put({ id: made.id, name: "Letters", channel: "Sms" }),
    );
    expect(renamed).toMatchObject({
      id: made.id,
      name: "Letters",
      channel: "Sms",
      segmentId: made.segmentId,
    });
    const retyped = unwrap(await put({ name: "Letters", type: "OptIn" }));
    expect(retyped).toMatchObject({ id: made.id, type: "OptIn" });
    const after = (await segments()).find(({ id }) => id === made.segmentId);
    expect(after?.definition.entryNode).toMatchObject({
      subscriptionGroupType: "OptIn",
    });
    expect(after?.definitionUpdatedAt).toBeGreaterThan(
      before?.definitionUpdatedAt ?? Infinity,
    );
    expect(await segments()).toHaveLength(2);
  });

  test("without id and name it is refused and changes no group", async () => {
    const made = unwrap(await put({ name: "News" }));
    const result = await put({ channel: "Sms", type: "OptIn" });
    expect(result._unsafeUnwrapErr().type).toBe("BadValues");
    expect(await list()).toEqual([made]);
    const unnamed = await put({ id: randomUUID() });
    const error = unnamed._unsafeUnwrapErr();
    expect(error.type).toBe("BadValues");
    expect(error.message).toContain("name");
  });

  test("another's name is refused; another workspace's id shows and changes nothing", async () => {
    unwrap(await put({ name: "A" }));
    const { id } = unwrap(await put({ name: "B" }));
    const foreign = unwrap(await put({ name: "Theirs" }, theirs));
    for (const input of [
      { id, name: "A" },
      { id: foreign.id, name: "stolen" },
    ]) {
      const result = await put(input);
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
    expect(await list(theirs)).toEqual([foreign]);
  });

  test("a segment that has one of its names is in the way, and nothing is made", async () => {
    const id = randomUUID();
    unwrap(
      await env.as(mine, () =>
        upsertSegment({
          workspaceId: mine,
          name: `subscriptionGroup-${id}`,
          definition: traitSegment(),
        }),
      ),
    );
    const result = await put({ id, name: "News" });
    expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    expect(await list()).toEqual([]);
    expect(await segments()).toHaveLength(1);
  });

  test("a segment that was lost is made again", async () => {
    const made = unwrap(await put({ name: "News" }));
    await env.owner.query(`DELETE FROM "Segment" WHERE "id" = $1`, [
      made.unsubscribedSegmentId,
    ]);
    expect((await list())[0]).not.toHaveProperty("unsubscribedSegmentId");
    const healed = unwrap(await put({ name: "News" }));
    expect(healed.unsubscribedSegmentId).toBeDefined();
    expect(await segments()).toHaveLength(2);
  });

  test("many puts of one new name make one group with two segments, and all succeed", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => put({ name: "Hot" })),
    );
    expect(new Set(results.map((result) => unwrap(result).id)).size).toBe(1);
    expect(await list()).toHaveLength(1);
    expect(await segments()).toHaveLength(2);
  });
});

describe("delete", () => {
  test("takes the segments along, once, and never another workspace's", async () => {
    const made = unwrap(await put({ name: "News" }));
    const foreign = unwrap(await put({ name: "News" }, theirs));
    expect((await remove(foreign.id)).isErr()).toBe(true);
    expect((await remove(made.id)).isOk()).toBe(true);
    expect((await remove(made.id)).isErr()).toBe(true);
    expect(await segments()).toEqual([]);
    expect(await list(theirs)).toEqual([foreign]);
    expect(await segments(theirs)).toHaveLength(2);
  });

  test("puts and deletes at the same moment leave whole groups or none", async () => {
    const { id } = unwrap(await put({ name: "Hot" }));
    const results = await Promise.all(
      Array.from({ length: 12 }, async (_, index) =>
        index % 2 === 0 ? put({ id, name: "Hot" }) : remove(id),
      ),
    );
    const errors = results.flatMap((result) =>
      result.isErr() ? [result.error.type] : [],
    );
    expect(errors.filter((type) => type !== "NotFound")).toEqual([]);
    const groups = await list();
    expect(await segments()).toHaveLength(2 * groups.length);
  });
});

describe("choices", () => {
  const assign = (
    userUpdates: { userId: string; changes: Record<string, boolean> }[],
  ) =>
    env.as(mine, () =>
      updateSubscriptionAssignments({ workspaceId: mine, userUpdates }),
    );
  const subscribed = (userId: string) =>
    env.as(mine, async () => {
      const { subscriptionGroups } = await getUserSubscriptions({
        workspaceId: mine,
        userId,
      });
      return Object.fromEntries(
        subscriptionGroups.map(({ name, isSubscribed }) => [
          name,
          isSubscribed,
        ]),
      );
    });
  const stored = async () => {
    const { rows } = await env.owner.query<{
      userId: string;
      name: string;
      inSegment: boolean;
    }>(
      `SELECT assignment."userId", segment."name", assignment."inSegment"
       FROM "SegmentAssignment" AS assignment JOIN "Segment" AS segment ON segment."id" = assignment."segmentId"
       WHERE assignment."workspaceId" = $1 ORDER BY 1, 2`,
      [mine],
    );
    return rows;
  };

  test("are stored in both segments, each with an event, and can be taken back", async () => {
    const group = unwrap(await put({ name: "In", type: "OptIn" }));
    const other = unwrap(await put({ name: "Out", type: "OptOut" }));
    unwrap(
      await assign([
        {
          userId: "u",
          changes: { [group.id.toUpperCase()]: true, [other.id]: false },
        },
      ]),
    );
    expect(await subscribed("u")).toEqual({ In: true, Out: false });
    expect(await stored()).toEqual(
      expect.arrayContaining([
        {
          userId: "u",
          name: `subscriptionGroup-${group.id}`,
          inSegment: true,
        },
        {
          userId: "u",
          name: `subscriptionGroup-unsubscribed-${group.id}`,
          inSegment: false,
        },
      ]),
    );
    const { rows } = await env.owner.query(
      `SELECT "userId", "event", "eventType", "properties" FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "position"`,
      [mine],
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          userId: "u",
          event: "DFSubscriptionChange",
          eventType: "track",
          properties: { subscriptionId: group.id, action: "Subscribe" },
        },
        {
          userId: "u",
          event: "DFSubscriptionChange",
          eventType: "track",
          properties: { subscriptionId: other.id, action: "Unsubscribe" },
        },
      ]),
    );
    unwrap(await assign([{ userId: "u", changes: { [group.id]: false } }]));
    expect(await subscribed("u")).toEqual({ In: false, Out: false });
  });

  test("of several about one group the last counts", async () => {
    const { id } = unwrap(await put({ name: "In", type: "OptIn" }));
    unwrap(
      await assign([
        { userId: "u", changes: { [id]: false } },
        { userId: "u", changes: { [id]: true } },
      ]),
    );
    expect(await subscribed("u")).toEqual({ In: true });
    expect(await stored()).toHaveLength(2);
  });

  test("sent again change nothing but the events", async () => {
    const { id } = unwrap(await put({ name: "In", type: "OptIn" }));
    const update = [{ userId: "u", changes: { [id]: true } }];
    unwrap(await assign(update));
    const first = await stored();
    unwrap(await assign(update));
    expect(await stored()).toEqual(first);
  });

  test("about another workspace's group, or none, refuse the whole request by the field's name", async () => {
    const { id } = unwrap(await put({ name: "In", type: "OptIn" }));
    const foreign = unwrap(await put({ name: "In" }, theirs));
    for (const unknown of [foreign.id, randomUUID()]) {
      const result = await assign([
        { userId: "u", changes: { [id]: true } },
        { userId: "v", changes: { [unknown]: true } },
      ]);
      const error = result._unsafeUnwrapErr();
      expect(error.type).toBe("BadValues");
      expect(error.message).toContain(`userUpdates/1/changes/${unknown}`);
    }
    expect(await stored()).toEqual([]);
    const events = await env.owner.query(
      `SELECT 1 FROM "UserEvent" WHERE "workspaceId" = ANY($1)`,
      [[mine, theirs]],
    );
    expect(events.rowCount).toBe(0);
  });

  test("none at all are fine", async () => {
    unwrap(await assign([]));
    unwrap(await assign([{ userId: "u", changes: {} }]));
    expect(await stored()).toEqual([]);
  });

  test("made while the group is deleted are stored whole or refused", async () => {
    const { id } = unwrap(await put({ name: "In" }));
    const results = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) =>
        assign([{ userId: `u${index}`, changes: { [id]: true } }]),
      ),
      remove(id),
    ]);
    const errors = results.flatMap((result) =>
      result.isErr() ? [result.error.type] : [],
    );
    expect(errors.every((type) => type === "BadValues")).toBe(true);
    expect(await stored()).toEqual([]);
    expect(await segments()).toEqual([]);
  });
});
