// The routes of /journeys: what each answers, and that nothing of another workspace is within their reach.

import { randomUUID } from "node:crypto";

import { segmentJourney, traitSegment } from "backend-lib/test/definitions";
import {
  type GetJourneysResponse,
  type SavedJourneyResource,
  type SavedSegmentResource,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/journeys");
const segments = resourceCalls(api, "/segments");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

async function put(
  body: object,
  workspace = mine,
): Promise<SavedJourneyResource> {
  const reply = await call(workspace, "PUT", "", body);
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function list(
  workspace = mine,
  query: object = {},
): Promise<SavedJourneyResource[]> {
  const reply = await call(workspace, "GET", "", query);
  expect(reply.statusCode).toBe(200);
  return reply.json<GetJourneysResponse>().journeys;
}

async function newSegmentId(workspace = mine): Promise<string> {
  const reply = await segments(workspace, "PUT", "", {
    name: randomUUID(),
    definition: traitSegment(),
  });
  return reply.json<SavedSegmentResource>().id;
}

describe("PUT", () => {
  test("200 for a new journey, its definition and its start", async () => {
    const drafted = await put({
      name: "Welcome",
      draft: { nodes: [], edges: [] },
      canRunMultiple: true,
    });
    expect(drafted).toEqual({
      id: drafted.id,
      workspaceId: mine.workspaceId,
      name: "Welcome",
      status: "NotStarted",
      draft: { nodes: [], edges: [] },
      createdAt: drafted.createdAt,
      updatedAt: drafted.createdAt,
    });
    const definition = segmentJourney(await newSegmentId());
    const started = await put({
      id: drafted.id,
      definition,
      status: "Running",
    });
    expect(started).toMatchObject({ status: "Running", definition });
    expect(started).not.toHaveProperty("draft");
    expect(await list()).toEqual([started]);
  });

  test("400 without id and name, and no journey is changed", async () => {
    const before = await put({ name: "One" });
    const reply = await call(mine, "PUT", "", { canRunMultiple: true });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      400,
      { type: "BadValues" },
    ]);
    expect(await list()).toEqual([before]);
  });

  test("400 for a definition with a broken node names the field", async () => {
    const reply = await call(mine, "PUT", "", {
      name: "x",
      definition: {
        ...segmentJourney(await newSegmentId()),
        nodes: [{ type: "DelayNode", id: "d", child: "ExitNode" }],
      },
    });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      400,
      { errors: [{ field: "definition/nodes/0/variant" }] },
    ]);
  });

  test("400 for another workspace's segment names the field", async () => {
    const reply = await call(mine, "PUT", "", {
      name: "x",
      definition: segmentJourney(await newSegmentId(theirs)),
    });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      400,
      {
        type: "InvalidDefinition",
        errors: [{ field: "definition/entryNode/segment" }],
      },
    ]);
    expect(await list()).toEqual([]);
  });

  test("400 for a status that cannot be, with its reason", async () => {
    const { id } = await put({ name: "J" });
    const paused = await call(mine, "PUT", "", { id, status: "Paused" });
    expect([paused.statusCode, paused.json()]).toMatchObject([
      400,
      { type: "StatusTransitionError" },
    ]);
    const started = await call(mine, "PUT", "", { id, status: "Running" });
    expect([started.statusCode, started.json()]).toMatchObject([
      400,
      { type: "ConstraintViolation", violations: [{ type: "CantStart" }] },
    ]);
  });

  test("400 for another journey's name and for another workspace's id", async () => {
    await put({ name: "A" });
    const foreign = await put({ name: "Theirs" }, theirs);
    for (const body of [
      { id: randomUUID(), name: "A" },
      { id: foreign.id, name: "stolen" },
    ]) {
      const reply = await call(mine, "PUT", "", body);
      expect([reply.statusCode, reply.json()]).toMatchObject([
        400,
        { type: "UniqueConstraintViolation" },
      ]);
    }
    expect(await list(theirs)).toEqual([foreign]);
  });
});

describe("POST", () => {
  test("201 for a new journey, 409 when its name is taken, 400 without one", async () => {
    const made = await call(mine, "POST", "", { name: "J" });
    expect(made.statusCode).toBe(201);
    expect((await call(mine, "POST", "", { name: "J" })).statusCode).toBe(409);
    expect((await call(mine, "POST", "", {})).statusCode).toBe(400);
    expect(
      (await call(mine, "POST", "", { name: "P", status: "Paused" }))
        .statusCode,
    ).toBe(400);
    expect(await list()).toEqual([made.json()]);
  });

  test("at the same moment: one 201, the others 409", async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => call(mine, "POST", "", { name: "Hot" })),
    );
    expect(replies.map(({ statusCode }) => statusCode).sort()).toEqual([
      201,
      ...Array.from({ length: 7 }, () => 409),
    ]);
  });
});

describe("GET", () => {
  test("200, in part when asked", async () => {
    const made = await put({ name: "J", draft: { nodes: [], edges: [] } });
    const { draft, ...part } = made;
    expect(draft).toBeDefined();
    expect(await list(mine, { getPartial: "true" })).toEqual([part]);
    expect(await list(mine, { ids: made.id })).toEqual([made]);
    expect(await list(theirs, { ids: made.id })).toEqual([]);
  });
});

describe("DELETE", () => {
  test.each(["", "/v2"])(
    "%s: 204 once, then 404; 404 for another workspace's",
    async (path) => {
      const made = await put({ name: "J" });
      const foreign = await put({ name: "J" }, theirs);
      const remove = (id: string) => call(mine, "DELETE", path, { id });
      expect((await remove(made.id)).statusCode).toBe(204);
      expect((await remove(made.id)).statusCode).toBe(404);
      expect((await remove(foreign.id)).statusCode).toBe(404);
      expect(await list(theirs)).toHaveLength(1);
    },
  );
});
