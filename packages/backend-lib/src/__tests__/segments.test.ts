// Segments against a real Postgres: the rules of upserts, what definitions may refer to, races, and users listed by hand.

import { randomUUID } from "node:crypto";

import fc from "fast-check";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import { type SegmentDefinition } from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import {
  emailTemplate,
  manualSegment,
  traitSegment,
} from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import { createMessageTemplate } from "../messageTemplates";
import {
  clearManualSegment,
  createSegment,
  deleteSegment,
  getManualSegmentStatus,
  getSegments,
  updateManualSegment,
  updateSegmentStatus,
  upsertSegment,
} from "../segments";
import { upsertSubscriptionGroup } from "../subscriptionGroups";

const env = useTenantEnv();
let mine: string;
let theirs: string;

beforeEach(async () => {
  [mine, theirs] = await Promise.all([
    env.createWorkspace(),
    env.createWorkspace(),
  ]);
});

type Upsert = Omit<Parameters<typeof upsertSegment>[0], "workspaceId">;

const put = (input: Upsert, workspaceId = mine) =>
  env.as(workspaceId, () => upsertSegment({ ...input, workspaceId }));
const list = (workspaceId = mine) =>
  env.as(workspaceId, () => getSegments({ workspaceId }));

async function newSegment(
  definition: SegmentDefinition = traitSegment(),
  workspaceId = mine,
) {
  return unwrap(await put({ name: randomUUID(), definition }, workspaceId));
}

async function newGroup(workspaceId = mine) {
  return unwrap(
    await env.as(workspaceId, () =>
      upsertSubscriptionGroup({
        workspaceId,
        name: randomUUID(),
        channel: "Email",
        type: "OptOut",
      }),
    ),
  );
}

async function newTemplate(workspaceId = mine) {
  return unwrap(
    await env.as(workspaceId, () =>
      createMessageTemplate({
        workspaceId,
        name: randomUUID(),
        definition: emailTemplate(),
      }),
    ),
  );
}

/** Node → what it refers to, under an And. */
function referring(to: { templateId?: string; groupId?: string }) {
  const nodes: SegmentDefinition["nodes"] = [
    ...(to.templateId === undefined
      ? []
      : [
          {
            type: "Email" as const,
            id: "email",
            event: "DFEmailOpened" as const,
            templateId: to.templateId,
          },
        ]),
    ...(to.groupId === undefined
      ? []
      : [
          {
            type: "SubscriptionGroup" as const,
            id: "group",
            subscriptionGroupId: to.groupId,
            subscriptionGroupType: "OptIn" as const,
          },
        ]),
  ];
  return {
    entryNode: {
      type: "And" as const,
      id: "all",
      children: nodes.map(({ id }) => id),
    },
    nodes,
  };
}

