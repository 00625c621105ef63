// A value's way through both tiers: found here, found in Redis, or loaded by one for all who ask. Owns the order of asking, the
// loads that are shared, and that nothing is kept that was loaded before a change. Leaves it to its caller to say which
// stamps hold now.

import { type Stamp } from "./books";
import { sharedKey } from "./cacheKey";
import { type FirstTier } from "./firstTier";
import { type CacheKind } from "./kind";
import { type SharedTier } from "./sharedTier";
import { fromText, frozen, type Place, toText } from "./sharedValue";
import { type CacheOutcome, type StatisticsBook } from "./statistics";

export interface Found<T> {
  readonly value: T;
  readonly outcome: CacheOutcome;
}

/** A longer text stays in the process: on its way to Redis it would use up the time that everybody's commands have. */
const SHARED_CHARACTERS_MAX = 262_144;

/** Takes the text of a value to the other processes, for so many milliseconds. */
type Share = (text: string, ttlMs: number) => void;

/** A value's place in Redis. */
interface SharedPlace {
  readonly tier: SharedTier;
  readonly key: string;
}

/** A load that others may join, of one kind. */
class Flight<T> {
  constructor(
    readonly kind: CacheKind<T>,
    readonly found: Promise<Found<T>>,
  ) {}
}

function isOf<T>(
  flight: Flight<unknown>,
  kind: CacheKind<T>,
): flight is Flight<T> {
  return flight.kind === kind;
}

/** What a value that JSON has no words for is taken to cost: an object or two. */
const UNTOLD_BYTES = 2_000;

export interface TiersOptions {
  readonly firstTier: FirstTier;
  /** Null: values are kept in this process only. */
  readonly sharedTier: SharedTier | null;
  /** For kinds that do not say themselves. */
  readonly ttlSeconds: number;
  /** From 0 to 1: spreads the ends of what was kept at one time. */
  readonly random: () => number;
  readonly statistics: StatisticsBook;
}

export class Tiers {
  readonly #options: TiersOptions;

  readonly #flights = new Map<string, Flight<unknown>>();

  constructor(options: TiersOptions) {
    this.#options = options;
  }

