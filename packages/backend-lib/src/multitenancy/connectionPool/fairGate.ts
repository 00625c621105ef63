// Who gets the next database connection. Fair queueing over workspaces by the time they keep connections: each is charged what
// it used, and the one that has used least goes first. Owns order, caps, queues and time-outs; knows no connection. Sources:
// Goyal et al., "Start-time Fair Queueing" (1996); Jin et al., "Interposed Proportional Sharing" (2004). See ADR 0006.

import { KeyedHeap } from "../keyedHeap";
import {
  Account,
  averaged,
  HeldSlot,
  NO_FIGURES,
  type Slot,
  Waiter,
  type WorkspaceFigures,
} from "./account";
import { type FairGateOptions, type Wait, type WaitOutcome } from "./fairness";
import {
  type PoolRefusal,
  TenantQueueFull,
  TenantQueueTimeout,
} from "./refusals";

/** A workspace that did nothing between two looks is forgotten at the second. */
const SWEEP_MS = 30_000;

export class FairGate {
  readonly #reserve: number;

  readonly #share: number;

  readonly #queueMaxPerWorkspace: number;

  readonly #queueMax: number;

  readonly #queueTimeoutMs: number;

  readonly #onWaited: (wait: Wait) => void;

  readonly #now: () => number;

  readonly #accounts = new Map<string, Account>();

  // Those who wait, by what they hold already: nothing, less than their share, more.
  readonly #newcomers = new KeyedHeap<Account>();

  readonly #sharers = new KeyedHeap<Account>();

  readonly #borrowers = new KeyedHeap<Account>();

  #free: number;

  #waiting = 0;

  /** Workspaces with anything active or waiting. */
  #competing = 0;

  /** What a workspace that was always served its fair part has spent by now: where one that comes anew begins. */
  #virtualTime = 0;

  #meanMs = 1;

  #arrivals = 0;

  #closedBy: PoolRefusal | undefined;

  #sweeper: NodeJS.Timeout | undefined;

  readonly #settle = (account: Account, startedAt: number) =>
    this.#leave(account, this.#now() - startedAt);

  constructor({
    slots,
    share = Math.ceil(slots / 2),
    reserve = slots < 4 ? 0 : Math.ceil(slots / 20),
    queueMaxPerWorkspace = 1_000,
    queueMax = 10_000,
    queueTimeoutMs = 10_000,
    onWaited = () => undefined,
    now = () => performance.now(),
  }: FairGateOptions) {
    this.#free = slots;
    this.#reserve = Math.min(reserve, slots - 1);
    this.#share = Math.min(Math.max(1, share), slots - this.#reserve);
    this.#queueMaxPerWorkspace = Math.max(1, queueMaxPerWorkspace);
    this.#queueMax = queueMax;
    this.#queueTimeoutMs = queueTimeoutMs;
    this.#onWaited = onWaited;
    this.#now = now;
  }

