// Caches as several processes have them, in one test: each with a listening connection, a first tier and a way to Redis of its
// own, on the file's database. Owns opening and closing them; killing, pausing and looking at their listeners too.

import { type Static, Type } from "@sinclair/typebox";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterEach } from "vitest";

import { parseRedisUrl } from "../src/config/redisUrl";
import { systemDb } from "../src/db";
import { sharedKind, TenantCache } from "../src/multitenancy/cache";
import { FirstTier } from "../src/multitenancy/cache/firstTier";
import { Generations } from "../src/multitenancy/cache/generations";
import { CACHE_CHANNEL } from "../src/multitenancy/cache/listener";
import { createSharedTier } from "../src/multitenancy/cache/sharedTier";
import { connectRedis } from "../src/redis";
import { type TenantEnv } from "./tenantEnv";

export const SegmentNames = Type.Array(Type.String());

/** What the tests keep: the names of a workspace's segments. */
export const segmentNames = sharedKind({
  name: "segmentNames",
  scopes: ["segments"],
  schema: SegmentNames,
});

export interface CacheOptions {
  readonly redisUrl?: string | undefined;
  readonly deadlineMs?: number;
  readonly ttlSeconds?: number;
  readonly maxBytes?: number;
  /** Where it listens; the database itself unless given. */
  readonly listenUrl?: string;
  readonly booksMax?: number;
  /** How a listener's proof is said; one that rejects keeps it from coming back. */
  readonly announce?: (payload: string) => Promise<unknown>;
}

export interface TenantCaches {
  /** What a process has; closed after the test. */
  readonly open: (options?: CacheOptions) => TenantCache;
  readonly generations: (
    options?: Pick<CacheOptions, "listenUrl" | "booksMax" | "announce"> & {
      readonly now?: () => number;
    },
  ) => Generations;
  /** The names as the database has them, and how often they were asked for. */
  readonly names: (workspaceId: string) => Promise<Static<typeof SegmentNames>>;
  readonly loads: () => number;
  /** Adds a segment by SQL, past every cache; resolves when that is acknowledged. */
  readonly addSegment: (workspaceId: string, name: string) => Promise<void>;
  /** Ends the listening connections on the side of the server; answers how many there were. */
  readonly killListeners: () => Promise<number>;
  /** An `announce` that works until it is told to stop. */
  readonly switched: () => {
    isOn: boolean;
    readonly announce: (payload: string) => Promise<unknown>;
  };
}

/** Registers closing with Vitest's hooks. */
export function useTenantCaches(env: TenantEnv): TenantCaches {
  const closers: (() => Promise<void>)[] = [];
  let loads = 0;
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
    loads = 0;
  });

  const announceProof = async (payload: string) =>
    systemDb().execute(sql`SELECT pg_notify(${CACHE_CHANNEL}, ${payload})`);
  const generations: TenantCaches["generations"] = ({
    listenUrl = env.url("dittofeed_system"),
    announce = announceProof,
    ...options
  } = {}) => {
    const made = new Generations({
      connectionString: listenUrl,
      timeoutMs: 5_000,
      announce,
      ...options,
    });
    closers.push(() => made.close());
    return made;
  };

  return {
    generations,
    switched() {
      const made = {
        isOn: true,
        async announce(payload: string) {
          if (!made.isOn) {
            throw new Error("switched off");
          }
          await announceProof(payload);
        },
      };
      return made;
    },
    open({
      redisUrl,
      deadlineMs = 1_000,
      ttlSeconds = 300,
      maxBytes = 1_000_000,
      ...options
    } = {}) {
      const client =
        redisUrl === undefined
          ? null
          : connectRedis(parseRedisUrl(redisUrl)._unsafeUnwrap());
      const cache = new TenantCache({
        generations: ttlSeconds === 0 ? null : generations(options),
        firstTier: new FirstTier({ maxBytes }),
        sharedTier:
          client === null
            ? null
            : createSharedTier(client, { deadlineMs, awaitFillMs: 5_000 }),
        announceChange: (workspaceId, scope) =>
          systemDb().execute(
            sql`SELECT tenancy.cache_forget(${workspaceId}::uuid, ${scope})`,
          ),
        ttlSeconds,
      });
      closers.push(() => cache.close());
      return cache;
    },
    async names(workspaceId) {
      loads += 1;
      const { rows } = await env.owner.query<{ name: string }>(
        `SELECT "name" FROM public."Segment" WHERE "workspaceId" = $1 ORDER BY "createdAt", "name"`,
        [workspaceId],
      );
      return rows.map(({ name }) => name);
    },
    loads: () => loads,
    async addSegment(workspaceId, name) {
      await env.owner.query(
        `INSERT INTO public."Segment" ("id", "workspaceId", "name", "definition", "updatedAt")
         VALUES (gen_random_uuid(), $1, $2, '{}', now())`,
        [workspaceId, name],
      );
    },
    async killListeners() {
      const client = new pg.Client({ connectionString: env.url("superuser") });
      await client.connect();
      const { rows } = await client.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'dittofeed_cache'`,
      );
      await client.end();
      return rows.length;
    },
  };
}
