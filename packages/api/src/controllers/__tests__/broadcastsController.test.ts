// The routes of /broadcasts: what each answers, that nothing half-made stays, and that nothing of another workspace is within
// their reach. How a broadcast runs: the worker's runBroadcast.test.ts.

import { randomUUID } from "node:crypto";

import {
  emailTemplate,
  keyedSegment,
  smsTemplate,
  traitSegment,
} from "backend-lib/test/definitions";
import {
  type BroadcastResourceV2,
  type GetBroadcastsResponse,
  type SavedSegmentResource,
} from "isomorphic-lib/src/types";
import { beforeEach, describe, expect, test } from "vitest";

import { quotaCalls } from "../../../test/quotaCalls";
import { type Method, resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const quotas = quotaCalls(api);
const call = resourceCalls(api, "/broadcasts");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

async function idOf(
  prefix: string,
  body: object,
  workspace = mine,
): Promise<string> {
  const reply = await resourceCalls(api, prefix)(workspace, "PUT", "", {
    name: randomUUID(),
    ...body,
  });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ id: string }>().id;
}
const segment = (definition: object = traitSegment()) =>
  idOf("/segments", { definition });
const template = (definition: object = smsTemplate()) =>
  idOf("/content/templates", { definition });
const group = (channel = "Sms") =>
  idOf("/subscription-groups", { channel, type: "OptOut" });
const SMS = { type: "V2", message: { type: "Sms" } } as const;

async function put(body: object, workspace = mine) {
  return call(workspace, "PUT", "/v2", body);
}
async function made(body: object = {}): Promise<BroadcastResourceV2> {
  const reply = await put({ name: randomUUID(), config: SMS, ...body });
  expect([reply.statusCode, reply.body]).toEqual([200, reply.body]);
  return reply.json();
}
async function list(query: object = {}, workspace = mine) {
  const reply = await call(workspace, "GET", "", query);
  expect(reply.statusCode).toBe(200);
  return reply.json<GetBroadcastsResponse>();
}
const move = (path: string, broadcastId: string, workspace = mine) =>
  call(workspace, "POST", `/${path}`, { broadcastId });

const containing = (text: string): unknown => expect.stringContaining(text);
/** A broadcast that can be started. */
const ready = async () => made({ messageTemplateId: await template() });

describe("PUT /v2", () => {
  test("makes a Draft with the oldest group of its channel, and changes what it is given", async () => {
    const groupId = await group();
    await group();
    const [segmentId, messageTemplateId] = [await segment(), await template()];
    const broadcast = await made({
      name: "News",
      segmentId,
      messageTemplateId,
    });
    expect(broadcast).toEqual({
      id: broadcast.id,
      workspaceId: mine.workspaceId,
      name: "News",
      version: "V2",
      status: "Draft",
      segmentId,
      messageTemplateId,
      subscriptionGroupId: groupId,
      config: SMS,
      archived: false,
      createdAt: broadcast.createdAt,
      updatedAt: broadcast.createdAt,
    });
    const changed = await put({
      name: "News",
      segmentId: null,
      subscriptionGroupId: null,
      scheduledAt: "2030-01-01T12:00:00+02:00",
    });
    expect(changed.json()).toMatchObject({
      id: broadcast.id,
      messageTemplateId,
      scheduledAt: "2030-01-01T10:00:00.000Z",
    });
    expect(changed.json()).not.toHaveProperty("segmentId");
    expect(changed.json()).not.toHaveProperty("subscriptionGroupId");
    expect(await list()).toEqual([changed.json()]);
  });

  test("takes the oldest group of the new channel when the channel is changed", async () => {
    const [sms, email] = [await group(), await group("Email")];
    const { id, subscriptionGroupId } = await made();
    expect(subscriptionGroupId).toBe(sms);
    const config = { type: "V2", message: { type: "Email" } };
    const changed = await put({ id, config });
    expect(changed.json()).toMatchObject({ subscriptionGroupId: email });
  });

  test.each<[string, () => Promise<object>, string, string]>([
    ["neither id nor name", async () => ({}), "MissingRequiredFields", "id or"],
    [
      "an unknown id without a name",
      async () => ({ id: randomUUID() }),
      "MissingRequiredFields",
      "name",
    ],
    [
      "a template of another channel",
      async () => ({ messageTemplateId: await template(emailTemplate()) }),
      "ConstraintViolation",
      "messageTemplateId",
    ],
    [
      "a group of another channel",
      async () => ({ subscriptionGroupId: await group("Email") }),
      "ConstraintViolation",
      "subscriptionGroupId",
    ],
    [
      "a segment that is none",
      async () => ({ segmentId: randomUUID() }),
      "ConstraintViolation",
      "segmentId",
    ],
    [
      "each user's own time zone",
      async () => ({ config: { ...SMS, useIndividualTimezone: true } }),
      "ConstraintViolation",
      "config/useIndividualTimezone",
    ],
  ])("400 for %s, and stores nothing", async (what, fields, type, field) => {
    const body = await fields();
    const needsName = !what.includes("name");
    const reply = await put({
      ...(needsName ? { name: "New", config: SMS } : {}),
      ...body,
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ type });
    expect(reply.json<{ message: string }>().message).toContain(field);
    expect(await list()).toEqual([]);
  });

  test("400 for a name that is another's, also when it is renamed", async () => {
    await made({ name: "A" });
    const { id } = await made({ name: "B" });
    const reply = await put({ id, name: "A" });
    expect([reply.statusCode, reply.json()]).toMatchObject([
      400,
      { type: "UniqueConstraintViolation" },
    ]);
    const other = await put({ id: randomUUID(), name: "A" });
    expect(other.statusCode).toBe(400);
  });

  test("changes only the name of one that runs", async () => {
    const { id, messageTemplateId } = await ready();
    expect((await move("start", id)).statusCode).toBe(200);
    const renamed = await put({ id, name: "Other", messageTemplateId });
    expect(renamed.json()).toMatchObject({ name: "Other", status: "Running" });
    const refused = await put({ id, segmentId: await segment() });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({
      type: "ConstraintViolation",
      message: containing("segmentId: the broadcast is Running"),
    });
  });

  test("another's broadcast cannot be had by its id", async () => {
    const { id } = await made({ name: "Mine" });
    const stolen = await put({ id, name: "Theirs" }, theirs);
    expect(stolen.statusCode).toBe(400);
    expect(stolen.body).not.toContain(mine.workspaceId);
    expect(await list({}, theirs)).toEqual([]);
    expect(await list()).toMatchObject([{ id, name: "Mine" }]);
  });
});

