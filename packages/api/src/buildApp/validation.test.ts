import { Type } from "@sinclair/typebox";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { handleErrors } from "./errorReply";
import { acceptJsonOnly } from "./jsonBody";
import { parseQueryString } from "./queryString";
import { requireRoleOfRoute } from "./routeConfig";
import { useSchemas } from "./validation";

let app: FastifyInstance;
beforeEach(() => {
  app = Fastify({
    bodyLimit: 1024,
    routerOptions: { querystringParser: parseQueryString },
  });
  acceptJsonOnly(app);
  useSchemas(app, { checkResponses: true });
  handleErrors(app, { bodyLimitBytes: 1024 });
});
afterEach(() => app.close());

const Body = Type.Object({
  name: Type.String({ minLength: 1 }),
  count: Type.Integer(),
});

function echo(): void {
  app.post("/", { schema: { body: Body } }, async (request) => request.body);
}
const post = (payload: string | object, headers: Record<string, string> = {}) =>
  app.inject({ method: "POST", url: "/", payload, headers });

describe("a body", () => {
  test("is taken as it is: nothing is converted, unknown members stay", async () => {
    echo();
    const good = await post({ name: "a", count: 1, more: "x" });
    expect(good.json()).toEqual({ name: "a", count: 1, more: "x" });
    const bad = await post({ name: 5, count: "1" });
    expect(bad.statusCode).toBe(400);
  });

  test("that is bad in two fields names both, the first one in the message", async () => {
    echo();
    const body = (await post({ name: 5, count: "1" })).json<{
      message: string;
      errors: { field: string }[];
    }>();
    expect(body).toMatchObject({
      statusCode: 400,
      code: "FST_ERR_VALIDATION",
      error: "Bad Request",
    });
    expect(body.errors.map(({ field }) => field)).toEqual(["name", "count"]);
    expect(body.message).toMatch(/^body\/name: /);
  });

  test("that is absent is a 400", async () => {
    echo();
    expect((await app.inject({ method: "POST", url: "/" })).statusCode).toBe(
      400,
    );
  });

  test("beyond the limit is a 413 that states it, with and without a length", async () => {
    echo();
    const large = JSON.stringify({ name: "x".repeat(2000), count: 1 });
    const json = { "content-type": "application/json" };
    const forms: Record<string, string>[] = [
      json,
      { ...json, "transfer-encoding": "chunked" },
    ];
    for (const headers of forms) {
      const response = await post(large, headers);
      expect(response.statusCode).toBe(413);
      expect(response.json()).toMatchObject({ limitBytes: 1024 });
      expect(response.json<{ message: string }>().message).toContain(
        "1024 bytes",
      );
    }
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "nonsense",
  ])(
    "of the type %s is a 415, so that no form of another site can send it",
    async (type) => {
      echo();
      const response = await post('{"name":"a","count":1}', {
        "content-type": type,
      });
      expect(response.statusCode).toBe(415);
    },
  );

  test.each([
    "application/json; charset=utf-16",
    "application/json;charset=ISO-8859-1",
    'application/json; CHARSET="utf-16le"',
    "application/json; charset=utf-8; charset=utf-7",
    "application/json; charset=",
  ])("of the type %s is a 415 that names the encoding to use", async (type) => {
    echo();
    const response = await post('{"name":"a","count":1}', {
      "content-type": type,
    });
    expect([response.statusCode, response.json()]).toMatchObject([
      415,
      {
        message:
          "The content type is not supported: send application/json in UTF-8.",
      },
    ]);
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json; charset=utf8",
    "application/json; version=1",
  ])("of the type %s is read", async (type) => {
    echo();
    const response = await post('{"name":"a","count":1}', {
      "content-type": type,
    });
    expect(response.statusCode).toBe(200);
  });

  test("without a type is a 415", async () => {
    echo();
    const response = await app.inject({
      method: "POST",
      url: "/",
      payload: Buffer.from('{"name":"a","count":1}'),
    });
    expect(response.statusCode).toBe(415);
  });
});

describe("a query", () => {
  test("is converted, one element is a list", async () => {
    const querystring = Type.Object({
      limit: Type.Integer(),
      ids: Type.Array(Type.String()),
    });
    app.get("/", { schema: { querystring } }, async (request) => request.query);
    const response = await app.inject({ url: "/?limit=5&ids=a" });
    expect(response.json()).toEqual({ limit: 5, ids: ["a"] });
    const bad = await app.inject({ url: "/?limit=five&ids=a" });
    expect(bad.json<{ message: string }>().message).toMatch(
      /^querystring\/limit: /,
    );
  });

  test.each([
    ["a NUL", "/a?x=%00"],
    ["a NUL in a key", "/a?x%00=1"],
    ["a NUL in the path", "/a%00b"],
    ["deep nesting", "/a?x[a][b][c][d][e][f][g]=1"],
  ])("with %s is refused even where no schema looks", async (_, url) => {
    app.get("/:id", async () => "reached");
    const response = await app.inject({ url });
    expect([response.statusCode, response.body.includes("reached")]).toEqual([
      400,
      false,
    ]);
  });
});

describe("an answer", () => {
  const schema = { response: { 200: Type.Object({ id: Type.String() }) } };

  test("unlike its schema is a 500 in tests", async () => {
    app.get("/", { schema }, async () => ({ id: 5 }));
    expect((await app.inject({ url: "/" })).statusCode).toBe(500);
  });

  test("of an error is not bound by a schema", async () => {
    app.get("/", { schema }, async (_request, reply) =>
      reply.status(404).send({ type: "NotFound", message: "gone" }),
    );
    const response = await app.inject({ url: "/" });
    expect([response.statusCode, response.json()]).toEqual([
      404,
      { type: "NotFound", message: "gone" },
    ]);
  });
});

test("a guarded route that says no role does not start", () => {
  app.addHook("onRoute", requireRoleOfRoute);
  expect(() => app.get("/open", async () => "x")).toThrow(
    "GET /open lacks config.requiredRole",
  );
  expect(() =>
    app.get("/shut", { config: { requiredRole: "Viewer" } }, async () => "x"),
  ).not.toThrow();
});
