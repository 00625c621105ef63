// The routes of /segments: what each answers, and that nothing of another workspace is within their reach.

import { randomUUID } from "node:crypto";

import { manualSegment, traitSegment } from "backend-lib/test/definitions";
import {
  type GetSegmentsResponse,
  type SavedSegmentResource,
  type SavedSubscriptionGroupResource,
  type ValidationErrorResponse,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/segments");
const groups = resourceCalls(api, "/subscription-groups");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

async function newSegment(
  workspace = mine,
  definition = traitSegment(),
): Promise<SavedSegmentResource> {
  const reply = await call(workspace, "PUT", "", {
    name: randomUUID(),
    definition,
  });
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function list(
  workspace = mine,
  query: object = {},
): Promise<SavedSegmentResource[]> {
  const reply = await call(workspace, "GET", "", query);
  expect(reply.statusCode).toBe(200);
  return reply.json<GetSegmentsResponse>().segments;
}

describe("PUT", () => {
  test("200 for a new segment and for the same one again, with its id", async () => {
    const body = { name: "Pros", definition: traitSegment() };
    const [first, second] = [
      await call(mine, "PUT", "", body),
      await call(mine, "PUT", "/", body),
    ];
    expect([first.statusCode, second.statusCode]).toEqual([200, 200]);
    const saved = first.json<SavedSegmentResource>();
    expect(saved).toEqual({
      ...body,
      id: saved.id,
      workspaceId: mine.workspaceId,
      status: "Running",
      resourceType: "Declarative",
      createdAt: saved.createdAt,
      updatedAt: saved.createdAt,
      definitionUpdatedAt: saved.createdAt,
    });
    expect(second.json()).toEqual({
      ...saved,
      updatedAt: second.json<SavedSegmentResource>().updatedAt,
    });
    expect(await list()).toHaveLength(1);
  });

  test("works for a session as for a key", async () => {
    const reply = await api.inject({
      method: "PUT",
      url: "/api/segments",
      payload: {
        workspaceId: mine.workspaceId,
        name: "Pros",
        definition: traitSegment(),
      },
    });
    expect(reply.statusCode).toBe(200);
  });

  test.each<[string, object, string]>([
    ["no name", { definition: traitSegment() }, "name"],
    ["an empty name", { name: "", definition: traitSegment() }, "name"],
    ["an id that is no UUID", { name: "x", id: "7" }, "id"],
    ["a status that is none", { name: "x", status: "Going" }, "status"],
    [
      "a definition that is a text",
      { name: "x", definition: "{}" },
      "definition",
    ],
    [
      "an unknown node",
      { name: "x", definition: { entryNode: { type: "Prophecy" }, nodes: [] } },
      "definition/entryNode/type",
    ],
    [
      "a manual node below the entry",
      {
        name: "x",
        definition: {
          ...traitSegment(),
          nodes: [manualSegment().entryNode],
        },
      },
      "definition/nodes/0/type",
    ],
  ])("400 for %s names the field", async (_, body, field) => {
    const reply = await call(mine, "PUT", "", body);
    expect(reply.statusCode).toBe(400);
    const { code, errors } = reply.json<ValidationErrorResponse>();
    expect(code).toBe("FST_ERR_VALIDATION");
    expect(errors.map((error) => error.field)).toContain(field);
    expect(await list()).toEqual([]);
  });

  test("400 for a definition that refers to another workspace's group names the field", async () => {
    const made = await groups(theirs, "PUT", "", {
      name: "News",
      channel: "Email",
      type: "OptIn",
    });
    const { id } = made.json<SavedSubscriptionGroupResource>();
    const reply = await call(mine, "PUT", "", {
      name: "x",
      definition: {
        entryNode: {
          type: "SubscriptionGroup",
          id: "entry",
          subscriptionGroupId: id,
          subscriptionGroupType: "OptIn",
        },
        nodes: [],
      },
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({
      type: "InvalidDefinition",
      errors: [{ field: "definition/entryNode/subscriptionGroupId" }],
    });
    expect(await list()).toEqual([]);
  });

  test("400 for a taken name, a missing definition and a group's own segment", async () => {
    const made = await newSegment();
    const taken = await call(mine, "PUT", "", {
      id: randomUUID(),
      name: made.name,
      definition: traitSegment(),
    });
    const bare = await call(mine, "PUT", "", { name: "bare" });
    const group = (
      await groups(mine, "PUT", "", {
        name: "News",
        channel: "Email",
        type: "OptIn",
      })
    ).json<SavedSubscriptionGroupResource>();
    const owned = await call(mine, "PUT", "", {
      id: group.segmentId,
      name: "mine now",
    });
    expect(
      [taken, bare, owned].map((reply) => [
        reply.statusCode,
        reply.json<{ type: string }>().type,
      ]),
    ).toEqual([
      [400, "UniqueConstraintViolation"],
      [400, "InvalidDefinition"],
      [400, "ProtectedResource"],
    ]);
  });

  test("subscriptionGroupId of a client counts for nothing", async () => {
    const reply = await call(mine, "PUT", "", {
      name: "free",
      definition: traitSegment(),
      subscriptionGroupId: randomUUID(),
    });
    expect(reply.statusCode).toBe(200);
    expect((await list())[0]).not.toHaveProperty("subscriptionGroupId");
  });

  test("at the same moment never answers 500, and leaves one segment", async () => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, () =>
        call(mine, "PUT", "", { name: "Hot", definition: traitSegment() }),
      ),
    );
    expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(
      new Set([200]),
    );
    expect(await list()).toHaveLength(1);
  });
});

describe("POST", () => {
  test("201 for a new segment, 409 when the name or the id is taken", async () => {
    const body = { name: "Pros", definition: traitSegment() };
    const made = await call(mine, "POST", "", body);
    expect(made.statusCode).toBe(201);
    const { id } = made.json<SavedSegmentResource>();
    for (const again of [body, { ...body, name: "other", id }]) {
      const reply = await call(mine, "POST", "", again);
      expect(reply.statusCode).toBe(409);
      expect(reply.json()).toMatchObject({ type: "UniqueConstraintViolation" });
    }
    expect(await list()).toHaveLength(1);
  });

  test("400 without a definition", async () => {
    const reply = await call(mine, "POST", "", { name: "bare" });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ errors: [{ field: "definition" }] });
  });
});