describe("GET", () => {
  test("lists both versions, newest first, and only those of `ids`", async () => {
    await api.env.owner.query(
      `INSERT INTO "Broadcast" ("workspaceId", "name", "status", "createdAt", "updatedAt") VALUES ($1, 'Old', 'Triggered', '2020-01-01', now())`,
      [mine.workspaceId],
    );
    const { id } = await made({ name: "New" });
    const all = await list();
    expect(all).toMatchObject([
      { name: "New", version: "V2", status: "Draft" },
      { name: "Old", version: "V1", status: "Triggered" },
    ]);
    expect(await list({ ids: id })).toEqual([all[0]]);
    expect(await list({ ids: id }, theirs)).toEqual([]);
  });
});

describe("one of version 1", () => {
  let id: string;
  beforeEach(async () => {
    const { rows } = await api.env.owner.query<{ id: string }>(
      `INSERT INTO "Broadcast" ("workspaceId", "name", "version", "updatedAt") VALUES ($1, 'Old', NULL, now()) RETURNING "id"`,
      [mine.workspaceId],
    );
    id = rows[0]?.id ?? "";
  });

  test("is renamed and archived, and nothing else", async () => {
    const renamed = await call(mine, "PUT", "", { id, name: "Older" });
    expect(renamed.json()).toMatchObject({ id, name: "Older", version: "V1" });
    const archived = await call(mine, "PUT", "/archive", { broadcastId: id });
    expect(archived.statusCode).toBe(200);
    expect(await list()).toMatchObject([{ archived: true }]);
    const back = { broadcastId: id, archived: false };
    await call(mine, "PUT", "/archive", back);
    expect(await list()).toMatchObject([{ archived: false }]);
    const changed = await put({ id, name: "Newer" });
    expect([changed.statusCode, changed.json()]).toMatchObject([
      400,
      { type: "IdError" },
    ]);
    expect((await move("start", id)).statusCode).toBe(404);
  });

  test("400 when the name is taken, 404 for a broadcast of version 2", async () => {
    const { id: other } = await made({ name: "Taken" });
    const taken = await call(mine, "PUT", "", { id, name: "Taken" });
    expect(taken.json()).toMatchObject({ type: "UniqueConstraintViolation" });
    const wrong = await call(mine, "PUT", "", { id: other, name: "x" });
    expect(wrong.statusCode).toBe(404);
  });
});

