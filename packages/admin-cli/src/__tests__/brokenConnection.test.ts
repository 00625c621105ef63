// What is said at the terminal when the connection breaks under a query: what happened, not the query.

import net from "node:net";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { runCli } from "../cli";

/** Hears the client out, and hangs up without a word. */
const server = net.createServer((socket) => {
  socket.once("data", () => socket.end());
});

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});
afterAll(() => {
  server.close();
});

it("shows neither statement nor parameters", async () => {
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  for (const name of ["DATABASE_URL", "DATABASE_SYSTEM_URL"]) {
    vi.stubEnv(name, `postgresql://app@127.0.0.1:${port}/none`);
  }
  let said = "";
  const status = await runCli(["workspaces", "list"], {
    stdout: () => undefined,
    stderr: (line) => {
      said += line;
    },
  });
  expect(status).toBe(1);
  expect(said).toMatch(/connection/i);
  expect(said).not.toMatch(/select|params|"Workspace"/i);
});
