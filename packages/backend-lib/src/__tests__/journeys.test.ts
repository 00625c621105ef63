// Journeys against a real Postgres: the rules of upserts, which states follow each other, what a definition may refer to.

import { randomUUID } from "node:crypto";

import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import {
  type JourneyBodyNode,
  type JourneyDefinition,
  type JourneyDraft,
  type JourneyStatus,
  type SavedJourneyResource,
  type SegmentDefinition,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test, vi } from "vitest";

import {
  emailNode,
  emailTemplate,
  eventJourney,
  keyedSegment,
  segmentJourney,
  traitSegment,
} from "../../test/definitions";
import { useTenantEnv } from "../../test/tenantEnv";
import {
  createJourney,
  deleteJourney,
  getJourneys,
  upsertJourney,
} from "../journeys";
import {
  createMessageTemplate,
  deleteMessageTemplate,
} from "../messageTemplates";
import { createSegment } from "../segments";
import { upsertSubscriptionGroup } from "../subscriptionGroups";
import { upsertUserProperty } from "../userProperties";

const env = useTenantEnv();
let mine: string;
let theirs: string;

beforeEach(async () => {
  [mine, theirs] = await Promise.all([
    env.createWorkspace(),
    env.createWorkspace(),
  ]);
});

type Upsert = Omit<Parameters<typeof upsertJourney>[0], "workspaceId">;

const put = (input: Upsert, workspaceId = mine) =>
  env.as(workspaceId, () => upsertJourney({ ...input, workspaceId }));
const list = (workspaceId = mine) =>
  env.as(workspaceId, () => getJourneys({ workspaceId }));

const DRAFT: JourneyDraft = {
  nodes: [{ id: "n", data: { type: "JourneyUiNodeEmptyProps" } }],
  edges: [],
};

async function newSegmentId(
  workspaceId = mine,
  definition: SegmentDefinition = traitSegment(),
): Promise<string> {
  const made = await env.as(workspaceId, () =>
    createSegment({ workspaceId, name: randomUUID(), definition }),
  );
  return unwrap(made).id;
}

async function newTemplateId(workspaceId = mine): Promise<string> {
  const made = await env.as(workspaceId, () =>
    createMessageTemplate({
      workspaceId,
      name: randomUUID(),
      definition: emailTemplate(),
    }),
  );
  return unwrap(made).id;
}

async function newGroupId(workspaceId = mine): Promise<string> {
  const made = await env.as(workspaceId, () =>
    upsertSubscriptionGroup({
      workspaceId,
      name: randomUUID(),
      channel: "Email",
      type: "OptIn",
    }),
  );
  return unwrap(made).id;
}

async function newPropertyId(workspaceId = mine): Promise<string> {
  const made = await env.as(workspaceId, () =>
    upsertUserProperty({
      workspaceId,
      name: "renewal",
      definition: { type: "Trait", path: "renewal" },
    }),
  );
  return unwrap(made).id;
}

/** A node of each kind that refers to something. */
function referring(ids: {
  segmentId: string;
  templateId: string;
  groupId: string;
  propertyId: string;
}): JourneyBodyNode[] {
  return [
    {
      type: "DelayNode",
      id: "delay",
      child: "split",
      variant: { type: "UserProperty", userProperty: ids.propertyId },
    },
    {
      type: "SegmentSplitNode",
      id: "split",
      variant: {
        type: "Boolean",
        segment: ids.segmentId,
        trueChild: "wait",
        falseChild: "ExitNode",
      },
    },
    {
      type: "WaitForNode",
      id: "wait",
      timeoutSeconds: 60,
      timeoutChild: "ExitNode",
      segmentChildren: [{ id: "email", segmentId: ids.segmentId }],
    },
    emailNode(ids.templateId, ids.groupId),
  ];
}

async function idsOf(workspaceId: string) {
  return {
    segmentId: await newSegmentId(workspaceId),
    templateId: await newTemplateId(workspaceId),
    groupId: await newGroupId(workspaceId),
    propertyId: await newPropertyId(workspaceId),
  };
}

async function runnable(): Promise<JourneyDefinition> {
  return segmentJourney(await newSegmentId(), [
    emailNode(await newTemplateId()),
  ]);
}

