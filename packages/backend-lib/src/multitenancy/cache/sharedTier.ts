// The second tier: Redis as a plain store that all processes share. Owns what is asked, and that nobody waits longer than the
// deadline, and for a server that is away not at all; also the lease, by which one process of all loads a missing value.
//
// It is asked for nothing but texts by keys that hold their generation: what it forgets, keeps too long or brings back after a
// failover can be missing, but never wrong. So nothing here has to be invalidated, and any answer may be given up.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { type RedisClient } from "../../redis";
import { Asking, type AskingFigures } from "./asking";

/** The right to load a missing value, while the others wait for it. */
export interface Lease {
  readonly key: string;
  /** Drawn for this lease: one that ran out does not end its successor's. */
  readonly token: string;
}

export interface SharedTier {
  /**
   * The text kept under the key; null: there is none; undefined: Redis did not say, in the time it has or at all. One
   * round trip. Never rejects.
   */
  read(key: string): Promise<string | null | undefined>;
  /** The lease to load the key's value, "taken" when another has it, undefined when Redis does not say. Never rejects. */
  lease(key: string): Promise<Lease | "taken" | undefined>;
  /**
   * The text that the lease's holder brings; null when it gave up, died or takes longer than it is worth waiting for.
   * Never rejects.
   */
  awaitFill(key: string): Promise<string | null>;
  /** Keeps a text for `ttlMs`, and ends the lease. Nobody waits for it; what fails is counted and was only a help. */
  write(key: string, text: string, ttlMs: number, lease?: Lease): void;
  /** Ends a lease whose holder has nothing to bring. Nobody waits for it. */
  release(lease: Lease): void;
  /** How it has gone so far. */
  figures(): SharedTierFigures;
  /** Ends the connection that it was given; what is under way is dropped, and answered with undefined. */
  close(): Promise<void>;
}

export type SharedTierFigures = AskingFigures;

export interface SharedTierOptions {
  /** How long an answer may take, in milliseconds. */
  readonly deadlineMs: number;
  /** A lease ends by itself after so long: its holder may have died. Default 2000. */
  readonly leaseMs?: number;
  /** How long `awaitFill` waits at most, in milliseconds. Default 250. */
  readonly awaitFillMs?: number;
}

const LEASE_MS = 2_000;
const AWAIT_FILL_MS = 250;
/** Between looks at a value that another process loads: grows in step with the time waited, so at most half of it is added. */
const FIRST_PAUSE_MS = 2;
const PAUSE_GROWTH = 1.5;

const leaseKeyOf = (key: string) => `${key}:lease`;

/** Keeps a value, and ends the lease if it is still this one. */
const WRITE = `
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
if redis.call("GET", KEYS[2]) == ARGV[3] then redis.call("DEL", KEYS[2]) end
return 1`;
const RELEASE = `
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`;

const nothingIn = () => undefined;

function textIn(answer: unknown): string | null {
  return typeof answer === "string" ? answer : null;
}

function textsIn(answer: unknown): (string | null)[] {
  return Array.isArray(answer) ? answer.map(textIn) : [];
}

class RedisTier implements SharedTier {
  readonly #asking: Asking;

  readonly #leaseMs: number;

  readonly #awaitFillMs: number;

  /** Begins every token: no other process draws it. */
  readonly #self = randomBytes(12).toString("base64url");

  #leases = 0;

  constructor(
    redis: RedisClient,
    {
      deadlineMs,
      leaseMs = LEASE_MS,
      awaitFillMs = AWAIT_FILL_MS,
    }: SharedTierOptions,
  ) {
    this.#asking = new Asking(redis, deadlineMs);
    this.#leaseMs = leaseMs;
    this.#awaitFillMs = awaitFillMs;
  }

  read(key: string): Promise<string | null | undefined> {
    return this.#asking.ask(key, "get", [key], textIn);
  }

  async lease(key: string): Promise<Lease | "taken" | undefined> {
    this.#leases += 1;
    const token = `${this.#self}.${this.#leases}`;
    const words = [leaseKeyOf(key), token, "PX", this.#leaseMs, "NX"];
    const answer = await this.#asking.ask(key, "set", words, textIn);
    if (answer === undefined) {
      return undefined;
    }
    return answer === null ? "taken" : { key, token };
  }

  /** Looks again and again: few wait, one in a process at most, and a connection that blocks could not be shared. */
  async awaitFill(key: string): Promise<string | null> {
    const end = performance.now() + this.#awaitFillMs;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const leftMs = end - performance.now();
      await sleep(Math.min(pauseMs, Math.max(leftMs, 0)));
      const [text = null, holder = null] =
        (await this.#asking.ask(
          key,
          "mget",
          [key, leaseKeyOf(key)],
          textsIn,
        )) ?? [];
      if (text !== null || holder === null || leftMs <= pauseMs) {
        return text;
      }
      pauseMs *= PAUSE_GROWTH;
    }
  }

  write(key: string, text: string, ttlMs: number, lease?: Lease): void {
    const ttl = Math.max(Math.round(ttlMs), 1);
    void (lease === undefined
      ? this.#asking.ask(key, "set", [key, text, "PX", ttl], nothingIn)
      : this.#asking.ask(
          key,
          "eval",
          [WRITE, 2, key, leaseKeyOf(key), text, ttl, lease.token],
          nothingIn,
        ));
  }

  release({ key, token }: Lease): void {
    const words = [RELEASE, 1, leaseKeyOf(key), token];
    void this.#asking.ask(key, "eval", words, nothingIn);
  }

  figures(): SharedTierFigures {
    return this.#asking.figures();
  }

  async close(): Promise<void> {
    this.#asking.close();
  }
}

/** The second tier over this connection, which is its own from now on. Until that is open, Redis does not say. */
export function createSharedTier(
  redis: RedisClient,
  options: SharedTierOptions,
): SharedTier {
  return new RedisTier(redis, options);
}
