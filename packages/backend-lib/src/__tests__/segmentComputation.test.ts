// Who belongs to a segment by its definition, asked of real users on a real Postgres.

import { randomUUID } from "node:crypto";

import {
  type BodySegmentNode,
  type SegmentDefinition,
  type SegmentNode,
  type SegmentOperator,
} from "isomorphic-lib/src/types";
import { ok } from "neverthrow";
import { beforeAll, describe, expect, it } from "vitest";

import { useTenantEnv } from "../../test/tenantEnv";
import { inTransaction } from "../db";
import { computeSegment, isComputable } from "../segmentComputation";
import { createSegment } from "../segments";
import {
  updateSubscriptionAssignments,
  upsertSubscriptionGroup,
} from "../subscriptionGroups";

const env = useTenantEnv();
let workspaceId: string;

const TRAITS = {
  ann: { plan: "pro", age: 41, address: { city: "Rome" }, tags: ["a", "b"] },
  bob: { plan: "free", age: 17, tags: "a" },
  cid: { plan: null, age: "41" },
  dee: {},
};

beforeAll(async () => {
  workspaceId = await env.createWorkspace();
  const other = await env.createWorkspace();
  for (const [userId, traits] of Object.entries(TRAITS)) {
    for (const id of [workspaceId, other]) {
      await env.owner.query(
        `INSERT INTO "WorkspaceUser" ("workspaceId", "userId", "traits") VALUES ($1, $2, $3)`,
        [id, id === other ? `other-${userId}` : userId, JSON.stringify(traits)],
      );
    }
  }
});

const members = async (segmentId: string) => {
  const { rows } = await env.owner.query<{ userId: string }>(
    `SELECT "userId" FROM "SegmentAssignment" WHERE "segmentId" = $1 AND "inSegment" ORDER BY 1`,
    [segmentId],
  );
  return rows.map(({ userId }) => userId);
};

async function compute(definition: SegmentDefinition) {
  const id = await env.as(workspaceId, async () => {
    const made = await createSegment({
      workspaceId,
      name: randomUUID(),
      definition,
    });
    return made._unsafeUnwrap().id;
  });
  const again = () =>
    env.as(workspaceId, async () => {
      const done = await inTransaction(async (tx) =>
        ok(await computeSegment(tx, { workspaceId, id, definition })),
      );
      return done._unsafeUnwrap();
    });
  return { id, again, isComputed: await again() };
}

const only = (entryNode: SegmentNode): SegmentDefinition => ({
  entryNode,
  nodes: [],
});
const trait = (path: string, operator: SegmentOperator) =>
  ({ type: "Trait", id: path, path, operator }) as const;

const whoIsIn = async (
  entryNode: SegmentNode,
  nodes: BodySegmentNode[] = [],
) => {
  const { id, isComputed } = await compute({ entryNode, nodes });
  expect(isComputed).toBe(true);
  return members(id);
};

describe("a trait", () => {
  it.each<[string, SegmentOperator, string[]]>([
    ["plan", { type: "Equals", value: "pro" }, ["ann"]],
    ["age", { type: "Equals", value: 41 }, ["ann"]],
    ["age", { type: "Equals", value: "41" }, ["ann", "cid"]],
    ["address.city", { type: "Equals", value: "Rome" }, ["ann"]],
    ["plan", { type: "NotEquals", value: "pro" }, ["bob", "cid", "dee"]],
    ["plan", { type: "Exists" }, ["ann", "bob"]],
    ["plan", { type: "NotExists" }, ["cid", "dee"]],
    ["age", { type: "GreaterThanOrEqual", value: 41 }, ["ann"]],
    ["age", { type: "LessThan", value: 18 }, ["bob"]],
    ["[", { type: "Exists" }, []],
  ])("%s %j", async (path, operator, expected) => {
    expect(await whoIsIn(trait(path, operator))).toEqual(expected);
  });

  it("that is a list may contain something", async () => {
    expect(
      await whoIsIn({ type: "Includes", id: "x", path: "tags", item: "a" }),
    ).toEqual(["ann"]);
  });
});

