// A flood of requests whose callers are still to be found out: it stands in nobody's way, it is bounded, and the health of the
// server can be asked meanwhile. The database is held up by a lock, so that the order shows and no time decides.

import { randomUUID } from "node:crypto";

import { getConnection } from "backend-lib/src/db";
import { waitingForSystemTurn } from "backend-lib/src/db/systemTurns";
import { type LightMyRequestResponse } from "fastify";
import { expect, test, vi } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

process.env.DATABASE_SYSTEM_POOL_MAX = "2"; // one for callers, one for the host's jobs
process.env.DATABASE_POOL_MAX = "1";
process.env.DATABASE_QUEUE_MAX_PER_WORKSPACE = "20";

const api = useApi();

const listSegments = ({ workspaceId, headers }: ApiWorkspace) =>
  api.inject({
    url: `/api/admin/segments?workspaceId=${workspaceId}`,
    headers,
  });
/** Nobody's workspace, nobody's key: each one another query. */
const inventClaim = () =>
  api.inject({
    url: `/api/admin/segments?workspaceId=${randomUUID()}`,
    headers: { authorization: "Bearer invented" },
  });

/** Makes every look-up of a key wait, until the answer is called. */
async function holdUp(): Promise<() => Promise<void>> {
  const client = await api.env.owner.connect();
  await client.query(
    'BEGIN; LOCK TABLE "AdminApiKey" IN ACCESS EXCLUSIVE MODE',
  );
  return async () => {
    await client.query("ROLLBACK");
    client.release();
  };
}

const statuses = (responses: LightMyRequestResponse[]) => [
  ...new Set(responses.map(({ statusCode }) => statusCode)),
];

test("made-up claims wait behind a caller who was let in before, and the health is told meanwhile", async () => {
  const known = await api.workspace();
  expect((await listSegments(known)).statusCode).toBe(200);

  const letGo = await holdUp();
  const ended: string[] = [];
  const flood = Array.from({ length: 20 }, async () => {
    const response = await inventClaim();
    ended.push("flood");
    return response;
  });
  await vi.waitFor(() => expect(waitingForSystemTurn()).toBe(19));
  const quiet = listSegments(known).then((response) => {
    ended.push("known");
    return response;
  });
  await vi.waitFor(() => expect(waitingForSystemTurn()).toBe(20));

  const lent = await getConnection(known.workspaceId); // the only one for tenants' work
  for (const url of ["/api/health/live", "/api/health/ready"]) {
    expect((await api.inject({ url })).statusCode).toBe(200);
  }
  lent.release();
  expect(ended).toEqual([]);
  await letGo();
  expect((await quiet).statusCode).toBe(200);
  expect(statuses(await Promise.all(flood))).toEqual([401]);
  // Before it: the one that was under way, and at most one whose turn ended while its own request was still to come.
  expect(ended.indexOf("known")).toBeLessThanOrEqual(3);
});

test("a workspace's flood is one look-up at a time, and another workspace's is next", async () => {
  const [busy, quiet] = [await api.workspace(), await api.workspace()];
  for (const workspace of [busy, quiet]) {
    expect((await listSegments(workspace)).statusCode).toBe(200);
  }
  const letGo = await holdUp();
  const flood = Array.from({ length: 20 }, () => listSegments(busy));
  const other = listSegments(quiet);
  // One of the flood is under way; the others share the one after it, which has not even asked for its turn yet.
  await vi.waitFor(() => expect(waitingForSystemTurn()).toBe(1));
  await letGo();
  expect((await other).statusCode).toBe(200);
  expect(statuses(await Promise.all(flood))).toEqual([200]);
});

test("what waits is bounded: a 503 that says when to come again", async () => {
  const letGo = await holdUp();
  const flood = Array.from({ length: 40 }, inventClaim);
  const refused = await vi.waitFor(async () => {
    const first = await Promise.race(flood);
    expect(first.statusCode).toBe(503);
    return first;
  });
  expect(refused.headers["retry-after"]).toMatch(/^\d+$/);
  expect(refused.json()).toMatchObject({ type: "TenantQueueFull" });
  expect(waitingForSystemTurn()).toBe(20);
  await letGo();
  const answers = await Promise.all(flood);
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(
    21,
  );
  expect(answers.filter(({ statusCode }) => statusCode === 503)).toHaveLength(
    19,
  );
});

test("a key that is taken away while others with it are looked up is refused to who comes after", async () => {
  const workspace = await api.workspace();
  const busy = Array.from({ length: 10 }, () => listSegments(workspace));
  await api.env.owner.query('DELETE FROM "AdminApiKey" WHERE "id" = $1', [
    workspace.adminApiKeyId,
  ]);
  expect((await listSegments(workspace)).statusCode).toBe(401);
  await Promise.all(busy);
});
