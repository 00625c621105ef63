// What the fair gate keeps of one workspace: who waits, how much it holds, what it was charged, its figures. Owns the book-keeping
// of one; who goes first among many is fairGate.ts's business.

import { type HeapItem, type KeyedHeap } from "../keyedHeap";
import { type PoolRefusal } from "./refusals";

/** What a workspace does now (`active`, `queued`), and what it did since it was last away for a minute. */
export interface WorkspaceFigures {
  /** Units of work that hold a connection, and that wait for one. */
  readonly active: number;
  readonly queued: number;
  /** Milliseconds, all waits added. */
  readonly waitedMs: number;
  readonly queries: number;
  readonly errors: number;
  /**
   * Milliseconds from asking for a statement to its answer, all added: waiting for one another on one connection is in it,
   * streams and cursors are not. (What the gate charges is the time that a connection was kept.)
   */
  readonly databaseMs: number;
}

/** Of a workspace that is not known, or no more. */
export const NO_FIGURES: WorkspaceFigures = {
  active: 0,
  queued: 0,
  waitedMs: 0,
  queries: 0,
  errors: 0,
  databaseMs: 0,
};

/** The right to one connection. */
export interface Slot {
  /** Counts a statement among the workspace's figures. */
  record(durationMs: number, failed: boolean): void;
  /** Gives the slot to the next and charges the workspace for the time; again: nothing. */
  leave(): void;
}

/** One unit of work in the queue of its workspace. */
export class Waiter {
  #previous: Waiter | undefined;

  #next: Waiter | undefined;

  readonly #timer: NodeJS.Timeout;

  constructor(
    /** When it came: on the clock, and among all. */
    readonly since: number,
    readonly order: number,
    readonly grant: (slot: Slot) => void,
    readonly refuse: (error: PoolRefusal) => void,
    timeoutMs: number,
    onTimeout: (waiter: Waiter) => void,
  ) {
    this.#timer = setTimeout(() => onTimeout(this), timeoutMs);
  }

  get previous(): Waiter | undefined {
    return this.#previous;
  }

  get next(): Waiter | undefined {
    return this.#next;
  }

  follow(draft: Waiter): void {
    this.#previous = draft;
    draft.#next = this;
  }

  /** Leaves the queue: its neighbours close up, its time no longer counts. */
  unlink(): void {
    clearTimeout(this.#timer);
    const [previous, next] = [this.#previous, this.#next];
    if (previous !== undefined) {
      previous.#next = next;
    }
    if (next !== undefined) {
      next.#previous = previous;
    }
  }
}

/** How much of a new measurement goes into a moving average. */
const WEIGHT = 1 / 8;

/** `average` after one more measurement. */
export function averaged(average: number, measured: number): number {
  return average + (measured - average) * WEIGHT;
}

const MAX_RETRY_SECONDS = 30;

export class Account implements HeapItem {
  key = 0;

  order = 0;

  place = -1;

  /** Where it waits; undefined while nothing of it does. */
  #heap: KeyedHeap<Account> | undefined;

  #first: Waiter | undefined;

  #last: Waiter | undefined;

  #figures = { ...NO_FIGURES };

  /** False when nothing came since somebody last set it so. */
  isRecent = true;

  constructor(
    readonly workspaceId: string,
    /** Virtual time: milliseconds of connections that it was charged. */
    private spent: number,
    /** Moving average of what one unit costs, in milliseconds. */
    private meanMs: number,
  ) {}

  get active(): number {
    return this.#figures.active;
  }

  get queued(): number {
    return this.#figures.queued;
  }

  get isIdle(): boolean {
    return this.active === 0 && this.queued === 0;
  }

  get spentMs(): number {
    return this.spent;
  }

  /** Who has waited longest. */
  get first(): Waiter | undefined {
    return this.#first;
  }

  figures(): WorkspaceFigures {
    return { ...this.#figures };
  }

  /** Time in which it wanted nothing earns no credit. */
  startAt(virtualTime: number): void {
    this.spent = Math.max(this.spent, virtualTime);
  }

  begin(): void {
    this.#figures.active += 1;
  }

  /** Charges `costMs`, as far as that leaves it no deeper in debt than `mostSpent`. */
  end(costMs: number, mostSpent: number): void {
    this.#figures.active -= 1;
    this.meanMs = averaged(this.meanMs, costMs);
    this.spent = Math.min(this.spent + costMs, Math.max(this.spent, mostSpent));
  }

  record(durationMs: number, failed: boolean): void {
    this.#figures.queries += 1;
    this.#figures.errors += failed ? 1 : 0;
    this.#figures.databaseMs += durationMs;
  }

  waited(durationMs: number): void {
    this.#figures.waitedMs += durationMs;
  }

  enqueue(waiter: Waiter): void {
    if (this.#last === undefined) {
      this.#first = waiter;
    } else {
      waiter.follow(this.#last);
    }
    this.#last = waiter;
    this.#figures.queued += 1;
  }

  dequeue(waiter: Waiter): void {
    if (waiter === this.#first) {
      this.#first = waiter.next;
    }
    if (waiter === this.#last) {
      this.#last = waiter.previous;
    }
    waiter.unlink();
    this.#figures.queued -= 1;
  }

  /**
   * Takes its place in `heap`, or in none, after any change: by what it has spent and, by estimate, what it is about to for
   * the units under way. So a burst is charged before its first unit ends.
   */
  file(heap: KeyedHeap<Account> | undefined): void {
    this.key = this.spent + this.active * this.meanMs;
    this.order = this.#first?.order ?? 0;
    if (heap === this.#heap) {
      heap?.update(this);
    } else {
      this.#heap?.remove(this);
      heap?.add(this);
      this.#heap = heap;
    }
  }

  /** Seconds until what waits is done, roughly. */
  retryAfterSeconds(): number {
    const ms = (this.queued * this.meanMs) / Math.max(1, this.active);
    return Math.min(Math.max(Math.ceil(ms / 1000), 1), MAX_RETRY_SECONDS);
  }
}

export class HeldSlot implements Slot {
  #isHeld = true;

  constructor(
    private readonly account: Account,
    private readonly startedAt: number,
    private readonly settle: (account: Account, startedAt: number) => void,
  ) {}

  record(durationMs: number, failed: boolean): void {
    this.account.record(durationMs, failed);
  }

  leave(): void {
    if (this.#isHeld) {
      this.#isHeld = false;
      this.settle(this.account, this.startedAt);
    }
  }
}