describe("upsert", () => {
  test("makes a segment that runs, and finds it by name from then on", async () => {
    const made = unwrap(
      await put({ name: "Pros", definition: traitSegment() }),
    );
    expect(made).toMatchObject({
      workspaceId: mine,
      name: "Pros",
      status: "Running",
      resourceType: "Declarative",
      definition: traitSegment(),
    });
    expect(made).not.toHaveProperty("subscriptionGroupId");
    const changed = unwrap(
      await put({ name: "Pros", definition: traitSegment("team") }),
    );
    expect(changed.id).toBe(made.id);
    expect(await list()).toMatchObject([
      { id: made.id, definition: traitSegment("team") },
    ]);
  });

  test("takes a new segment's id from the client, in either case, and renames by id", async () => {
    const id = randomUUID();
    const made = unwrap(
      await put({ id, name: "One", definition: traitSegment() }),
    );
    expect(made.id).toBe(id);
    const renamed = unwrap(await put({ id: id.toUpperCase(), name: "Two" }));
    expect(renamed).toMatchObject({
      id,
      name: "Two",
      definition: traitSegment(),
    });
  });

  test("moves definitionUpdatedAt when the definition changes, and only then", async () => {
    const first = await newSegment();
    const renamed = unwrap(await put({ id: first.id, name: "renamed" }));
    const { entryNode } = traitSegment();
    const reordered: SegmentDefinition = {
      nodes: [],
      entryNode: { ...entryNode },
    };
    const same = unwrap(
      await put({ id: first.id, name: "renamed", definition: reordered }),
    );
    expect(renamed.definitionUpdatedAt).toBe(first.definitionUpdatedAt);
    expect(same.definitionUpdatedAt).toBe(first.definitionUpdatedAt);
    const changed = unwrap(
      await put({
        id: first.id,
        name: "renamed",
        definition: traitSegment("other"),
      }),
    );
    expect(changed.definitionUpdatedAt).toBeGreaterThan(
      first.definitionUpdatedAt,
    );
  });

  test("createOnly answers what exists and leaves it as it is", async () => {
    const made = await newSegment();
    const again = unwrap(
      await put({
        name: made.name,
        definition: traitSegment("other"),
        status: "Paused",
        createOnly: true,
      }),
    );
    expect(again).toEqual(made);
    expect(await list()).toMatchObject([
      { definition: made.definition, status: "Running" },
    ]);
  });

  test("a manual segment is never started", async () => {
    const manual = unwrap(
      await put({
        name: "Picked",
        definition: manualSegment(),
        status: "Running",
      }),
    );
    expect(manual.status).toBe("NotStarted");
    const computed = await newSegment();
    const turned = unwrap(
      await put({
        id: computed.id,
        name: computed.name,
        definition: manualSegment(),
      }),
    );
    expect(turned.status).toBe("NotStarted");
  });

  test("a new segment without a definition is refused by the field's name", async () => {
    const result = await put({ name: "Nothing" });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition" }],
    });
    expect(await list()).toEqual([]);
  });

  test("a definition with loose ends is refused by the field's name", async () => {
    const result = await put({
      name: "Loose",
      definition: {
        entryNode: { type: "And", id: "all", children: ["nobody"] },
        nodes: [],
      },
    });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition/entryNode/children/0" }],
    });
  });

  test("another segment's name is a unique violation, by id and by rename", async () => {
    const [first, second] = [await newSegment(), await newSegment()];
    const renamed = await put({ id: second.id, name: first.name });
    const inserted = await put({
      id: randomUUID(),
      name: first.name,
      definition: traitSegment(),
    });
    for (const result of [renamed, inserted]) {
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
    expect(await list()).toHaveLength(2);
  });

  test("another workspace's id changes nothing there and makes nothing here", async () => {
    const foreign = await newSegment(traitSegment(), theirs);
    const result = await put({
      id: foreign.id,
      name: "stolen",
      definition: traitSegment("stolen"),
    });
    expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    expect(await list()).toEqual([]);
    expect(await list(theirs)).toMatchObject([
      { name: foreign.name, definition: foreign.definition },
    ]);
  });

  test("the same name lives in two workspaces", async () => {
    const definition = traitSegment();
    unwrap(await put({ name: "Same", definition }));
    unwrap(await put({ name: "Same", definition }, theirs));
    expect(await list()).toHaveLength(1);
    expect(await list(theirs)).toHaveLength(1);
  });

  test("create refuses a name or an id that exists", async () => {
    const made = await newSegment();
    const create = (input: { name: string; id?: string }) =>
      env.as(mine, () =>
        createSegment({
          ...input,
          workspaceId: mine,
          definition: traitSegment(),
        }),
      );
    for (const input of [{ name: made.name }, { name: "fresh", id: made.id }]) {
      const result = await create(input);
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
    expect(unwrap(await create({ name: "fresh" })).name).toBe("fresh");
  });
});

