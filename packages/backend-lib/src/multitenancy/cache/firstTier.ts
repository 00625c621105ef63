// The first tier: values in this process, by workspace. Owns what is kept and what makes room: the workspace that keeps most gives,
// a value that was not used of late, so that one workspace cannot drive out the others. What is outdated is told by the
// stamps; that nobody outside gets it is seen to here.

import { type HeapItem, KeyedHeap } from "../keyedHeap";
import { type Stamp } from "./books";
import { tokensOf } from "./cacheKey";
import { type CacheKind } from "./kind";

/** What an entry costs beside its value: itself, its places in two maps and a set. */
const ENTRY_BYTES = 300;

class Entry<T> {
  /** Since it was last passed over for eviction. */
  isUsed = false;

  stamps: readonly Stamp[];

  readonly tokens: string;

  constructor(
    readonly kind: CacheKind<T>,
    readonly key: string,
    readonly value: T,
    readonly bytes: number,
    readonly expiresAt: number,
    stamps: readonly Stamp[],
    workspaceId: string,
  ) {
    this.stamps = stamps;
    this.tokens = tokensOf(stamps, workspaceId);
  }
}

type AnyEntry = Entry<unknown>;
type AnyKind = CacheKind<unknown>;

/** An entry holds what its own kind says that it holds. */
function isOf<T>(entry: AnyEntry, kind: CacheKind<T>): entry is Entry<T> {
  return entry.kind === kind;
}

function areCurrent(stamps: readonly Stamp[]): boolean {
  for (let i = 0; i < stamps.length; i++) {
    if (stamps[i]?.isCurrent !== true) {
      return false;
    }
  }
  return true;
}

/** The same objects: of the same dependencies, and nothing changed between. */
function areSame(one: readonly Stamp[], other: readonly Stamp[]): boolean {
  return (
    one.length === other.length && one.every((stamp, i) => stamp === other[i])
  );
}

/** What is kept of one workspace. */
class Shelf implements HeapItem {
  /** What it keeps, negative: the heap has the smallest first. */
  key = 0;

  place = -1;

  readonly byKind = new Map<AnyKind, Map<string, AnyEntry>>();

  /** In the order in which they came. */
  readonly entries = new Set<AnyEntry>();

  /** Goes round the entries. One that stays where it was, since finding a Set's first entry again and again is slow. */
  #hand: SetIterator<AnyEntry> = this.entries.values();

  constructor(
    readonly workspaceId: string,
    readonly order: number,
  ) {}

  /** What is kept of the kind, and will be. */
  byKey(kind: AnyKind): Map<string, AnyEntry> {
    let of = this.byKind.get(kind);
    if (of === undefined) {
      of = new Map();
      this.byKind.set(kind, of);
    }
    return of;
  }

  add(entry: AnyEntry): void {
    this.byKey(entry.kind).set(entry.key, entry);
    this.entries.add(entry);
    this.key -= entry.bytes;
  }

  remove(entry: AnyEntry): void {
    this.byKind.get(entry.kind)?.delete(entry.key);
    this.entries.delete(entry);
    this.key += entry.bytes;
  }

  /** The next to go: not used since it was last passed over. (A clock, which is cheaper at every hit than a list by use.) */
  next(): AnyEntry | undefined {
    while (this.entries.size > 0) {
      const { done, value: entry } = this.#hand.next();
      if (done === true) {
        this.#hand = this.entries.values();
      } else if (entry.isUsed) {
        entry.isUsed = false;
      } else {
        return entry;
      }
    }
    return undefined;
  }
}

export interface FirstTierOptions {
  /** Bytes that all values may take together, as their JSON would; the objects themselves may take more. */
  readonly maxBytes: number;
  /** Milliseconds, by any clock that does not go back. */
  readonly now?: () => number;
}

export interface FirstTierFigures {
  readonly entries: number;
  readonly bytes: number;
}

export class FirstTier {
  readonly #maxBytes: number;

  readonly #now: () => number;

  readonly #shelves = new Map<string, Shelf>();

  /** What lies on the shelves, found by fewer steps: there are few kinds, so that this map is always at hand. */
  readonly #byKind = new Map<AnyKind, Map<string, Map<string, AnyEntry>>>();

  readonly #largest = new KeyedHeap<Shelf>();

  #bytes = 0;

  #shelvesMade = 0;

  constructor({ maxBytes, now = () => performance.now() }: FirstTierOptions) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** The value, if nothing that it depends on has been heard to change. An object of T, or undefined. */
  current<T>(
    kind: CacheKind<T>,
    workspaceId: string,
    key: string,
  ): Entry<T> | undefined {
    const entry = this.#entry(kind, workspaceId, key);
    if (
      entry === undefined ||
      !areCurrent(entry.stamps) ||
      entry.expiresAt <= this.#now()
    ) {
      return undefined;
    }
    entry.isUsed = true;
    return entry;
  }

