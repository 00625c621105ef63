// The routes of /subscription-groups: what each answers, and that nothing of another workspace is within their reach.

import { randomUUID } from "node:crypto";

import {
  type GetSubscriptionGroupsResponse,
  type GetUserSubscriptionsResponse,
  type SavedSubscriptionGroupResource,
} from "isomorphic-lib/src/types";
import { beforeEach, expect, test } from "vitest";

import { resourceCalls } from "../../../test/resourceCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const call = resourceCalls(api, "/subscription-groups");
const users = resourceCalls(api, "/users");
const segments = resourceCalls(api, "/segments");

let mine: ApiWorkspace;
let theirs: ApiWorkspace;
beforeEach(async () => {
  [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
});

const NEWS = { name: "News", channel: "Email", type: "OptIn" };

async function put(
  body: object = NEWS,
  workspace = mine,
): Promise<SavedSubscriptionGroupResource> {
  const reply = await call(workspace, "PUT", "", body);
  expect(reply.statusCode).toBe(200);
  return reply.json();
}

async function list(
  workspace = mine,
): Promise<SavedSubscriptionGroupResource[]> {
  const reply = await call(workspace, "GET", "");
  expect(reply.statusCode).toBe(200);
  return reply.json<GetSubscriptionGroupsResponse>();
}

test("put and list: 200, a bare array with both segments", async () => {
  const made = await put();
  expect(made).toMatchObject({ ...NEWS, workspaceId: mine.workspaceId });
  expect(made.segmentId).not.toBe(made.unsubscribedSegmentId);
  expect(await list()).toEqual([made]);
  expect((await put({ ...NEWS, type: "OptOut" })).id).toBe(made.id);
});

test("put: 400 names what is wrong, and another workspace's group stays as it is", async () => {
  const foreign = await put(NEWS, theirs);
  const { channel, type } = NEWS;
  const invalid = await call(mine, "PUT", "", { ...NEWS, channel: "Fax" });
  expect([invalid.statusCode, invalid.json()]).toMatchObject([
    400,
    { errors: [{ field: "channel" }] },
  ]);
  const neither = await call(mine, "PUT", "", { channel, type });
  expect([neither.statusCode, neither.json()]).toMatchObject([
    400,
    { type: "BadValues" },
  ]);
  const stolen = await call(mine, "PUT", "", { ...NEWS, id: foreign.id });
  expect([stolen.statusCode, stolen.json()]).toMatchObject([
    400,
    { type: "UniqueConstraintViolation" },
  ]);
  expect(await list()).toEqual([]);
  expect(await list(theirs)).toEqual([foreign]);
});

test("assignments: 200 without a body, and the user is known and subscribed", async () => {
  const { id } = await put();
  const reply = await call(mine, "PUT", "/assignments", {
    userUpdates: [{ userId: "u", changes: { [id]: true } }],
  });
  expect([reply.statusCode, reply.body]).toEqual([200, ""]);
  const { subscriptionGroups } = (
    await users(mine, "GET", "/subscriptions", { userId: "u" })
  ).json<GetUserSubscriptionsResponse>();
  expect(subscriptionGroups).toEqual([
    { id, name: "News", isSubscribed: true, channel: "Email" },
  ]);
  const counted = await users(mine, "POST", "/count");
  expect(counted.json()).toEqual({ userCount: 1 });
});

test("assignments: 400 for another workspace's group and for a key that is no id, and nothing is stored", async () => {
  const foreign = await put(NEWS, theirs);
  const assign = (changes: object) =>
    call(mine, "PUT", "/assignments", {
      userUpdates: [{ userId: "u", changes }],
    });
  for (const id of [foreign.id, randomUUID()]) {
    const reply = await assign({ [id]: true });
    expect(reply.statusCode).toBe(400);
    expect(reply.json<{ message: string }>().message).toContain(
      `userUpdates/0/changes/${id}`,
    );
  }
  expect((await assign({ everything: true })).statusCode).toBe(400);
  const { rowCount } = await api.env.owner.query(
    `SELECT 1 FROM "SegmentAssignment" WHERE "workspaceId" = ANY($1)`,
    [[mine.workspaceId, theirs.workspaceId]],
  );
  expect(rowCount).toBe(0);
});

test("delete: 204 once, then 404; 404 for another workspace's", async () => {
  const { id, segmentId } = await put();
  const foreign = await put(NEWS, theirs);
  const remove = async (which: string) =>
    (await call(mine, "DELETE", "", { id: which })).statusCode;
  expect(
    (await segments(mine, "DELETE", "", { id: segmentId })).statusCode,
  ).toBe(404);
  expect(await remove(foreign.id)).toBe(404);
  expect(await remove(id)).toBe(204);
  expect(await remove(id)).toBe(404);
  expect((await segments(mine, "GET", "")).json()).toEqual({ segments: [] });
  expect(await list(theirs)).toEqual([foreign]);
});