describe("nodes together", () => {
  const nodes: BodySegmentNode[] = [
    trait("plan", { type: "Exists" }),
    trait("age", { type: "LessThan", value: 18 }),
  ];
  const children = ["plan", "age"];

  it("are all to hold, or one of them", async () => {
    expect(await whoIsIn({ type: "And", id: "e", children }, nodes)).toEqual([
      "bob",
    ]);
    expect(await whoIsIn({ type: "Or", id: "e", children }, nodes)).toEqual([
      "ann",
      "bob",
    ]);
  });

  it("that are none are held by nobody", async () => {
    expect(await whoIsIn({ type: "And", id: "e", children: [] })).toEqual([]);
  });

  it("that stand in for more than 2,000 are not computed", () => {
    // 12 layers of nodes that name the next layer's node twice: 4,096 at the end.
    const layers = Array.from({ length: 12 }, (_, at): BodySegmentNode => ({
      type: "Or",
      id: `l${at}`,
      children: [`l${at + 1}`, `l${at + 1}`],
    }));
    const definition: SegmentDefinition = {
      entryNode: { type: "Or", id: "e", children: ["l0"] },
      nodes: [
        ...layers,
        {
          type: "Trait",
          id: "l12",
          path: "plan",
          operator: { type: "Exists" },
        },
      ],
    };
    expect(isComputable({ workspaceId, id: randomUUID(), definition })).toBe(
      false,
    );
  });
});

describe("a subscription group", () => {
  it.each([
    ["OptIn", ["ann"], ["bob"]],
    ["OptOut", ["ann", "cid", "dee"], ["bob"]],
  ] as const)(
    "of type %s has those who are in it, and those who left it",
    async (type, inside, left) => {
      const groupId = await env.as(workspaceId, async () => {
        const made = await upsertSubscriptionGroup({
          workspaceId,
          name: randomUUID(),
          channel: "Email",
          type,
        });
        const { id } = made._unsafeUnwrap();
        const set = await updateSubscriptionAssignments({
          workspaceId,
          userUpdates: [
            { userId: "ann", changes: { [id]: true } },
            { userId: "bob", changes: { [id]: false } },
          ],
        });
        expect(set.isOk()).toBe(true);
        return id;
      });
      expect(
        await whoIsIn({
          type: "SubscriptionGroup",
          id: "e",
          subscriptionGroupId: groupId,
          subscriptionGroupType: type,
        }),
      ).toEqual(inside);
      expect(
        await whoIsIn({
          type: "SubscriptionGroupUnsubscribed",
          id: "e",
          subscriptionGroupId: groupId,
        }),
      ).toEqual(left);
    },
  );
});

describe("chance", () => {
  it("takes nobody, everybody, or about the share that it is told, and the same ones again", async () => {
    const bucket = (percent: number) =>
      whoIsIn({ type: "RandomBucket", id: "e", percent });
    expect(await bucket(0)).toEqual([]);
    expect(await bucket(1)).toEqual(Object.keys(TRAITS));
    const crowd = await env.createWorkspace();
    await env.owner.query(
      `INSERT INTO "WorkspaceUser" ("workspaceId", "userId") SELECT $1, 'u' || n FROM generate_series(1, 2000) AS n`,
      [crowd],
    );
    const segment = {
      workspaceId: crowd,
      id: randomUUID(),
      definition: only({ type: "RandomBucket", id: "e", percent: 0.25 }),
    };
    await env.owner.query(
      `INSERT INTO "Segment" ("id", "workspaceId", "name", "definition", "updatedAt") VALUES ($1, $2, 'x', '{}', now())`,
      [segment.id, crowd],
    );
    const draw = async () => {
      await env.as(crowd, () =>
        inTransaction(async (tx) => ok(await computeSegment(tx, segment))),
      );
      return members(segment.id);
    };
    const first = await draw();
    expect(first.length).toBeGreaterThan(400);
    expect(first.length).toBeLessThan(600);
    expect(await draw()).toEqual(first);
  });
});

it("everyone is everyone of this workspace", async () => {
  expect(await whoIsIn({ type: "Everyone", id: "e" })).toEqual(
    Object.keys(TRAITS),
  );
});

it("who does not belong any more leaves", async () => {
  const { id, again } = await compute(
    only(trait("plan", { type: "Equals", value: "vip" })),
  );
  const setPlan = (plan: string) =>
    env.owner.query(
      `UPDATE "WorkspaceUser" SET "traits" = jsonb_set("traits", '{plan}', to_jsonb($2::text)) WHERE "workspaceId" = $1 AND "userId" = 'dee'`,
      [workspaceId, plan],
    );
  await setPlan("vip");
  await again();
  expect(await members(id)).toEqual(["dee"]);
  await setPlan("");
  await again();
  expect(await members(id)).toEqual([]);
});

it.each<SegmentNode>([
  { type: "Manual", id: "e", version: 1 },
  { type: "Performed", id: "e", event: "Paid" },
  { type: "LastPerformed", id: "e", event: "Paid" },
  { type: "KeyedPerformed", id: "e", event: "Paid", key: "id" },
  { type: "Broadcast", id: "e" },
  trait("plan", { type: "Within", windowSeconds: 60 }),
])("what needs a computation of its own is left as it is: %j", async (node) => {
  const { id, isComputed } = await compute(only(node));
  expect(isComputed).toBe(false);
  expect(await members(id)).toEqual([]);
});
