import { Writable } from "node:stream";

import Fastify from "fastify";
import { expect, test } from "vitest";

import { requestIdOf } from "./requestId";
import { logRequests, silentLogController } from "./requestLog";

test("a request is one line, without its query, headers and body, and its id is echoed", async () => {
  const lines: string[] = [];
  const app = Fastify({
    logger: {
      level: "info",
      stream: new Writable({
        write(chunk: Buffer, _encoding, done) {
          lines.push(chunk.toString());
          done();
        },
      }),
    },
    logController: silentLogController(),
    genReqId: requestIdOf,
  });
  logRequests(app);
  app.post("/things/:id", async () => ({ ok: true }));
  const response = await app.inject({
    method: "POST",
    url: "/things/42?search=ada",
    headers: { authorization: "Bearer k3y", "x-request-id": "trace-1" },
    payload: { email: "ada@example.com" },
  });
  await app.close();
  expect(response.headers["x-request-id"]).toBe("trace-1");
  expect(lines).toHaveLength(1);
  const [line = "{}"] = lines;
  expect(JSON.parse(line)).toMatchObject({
    requestId: "trace-1",
    method: "POST",
    route: "/things/:id",
    status: 200,
    msg: "request",
  });
  expect(line).not.toMatch(/k3y|ada|42/);
});