  /** What is kept under these stamps; undefined when nothing is. Never rejects. */
  async find<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
  ): Promise<Found<T> | undefined> {
    const here = this.#here(place, stamps);
    if (here !== undefined) {
      return here;
    }
    const shared = this.#shared(place, stamps);
    return this.#received(place, stamps, await shared?.tier.read(shared.key));
  }

  /**
   * What is kept under these stamps, or what `load` gives, which then is kept. Under equal generations a load that is under
   * way is as good as one that began now: it began after they were read, and nothing has changed since.
   */
  async findOrLoad<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    load: () => PromiseLike<T>,
  ): Promise<Found<T>> {
    const here = this.#here(place, stamps);
    if (here !== undefined) {
      return here;
    }
    const { kind, workspaceId, key } = place;
    const name = sharedKey(kind, workspaceId, key, stamps);
    const flying = this.#flights.get(name);
    if (flying !== undefined && isOf(flying, kind)) {
      return flying.found;
    }
    const flight = new Flight(kind, this.#fill(place, stamps, load));
    this.#flights.set(name, flight);
    try {
      return await flight.found;
    } finally {
      if (this.#flights.get(name) === flight) {
        this.#flights.delete(name);
      }
    }
  }

  /** Keeps a value that was read after the stamps. False: something changed since, and it is not kept. */
  keep<T>(place: Place<T>, stamps: readonly Stamp[], value: T): boolean {
    const shared = this.#shared(place, stamps);
    return this.#keep(place, stamps, frozen(value), (text, ttlMs) =>
      shared?.tier.write(shared.key, text, ttlMs),
    );
  }

  #here<T>(
    { kind, workspaceId, key }: Place<T>,
    stamps: readonly Stamp[],
  ): Found<T> | undefined {
    const { firstTier } = this.#options;
    const kept = firstTier.find(kind, workspaceId, key, stamps);
    return kept && { value: kept.value, outcome: "process" };
  }

  /** Undefined when the kind is not kept in Redis, or there is none. */
  #shared<T>(
    { kind, workspaceId, key }: Place<T>,
    stamps: readonly Stamp[],
  ): SharedPlace | undefined {
    const { sharedTier: tier } = this.#options;
    return tier === null || kind.shape === undefined
      ? undefined
      : { tier, key: sharedKey(kind, workspaceId, key, stamps) };
  }

  /** What came from Redis, kept in this process from now on; undefined when it is no value of this place. */
  #received<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    text: string | null | undefined,
  ): Found<T> | undefined {
    if (typeof text !== "string") {
      return undefined;
    }
    const found = fromText(place, text);
    if (found === undefined) {
      return undefined;
    }
    const value = frozen(found[0]);
    this.#keepHere(place, stamps, value, text.length);
    return { value, outcome: "redis" };
  }

  async #fill<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    load: () => PromiseLike<T>,
  ): Promise<Found<T>> {
    const shared = this.#shared(place, stamps);
    const text = await shared?.tier.read(shared.key);
    const found = this.#received(place, stamps, text);
    if (found !== undefined) {
      return found;
    }
    return shared === undefined || text === undefined
      ? this.#load(place, stamps, load) // Redis does not say: it is not waited for again
      : this.#fillForAll(place, stamps, load, shared);
  }

  /** One process of all loads; the others wait for what it brings. */
  async #fillForAll<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    load: () => PromiseLike<T>,
    { tier, key }: SharedPlace,
  ): Promise<Found<T>> {
    const lease = await tier.lease(key);
    if (lease === "taken") {
      const theirs = await tier.awaitFill(key);
      return (
        this.#received(place, stamps, theirs) ??
        (await this.#load(place, stamps, load))
      );
    }
    const written = { isDone: false };
    try {
      // Who had the lease before may have brought it since we looked.
      const theirs = lease === undefined ? undefined : await tier.read(key);
      const found = this.#received(place, stamps, theirs);
      if (found !== undefined) {
        return found;
      }
      return await this.#load(place, stamps, load, (text, ttlMs) => {
        written.isDone = true;
        tier.write(key, text, ttlMs, lease);
      });
    } finally {
      if (!written.isDone && lease !== undefined) {
        tier.release(lease);
      }
    }
  }

  async #load<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    load: () => PromiseLike<T>,
    share?: Share,
  ): Promise<Found<T>> {
    this.#options.statistics.count(place.workspaceId, "loads");
    const value = frozen(await load());
    this.#keep(place, stamps, value, share);
    return { value, outcome: "loaded" };
  }

  #keep<T>(
    place: Place<T>,
    stamps: readonly Stamp[],
    value: T,
    share?: Share,
  ): boolean {
    if (stamps.some(({ isCurrent }) => !isCurrent)) {
      this.#options.statistics.count(place.workspaceId, "stalePrevented");
      return false;
    }
    const text = toText(place, value);
    const bytes = text?.length ?? UNTOLD_BYTES;
    const ttlMs = this.#keepHere(place, stamps, value, bytes);
    if (text !== undefined && text.length <= SHARED_CHARACTERS_MAX) {
      share?.(text, ttlMs);
    }
    return true;
  }

  /** Answers with the milliseconds that the value may live. */
  #keepHere<T>(
    { kind, workspaceId, key }: Place<T>,
    stamps: readonly Stamp[],
    value: T,
    bytes: number,
  ): number {
    const { firstTier, ttlSeconds, random } = this.#options;
    const ttlMs = (kind.ttlSeconds ?? ttlSeconds) * 1000 * (1 - random() / 10);
    firstTier.keep(kind, workspaceId, key, { value, bytes, ttlMs, stamps });
    return ttlMs;
  }
}