describe("the moves", () => {
  test("go from one status to the next, and say what is possible otherwise", async () => {
    const { id } = await ready();
    const tries = [
      ["pause", 400],
      ["resume", 400],
      ["start", 200],
      ["start", 400],
      ["pause", 200],
      ["pause", 400],
      ["start", 400],
      ["resume", 200],
      ["cancel", 200],
      ["cancel", 400],
      ["resume", 400],
    ] as const;
    for (const [path, status] of tries) {
      const reply = await move(path, id);
      expect([path, reply.statusCode]).toEqual([path, status]);
      expect(reply.json<{ message: string }>().message).not.toBe("");
    }
    expect((await move("start", id)).json()).toEqual({
      type: "ConstraintViolation",
      message:
        "The broadcast is Cancelled and cannot be run; from Cancelled it can become: nothing else.",
    });
  });

  test("a scheduled one waits, can be put off, and is not begun by a second start", async () => {
    const { id } = await made({
      messageTemplateId: await template(),
      scheduledAt: "2030-01-01T00:00:00Z",
    });
    expect((await move("start", id)).json()).toEqual({
      message: "The broadcast is scheduled.",
    });
    expect((await move("start", id)).statusCode).toBe(400);
    const later = await put({ id, scheduledAt: "2031-01-01T00:00:00Z" });
    expect(later.json()).toMatchObject({ status: "Scheduled" });
    const never = await put({ id, scheduledAt: null });
    expect(never.json()).toMatchObject({ type: "ConstraintViolation" });
    const { rows } = await api.env.owner.query<{ year: number; turn: boolean }>(
      `SELECT extract(year FROM j."runAt")::integer AS "year",
              j."input" ->> 'turn' = b."config" #>> '{host,run,turn}' AS "turn"
         FROM "TenantJob" AS j JOIN "Broadcast" AS b ON b."id" = $1 WHERE j."workspaceId" = $2 ORDER BY 1`,
      [id, mine.workspaceId],
    );
    expect(rows).toEqual([
      { year: 2030, turn: false },
      { year: 2031, turn: true },
    ]);
    expect((await move("cancel", id)).statusCode).toBe(200);
  });

  test.each<[string, () => Promise<object>, string]>([
    ["a template", async () => ({}), "MissingRequiredFields"],
    [
      "a template that is published",
      async () => ({
        messageTemplateId: await idOf("/content/templates", {
          draft: smsTemplate(),
        }),
      }),
      "ConstraintViolation",
    ],
    [
      "a segment whose users somebody knows",
      async () => ({
        messageTemplateId: await template(),
        segmentId: await segment(keyedSegment()),
      }),
      "ConstraintViolation",
    ],
  ])("400 for a start without %s", async (_, fields, type) => {
    const { id } = await made(await fields());
    const reply = await move("start", id);
    expect([reply.statusCode, reply.json()]).toMatchObject([400, { type }]);
    expect(await list()).toMatchObject([{ id, status: "Draft" }]);
  });

  test("400 for a start after the segment was deleted, until all users are chosen", async () => {
    const segmentId = await segment();
    const { id } = await made({
      messageTemplateId: await template(),
      segmentId,
    });
    await resourceCalls(api, "/segments")(mine, "DELETE", "", {
      id: segmentId,
    });
    const refused = await move("start", id);
    expect(refused.json()).toMatchObject({
      type: "MissingRequiredFields",
      message: containing("segmentId"),
    });
    expect((await put({ id, name: "Renamed" })).statusCode).toBe(200);
    expect((await move("start", id)).statusCode).toBe(400);
    expect((await put({ id, segmentId: null })).statusCode).toBe(200);
    expect((await move("start", id)).statusCode).toBe(200);
  });

  test("404 for what is none, and for another's", async () => {
    const { id } = await ready();
    for (const path of ["start", "pause", "resume", "cancel"]) {
      const [foreign, none] = [
        await move(path, id, theirs),
        await move(path, randomUUID()),
      ];
      expect([foreign.statusCode, foreign.body]).toEqual([404, none.body]);
    }
    const others: [Method, string][] = [
      ["PUT", "/archive"],
      ["PUT", "/recompute-segment"],
    ];
    for (const [method, path] of others) {
      const reply = await call(theirs, method, path, { broadcastId: id });
      expect(reply.statusCode).toBe(404);
    }
    expect(await list()).toMatchObject([{ id, status: "Draft" }]);
  });
});

describe("PUT /recompute-segment", () => {
  test("204, and who belongs is as their traits are now", async () => {
    await api.env.owner.query(
      `INSERT INTO "WorkspaceUser" ("workspaceId", "userId", "traits") VALUES
         ($1, 'ann', '{"plan": "pro"}'), ($1, 'bob', '{"plan": "free"}')`,
      [mine.workspaceId],
    );
    const { id } = await made({ segmentId: await segment() });
    const recompute = async () => {
      const reply = await call(mine, "PUT", "/recompute-segment", {
        broadcastId: id,
      });
      expect(reply.statusCode).toBe(204);
      const { rows } = await api.env.owner.query<{ userId: string }>(
        `SELECT "userId" FROM "SegmentAssignment" WHERE "workspaceId" = $1 AND "inSegment"`,
        [mine.workspaceId],
      );
      return rows.map(({ userId }) => userId);
    };
    expect(await recompute()).toEqual(["ann"]);
    await api.env.owner.query(
      `UPDATE "WorkspaceUser" SET "traits" = CASE "userId" WHEN 'ann' THEN '{}' ELSE '{"plan": "pro"}' END::jsonb WHERE "workspaceId" = $1`,
      [mine.workspaceId],
    );
    expect(await recompute()).toEqual(["bob"]);
  });
});

