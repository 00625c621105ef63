// The end of the API: what is under way has DATABASE_DRAIN_TIMEOUT_MS, then it is cancelled and answered; what comes meanwhile
// is told to come again. Nobody's line is cut. A lock that is never let go holds the request up.

import net from "node:net";

import { closeDbAfter } from "backend-lib/src/db";
import { expect, test, vi } from "vitest";

import { useApi } from "../../../test/useApi";

process.env.DATABASE_DRAIN_TIMEOUT_MS = "300";

const api = useApi();

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n");

/** What the server says on one connection, and its end. */
async function connect() {
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  const address = api.app.server.address();
  if (address === null || typeof address === "string") {
    throw new Error("The server listens on a port.");
  }
  const socket = net.connect(address.port, "127.0.0.1");
  let heard = "";
  socket.on("data", (data) => {
    heard += data.toString();
  });
  const ended = new Promise<string>((resolve) => {
    socket.on("end", () => resolve(heard));
  });
  return { socket, ended };
}

test("a request that does not end is cancelled after the drain time and answered, and one that comes meanwhile is a 503", async () => {
  const workspace = await api.workspace();
  const holder = await api.env.owner.connect();
  await holder.query('BEGIN; LOCK TABLE "Segment" IN ACCESS EXCLUSIVE MODE');
  const { socket, ended } = await connect();
  socket.write(
    get(
      `/api/segments?workspaceId=${workspace.workspaceId}`,
      workspace.headers,
    ),
  );
  await vi.waitFor(async () => {
    const { rows } = await api.env.owner.query(
      "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = '\"Segment\"'::regclass",
    );
    expect(rows).toHaveLength(1);
  });

  const closed = closeDbAfter(api.app.close());
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  socket.write(get("/api/health/live"));
  const [first = "", ...rest] = (await ended).split(/(?=HTTP\/1\.1 )/);
  await closed;
  await holder.query("ROLLBACK");
  holder.release();

  expect(first).toMatch(/^HTTP\/1\.1 503 /);
  expect(first).toContain("took too long");
  expect(rest).toHaveLength(1);
  expect(rest[0]).toMatch(/^HTTP\/1\.1 503 /);
  expect(rest[0]).toMatch(/^retry-after: 1\r$/im);
  expect(rest[0]).toContain('"type":"TenantPoolDraining"');
});
