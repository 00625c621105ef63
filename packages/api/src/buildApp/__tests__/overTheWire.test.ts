// What only a real socket shows: clients that hang up, and answers that have to arrive although the request did not fit.

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { beforeAll, describe, expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

const api = useApi({ config: { apiBodyLimitBytes: 64 * 1024 } });
let port = 0;
let headers: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  const address = await api.app.listen({ host: "127.0.0.1", port: 0 });
  port = Number(new URL(address).port);
  ({ headers } = await api.workspace());
});

const isAlive = async () =>
  (await fetch(`http://127.0.0.1:${port}/api/health/live`)).status === 200;

async function dial(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined); // resets are what is tested
  await once(socket, "connect");
  return socket;
}

describe("a client that goes away", () => {
  test.each([
    [
      "before its body",
      "POST /api/admin-keys HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n",
    ],
    [
      "within its body",
      'POST /api/admin-keys HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name":',
    ],
    [
      "before its answer",
      "GET /api/session HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ],
    ["after garbage", "\u0000\u0001 garbage\r\n\r\n"],
  ])("%s does no harm", async (_, bytes) => {
    const socket = await dial();
    socket.write(bytes);
    socket.resetAndDestroy();
    expect(await isAlive()).toBe(true);
  });
});

test("a body far beyond the limit is still answered with 413", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/api/admin-keys`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ name: "x".repeat(20_000_000) }),
  });
  expect([response.status, await response.json()]).toMatchObject([
    413,
    { limitBytes: 65_536 },
  ]);
});

test("so is one of a type that is not read", async () => {
  const response = await fetch(`http://127.0.0.1:${port}/api/admin-keys`, {
    method: "POST",
    headers: { ...headers, "content-type": "text/csv" },
    body: "x".repeat(20_000_000),
  });
  expect(response.status).toBe(415);
});

test("what listens on no HTTP at all is answered with 400", async () => {
  const socket = await dial();
  socket.write("HELLO\r\n\r\n");
  const answer: unknown[] = await once(socket, "data");
  socket.destroy();
  expect(String(answer[0])).toMatch(/^HTTP\/1\.1 400 /);
});
