import { Writable } from "node:stream";

import { useClock } from "backend-lib/src/clock";
import { loggableError } from "backend-lib/src/logger";
import Fastify, { type FastifyInstance } from "fastify";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { handleErrors, refuse } from "./errorReply";
import { silentLogController } from "./requestLog";

const anyText: unknown = expect.any(String);
const SECRET = "hunter2-the-key";
let app: FastifyInstance | undefined;
afterEach(() => app?.close());

/** The process's own way to log an error, with the members that Fastify's type wants. */
const asTheProcessLogs = (error: Error) => ({
  type: "",
  message: "",
  stack: "",
  ...loggableError(error),
});

/** An app whose one route throws `thrown`; its log lines are collected. */
function failingWith(thrown: unknown) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const built = Fastify({
    logger: { level: "info", stream, serializers: { err: asTheProcessLogs } },
    logController: silentLogController(),
  });
  handleErrors(built, { bodyLimitBytes: 1024 });
  built.get("/", () => {
    throw thrown;
  });
  app = built;
  return { get: () => built.inject({ url: "/" }), lines };
}

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError(
    `invalid input syntax for type uuid: "${SECRET}"`,
    1,
    "error",
  );
  error.code = code;
  error.detail = `Key (name)=(${SECRET}) already exists.`;
  error.constraint = "Segment_workspaceId_name_key";
  return error;
}

/** As the query builder throws it: the message holds the statement and its parameters. */
function failedQuery(code: string): Error {
  return new Error(`Failed query: insert into "Secret" params: ${SECRET}`, {
    cause: databaseError(code),
  });
}

describe("what is thrown", () => {
  test.each([
    ["an error of the query builder", failedQuery("22P02")],
    ["an error of the database", databaseError("42P01")],
    ["a bug", new TypeError(`cannot read ${SECRET}`)],
    [
      "an error with a status of its own kind",
      Object.assign(new Error(SECRET), { statusCode: 200 }),
    ],
    ["no error at all", SECRET],
  ])("%s is a 500 that says nothing of it", async (_, thrown) => {
    const response = await failingWith(thrown).get();
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      statusCode: 500,
      error: "Internal Server Error",
      message: "Internal Server Error",
      requestId: anyText,
    });
  });

  test("parameters of a failed statement do not reach the log", async () => {
    const { get, lines } = failingWith(failedQuery("22P02"));
    await get();
    const log = lines.join("");
    expect(log).toContain("22P02");
    expect(log).toContain("errorReply.test");
    expect(log).not.toContain(SECRET);
  });

  test.each(["08006", "57P01", "57P03", "53300"])(
    "SQLSTATE %s is a 503 that may be tried again",
    async (code) => {
      const response = await failingWith(failedQuery(code)).get();
      expect(response.statusCode).toBe(503);
      expect(response.headers["retry-after"]).toBe("2");
      expect(response.body).not.toContain(SECRET);
    },
  );

  test("a statement that took too long is a 503 that does not ask to be tried again", async () => {
    const response = await failingWith(failedQuery("57014")).get();
    expect(response.statusCode).toBe(503);
    expect(response.headers).not.toHaveProperty("retry-after");
    expect(response.json()).toMatchObject({
      message: "The request took too long: ask for less at once.",
    });
  });

  test("a statement that the server cannot read is our fault, not an outage", async () => {
    const response = await failingWith(failedQuery("08P01")).get();
    expect(response.statusCode).toBe(500);
    expect(response.headers).not.toHaveProperty("retry-after");
  });

  test.each([
    [
      "a refused connection",
      Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    ],
    ["a lost connection", new Error("Connection terminated unexpectedly")],
    ["an exhausted pool", new Error("timeout exceeded when trying to connect")],
  ])("%s is a 503, also when wrapped", async (_, cause) => {
    const wrapped = new Error("Failed query", { cause });
    expect((await failingWith(wrapped).get()).statusCode).toBe(503);
  });

  test("a text of somebody else's 4xx is not repeated", async () => {
    const thrown = Object.assign(new Error(SECRET), { statusCode: 404 });
    const response = await failingWith(thrown).get();
    expect(response.json()).toEqual({
      statusCode: 404,
      error: "Not Found",
      message: "Not Found",
    });
  });
});

test("an unknown route is a 404 in Dittofeed's form, without the query", async () => {
  const { get } = failingWith(null);
  await get();
  const response = await app?.inject({ url: "/nothing?token=abc" });
  expect(response?.statusCode).toBe(404);
  expect(response?.json()).toEqual({
    statusCode: 404,
    error: "Not Found",
    message: "Route GET:/nothing not found",
  });
});

test("a code that is its own message is not said twice", async () => {
  const built = Fastify();
  app = built;
  built.get("/key", (_request, reply) =>
    refuse(reply, { type: "InvalidWriteKey", message: "InvalidWriteKey" }),
  );
  built.get("/wait", (_request, reply) =>
    refuse(reply, {
      type: "TooManyAttempts",
      message: "Wait.",
      retryAfterSeconds: 7,
    }),
  );
  const key = await built.inject({ url: "/key" });
  expect([key.statusCode, key.json()]).toEqual([
    401,
    { message: "InvalidWriteKey" },
  ]);
  const wait = await built.inject({ url: "/wait" });
  expect([wait.statusCode, wait.headers["retry-after"]]).toEqual([429, "7"]);
});

describe("a quota's refusal by the database", () => {
  const refusal = {
    resourceType: "messages",
    currentUsage: 9,
    limit: 10,
    requested: 2,
    period: "2026-11-01",
    scope: "workspace",
  };
  const refused = (detail: string) => {
    const error = databaseError("QT429");
    error.detail = detail;
    return new Error("Failed query: insert", { cause: error });
  };
  let restoreClock = () => {};
  beforeEach(() => {
    restoreClock = useClock({ now: () => new Date("2026-11-30T23:59:00Z") });
  });
  afterEach(() => restoreClock());

  test("is a 429 wherever it is thrown, also outside of any workspace", async () => {
    const { get, lines } = failingWith(refused(JSON.stringify(refusal)));
    const response = await get();
    expect([response.statusCode, response.json()]).toEqual([
      429,
      {
        type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
        title: "The quota is exceeded",
        status: 429,
        detail:
          "messages quota exceeded: 9 of 10 messages used, 2 requested. It begins anew on 2026-12-01; before that, raise the limit.",
        ...refusal,
        remaining: 1,
        resetsAt: "2026-12-01T00:00:00.000Z",
        "violated-policies": ["messages"],
      },
    ]);
    expect(response.headers).toMatchObject({
      "content-type": "application/problem+json; charset=utf-8",
      "ratelimit-policy": '"messages";q=10;w=2592000',
      ratelimit: '"messages";r=1;t=60',
      "retry-after": "60",
    });
    expect(lines.join("")).toContain("a quota has no room");
  });

  test("of more than the whole limit is a 403 without a time to wait for", async () => {
    const above = { ...refusal, requested: 11 };
    const response = await failingWith(refused(JSON.stringify(above))).get();
    expect([response.statusCode, response.json()]).toMatchObject([
      403,
      {
        type: "/problems/request-above-whole-quota",
        status: 403,
        requested: 11,
      },
    ]);
    expect(response.headers).not.toHaveProperty("retry-after");
  });

  test("that cannot be read is a 500 that says nothing of it", async () => {
    const response = await failingWith(refused(SECRET)).get();
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain(SECRET);
  });
});