  /** The value, if it was loaded under the generations of these stamps; it is kept under them from then on. */
  find<T>(
    kind: CacheKind<T>,
    workspaceId: string,
    key: string,
    stamps: readonly Stamp[],
  ): Entry<T> | undefined {
    const entry = this.#entry(kind, workspaceId, key);
    if (
      entry === undefined ||
      (!areSame(entry.stamps, stamps) &&
        entry.tokens !== tokensOf(stamps, workspaceId)) ||
      entry.expiresAt <= this.#now()
    ) {
      return undefined;
    }
    entry.stamps = stamps;
    entry.isUsed = true;
    return entry;
  }

  /** Keeps the value for `ttlMs`, in place of what was there, and makes room for it; nothing that takes over half of all. */
  keep<T>(
    kind: CacheKind<T>,
    workspaceId: string,
    key: string,
    kept: {
      readonly value: T;
      readonly bytes: number;
      readonly ttlMs: number;
      readonly stamps: readonly Stamp[];
    },
  ): void {
    const former = this.#entry(kind, workspaceId, key);
    if (former !== undefined) {
      this.#remove(workspaceId, former);
    }
    const bytes = kept.bytes + ENTRY_BYTES;
    if (bytes > this.#maxBytes / 2 || !areCurrent(kept.stamps)) {
      return;
    }
    // Before it comes: the newcomer, which nobody has used yet, would be the first to go.
    while (this.#bytes + bytes > this.#maxBytes) {
      this.#evict();
    }
    const shelf = this.#shelf(workspaceId);
    shelf.add(
      new Entry(
        kind,
        key,
        kept.value,
        bytes,
        Math.ceil(this.#now() + kept.ttlMs), // whole: it lies in the entry itself, where any other number would be a place to go to
        kept.stamps,
        workspaceId,
      ),
    );
    this.#show(shelf, kind);
    this.#bytes += bytes;
    this.#largest.update(shelf);
  }

  /** Lets go of one value. */
  drop<T>(kind: CacheKind<T>, workspaceId: string, key: string): void {
    const entry = this.#entry(kind, workspaceId, key);
    if (entry !== undefined) {
      this.#remove(workspaceId, entry);
    }
  }

  /** Lets go of all of a workspace, in a time that does not depend on how much that is. */
  dropWorkspace(workspaceId: string): void {
    const shelf = this.#shelves.get(workspaceId);
    if (shelf !== undefined) {
      this.#bytes += shelf.key;
      this.#dropShelf(shelf);
    }
  }

  clear(): void {
    [...this.#shelves.keys()].forEach((id) => this.dropWorkspace(id));
  }

  figures(workspaceId?: string): FirstTierFigures {
    const shelves =
      workspaceId === undefined
        ? [...this.#shelves.values()]
        : [this.#shelves.get(workspaceId)].filter((each) => each !== undefined);
    return {
      entries: shelves.reduce((sum, { entries }) => sum + entries.size, 0),
      bytes: shelves.reduce((sum, { key }) => sum - key, 0),
    };
  }

  #entry<T>(
    kind: CacheKind<T>,
    workspaceId: string,
    key: string,
  ): Entry<T> | undefined {
    const entry = this.#byKind.get(kind)?.get(workspaceId)?.get(key);
    return entry !== undefined && isOf(entry, kind) ? entry : undefined;
  }

  /** Lets #entry() find what the shelf has of the kind. */
  #show(shelf: Shelf, kind: AnyKind): void {
    let of = this.#byKind.get(kind);
    if (of === undefined) {
      of = new Map();
      this.#byKind.set(kind, of);
    }
    of.set(shelf.workspaceId, shelf.byKey(kind));
  }

  #shelf(workspaceId: string): Shelf {
    let shelf = this.#shelves.get(workspaceId);
    if (shelf === undefined) {
      this.#shelvesMade += 1;
      shelf = new Shelf(workspaceId, this.#shelvesMade);
      this.#shelves.set(workspaceId, shelf);
      this.#largest.add(shelf);
    }
    return shelf;
  }

  #evict(): void {
    const shelf = this.#largest.first();
    const entry = shelf?.next();
    if (shelf !== undefined && entry !== undefined) {
      this.#remove(shelf.workspaceId, entry);
    }
  }

  #remove(workspaceId: string, entry: AnyEntry): void {
    const shelf = this.#shelves.get(workspaceId);
    if (shelf === undefined) {
      return;
    }
    shelf.remove(entry);
    this.#bytes -= entry.bytes;
    if (shelf.entries.size === 0) {
      this.#dropShelf(shelf);
    } else {
      this.#largest.update(shelf);
    }
  }

  #dropShelf(shelf: Shelf): void {
    this.#shelves.delete(shelf.workspaceId);
    shelf.byKind.forEach((_, kind) =>
      this.#byKind.get(kind)?.delete(shelf.workspaceId),
    );
    this.#largest.remove(shelf);
  }
}