describe("upsert", () => {
  test("makes a journey that is not started, and finds it by name and by id", async () => {
    const made = unwrap(await put({ name: "Welcome" }));
    expect(made).toMatchObject({
      workspaceId: mine,
      name: "Welcome",
      status: "NotStarted",
    });
    expect(made).not.toHaveProperty("canRunMultiple");
    expect(made).not.toHaveProperty("definition");
    const definition = await runnable();
    const byName = unwrap(await put({ name: "Welcome", definition }));
    expect(byName).toMatchObject({ id: made.id, definition });
    const byId = unwrap(await put({ id: made.id, name: "Hello" }));
    expect(byId).toMatchObject({ id: made.id, name: "Hello", definition });
    expect(await list()).toHaveLength(1);
  });

  test("without id and name it is refused and changes no journey", async () => {
    const made = unwrap(await put({ name: "One" }));
    const result = await put({ status: "Running", draft: DRAFT });
    expect(result._unsafeUnwrapErr().type).toBe("BadValues");
    expect(await list()).toEqual([made]);
  });

  test("an unknown id needs a name to become a journey", async () => {
    const id = randomUUID();
    const error = (await put({ id }))._unsafeUnwrapErr();
    expect(error.type).toBe("BadValues");
    expect(error.message).toContain("name");
    expect(unwrap(await put({ id, name: "New" })).id).toBe(id);
  });

  test("a definition clears the draft, and so does null", async () => {
    const drafted = unwrap(await put({ name: "J", draft: DRAFT }));
    expect(drafted.draft).toEqual(DRAFT);
    const kept = unwrap(await put({ name: "J", canRunMultiple: true }));
    expect(kept.draft).toEqual(DRAFT);
    const published = unwrap(
      await put({ name: "J", definition: await runnable(), draft: DRAFT }),
    );
    expect(published).not.toHaveProperty("draft");
    unwrap(await put({ name: "J", draft: DRAFT }));
    const cleared = unwrap(await put({ name: "J", draft: null }));
    expect(cleared).not.toHaveProperty("draft");
    expect(cleared.definition).toBeDefined();
    const { rows } = await env.owner.query(
      `SELECT "draft", "canRunMultiple" FROM "Journey" WHERE "id" = $1`,
      [cleared.id],
    );
    expect(rows).toEqual([{ draft: null, canRunMultiple: true }]);
  });

  test("another journey's name is a unique violation", async () => {
    unwrap(await put({ name: "A" }));
    const { id } = unwrap(await put({ name: "B" }));
    for (const input of [
      { id, name: "A" },
      { id: randomUUID(), name: "A" },
    ]) {
      const result = await put(input);
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
    expect((await list()).map(({ name }) => name)).toEqual(["A", "B"]);
  });

  test("another workspace's id changes nothing there and makes nothing here", async () => {
    const foreign = unwrap(await put({ name: "Theirs" }, theirs));
    const named = await put({ id: foreign.id, name: "stolen" });
    expect(named._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    const unnamed = await put({ id: foreign.id, draft: DRAFT });
    expect(unnamed._unsafeUnwrapErr().type).toBe("BadValues");
    expect(await list()).toEqual([]);
    expect(await list(theirs)).toEqual([foreign]);
  });

  test("create refuses a name or an id that exists", async () => {
    const made = unwrap(await put({ name: "A" }));
    const create = (input: { name: string; id?: string }) =>
      env.as(mine, () => createJourney({ ...input, workspaceId: mine }));
    for (const input of [{ name: "A" }, { name: "B", id: made.id }]) {
      const result = await create(input);
      expect(result._unsafeUnwrapErr().type).toBe("UniqueConstraintViolation");
    }
  });

  test("many puts of one new name make one journey, and all succeed", async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => put({ name: "Hot", draft: DRAFT })),
    );
    expect(new Set(results.map((result) => unwrap(result).id)).size).toBe(1);
    expect(await list()).toHaveLength(1);
  });
});

