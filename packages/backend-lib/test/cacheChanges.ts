// What a change of the database makes outdated in caches: which generations grew, and what was heard of it. For tests of the
// triggers of migration 014.

import { createHash } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll } from "vitest";

import { type Login, type TenantEnv } from "./tenantEnv";

/** Of everybody. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

export interface Change {
  /** `<workspaceId> <scope>` of each generation that grew, sorted. */
  readonly grown: readonly string[];
  /** What was announced meanwhile, sorted; each as often as it came. */
  readonly heard: readonly string[];
}

export type Generations = ReadonlyMap<string, bigint>;

export interface CacheChanges {
  /** The sum of each workspace and scope, as `client` sees it. */
  readonly generations: (
    client?: Pick<pg.ClientBase, "query">,
  ) => Promise<Generations>;
  /** What `work` changed. Throws when a generation went back, or was forgotten. */
  readonly changeBy: (work: () => Promise<unknown>) => Promise<Change>;
}

/** The generations that grew from one look to the next. Throws when one went back. */
export function grownSince(before: Generations, after: Generations): string[] {
  before.forEach((sum, key) => {
    if ((after.get(key) ?? -1n) < sum) {
      throw new Error(`The generation of ${key} went back.`);
    }
  });
  return [...after.keys()]
    .filter((key) => after.get(key) !== before.get(key))
    .sort();
}

/** Registers a listener of this file's database with Vitest's hooks. */
export function useCacheChanges(env: TenantEnv): CacheChanges {
  let listener: pg.Client;
  let heard: string[] = [];
  beforeAll(async () => {
    listener = new pg.Client({
      connectionString: env.url("dittofeed_system"),
    });
    listener.on("notification", ({ payload = "" }) => heard.push(payload));
    await listener.connect();
    await listener.query("LISTEN tenant_cache");
  });
  afterAll(() => listener.end());

  const generations: CacheChanges["generations"] = async (
    client = env.owner,
  ) => {
    const { rows } = await client.query<{ key: string; sum: string }>(
      `SELECT "workspaceId" || ' ' || "scope" AS key, sum("generation")::text AS sum
         FROM public."CacheGeneration" GROUP BY 1`,
    );
    return new Map(rows.map(({ key, sum }) => [key, BigInt(sum)]));
  };
  return {
    generations,
    async changeBy(work) {
      await listener.query("SELECT 1");
      heard = [];
      const before = await generations();
      await work();
      // What was committed is delivered before the answer to whatever is asked next.
      await listener.query("SELECT 1");
      return {
        grown: grownSince(before, await generations()),
        heard: [...heard].sort(),
      };
    },
  };
}

/** As it must come: each of these grew, and each was announced once. */
export function changeOf(...keys: readonly string[]): Change {
  const once = [...new Set(keys)];
  return { grown: once.sort(), heard: once.map(announcementOf).sort() };
}

/** What is announced of `<workspaceId> <scope>`. */
export function announcementOf(key: string): string {
  const [id = "", scope = ""] = key.split(" ");
  const bytes = Buffer.from(id.replaceAll("-", ""), "hex");
  return `${createHash("sha256").update(bytes).digest("hex")} ${scope}`;
}

export const NO_CHANGE: Change = changeOf();

export interface Session {
  readonly client: pg.Client;
  readonly pid: number;
}

export interface SessionOptions {
  readonly login?: Login | "superuser";
  /** A slot that must not be this session's. */
  readonly not?: number;
}

/** Opens sessions that end with the file; the owner's unless told otherwise. */
export function useSessions(
  env: TenantEnv,
): (options?: SessionOptions) => Promise<Session> {
  const clients: pg.Client[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.end())));
  return async function open(options = {}): Promise<Session> {
    const { login = "dittofeed_owner", not } = options;
    const client = new pg.Client({ connectionString: env.url(login) });
    clients.push(client);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pg_backend_pid() AS pid",
    );
    const pid = rows[0]?.pid ?? 0;
    return pid % 64 === not ? open(options) : { client, pid };
  };
}