describe("what a definition refers to", () => {
  test("templates and groups of the workspace are accepted", async () => {
    const template = await newTemplate();
    const group = await newGroup();
    const definition = referring({
      templateId: template.id.toUpperCase(),
      groupId: group.id,
    });
    expect(unwrap(await put({ name: "Good", definition })).definition).toEqual(
      definition,
    );
  });

  test.each(["another workspace's", "an unknown", "no UUID"])(
    "%s id is refused, each field named",
    async (kind) => {
      const ids = {
        "another workspace's": async () => ({
          templateId: (await newTemplate(theirs)).id,
          groupId: (await newGroup(theirs)).id,
        }),
        "an unknown": async () => ({
          templateId: randomUUID(),
          groupId: randomUUID(),
        }),
        "no UUID": async () => ({ templateId: "x", groupId: "'; --" }),
      }[kind];
      const definition = referring((await ids?.()) ?? {});
      const result = await put({ name: "Bad", definition });
      expect(result._unsafeUnwrapErr()).toMatchObject({
        type: "InvalidDefinition",
        errors: [
          { field: "definition/nodes/0/templateId" },
          { field: "definition/nodes/1/subscriptionGroupId" },
        ],
      });
      expect((await list()).filter(({ name }) => name === "Bad")).toHaveLength(
        0,
      );
    },
  );

  test("an update is held to the same", async () => {
    const made = await newSegment();
    const foreign = await newTemplate(theirs);
    const result = await put({
      id: made.id,
      name: made.name,
      definition: referring({ templateId: foreign.id }),
    });
    expect(result._unsafeUnwrapErr().type).toBe("InvalidDefinition");
    expect(await list()).toMatchObject([{ definition: made.definition }]);
  });
});

describe("a subscription group's own segments", () => {
  test("can be neither renamed, redefined, restarted nor deleted", async () => {
    const group = await newGroup();
    const id = group.segmentId ?? "";
    const before = await list();
    const refused = [
      await put({ id, name: "mine now" }),
      await put({
        name: `subscriptionGroup-${group.id}`,
        definition: traitSegment(),
      }),
      await env.as(mine, () =>
        updateSegmentStatus({ workspaceId: mine, id, status: "Paused" }),
      ),
    ];
    for (const result of refused) {
      expect(result._unsafeUnwrapErr().type).toBe("ProtectedResource");
    }
    const deleted = await env.as(mine, () =>
      deleteSegment({ workspaceId: mine, id }),
    );
    expect(deleted._unsafeUnwrapErr().type).toBe("NotFound");
    expect(await list()).toEqual(before);
  });

  test("an Internal segment that a client made is the client's", async () => {
    const made = unwrap(
      await put({
        name: "Part of a broadcast",
        definition: traitSegment(),
        resourceType: "Internal",
      }),
    );
    expect(made.resourceType).toBe("Internal");
    unwrap(await put({ id: made.id, name: "renamed" }));
    const deleted = await env.as(mine, () =>
      deleteSegment({ workspaceId: mine, id: made.id }),
    );
    expect(deleted.isOk()).toBe(true);
  });
});

describe("status", () => {
  const patch = (id: string, workspaceId = mine) =>
    env.as(workspaceId, () =>
      updateSegmentStatus({ workspaceId, id, status: "Paused" }),
    );

  test("changes, without moving definitionUpdatedAt", async () => {
    const made = await newSegment();
    const paused = unwrap(await patch(made.id));
    expect(paused).toMatchObject({
      id: made.id,
      status: "Paused",
      resourceType: "Declarative",
      definitionUpdatedAt: made.definitionUpdatedAt,
    });
  });

  test("is refused to a manual segment, and not found of another workspace", async () => {
    const manual = await newSegment(manualSegment());
    expect((await patch(manual.id))._unsafeUnwrapErr().type).toBe("BadValues");
    const foreign = await newSegment(traitSegment(), theirs);
    expect((await patch(foreign.id))._unsafeUnwrapErr().type).toBe("NotFound");
    expect(await list(theirs)).toMatchObject([{ status: "Running" }]);
  });
});