describe("status", () => {
  async function journeyOf(status: JourneyStatus): Promise<string> {
    const name = randomUUID();
    const { id } = unwrap(
      await put({
        name,
        definition: await runnable(),
        ...(status === "NotStarted" ? {} : { status: "Running" }),
      }),
    );
    if (status === "Paused" || status === "Broadcast") {
      unwrap(await put({ id, status }));
    }
    return id;
  }

  const allowed: [JourneyStatus, JourneyStatus, boolean][] = [
    ["NotStarted", "NotStarted", true],
    ["NotStarted", "Running", true],
    ["NotStarted", "Paused", false],
    ["Running", "Paused", true],
    ["Running", "Running", true],
    ["Running", "NotStarted", false],
    ["Paused", "Running", true],
    ["Paused", "NotStarted", false],
    ["Broadcast", "NotStarted", false],
  ];
  test.each(allowed)("%s to %s: %s", async (from, to, isAllowed) => {
    const id = await journeyOf(from);
    const result = await put({ id, status: to });
    expect(result.isOk() ? "Ok" : result.error.type).toBe(
      isAllowed ? "Ok" : "StatusTransitionError",
    );
    const [stored] = await list();
    expect(stored?.status).toBe(isAllowed ? to : from);
  });

  test("a new journey cannot be paused, and cannot run without a definition", async () => {
    const paused = await put({ name: "P", status: "Paused" });
    expect(paused._unsafeUnwrapErr().type).toBe("StatusTransitionError");
    const started = await put({ name: "R", status: "Running" });
    expect(started._unsafeUnwrapErr()).toMatchObject({
      type: "ConstraintViolation",
      violations: [{ type: "CantStart" }],
    });
    expect(await list()).toEqual([]);
  });

  test("statusUpdatedAt moves when the status does, and only then", async () => {
    const id = await journeyOf("NotStarted");
    const movedAt = async () => {
      const { rows } = await env.owner.query<{ at: string }>(
        `SELECT "statusUpdatedAt"::text AS at FROM "Journey" WHERE "id" = $1`,
        [id],
      );
      return rows[0]?.at;
    };
    await env.owner.query(
      `UPDATE "Journey" SET "statusUpdatedAt" = '2020-01-01' WHERE "id" = $1`,
      [id],
    );
    unwrap(await put({ id, status: "NotStarted", name: "renamed" }));
    expect(await movedAt()).toBe("2020-01-01 00:00:00");
    unwrap(await put({ id, status: "Running" }));
    expect(await movedAt()).not.toBe("2020-01-01 00:00:00");
  });

  test("what is referred to must still be there at the start, but never keeps a journey from being paused", async () => {
    const templateId = await newTemplateId();
    const definition = segmentJourney(await newSegmentId(), [
      emailNode(templateId),
    ]);
    const running = unwrap(
      await put({ name: "Running", definition, status: "Running" }),
    );
    const waiting = unwrap(await put({ name: "Waiting", definition }));
    unwrap(
      await env.as(mine, () =>
        deleteMessageTemplate({
          workspaceId: mine,
          id: templateId,
          type: "Email",
        }),
      ),
    );
    expect(
      (await put({ id: waiting.id, status: "Running" }))._unsafeUnwrapErr(),
    ).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition/nodes/0/variant/templateId" }],
    });
    expect(unwrap(await put({ id: running.id, status: "Paused" })).status).toBe(
      "Paused",
    );
  });
});

describe("what could not run", () => {
  test("an event journey that waits for a segment is refused", async () => {
    const result = await put({
      name: "J",
      definition: eventJourney([
        {
          type: "WaitForNode",
          id: "wait",
          timeoutSeconds: 1,
          timeoutChild: "ExitNode",
          segmentChildren: [],
        },
      ]),
    });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "ConstraintViolation",
      violations: [{ type: "WaitForNodeAndEventEntryNode" }],
    });
  });

  test("a keyed segment needs an entry with a key", async () => {
    const keyed = (await newSegmentId(mine, keyedSegment())).toUpperCase();
    const result = await put({ name: "J", definition: segmentJourney(keyed) });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "ConstraintViolation",
      violations: [{ type: "KeyedPerformedSegmentEntryNode" }],
    });
    const split: JourneyBodyNode = {
      type: "SegmentSplitNode",
      id: "split",
      variant: {
        type: "Boolean",
        segment: keyed,
        trueChild: "ExitNode",
        falseChild: "ExitNode",
      },
    };
    const unkeyed = await put({ name: "J", definition: eventJourney([split]) });
    expect(unkeyed._unsafeUnwrapErr().type).toBe("ConstraintViolation");
    unwrap(await put({ name: "J", definition: eventJourney([split], "id") }));
  });

  test("a definition that leads nowhere is refused by the field's name", async () => {
    const result = await put({
      name: "J",
      definition: {
        ...segmentJourney(await newSegmentId()),
        entryNode: { type: "EntryNode", segment: "", child: "nowhere" },
      },
    });
    expect(result._unsafeUnwrapErr()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition/entryNode/child" }],
    });
  });
});