describe("GET", () => {
  test("200 with the workspace's own, narrowed by ids and type", async () => {
    const [first, second] = [await newSegment(), await newSegment()];
    const foreign = await newSegment(theirs);
    expect((await list()).map(({ id }) => id)).toEqual([first.id, second.id]);
    const { segments } = (
      await api.inject({
        url: `/api/admin/segments?ids[]=${second.id}&ids[]=${foreign.id}`,
        headers: { ...mine.headers },
      })
    ).json<GetSegmentsResponse>();
    expect(segments.map(({ id }) => id)).toEqual([second.id]);
    expect(await list(mine, { resourceType: "Internal" })).toEqual([]);
  });

  test("400 for an id that is no UUID", async () => {
    const reply = await call(mine, "GET", "", { ids: "seven" });
    expect(reply.statusCode).toBe(400);
  });
});

describe("PATCH /status", () => {
  test("200, 400 for a manual segment, 404 without a body for none of the workspace's", async () => {
    const [made, manual, foreign] = [
      await newSegment(),
      await newSegment(mine, manualSegment()),
      await newSegment(theirs),
    ];
    const patch = (id: string) =>
      call(mine, "PATCH", "/status", { id, status: "Paused" });
    const paused = await patch(made.id);
    expect([paused.statusCode, paused.json()]).toMatchObject([
      200,
      { id: made.id, status: "Paused" },
    ]);
    const refused = await patch(manual.id);
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toHaveProperty("message");
    for (const id of [foreign.id, randomUUID()]) {
      const reply = await patch(id);
      expect([reply.statusCode, reply.body]).toEqual([404, ""]);
    }
  });
});

describe("DELETE", () => {
  test.each(["", "/v2"])(
    "%s: 204 once, then 404; 404 for another workspace's",
    async (path) => {
      const [made, foreign] = [await newSegment(), await newSegment(theirs)];
      const remove = (id: string) => call(mine, "DELETE", path, { id });
      expect((await remove(made.id)).statusCode).toBe(204);
      for (const id of [made.id, foreign.id]) {
        const reply = await remove(id);
        expect([reply.statusCode, reply.body]).toEqual([404, ""]);
      }
      expect(await list(theirs)).toHaveLength(1);
      expect((await remove("seven")).statusCode).toBe(400);
    },
  );
});

describe("manual segments", () => {
  const update = (segmentId: string, userIds: string[]) =>
    call(mine, "POST", "/manual-segment/update", {
      segmentId,
      userIds,
      sync: true,
    });
  const status = (segmentId: string) =>
    call(mine, "GET", "/manual-segment/status", { segmentId });

  test("200 without a body for update and clear, and a status that tells when", async () => {
    const { id } = await newSegment(mine, manualSegment());
    expect((await status(id)).json()).toEqual({ lastComputedAt: null });
    const updated = await update(id, ["a", "b"]);
    expect([updated.statusCode, updated.body]).toEqual([200, ""]);
    const { lastComputedAt } = (await status(id)).json<{
      lastComputedAt: string;
    }>();
    expect(new Date(lastComputedAt).toISOString()).toBe(lastComputedAt);
    const cleared = await call(mine, "POST", "/manual-segment/clear", {
      segmentId: id,
    });
    expect([cleared.statusCode, cleared.body]).toEqual([200, ""]);
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "SegmentAssignment" WHERE "segmentId" = $1`,
      [id],
    );
    expect(rowCount).toBe(0);
  });

  test("400 for a segment that is not manual, 404 for none of the workspace's", async () => {
    const computed = await newSegment();
    const foreign = await newSegment(theirs, manualSegment());
    expect((await update(computed.id, ["a"])).statusCode).toBe(400);
    expect((await update(foreign.id, ["a"])).statusCode).toBe(404);
    expect((await status(computed.id)).statusCode).toBe(404);
    expect((await status(foreign.id)).statusCode).toBe(404);
    expect(
      (
        await call(mine, "POST", "/manual-segment/clear", {
          segmentId: foreign.id,
        })
      ).statusCode,
    ).toBe(404);
  });

  test("400 for a user without a name", async () => {
    const { id } = await newSegment(mine, manualSegment());
    const reply = await update(id, ["a", ""]);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ errors: [{ field: "userIds/1" }] });
  });
});