describe("list and delete", () => {
  test("lists in order of creation, narrowed by ids and type", async () => {
    const made = [];
    for (let count = 0; count < 3; count += 1) {
      made.push(await newSegment());
    }
    const group = await newGroup();
    const foreign = await newSegment(traitSegment(), theirs);
    const ids = made.map(({ id }) => id);
    const narrowed = (rest: object) =>
      env.as(mine, async () =>
        (await getSegments({ workspaceId: mine, ...rest })).map(({ id }) => id),
      );
    expect(await narrowed({ resourceType: "Declarative" })).toEqual(ids);
    expect(await narrowed({ ids: [ids[2], ids[0], foreign.id] })).toEqual([
      ids[0],
      ids[2],
    ]);
    expect(new Set(await narrowed({ resourceType: "Internal" }))).toEqual(
      new Set([group.segmentId, group.unsubscribedSegmentId]),
    );
    expect(await narrowed({ ids: [] })).toEqual([]);
    const [item] = await list();
    expect(item).not.toHaveProperty("resourceType");
  });

  test("a stored definition that is none is left out, not fatal, and can be replaced", async () => {
    const broken = await newSegment();
    const good = await newSegment();
    await env.owner.query(
      `UPDATE "Segment" SET "definition" = '{"entryNode": {"type": "Prophecy"}}' WHERE "id" = $1`,
      [broken.id],
    );
    expect((await list()).map(({ id }) => id)).toEqual([good.id]);
    const renamed = await put({ id: broken.id, name: "renamed" });
    expect(renamed._unsafeUnwrapErr().type).toBe("InvalidDefinition");
    unwrap(
      await put({ id: broken.id, name: "healed", definition: traitSegment() }),
    );
    expect(await list()).toHaveLength(2);
  });

  test("deletes once, and never another workspace's", async () => {
    const made = await newSegment();
    const foreign = await newSegment(traitSegment(), theirs);
    const remove = (id: string) =>
      env.as(mine, () => deleteSegment({ workspaceId: mine, id }));
    expect((await remove(made.id)).isOk()).toBe(true);
    expect((await remove(made.id)).isErr()).toBe(true);
    expect((await remove(foreign.id)).isErr()).toBe(true);
    expect(await list()).toEqual([]);
    expect(await list(theirs)).toHaveLength(1);
  });
});

describe("at the same moment", () => {
  test("many puts of one new name make one segment, and all succeed", async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        put({ name: "Hot", definition: traitSegment(String(index)) }),
      ),
    );
    const ids = new Set(results.map((result) => unwrap(result).id));
    expect(ids.size).toBe(1);
    expect(await list()).toHaveLength(1);
  });

  test("many creates of one name make one segment, the others are told", async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, () =>
        env.as(mine, () =>
          createSegment({
            workspaceId: mine,
            name: "Hot",
            definition: traitSegment(),
          }),
        ),
      ),
    );
    expect(results.filter((result) => result.isOk())).toHaveLength(1);
    expect(
      results.flatMap((result) => (result.isErr() ? [result.error.type] : [])),
    ).toEqual(Array.from({ length: 11 }, () => "UniqueConstraintViolation"));
    expect(await list()).toHaveLength(1);
  });

  test("puts and deletes of one name never fail, and leave one segment or none", async () => {
    const results = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        if (index % 3 < 2) {
          return put({ name: "Hot", definition: traitSegment() });
        }
        const [first] = await list();
        return env.as(mine, () =>
          deleteSegment({ workspaceId: mine, id: first?.id ?? randomUUID() }),
        );
      }),
    );
    const errors = results.flatMap((result) =>
      result.isErr() ? [result.error.type] : [],
    );
    expect(
      errors.filter(
        (type) => type !== "NotFound" && type !== "UniqueConstraintViolation",
      ),
    ).toEqual([]);
    expect((await list()).length).toBeLessThanOrEqual(1);
  });

  test("two segments that swap into each other's names end with distinct names", async () => {
    const [left, right] = [await newSegment(), await newSegment()];
    const results = await Promise.all([
      put({ id: left.id, name: right.name }),
      put({ id: right.id, name: left.name }),
    ]);
    for (const result of results) {
      expect(result.isOk() || result.error.type).toBe(
        "UniqueConstraintViolation",
      );
    }
    expect(new Set((await list()).map(({ name }) => name)).size).toBe(2);
  });
});

