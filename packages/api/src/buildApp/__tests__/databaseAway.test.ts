import { config } from "backend-lib/src/config";
import { closeDb } from "backend-lib/src/db";
import { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";

import { buildApp } from "../../buildApp";

const PASSWORD = "pa55word-of-the-database";
let app: FastifyInstance;

beforeAll(async () => {
  // Nothing listens on port 1.
  process.env.DATABASE_URL = `postgresql://dittofeed_app:${PASSWORD}@127.0.0.1:1/none`;
  delete process.env.DATABASE_SYSTEM_URL;
  app = await buildApp({ config: config() });
});
afterAll(async () => {
  await app.close();
  await closeDb();
});

test("the app starts without a database and says that it lives but is not ready", async () => {
  expect((await app.inject({ url: "/api/health/live" })).json()).toEqual({
    status: "ok",
  });
  const ready = await app.inject({ url: "/api/health/ready" });
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toMatchObject({
    status: "unavailable",
    checks: {
      database: { status: "failed" },
      migrations: { status: "failed" },
    },
  });
});

test("requests that need the database may be tried again, and learn nothing of it", async () => {
  const requests = [
    { url: "/api/session" },
    {
      url: "/api/admin/settings/write-keys",
      headers: { authorization: "Bearer abc" },
    },
  ];
  for (const request of requests) {
    const response = await app.inject(request);
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([
      503,
      "2",
    ]);
    expect(response.body).not.toMatch(
      /ECONNREFUSED|127\.0\.0\.1|dittofeed_app/,
    );
    expect(response.body).not.toContain(PASSWORD);
  }
});