describe("POST /execute", () => {
  const execute = (body: object = {}, workspace = mine) =>
    call(workspace, "POST", "/execute", {
      broadcastName: "Sale",
      segmentDefinition: traitSegment(),
      messageTemplateDefinition: smsTemplate(),
      ...body,
    });
  const executed = (reply: Awaited<ReturnType<typeof execute>> | undefined) =>
    reply?.json<{ broadcastId: string }>().broadcastId ?? "";
  const internal = async (prefix: string) => {
    const reply = await resourceCalls(api, prefix)(mine, "GET", "", {
      resourceType: "Internal",
    });
    const lists = reply.json<Record<string, SavedSegmentResource[]>>();
    return Object.values(lists).flatMap((each) =>
      each.map(({ name }) => name).filter((name) => !name.startsWith("sub")),
    );
  };
  const jobs = async () => {
    const { rowCount } = await api.env.owner.query(
      `SELECT 1 FROM "TenantJob" WHERE "workspaceId" = $1 AND "task" = 'runBroadcast'`,
      [mine.workspaceId],
    );
    return rowCount;
  };

  test("makes segment, template and broadcast and begins it, once for a name", async () => {
    const replies = await Promise.all([execute(), execute(), execute()]);
    replies.push(await execute());
    const broadcastId = executed(replies[0]);
    expect(broadcastId).toMatch(/^.{14}5/); // made of the name
    for (const reply of replies) {
      expect([reply.statusCode, reply.json()]).toEqual([
        200,
        { broadcastId, broadcastName: "Sale" },
      ]);
    }
    expect(await list()).toMatchObject([
      { id: broadcastId, name: "Sale", status: "Running", config: SMS },
    ]);
    expect(await internal("/segments")).toEqual([`Broadcast - ${broadcastId}`]);
    expect(await internal("/content/templates")).toEqual([
      `Broadcast - ${broadcastId}`,
    ]);
    expect(await jobs()).toBe(1);
    const other = await execute({}, theirs);
    expect(other.statusCode).toBe(200);
    expect(executed(other)).not.toBe(broadcastId);
  });

  test.each<[string, () => Promise<object>, string]>([
    [
      "a segment that nobody computes",
      async () => ({ segmentDefinition: keyedSegment() }),
      "ConstraintViolation",
    ],
    [
      "a segment with a loose end",
      async () => ({
        segmentDefinition: {
          entryNode: { type: "And", id: "entry", children: ["gone"] },
          nodes: [],
        },
      }),
      "InvalidDefinition",
    ],
    [
      "a group of another channel",
      async () => ({ subscriptionGroupId: await group("Email") }),
      "ConstraintViolation",
    ],
    [
      "a push message",
      async () => ({
        messageTemplateDefinition: { type: "MobilePush", title: "x" },
      }),
      "ConstraintViolation",
    ],
  ])("400 for %s, and nothing is made", async (_, fields, type) => {
    const reply = await execute(await fields());
    expect([reply.statusCode, reply.json()]).toMatchObject([400, { type }]);
    expect(await list()).toEqual([]);
    expect(await internal("/segments")).toEqual([]);
    expect(await internal("/content/templates")).toEqual([]);
    expect(await jobs()).toBe(0);
  });

  test.each(["broadcasts", "segments", "templates"] as const)(
    "429 when there is no room for one of %s, and nothing is made",
    async (resource) => {
      const { used } = await quotas.usage(mine, resource);
      await quotas.limit(mine, resource, used + 1);
      expect((await execute()).statusCode).toBe(200);
      const refused = await execute({ broadcastName: "Other" });
      expect([refused.statusCode, refused.json()]).toMatchObject([
        429,
        { resourceType: resource },
      ]);
      expect(await list()).toHaveLength(1);
      expect(await internal("/segments")).toHaveLength(1);
      expect(await quotas.drift(mine)).toEqual([]);
      // What is there is no new one.
      expect((await execute()).statusCode).toBe(200);
    },
  );

  test("400 for the name of a broadcast that was not executed", async () => {
    await made({ name: "Sale" });
    const reply = await execute();
    expect(reply.json()).toMatchObject({ type: "UniqueConstraintViolation" });
    const id = executed(await execute({ broadcastName: "Other" }));
    await api.env.owner.query(`DELETE FROM "Broadcast" WHERE "id" = $1`, [id]);
    await made({ id, name: "Other" });
    const drafted = await execute({ broadcastName: "Other" });
    expect(drafted.json()).toMatchObject({ type: "ConstraintViolation" });
  });
});
