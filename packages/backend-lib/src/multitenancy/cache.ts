// FACE of cache/: values kept by workspace, in this process and in Redis, none stale and none of another workspace. Owns the story
// of a read: which generations hold now, the first tier, the second, one loader for all. Whether something changed is told by the
// database (cache/generations.ts, migration 014); what a read promises and why it holds: docs/caching.md.

import { sql } from "drizzle-orm";

import { config } from "../config";
import { closeWithDatabase, systemDb } from "../db";
import { takeSystemTurn } from "../db/systemTurns";
import { closeRedis, redis } from "../redis";
import {
  type ChangedScope,
  type Dependency,
  EVERYTHING,
  HOST,
  type Stamp,
} from "./cache/books";
import { cacheWorkspaceId } from "./cache/cacheKey";
import { FirstTier, type FirstTierFigures } from "./cache/firstTier";
import { Generations } from "./cache/generations";
import { type CacheKind, type CacheScope } from "./cache/kind";
import { CACHE_CHANNEL } from "./cache/listener";
import {
  createSharedTier,
  type SharedTier,
  type SharedTierFigures,
} from "./cache/sharedTier";
import { frozen, type Place } from "./cache/sharedValue";
import {
  type CacheOutcome,
  type CacheStatistics,
  StatisticsBook,
} from "./cache/statistics";
import { Tiers } from "./cache/tiers";
import { currentTenant, TenantContextConflict } from "./tenantContext";
import { tenantEvents } from "./tenantEvents";

export { type Dependency, HOST } from "./cache/books";
export {
  CACHE_SCOPES,
  type CacheKind,
  type CacheScope,
  processKind,
  sharedKind,
} from "./cache/kind";
export { type SharedTierFigures } from "./cache/sharedTier";
export { type CacheOutcome, type CacheStatistics } from "./cache/statistics";

export interface CachePlace {
  /** A UUID; HOST for what is of no workspace, such as which workspaces there are. */
  readonly workspaceId: string;
  /** Tells values of one kind and workspace apart; any text. Default: there is one only. */
  readonly key?: string;
  /** What else the value depends on, beside its kind's scopes in its own workspace: a parent's access, for example. Kept
   *  under other dependencies, it is another value. */
  readonly dependsOn?: readonly Dependency[];
}

export interface CacheQuery<T> extends CachePlace {
  /**
   * Reads the value from the database, outside of any transaction, as part of the workspace's own work or of none's. What it
   * gives is shared and made unchangeable.
   */
  readonly load: () => PromiseLike<T>;
}

/** What a read found nothing for, and with it the right to set it: holds only as long as nothing changes. */
export class CacheMiss<T> {
  readonly isHit = false;

  constructor(
    readonly place: Place<T>,
    readonly stamps: readonly Stamp[] | undefined,
  ) {}
}

export interface CacheHit<T> {
  readonly isHit: true;
  readonly value: T;
}

export interface TenantCacheOptions {
  /** Null: nothing is kept, every read loads. */
  readonly generations: Generations | null;
  readonly firstTier: FirstTier;
  /** Null: values are kept in this process only. */
  readonly sharedTier: SharedTier | null;
  /** Announces a change of the scope, or of everything ("*"), in the database. */
  readonly announceChange: (
    workspaceId: string,
    scope: ChangedScope,
  ) => Promise<unknown>;
  readonly ttlSeconds: number;
  /** From 0 to 1: spreads the ends of what was kept at one time. */
  readonly random?: () => number;
}

export interface CacheFigures extends FirstTierFigures {
  /** Whether anything is kept at all. */
  readonly isOn: boolean;
  /** Whether changes are heard; while they are not, nothing is served from the cache. */
  readonly isListening: boolean;
  /** Round trips on the listening connection so far. */
  readonly turns: number;
  readonly reads: Readonly<CacheStatistics>;
  /** How Redis has served; null without it. */
  readonly redis: SharedTierFigures | null;
}

export class TenantCache {
  readonly #options: TenantCacheOptions;

  readonly #statistics = new StatisticsBook();

  readonly #tiers: Tiers;

