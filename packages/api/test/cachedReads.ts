// What every cached route promises, whatever the cache is made of: one suite, to be run with Redis and without.

import { randomUUID } from "node:crypto";

import {
  closeTenantCache,
  tenantCache,
} from "backend-lib/src/multitenancy/cache";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CACHED_RESOURCES, type CachedResource } from "./cachedRoutes";
import { useOtherProcess } from "./otherProcess";
import { type Api, type ApiWorkspace } from "./useApi";

const ROUNDS = Number(process.env.CACHED_READ_ROUNDS ?? 30);
const TIMEOUT_MS = 120_000;

const HERE = "dittofeed; hit; detail=process";
const REDIS = "dittofeed; hit; detail=redis";
const MISS = "dittofeed; fwd=miss";

/** Never in Redis, since keys are not kept outside of the database. */
const IN_PROCESS_ONLY = ["write keys", "admin keys"];

/** Registers the suite; `api` was made by useApi() in this file, with REDIS_URL set before when `hasRedis`. */
export function describeCachedReads(
  api: Api,
  { hasRedis }: { readonly hasRedis: boolean },
): void {
  const uncached = useOtherProcess({ TENANT_CACHE_TTL: "0" });
  let sql: pg.Pool;
  beforeAll(() => {
    sql = new pg.Pool({
      connectionString: api.env.url("superuser"),
      max: 2,
    });
  });
  afterAll(async () => {
    await sql.end();
  });

  const get = async ({ headers }: ApiWorkspace, url: string) => {
    const reply = await api.inject({ url: `/api${url}`, headers });
    expect(reply.statusCode).toBe(200);
    return { body: reply.body, served: reply.headers["cache-status"] };
  };

  describe.each(Object.entries(CACHED_RESOURCES))("%s", (name, make) => {
    let mine: ApiWorkspace;
    let theirs: ApiWorkspace;
    let resource: CachedResource;
    let other: CachedResource;
    beforeAll(async () => {
      [mine, theirs] = await Promise.all([api.workspace(), api.workspace()]);
      resource = await make({ api, workspace: mine, sql });
      other = await make({ api, workspace: theirs, sql });
    });

    test(
      "a change, by the API or behind its back, is seen by the very next request",
      async () => {
        let hits = 0;
        for (let round = 0; round < ROUNDS; round += 1) {
          const change = round % 2 === 0 ? resource.byApi : resource.bySql;
          const isShown = await change(randomUUID());
          for (const url of resource.urls) {
            const { body } = await get(mine, url);
            expect(isShown(body), `${round}: GET ${url}: ${body}`).toBe(true);
          }
          const [first = ""] = resource.urls;
          hits += Number((await get(mine, first)).served === HERE);
        }
        expect(hits).toBe(ROUNDS); // so it really was the cache that did not answer before
      },
      TIMEOUT_MS,
    );

    test("another workspace with the same names has a list of its own", async () => {
      for (const [at, url] of resource.urls.entries()) {
        const theirUrl = other.urls[at] ?? "";
        const before = await get(theirs, theirUrl);
        for (let round = 0; round < 5; round += 1) {
          const isShown = await resource.byApi(randomUUID());
          const [own, foreign] = await Promise.all([
            get(mine, url),
            get(theirs, theirUrl),
          ]);
          expect(isShown(own.body)).toBe(true);
          expect(foreign).toEqual({ body: before.body, served: HERE });
          expect(own.body).not.toContain(theirs.workspaceId);
          expect(foreign.body).not.toContain(mine.workspaceId);
        }
      }
    });

    test("an answer is the same letter by letter, wherever it comes from", async () => {
      await resource.bySql(randomUUID());
      for (const url of resource.urls) {
        const { headers } = mine;
        const { body } = await uncached({ url: `/api${url}`, headers });
        const expected = JSON.stringify(body);
        // Some of these URLs share one value.
        const { body: loaded } = await get(mine, url);
        const again = await get(mine, url);
        expect([loaded, again.body]).toEqual([expected, expected]);
        expect(again.served).toBe(HERE);
        await closeTenantCache(); // as a process that has just begun
        if (hasRedis) {
          await expect
            .poll(() => tenantCache().figures().redis?.state, {
              timeout: 10_000,
            })
            .toBe("closed");
        }
        const fresh = await get(mine, url);
        const isShared = hasRedis && !IN_PROCESS_ONLY.includes(name);
        expect(fresh).toEqual({
          body: expected,
          served: isShared ? REDIS : MISS,
        });
      }
    });
  });
}