describe("what a definition refers to", () => {
  const definitionOf = (ids: Parameters<typeof referring>[0]) =>
    segmentJourney(ids.segmentId, referring(ids));

  test("resources of the workspace are accepted, a user property also by name", async () => {
    const ids = await idsOf(mine);
    unwrap(await put({ name: "By id", definition: definitionOf(ids) }));
    unwrap(
      await put({
        name: "By name",
        definition: definitionOf({ ...ids, propertyId: "renewal" }),
      }),
    );
    expect(await list()).toHaveLength(2);
  });

  test.each(["another workspace's", "unknown"])(
    "%s ids are refused, each field named",
    async (kind) => {
      const ids =
        kind === "unknown"
          ? {
              segmentId: randomUUID(),
              templateId: randomUUID(),
              groupId: randomUUID(),
              propertyId: randomUUID(),
            }
          : await idsOf(theirs);
      const result = await put({ name: "J", definition: definitionOf(ids) });
      const error = result._unsafeUnwrapErr();
      expect(error.type).toBe("InvalidDefinition");
      const fields =
        error.type === "InvalidDefinition"
          ? error.errors.map(({ field }) => field)
          : [];
      expect(fields.sort()).toEqual([
        "definition/entryNode/segment",
        "definition/nodes/0/variant/userProperty",
        "definition/nodes/1/variant/segment",
        "definition/nodes/2/segmentChildren/0/segmentId",
        "definition/nodes/3/subscriptionGroupId",
        "definition/nodes/3/variant/templateId",
      ]);
      expect(await list()).toEqual([]);
    },
  );

  test.each(["COMMIT", "ROLLBACK"])(
    "a delete under way is waited for, and its %s decides",
    async (end) => {
      const templateId = await newTemplateId();
      const definition = segmentJourney(await newSegmentId(), [
        emailNode(templateId),
      ]);
      const client = await env.owner.connect();
      const holder = await client.query<{ pid: number }>(
        "SELECT pg_backend_pid() AS pid",
      );
      await client.query("BEGIN");
      await client.query(`DELETE FROM "MessageTemplate" WHERE "id" = $1`, [
        templateId,
      ]);
      let isSettled = false;
      const saving = put({ name: "J", definition }).finally(() => {
        isSettled = true;
      });
      await vi.waitFor(async () => {
        const { rowCount } = await env.owner.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pg_blocking_pids(pid) @> ARRAY[$1::integer]`,
          [holder.rows[0]?.pid],
        );
        expect(rowCount).toBe(1);
      });
      expect(isSettled).toBe(false);
      await client.query(end);
      client.release();
      const result = await saving;
      expect(result.isOk() ? "Ok" : result.error.type).toBe(
        end === "COMMIT" ? "InvalidDefinition" : "Ok",
      );
    },
  );
});

describe("list and delete", () => {
  test("lists in order of creation, narrowed by ids, in part when asked", async () => {
    const made: SavedJourneyResource[] = [];
    for (const name of ["A", "B", "C"]) {
      made.push(unwrap(await put({ name, draft: DRAFT })));
    }
    const foreign = unwrap(await put({ name: "A" }, theirs));
    expect(await list()).toEqual(made);
    const narrowed = await env.as(mine, () =>
      getJourneys({
        workspaceId: mine,
        ids: [made[2]?.id ?? "", made[0]?.id ?? "", foreign.id],
        getPartial: true,
      }),
    );
    expect(narrowed).toEqual(
      [made[0], made[2]].map((journey) => ({
        id: journey?.id,
        workspaceId: mine,
        name: journey?.name,
        status: "NotStarted",
        createdAt: journey?.createdAt,
        updatedAt: journey?.updatedAt,
      })),
    );
    const internal = await env.as(mine, () =>
      getJourneys({ workspaceId: mine, resourceType: "Internal" }),
    );
    expect(internal).toEqual([]);
  });

  test("a stored definition that is none is left out, a stored draft that is none is dropped", async () => {
    const broken = unwrap(await put({ name: "broken" }));
    const drafted = unwrap(await put({ name: "drafted", draft: DRAFT }));
    await env.owner.query(
      `UPDATE "Journey" SET "definition" = '{"nodes": 7}' WHERE "id" = $1`,
      [broken.id],
    );
    await env.owner.query(
      `UPDATE "Journey" SET "draft" = '{"nodes": 7}' WHERE "id" = $1`,
      [drafted.id],
    );
    const listed = await list();
    expect(listed.map(({ id }) => id)).toEqual([drafted.id]);
    expect(listed[0]).not.toHaveProperty("draft");
    expect(
      (await put({ id: broken.id, name: "x" }))._unsafeUnwrapErr().type,
    ).toBe("InvalidDefinition");
  });

  test("a broadcast's own journey is neither renamed nor deleted", async () => {
    const made = unwrap(await put({ name: "Broadcast - 1" }));
    await env.owner.query(
      `UPDATE "Journey" SET "resourceType" = 'Internal' WHERE "id" = $1`,
      [made.id],
    );
    const renamed = await put({ id: made.id, name: "mine" });
    expect(renamed._unsafeUnwrapErr().type).toBe("ProtectedResource");
    const deleted = await env.as(mine, () =>
      deleteJourney({ workspaceId: mine, id: made.id }),
    );
    expect(deleted.isErr()).toBe(true);
    expect(unwrap(await put({ id: made.id, draft: DRAFT })).draft).toEqual(
      DRAFT,
    );
  });

  test("deletes once, and never another workspace's", async () => {
    const made = unwrap(await put({ name: "A" }));
    const foreign = unwrap(await put({ name: "A" }, theirs));
    const remove = (id: string) =>
      env.as(mine, () => deleteJourney({ workspaceId: mine, id }));
    expect((await remove(made.id)).isOk()).toBe(true);
    expect((await remove(made.id)).isErr()).toBe(true);
    expect((await remove(foreign.id)).isErr()).toBe(true);
    expect(await list(theirs)).toHaveLength(1);
  });
});
