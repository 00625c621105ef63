// How the cache served each workspace. Owns the counts of the workspaces used last; what they mean over time is the usage
// analytics' business.

/** Where a value came from: this process, Redis, or its loader; `bypassed` when nothing kept could be trusted just then. */
export type CacheOutcome = "process" | "redis" | "loaded" | "bypassed";

export interface CacheStatistics {
  /** Reads answered from this process. */
  process: number;
  /** Reads answered from Redis. */
  redis: number;
  /** Reads that had to load, or waited for another's load. */
  loaded: number;
  /** Reads that went past the cache, since changes could not be heard. */
  bypassed: number;
  /** Loads: fewer than the reads that needed one, since reads of one value share them. */
  loads: number;
  /** Loaded values that were not kept, since a change came while they were loading: what others would serve as stale. */
  stalePrevented: number;
}

const WORKSPACES_MAX = 20_000;

export const noStatistics = (): CacheStatistics => ({
  process: 0,
  redis: 0,
  loaded: 0,
  bypassed: 0,
  loads: 0,
  stalePrevented: 0,
});

export class StatisticsBook {
  readonly #byWorkspace = new Map<string, CacheStatistics>();

  readonly total = noStatistics();

  count(workspaceId: string, what: keyof CacheStatistics): void {
    this.total[what] += 1;
    let of = this.#byWorkspace.get(workspaceId);
    if (of === undefined) {
      of = noStatistics();
      this.#byWorkspace.set(workspaceId, of);
      const [oldest] = this.#byWorkspace.keys();
      if (this.#byWorkspace.size > WORKSPACES_MAX && oldest !== undefined) {
        this.#byWorkspace.delete(oldest);
      }
    }
    of[what] += 1;
  }

  of(workspaceId: string): Readonly<CacheStatistics> {
    return { ...(this.#byWorkspace.get(workspaceId) ?? noStatistics()) };
  }
}
