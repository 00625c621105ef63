// What changes a quota holds on the very next request, in every process: a raised limit, something deleted, a reset, the turn
// of the month. Two processes serve one database, and requests go to the one that did not make the change.

import { traitSegment } from "backend-lib/test/definitions";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import { GetQuotaUsageResponse } from "isomorphic-lib/src/types";
import { afterAll, beforeEach, describe, expect, test } from "vitest";

import {
  type ApiAnswer,
  type Ask,
  asking,
  useOtherProcess,
} from "../../../test/otherProcess";
import { quotaCalls } from "../../../test/quotaCalls";
import { type ApiWorkspace, useApi } from "../../../test/useApi";

const api = useApi();
const quotas = quotaCalls(api);

let mine: ApiWorkspace;
beforeEach(async () => {
  mine = await api.workspace();
});

type Method = "GET" | "POST" | "PUT" | "DELETE";

const to =
  (ask: Ask) => async (method: Method, path: string, payload?: object) =>
    ask({
      method,
      url: `/api/admin${path}`,
      headers: mine.headers,
      ...(payload === undefined ? {} : { payload }),
    });
const here = to(asking(api));
const there = to(useOtherProcess());

const segment = (name: string) => ({ name, definition: traitSegment() });
const idOf = ({ body }: ApiAnswer): string =>
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
  const usageIn = ({ body }: ApiAnswer) =>
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