  constructor(options: TenantCacheOptions) {
    const { firstTier, sharedTier, ttlSeconds, random = Math.random } = options;
    this.#options = options;
    this.#tiers = new Tiers({
      firstTier,
      sharedTier,
      ttlSeconds,
      random,
      statistics: this.#statistics,
    });
  }

  /** Starts to hear changes; resolves after the first attempt. A read does the same. */
  async open(): Promise<void> {
    await this.#options.generations?.open();
  }

  /**
   * The value as of this call or later, whatever path changed it last: kept, or loaded now, once for all who ask. In a
   * context with `readsAsOf`, as of that moment or later. Rejects as `load` does, which then is tried anew by the next;
   * with TypeError for a workspace id that is no UUID, with TenantContextConflict in another workspace's context.
   */
  async getOrLoad<T>(kind: CacheKind<T>, query: CacheQuery<T>): Promise<T> {
    const place = this.#place(kind, query);
    const stamps = await this.#stamps(kind, place, query);
    const found =
      stamps === undefined
        ? { value: frozen(await query.load()), outcome: "bypassed" as const }
        : await this.#tiers.findOrLoad(place, stamps, query.load);
    this.#note(place, found.outcome);
    return found.value;
  }

  /** The value if it is kept, as fresh as getOrLoad() gives it, else a miss, with which it may be set. */
  async get<T>(
    kind: CacheKind<T>,
    query: CachePlace,
  ): Promise<CacheHit<T> | CacheMiss<T>> {
    const place = this.#place(kind, query);
    const stamps = await this.#stamps(kind, place, query);
    const found = stamps && (await this.#tiers.find(place, stamps));
    this.#note(place, found?.outcome ?? (stamps ? "loaded" : "bypassed"));
    return found === undefined
      ? new CacheMiss(place, stamps)
      : { isHit: true, value: found.value };
  }

  /**
   * Keeps a value that was read after the miss. Does nothing when something changed since: a value from before a change is
   * never kept. False: it was not kept.
   */
  set<T>({ place, stamps }: CacheMiss<T>, value: T): boolean {
    return stamps !== undefined && this.#tiers.keep(place, stamps, value);
  }

  /**
   * The value if this process keeps it and has heard of no change: at once, and up to the delay of a notification (a
   * millisecond or so) behind. Undefined: use getOrLoad(). Throws as that rejects. Is not counted.
   */
  peek<T>(kind: CacheKind<T>, workspaceId: string, key = ""): T | undefined {
    const { firstTier } = this.#options;
    const tenant = currentTenant();
    if (tenant === undefined || tenant.workspaceId === workspaceId) {
      const entry = firstTier.current(kind, workspaceId, key);
      if (entry !== undefined) {
        return entry.value; // what is kept is kept under an id that was looked at, which costs more than this
      }
    }
    return firstTier.current(kind, this.#workspaceId(workspaceId), key)?.value;
  }

  /**
   * Resolves when no process will serve the value any more, nor others of its kind's first scope: what is kept elsewhere
   * is known by its scope. Rejects when the database did not take it; then nothing is sure.
   */
  async delete<T>(
    kind: CacheKind<T>,
    { workspaceId, key = "" }: Pick<CachePlace, "workspaceId" | "key">,
  ): Promise<void> {
    const id = this.#workspaceId(workspaceId);
    this.#options.firstTier.drop(kind, id, key);
    const [scope] = kind.scopes;
    if (scope !== undefined) {
      await this.#change(id, scope);
    }
  }

  /** As delete(), for all values that depend on the scope of the workspace. */
  async invalidateScope(workspaceId: string, scope: CacheScope): Promise<void> {
    await this.#change(cacheWorkspaceId(workspaceId), scope);
  }

  /** As delete(), for all of the workspace, in a time that does not depend on how much that is. */
  async invalidateWorkspace(workspaceId: string): Promise<void> {
    const id = cacheWorkspaceId(workspaceId);
    this.#options.firstTier.dropWorkspace(id);
    await this.#change(id, EVERYTHING);
  }

  /** How reads of the workspace were served by this process, of late. */
  statistics(workspaceId: string): CacheStatistics & FirstTierFigures {
    const id = cacheWorkspaceId(workspaceId);
    return {
      ...this.#statistics.of(id),
      ...this.#options.firstTier.figures(id),
    };
  }

  /** The cache of this process as it is. */
  figures(): CacheFigures {
    return {
      ...this.#options.firstTier.figures(),
      isOn: this.#options.generations !== null,
      isListening: this.#options.generations?.isListening ?? false,
      turns: this.#options.generations?.turns ?? 0,
      reads: { ...this.#statistics.total },
      redis: this.#options.sharedTier?.figures() ?? null,
    };
  }

  /** Ends its connections; reads go past it from then on. */
  async close(): Promise<void> {
    await this.#options.generations?.close();
    await this.#options.sharedTier?.close();
    this.#options.firstTier.clear();
  }

  /** In the form of the database. Nobody reaches what is of another workspace than the one that they work in. */
  #workspaceId(workspaceId: string): string {
    const id = cacheWorkspaceId(workspaceId);
    const tenant = currentTenant();
    if (tenant !== undefined && tenant.workspaceId !== id && id !== HOST) {
      throw new TenantContextConflict();
    }
    return id;
  }

  #place<T>(
    kind: CacheKind<T>,
    { workspaceId, key = "" }: CachePlace,
  ): Place<T> {
    return { kind, workspaceId: this.#workspaceId(workspaceId), key };
  }

  async #stamps<T>(
    kind: CacheKind<T>,
    { workspaceId }: Place<T>,
    { dependsOn = [] }: CachePlace,
  ): Promise<readonly Stamp[] | undefined> {
    const asOf = currentTenant()?.readsAsOf;
    const others = dependsOn.map(({ workspaceId: id, scope }) => ({
      workspaceId: cacheWorkspaceId(id),
      scope,
    }));
    return this.#options.generations?.stamps(
      [...kind.scopes.map((scope) => ({ workspaceId, scope })), ...others],
      asOf === undefined ? {} : { asOf },
    );
  }

  async #change(workspaceId: string, scope: ChangedScope): Promise<void> {
    await this.#options.announceChange(workspaceId, scope);
    // Heard by everybody, here too, but perhaps not yet: whoever peeks after this finds nothing.
    this.#options.generations?.forget(workspaceId, scope);
  }

  #note<T>({ kind, workspaceId }: Place<T>, outcome: CacheOutcome): void {
    this.#statistics.count(workspaceId, outcome);
    tenantEvents.emit("cacheRead", { workspaceId, kind: kind.name, outcome });
  }
}

