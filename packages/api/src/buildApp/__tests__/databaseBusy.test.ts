// A workspace whose work fills its part of the database: told to come again later, while the others notice nothing.

import { closeDb, databaseFigures, getConnection } from "backend-lib/src/db";
import { expect, test, vi } from "vitest";

import { type ApiWorkspace, useApi } from "../../../test/useApi";

process.env.DATABASE_POOL_MAX = "2";
process.env.DATABASE_RESERVED_CONNECTIONS = "1";
process.env.DATABASE_QUEUE_MAX_PER_WORKSPACE = "1";
process.env.DATABASE_QUEUE_TIMEOUT_MS = "200";

const api = useApi();

const list = (what: string, { workspaceId, headers }: ApiWorkspace) =>
  api.inject({ url: `/api/${what}?workspaceId=${workspaceId}`, headers });
const listSegments = (workspace: ApiWorkspace) => list("segments", workspace);

test("too many waiting, or for too long, is a 503 that says when to come again, for that workspace alone", async () => {
  const [busy, quiet] = [await api.workspace(), await api.workspace()];
  await listSegments(quiet);
  await listSegments(quiet); // the cache begins to listen, which takes a while
  const held = await getConnection(busy.workspaceId);
  const waiting = listSegments(busy);
  await vi.waitFor(() =>
    expect(databaseFigures(busy.workspaceId).queued).toBe(1),
  );

  const full = await list("journeys", busy); // the same list would wait with the first one
  expect(full.statusCode).toBe(503);
  expect(full.headers["retry-after"]).toBe("1");
  expect(full.json()).toEqual({
    type: "TenantQueueFull",
    message:
      "This workspace has too many requests waiting for the database. Try again in 1 s.",
  });
  expect((await listSegments(quiet)).statusCode).toBe(200);

  const late = await waiting;
  expect(late.statusCode).toBe(503);
  expect(late.headers["retry-after"]).toBe("1");
  expect(late.json()).toMatchObject({ type: "TenantQueueTimeout" });
  expect(late.body).not.toContain(busy.workspaceId);

  held.release();
  expect((await listSegments(busy)).statusCode).toBe(200);
  const { body } = await api.inject({ url: "/metrics" });
  for (const line of [
    /^database_connections_active 0$/m,
    /^database_connections_queued 0$/m,
    /^database_queue_wait_seconds_count\{outcome="full"\} 1$/m,
    /^database_queue_wait_seconds_count\{outcome="timeout"\} 1$/m,
  ]) {
    expect(body).toMatch(line);
  }
  expect(body).not.toContain(busy.workspaceId);
});

test("work that comes while the server stops is a 503", async () => {
  const workspace = await api.workspace();
  const held = await getConnection(workspace.workspaceId);
  const closed = closeDb();
  const response = await listSegments(workspace);
  held.release();
  await closed;
  expect(response.statusCode).toBe(503);
  expect(response.headers["retry-after"]).toBe("1");
  expect(response.json()).toEqual({
    type: "TenantPoolDraining",
    message: "The server is shutting down. Try again in 1 s.",
  });
});
