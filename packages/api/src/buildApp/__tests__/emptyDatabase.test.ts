import { expect, test } from "vitest";

import { useApi } from "../../../test/useApi";

const api = useApi();

test("without any workspace the server is ready, and says what is missing", async () => {
  expect((await api.inject({ url: "/api/health/ready" })).statusCode).toBe(200);
  const response = await api.inject({ url: "/api/session" });
  expect([response.statusCode, response.json()]).toEqual([
    403,
    { type: "NotOnboarded", message: "There is no active workspace yet." },
  ]);
});

test("a paused workspace does not count as one", async () => {
  await api.env.createWorkspace({ status: "Paused" });
  expect((await api.inject({ url: "/api/session" })).statusCode).toBe(403);
});