describe("any sequence of upserts", () => {
  const name = fc.constantFrom("a", "b", "c");
  const value = fc.constantFrom("x", "y", undefined);

  test("leaves what a map of names would hold, and a version that counts real changes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name, value }), { maxLength: 12 }),
        async (steps) => {
          const workspaceId = await env.createWorkspace();
          const model = new Map<string, { value: string; changedAt: number }>();
          for (const step of steps) {
            const result = await put(
              {
                name: step.name,
                ...(step.value === undefined
                  ? {}
                  : { definition: traitSegment(step.value) }),
              },
              workspaceId,
            );
            const known = model.get(step.name);
            if (known === undefined && step.value === undefined) {
              expect(result.isErr()).toBe(true);
              continue;
            }
            const saved = unwrap(result);
            if (step.value === undefined || known?.value === step.value) {
              expect(saved.definitionUpdatedAt).toBe(known?.changedAt);
            } else if (known !== undefined) {
              expect(saved.definitionUpdatedAt).toBeGreaterThan(
                known.changedAt,
              );
            }
            model.set(step.name, {
              value: step.value ?? known?.value ?? "",
              changedAt: saved.definitionUpdatedAt,
            });
          }
          const stored = await list(workspaceId);
          expect(
            Object.fromEntries(
              stored.map((segment) => [segment.name, segment.definition]),
            ),
          ).toEqual(
            Object.fromEntries(
              [...model].map(([key, held]) => [key, traitSegment(held.value)]),
            ),
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("users of a manual segment", () => {
  const update = (
    segmentId: string,
    userIds: string[],
    {
      append,
      workspaceId = mine,
    }: { append?: boolean; workspaceId?: string } = {},
  ) =>
    env.as(workspaceId, () =>
      updateManualSegment({
        workspaceId,
        segmentId,
        userIds,
        ...(append === undefined ? {} : { append }),
      }),
    );
  const status = (segmentId: string, workspaceId = mine) =>
    env.as(workspaceId, () =>
      getManualSegmentStatus({ workspaceId, segmentId }),
    );

  async function members(segmentId: string): Promise<string[]> {
    const { rows } = await env.owner.query<{ userId: string }>(
      `SELECT "userId" FROM "SegmentAssignment" WHERE "segmentId" = $1 AND "inSegment" ORDER BY "userId"`,
      [segmentId],
    );
    return rows.map(({ userId }) => userId);
  }

  async function versionOf(segmentId: string): Promise<unknown> {
    const found = (await list()).find(({ id }) => id === segmentId);
    return found?.definition.entryNode.type === "Manual"
      ? found.definition.entryNode.version
      : undefined;
  }

  test("replace the ones before and make another version; append leaves both", async () => {
    const { id, definitionUpdatedAt } = await newSegment(manualSegment(7));
    unwrap(await update(id, ["b", "a", "b"]));
    expect(await members(id)).toEqual(["a", "b"]);
    expect(await versionOf(id)).toBe(8);
    unwrap(await update(id, ["c", "a"], { append: true }));
    expect(await members(id)).toEqual(["a", "b", "c"]);
    expect(await versionOf(id)).toBe(8);
    unwrap(await update(id, ["d"]));
    expect(await members(id)).toEqual(["d"]);
    expect(await versionOf(id)).toBe(9);
    const [saved] = await list();
    expect(saved?.definitionUpdatedAt).toBeGreaterThan(definitionUpdatedAt);
  });

  test("are made known by an event each", async () => {
    const { id } = await newSegment(manualSegment());
    unwrap(await update(id, ["new", "newer"]));
    const { rows } = await env.owner.query(
      `SELECT "userId", "event", "properties" FROM "UserEvent" WHERE "workspaceId" = $1 ORDER BY "userId"`,
      [mine],
    );
    expect(rows).toEqual(
      ["new", "newer"].map((userId) => ({
        userId,
        event: "DFManualSegmentUpdate",
        properties: { segmentId: id, version: 2, inSegment: 1 },
      })),
    );
    const users = await env.owner.query(
      `SELECT 1 FROM "WorkspaceUser" WHERE "workspaceId" = $1`,
      [mine],
    );
    expect(users.rowCount).toBe(2);
  });

  test("are all made known by sending the request again, when that had failed", async () => {
    const { id } = await newSegment(manualSegment());
    await env.owner.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON "UserEvent" FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const count = async (table: "UserEvent" | "WorkspaceUser") => {
      const { rowCount } = await env.owner.query(
        `SELECT 1 FROM "${table}" WHERE "workspaceId" = $1`,
        [mine],
      );
      return rowCount;
    };
    try {
      await expect(update(id, ["a", "b"])).rejects.toThrow();
    } finally {
      await env.owner.query(
        `DROP TRIGGER refuse ON "UserEvent"; DROP FUNCTION refuse()`,
      );
    }
    expect(await members(id)).toEqual(["a", "b"]);
    expect([await count("UserEvent"), await count("WorkspaceUser")]).toEqual([
      0, 2,
    ]);
    unwrap(await update(id, ["a", "b"]));
    expect(await members(id)).toEqual(["a", "b"]);
    expect([await count("UserEvent"), await count("WorkspaceUser")]).toEqual([
      2, 2,
    ]);
  });

  test("go when the segment is cleared, deleted, or becomes another one", async () => {
    const { id, name } = await newSegment(manualSegment());
    unwrap(await update(id, ["a"]));
    unwrap(
      await env.as(mine, () =>
        clearManualSegment({ workspaceId: mine, segmentId: id }),
      ),
    );
    expect(await members(id)).toEqual([]);
    unwrap(await update(id, ["a"]));
    unwrap(await put({ id, name: `${name}!` }));
    expect(await members(id)).toEqual(["a"]);
    unwrap(await put({ id, name, definition: traitSegment() }));
    expect(await members(id)).toEqual([]);
    expect((await update(id, ["a"]))._unsafeUnwrapErr().type).toBe("BadValues");
    unwrap(await put({ id, name, definition: manualSegment(100) }));
    unwrap(await update(id, ["a"]));
    unwrap(await env.as(mine, () => deleteSegment({ workspaceId: mine, id })));
    expect(await members(id)).toEqual([]);
    const periods = await env.owner.query(
      `SELECT 1 FROM "ComputedPropertyPeriod" WHERE "computedPropertyId" = $1`,
      [id],
    );
    expect(periods.rowCount).toBe(0);
  });

  test("the status says when they were last written", async () => {
    const { id } = await newSegment(manualSegment());
    expect(unwrap(await status(id))).toEqual({ lastComputedAt: null });
    const before = Date.now();
    unwrap(await update(id, ["a"]));
    const { lastComputedAt } = unwrap(await status(id));
    expect(Date.parse(lastComputedAt ?? "")).toBeGreaterThanOrEqual(before);
    const computed = await newSegment();
    expect((await status(computed.id)).isErr()).toBe(true);
  });

  test("another workspace's segment is not found", async () => {
    const foreign = await newSegment(manualSegment(), theirs);
    expect((await update(foreign.id, ["x"]))._unsafeUnwrapErr().type).toBe(
      "NotFound",
    );
    expect((await status(foreign.id)).isErr()).toBe(true);
    expect(await members(foreign.id)).toEqual([]);
  });

  test("replaced at the same moment, are those of one of the requests", async () => {
    const { id } = await newSegment(manualSegment(0));
    const lists = Array.from({ length: 8 }, (_, index) =>
      ["x", "y"].map((letter) => `${letter}${index}`),
    );
    await Promise.all(
      lists.map(async (users) => unwrap(await update(id, users))),
    );
    expect(lists).toContainEqual(await members(id));
    expect(await versionOf(id)).toBe(8);
  });
});
