// Questions to Redis that never hurt whoever asks: an answer in time, or undefined. Owns what silence, loss and refusal mean for the
// server they came from; leaves its breaker to breaker.ts, the time to deadlines.ts, and what is asked to sharedTier.ts.

import { Command, ReplyError } from "ioredis";

import { logger } from "../../logger";
import { type RedisClient } from "../../redis";
import { type BreakerState } from "./breaker";
import { Deadlines, type Waiting } from "./deadlines";
import { type Lane, type Lanes, lanesOf } from "./lanes";

export interface AskingFigures {
  /** Of the Redis, or of the worst of a cluster's nodes. While it is open, its keys are not asked for. */
  readonly state: BreakerState;
  /** Times that a server's breaker opened. */
  readonly opened: number;
  /** Sent to a server; those that are not answered are counted below as well. */
  readonly asked: number;
  /** Not answered in time. */
  readonly timeouts: number;
  /** Lost with their connection, or with a server that cannot serve now. */
  readonly lost: number;
  /** Answered with an error, such as one for lack of memory. */
  readonly refused: number;
  /** Not asked, since the server was away. */
  readonly skipped: number;
}

const NOTHING = Promise.resolve(undefined);
const EXPIRED = new Error("Redis did not answer in time.");
const TEXT = { replyEncoding: "utf8" } as const;

/** An answer, but of a server that cannot serve now. */
const CANNOT_SERVE = /^(CLUSTERDOWN|LOADING|MASTERDOWN|READONLY)\b/;

/** What the server answered; undefined when the error is not an answer. */
function answerIn(error: unknown): string | undefined {
  return error instanceof Error && error instanceof ReplyError
    ? error.message
    : undefined;
}

/** Whether the server is there and works, and only says no. */
function isRefusal(error: unknown): boolean {
  const answer = answerIn(error);
  return answer !== undefined && !CANNOT_SERVE.test(answer);
}

/** A command under way. */
class Sent implements Waiting {
  constructor(
    readonly command: Command,
    readonly lane: Lane,
    readonly dueAt: number,
  ) {}

  get isOver(): boolean {
    return this.command.isSettled;
  }
}

export class Asking {
  readonly #redis: RedisClient;

  readonly #lanes: Lanes;

  readonly #deadlineMs: number;

  readonly #deadlines: Deadlines<Sent>;

  readonly #counts = {
    opened: 0,
    asked: 0,
    timeouts: 0,
    lost: 0,
    refused: 0,
    skipped: 0,
  };

  #isClosed = false;

  constructor(redis: RedisClient, deadlineMs: number) {
    this.#redis = redis;
    this.#deadlineMs = deadlineMs;
    this.#deadlines = new Deadlines(deadlineMs, (sent) => this.#expire(sent));
    this.#lanes = lanesOf(redis, {
      probe: (lane) => this.#probe(lane),
      opened: (lane) => this.#opened(lane),
      failed: (lane, error) => this.#failed(lane, error),
    });
  }

  /**
   * What the server that has the key answers to the command, as `read` understands it; undefined when it does not answer, in the
   * time it has, and at once when it is away. Never rejects or throws.
   *
   * A command of its own, in place of ioredis's methods, can be given up wherever it waits: no second promise, no closure and
   * no timer for each request. That is what a request costs here over a bare one.
   */
  ask<T>(
    key: string,
    name: string,
    words: (string | number)[],
    read: (answer: unknown) => T,
  ): Promise<T | undefined> {
    const lane = this.#isClosed ? undefined : this.#lanes.of(key);
    if (lane?.breaker.isClosed !== true) {
      this.#counts.skipped += 1;
      return NOTHING;
    }
    this.#counts.asked += 1;
    const command = new Command(name, words, TEXT);
    this.#redis.sendCommand(command);
    this.#deadlines.add(new Sent(command, lane, this.#deadlines.next()));
    const answer: Promise<unknown> = command.promise;
    return answer.then(read, lane.failed);
  }

  figures(): AskingFigures {
    const states = this.#lanes.all().map(({ breaker }) => breaker.state);
    const best = states.includes("halfOpen") ? "halfOpen" : "closed";
    const isOpen = this.#isClosed || states.length === 0;
    return {
      ...this.#counts,
      state: isOpen || states.includes("open") ? "open" : best,
    };
  }

  /** Ends the connection. Whoever waits is answered with undefined, and so is whoever asks from now on. */
  close(): void {
    this.#isClosed = true;
    this.#lanes.stop();
    this.#deadlines.expireWhere(() => true);
    this.#redis.disconnect();
  }

  /** It answers in order: when one command had no answer, those behind it have none either. */
  #expire({ command, lane }: Sent): void {
    command.reject(EXPIRED);
    if (this.#isClosed) {
      return;
    }
    this.#counts.timeouts += 1;
    if (lane.breaker.isClosed) {
      lane.breaker.trip();
      lane.discard();
      this.#deadlines.expireWhere((each) => each.lane === lane);
    }
  }

  #failed(lane: Lane, error: unknown): void {
    if (error === EXPIRED) {
      return;
    }
    if (isRefusal(error)) {
      this.#counts.refused += 1;
      return;
    }
    this.#counts.lost += 1;
    lane.breaker.trip();
    if (answerIn(error)?.startsWith("READONLY") === true) {
      lane.discard(); // it was the master; its name may lead to another by now
    }
  }

  #probe(lane: Lane): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // What has arrived meanwhile is read first, as in deadlines.ts.
        setImmediate(() => {
          lane.discard();
          resolve(false);
        });
      }, this.#deadlineMs);
      const end = (isThere: boolean) => {
        clearTimeout(timer);
        resolve(isThere);
      };
      lane.ping().then(
        () => end(true),
        (error: unknown) => end(isRefusal(error)),
      );
    });
  }

  #opened(lane: Lane): void {
    this.#counts.opened += 1;
    logger().warn(
      { node: lane.name },
      "Redis does not answer; the cache does without until it does",
    );
  }
}