let opened: TenantCache | undefined;

async function announceChange(
  workspaceId: string,
  scope: ChangedScope,
): Promise<void> {
  await takeSystemTurn(workspaceId, () =>
    systemDb().execute(
      sql`SELECT tenancy.cache_forget(${workspaceId}::uuid, ${scope})`,
    ),
  );
}

function listening(): Generations | null {
  const settings = config();
  const connectionString =
    settings.databaseListenUrl ??
    settings.databaseSystemUrl ??
    settings.databaseUrl;
  return settings.tenantCacheTtlSeconds === 0 || connectionString === undefined
    ? null
    : new Generations({
        connectionString,
        timeoutMs: settings.databaseConnectTimeoutMs,
        announce: (payload) =>
          systemDb().execute(
            sql`SELECT pg_notify(${CACHE_CHANNEL}, ${payload})`,
          ),
      });
}

/** The cache of this process, as it is configured. */
export function tenantCache(): TenantCache {
  if (opened === undefined) {
    const settings = config();
    const client = redis();
    opened = new TenantCache({
      generations: listening(),
      firstTier: new FirstTier({ maxBytes: settings.tenantCacheMaxBytes }),
      sharedTier:
        client === null
          ? null
          : createSharedTier(client, {
              deadlineMs: settings.tenantCacheRedisDeadlineMs,
            }),
      announceChange,
      ttlSeconds: settings.tenantCacheTtlSeconds,
    });
    closeWithDatabase(closeTenantCache);
  }
  return opened;
}

/** Ends what the cache has open; the next use opens it anew. closeDb() does it too. */
export async function closeTenantCache(): Promise<void> {
  const closing = opened?.close();
  opened = undefined;
  closeRedis(); // whoever opens a cache from now on gets a connection that is not about to end
  await closing;
}