  /**
   * A slot for one unit of the workspace's work: at once when there is one for it, else as soon as it is its turn. Throws, or
   * rejects with, a PoolRefusal: TenantQueueFull, TenantQueueTimeout, or what close() was given.
   */
  enter(workspaceId: string): Slot | Promise<Slot> {
    if (this.#closedBy !== undefined) {
      throw this.#closedBy;
    }
    const account = this.#accountOf(workspaceId);
    if (account.queued > 0) {
      return this.#wait(account);
    }
    account.startAt(this.#virtualTime);
    if (account.isIdle) {
      this.#competing += 1;
    }
    // Whoever could have taken a free slot has done so: nobody who waits is passed over.
    return this.#free > (account.active === 0 ? 0 : this.#reserve)
      ? this.#take(account)
      : this.#wait(account);
  }

  /** Of one workspace; all zero when it is not known, or no more. */
  figures(workspaceId: string): WorkspaceFigures {
    return this.#accounts.get(workspaceId)?.figures() ?? NO_FIGURES;
  }

  /** Units that wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Workspaces that are kept in memory. */
  get known(): number {
    return this.#accounts.size;
  }

  /** Refuses everybody who waits or comes later with `refusal`; slots that are held stay so until left. */
  close(refusal: PoolRefusal): void {
    this.#closedBy = refusal;
    clearInterval(this.#sweeper);
    for (const account of this.#accounts.values()) {
      for (
        let { first } = account;
        first !== undefined;
        first = account.first
      ) {
        this.#refuse(account, first, refusal, "draining");
      }
    }
  }

  #accountOf(workspaceId: string): Account {
    let account = this.#accounts.get(workspaceId);
    if (account === undefined) {
      account = new Account(workspaceId, this.#virtualTime, this.#meanMs);
      this.#accounts.set(workspaceId, account);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    }
    account.isRecent = true;
    return account;
  }

  #take(account: Account): Slot {
    // Left over by the others, so nothing is owed for it. Not so the reserve: there others may be waiting.
    if (this.#free > this.#reserve) {
      this.#virtualTime = Math.max(this.#virtualTime, account.spentMs);
    }
    this.#free -= 1;
    account.begin();
    return new HeldSlot(account, this.#now(), this.#settle);
  }

  #wait(account: Account): Promise<Slot> {
    const isFull =
      account.queued >= this.#queueMaxPerWorkspace ||
      (account.queued > 0 && this.#waiting >= this.#queueMax);
    if (isFull) {
      this.#report(account, 0, "full");
      throw new TenantQueueFull(account.retryAfterSeconds());
    }
    return new Promise((grant, refuse) => {
      this.#arrivals += 1;
      const waiter = new Waiter(
        this.#now(),
        this.#arrivals,
        grant,
        refuse,
        this.#queueTimeoutMs,
        (late) => this.#expire(account, late),
      );
      account.enqueue(waiter);
      this.#waiting += 1;
      this.#file(account);
    });
  }

  #expire(account: Account, waiter: Waiter): void {
    const error = new TenantQueueTimeout(
      this.#now() - waiter.since,
      account.retryAfterSeconds(),
    );
    this.#refuse(account, waiter, error, "timeout");
  }

  #refuse(
    account: Account,
    waiter: Waiter,
    error: PoolRefusal,
    outcome: WaitOutcome,
  ): void {
    this.#dequeue(account, waiter);
    this.#file(account);
    if (account.isIdle) {
      this.#competing -= 1;
    }
    this.#report(account, this.#now() - waiter.since, outcome);
    waiter.refuse(error);
  }

  #leave(account: Account, costMs: number): void {
    this.#free += 1;
    // Time goes on for everybody at the pace of one fair part, so that a debt is worked off however many come anew.
    this.#virtualTime += costMs / this.#competing;
    // No debt lasts longer than anybody waits.
    account.end(costMs, this.#virtualTime + this.#queueTimeoutMs);
    this.#meanMs = averaged(this.#meanMs, costMs);
    if (account.isIdle) {
      this.#competing -= 1;
    } else {
      this.#file(account);
    }
    this.#serve();
  }

  /** Hands out what is free, until it is all taken or nobody may have it. */
  #serve(): void {
    while (this.#free > 0) {
      const account = this.#next();
      const waiter = account?.first;
      if (account === undefined || waiter === undefined) {
        return;
      }
      this.#dequeue(account, waiter);
      const slot = this.#take(account);
      this.#file(account);
      this.#report(account, this.#now() - waiter.since, "granted");
      waiter.grant(slot);
    }
  }

  #next(): Account | undefined {
    const newcomer = this.#newcomers.first();
    // A newcomer who waits has found the reserve empty: then the order decides, or who holds a single connection would get
    // no second one for as long as newcomers keep coming.
    if (newcomer === undefined && this.#free <= this.#reserve) {
      return undefined;
    }
    const sharer = this.#sharers.first();
    if (newcomer === undefined || sharer === undefined) {
      return newcomer ?? sharer ?? this.#borrowers.first();
    }
    return sharer.key < newcomer.key ? sharer : newcomer;
  }

  #dequeue(account: Account, waiter: Waiter): void {
    account.dequeue(waiter);
    this.#waiting -= 1;
  }

  /** Puts the account among those who hold as much as it does, or nowhere when nothing of it waits. */
  #file(account: Account): void {
    const { active, queued } = account;
    if (queued === 0) {
      account.file(undefined);
    } else if (active === 0) {
      account.file(this.#newcomers);
    } else {
      account.file(active < this.#share ? this.#sharers : this.#borrowers);
    }
  }

  #report(account: Account, waitedMs: number, outcome: WaitOutcome): void {
    account.waited(waitedMs);
    this.#onWaited({ workspaceId: account.workspaceId, waitedMs, outcome });
  }

  #sweep(): void {
    for (const [workspaceId, account] of this.#accounts) {
      if (account.isIdle && !account.isRecent) {
        this.#accounts.delete(workspaceId);
      }
      account.isRecent = false;
    }
    if (this.#accounts.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
  }
}
