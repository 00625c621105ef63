// What changes a quota holds on the very next request, in every process: a raised limit, something deleted, a reset, the turn
// of the month. Two processes serve one database, and requests go to the one that did not make the change.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { traitSegment } from "backend-lib/test/definitions";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { GetQuotaUsageResponse } from "isomorphic-lib/src/types";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from "vitest";

import { quotaCalls } from "../../../test/quotaCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const quotas = quotaCalls(api);

let other: ChildProcess | undefined;
let origin = "";
beforeAll(async () => {
  const entry = fileURLToPath(
    new URL("../../../test/apiProcess.ts", import.meta.url),
  );
  const child = spawn(process.execPath, ["--import", "tsx", entry], {
    stdio: ["ignore", "pipe", "inherit"],
    env: process.env,
  });
  other = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first: IteratorResult<string, unknown> = await lines.next();
  if (first.done === true) {
    throw new Error("The other process ended before it served.");
  }
  origin = first.value;
});
afterAll(async () => {
  if (other?.exitCode === null) {
    const ended = once(other, "exit");
    other.kill("SIGTERM");
    await ended;
  }
});

let mine: ApiWorkspace;
beforeEach(async () => {
  mine = await api.workspace();
});

type Method = "GET" | "POST" | "PUT" | "DELETE";
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request to this process. */
async function here(
  method: Method,
  path: string,
  payload?: object,
): Promise<Answer> {
  const reply = await api.inject({
    method,
    url: `/api/admin${path}`,
    headers: mine.headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: reply.statusCode,
    body: reply.body === "" ? null : reply.json<unknown>(),
  };
}

/** A request to the other one. */
async function there(
  method: Method,
  path: string,
  payload?: object,
): Promise<Answer> {
  const reply = await fetch(`${origin}/api/admin${path}`, {
    method,
    headers: {
      ...mine.headers,
      ...(payload === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
  });
  const text = await reply.text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  return { status: reply.status, body };
}

const segment = (name: string) => ({ name, definition: traitSegment() });
const idOf = ({ body }: Answer): string =>
  typeof body === "object" && body !== null && "id" in body
    ? String(body.id)
    : "";

describe.each([
  ["here", here, there],
  ["in the other process", there, here],
])("after a change %s, the next request elsewhere", (_, change, ask) => {
  test("finds a raised limit, and a lowered one", async () => {
    expect((await change("PUT", "/quotas", { maxSegments: 1 })).status).toBe(
      200,
    );
    expect((await ask("POST", "/segments", segment("a"))).status).toBe(201);
    expect((await ask("POST", "/segments", segment("b"))).status).toBe(429);
    await change("PUT", "/quotas", { maxSegments: 2 });
    expect((await ask("PUT", "/segments", segment("b"))).status).toBe(200);
    await change("PUT", "/quotas", { maxSegments: 10 });
    expect((await ask("POST", "/segments", segment("c"))).status).toBe(201);
    await change("PUT", "/quotas", { maxSegments: 3 });
    expect((await ask("PUT", "/segments", segment("d"))).status).toBe(429);
  });

  test("finds the room of what was deleted", async () => {
    await change("PUT", "/quotas", { maxSegments: 1 });
    const made = await ask("POST", "/segments", segment("a"));
    expect((await ask("POST", "/segments", segment("b"))).status).toBe(429);
    const deleted = await change("DELETE", "/segments", { id: idOf(made) });
    expect(deleted.status).toBe(204);
    expect((await ask("POST", "/segments", segment("b"))).status).toBe(201);
  });

  test("finds what was reset", async () => {
    await change("PUT", "/quotas", { maxSegments: 1 });
    await ask("POST", "/segments", segment("a"));
    expect((await ask("POST", "/segments", segment("b"))).status).toBe(429);
    expect((await change("DELETE", "/quotas")).status).toBe(200);
    expect((await ask("POST", "/segments", segment("b"))).status).toBe(201);
  });
});

describe("at the turn of the month", () => {
  /** The time that months go by, for the whole database. */
  const databaseTime = (expression: string) =>
    api.env.owner.query(
      `CREATE OR REPLACE FUNCTION tenancy.quota_now() RETURNS timestamptz LANGUAGE sql STABLE
         SET search_path = pg_catalog, pg_temp AS $$ SELECT ${expression} $$`,
    );
  afterAll(() => databaseTime("now()"));

  const send = (count: number) =>
    api.env.owner.query(
      `INSERT INTO "Message" ("workspaceId", "messageId", "userId", "channel", "content", "period")
         SELECT $1, 'm' || n, 'u' || n, 'Email', '{}', tenancy.month_of(tenancy.quota_now()) FROM generate_series(1, $2::integer) AS n`,
      [mine.workspaceId, count],
    );
  const validate = { resourceType: "messages" };
  const usageIn = ({ body }: Answer) =>
    schemaValidate(body, GetQuotaUsageResponse)
      ._unsafeUnwrap()
      .usage.find(({ resourceType }) => resourceType === "messages");

  test("both processes count anew from the next request on", async () => {
    await databaseTime("'2031-01-31 23:59:59Z'::timestamptz");
    await quotas.set(mine, { maxMessagesPerMonth: 3 });
    await send(3);
    for (const ask of [here, there]) {
      expect(await ask("POST", "/quotas/validate", validate)).toMatchObject({
        status: 429,
        body: { period: "2031-01-01", resetsAt: "2031-02-01T00:00:00.000Z" },
      });
    }
    await databaseTime("'2031-02-01 00:00:00Z'::timestamptz");
    for (const ask of [here, there]) {
      expect(await ask("POST", "/quotas/validate", validate)).toMatchObject({
        status: 200,
        body: { currentUsage: 0, remaining: 3 },
      });
      expect(usageIn(await ask("GET", "/quotas/usage"))).toMatchObject({
        used: 0,
        period: "2031-02-01",
        resetsAt: "2031-03-01T00:00:00.000Z",
      });
    }
  });
});
