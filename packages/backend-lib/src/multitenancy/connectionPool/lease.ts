// A connection as it is lent out: bound to one unit of work, useless once given back. Owns that its queries carry the
// settings, that it comes back clean or not at all, and that it can be broken off. Leaves to ../connectionPool.ts who
// gets one and what for, to tenantQuery.ts the wire.

import pg from "pg";

import { logger } from "../../logger";
import { requestCancel } from "./cancelRequest";
import {
  beginsTransaction,
  type QueryCallback,
  type Settings,
  TenantQuery,
} from "./tenantQuery";

/** Refused on a leased connection: a cursor or stream outside of a transaction would outlive its context. */
export class StreamNeedsTransaction extends Error {
  override readonly name = "StreamNeedsTransaction";

  constructor() {
    super(
      "A cursor or stream needs an open transaction: begin one on this connection first.",
    );
  }
}

/** Refused: the connection went back to the pool and may serve another workspace by now. */
export class ConnectionReleased extends Error {
  override readonly name = "ConnectionReleased";

  constructor() {
    super("This connection was released: it must not be used any more.");
  }
}

export interface LeaseOptions {
  readonly workspaceId: string | null;
  /** Asked for at each query: a seal lives for minutes, and a connection may be lent out for longer. */
  readonly settings: () => Settings;
  readonly onStatement: (durationMs: number, failed: boolean) => void;
  /** Called once, when the connection is back. */
  readonly onReleased: (lease: Lease) => void;
}

/** True when the connection itself is done for, not only the statement. */
function isFatal(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity !== "ERROR";
}

export class Lease {
  readonly #raw: pg.PoolClient;

  readonly #options: LeaseOptions;

  #isReleased = false;

  #isLost = false;

  /** What the borrower sees: `query` and `release` are ours, the rest is the connection's own. */
  readonly client: pg.PoolClient;

  constructor(raw: pg.PoolClient, options: LeaseOptions) {
    this.#raw = raw;
    this.#options = options;
    raw.on("error", this.#onError);
    const query = (...call: unknown[]) => this.#query(...call);
    const release = (reason?: unknown) => this.#release(reason);
    this.client = new Proxy(raw, {
      get(target, property) {
        if (property === "query") {
          return query;
        }
        if (property === "release") {
          return release;
        }
        const value: unknown = Reflect.get(target, property, target);
        if (!isCallback(value)) {
          return value;
        }
        const bound: unknown = value.bind(target);
        return bound;
      },
    });
  }

  /** Asks the server to break off the statement that runs; its query rejects then. Resolves when it was asked. */
  async cancel(): Promise<void> {
    await requestCancel(this.#raw);
  }

  /** Takes the connection away from its borrower and closes it. */
  destroy(): void {
    this.#release(true);
  }

  // A backend may go while the connection is lent out; without a listener that error would end the process. The
  // borrower learns of it from its query.
  readonly #onError = (error: Error) => {
    this.#isLost = true;
    logger().warn(
      { err: error, workspaceId: this.#options.workspaceId },
      "a database connection was lost while in use",
    );
  };

  readonly #isIdle = () =>
    this.#raw.getTransactionStatus() !== "T" &&
    this.#raw.getTransactionStatus() !== "E";

  #release(reason: unknown): void {
    if (this.#isReleased) {
      return;
    }
    this.#isReleased = true;
    // A statement's error leaves a healthy connection; an open transaction or a lost line does not.
    const isBroken =
      this.#isLost ||
      reason === true ||
      (reason instanceof Error && isFatal(reason));
    if (isBroken || !this.#isIdle()) {
      this.#raw.release(true); // keeps the listener: the line may still have something to say
    } else {
      this.#raw.removeListener("error", this.#onError);
      this.#raw.release();
    }
    this.#options.onReleased(this);
  }

  #run(
    config: string | object,
    values: unknown,
    callback: QueryCallback,
  ): void {
    if (this.#isReleased) {
      callback(new ConnectionReleased(), undefined);
      return;
    }
    const startedAt = performance.now();
    const beganIdle = this.#isIdle();
    const done = (error: Error | null, result: unknown) => {
      this.#options.onStatement(performance.now() - startedAt, error !== null);
      this.#isLost ||= error !== null && isFatal(error);
      // Drizzle forgets a connection whose BEGIN failed; nobody else would give it back.
      if (error !== null && beganIdle && isBegin(config)) {
        this.#release(true);
      }
      callback(error, result);
    };
    const query = new TenantQuery(config, values, done, {
      settings: this.#options.settings(),
      isIdle: this.#isIdle,
    });
    void this.#raw.query(query);
  }

  #query(first?: unknown, second?: unknown, third?: unknown): unknown {
    if (isSubmittable(first)) {
      return this.#submit(first);
    }
    const config = typeof first === "string" ? first : toObject(first);
    const callback = [second, third].find(isCallback);
    const values = isCallback(second) ? undefined : second;
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.#run(config, values, (error, result) =>
          error === null ? resolve(result) : reject(error),
        );
      });
    }
    this.#run(config, values, callback);
    return undefined;
  }

  #submit(stream: pg.Submittable): pg.Submittable {
    if (this.#isReleased) {
      throw new ConnectionReleased();
    }
    if (this.#isIdle()) {
      throw new StreamNeedsTransaction();
    }
    void this.#raw.query(stream);
    return stream;
  }
}

function isCallback(value: unknown): value is QueryCallback {
  return typeof value === "function";
}

function isSubmittable(value: unknown): value is pg.Submittable {
  return (
    typeof value === "object" &&
    value !== null &&
    "submit" in value &&
    typeof value.submit === "function"
  );
}

function toObject(value: unknown): object {
  if (typeof value !== "object" || value === null) {
    throw new TypeError("A query is a text or an object with a text.");
  }
  return value;
}

function isBegin(config: string | object): boolean {
  const text =
    typeof config === "object" && "text" in config ? config.text : config;
  return typeof text === "string" && beginsTransaction(text);
}
