// A connection as it is lent out: bound to one unit of work, useless once given back. Owns that its queries carry the
// settings, that it comes back clean or not at all, and that it can be broken off. Leaves to ../connectionPool.ts who
// gets one and what for, to tenantQuery.ts the wire.

import pg from "pg";

import { logger } from "../../logger";
import { type Slot } from "./account";
import { requestCancel } from "./cancelRequest";
import { answered, asQuery, isCallback, isSubmittable } from "./queryCall";
import {
  beginsTransaction,
  type QueryCallback,
  type Settings,
  TenantQuery,
} from "./tenantQuery";
import { type UnitOfWork } from "./unitSettings";

/**
 * Refused on a leased connection: a cursor or stream outside of a transaction would outlive its context. The BEGIN has to
 * be awaited first, and so has every other statement.
 */
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

/** Who lends connections: told of what happens on them, and asked what to set. One for all leases of a pool. */
export interface Lender {
  /** Asked for at each query: a seal lives for minutes, and a connection may be lent out for longer. */
  settingsOf(unit: UnitOfWork): Settings;
  onStatement(lease: Lease, durationMs: number, failed: boolean): void;
  /** Called once, when the connection is back. */
  onReleased(lease: Lease): void;
}

/** True when the connection itself is done for, not only the statement. */
function isFatal(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity !== "ERROR";
}

export class Lease {
  readonly #raw: pg.PoolClient;

  readonly #lender: Lender;

  #isReleased = false;

  #isLost = false;

  /** Statements that were asked for and have not ended. */
  #pending = 0;

  /** One statement ended a transaction and began the next (AND CHAIN): that one has no settings yet. */
  #isBare = false;

  constructor(
    raw: pg.PoolClient,
    /** What the connection is bound to, and its place among those that may have one. */
    readonly unit: UnitOfWork,
    readonly slot: Slot | undefined,
    lender: Lender,
  ) {
    this.#raw = raw;
    this.#lender = lender;
    raw.on("error", this.#onError);
  }

  /** For a borrower: `query` and `release` are ours, the rest is the connection's own. */
  client(): pg.PoolClient {
    const query = (...call: unknown[]) => this.#query(...call);
    const release = (reason?: unknown) => this.release(reason);
    return new Proxy(this.#raw, {
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
    this.release(true);
  }

  // A backend may go while the connection is lent out; without a listener that error would end the process. The
  // borrower learns of it from its query.
  readonly #onError = (error: Error) => {
    this.#isLost = true;
    logger().warn(
      { err: error, workspaceId: this.unit.workspaceId },
      "a database connection was lost while in use",
    );
  };

  readonly #isIdle = () =>
    this.#raw.getTransactionStatus() !== "T" &&
    this.#raw.getTransactionStatus() !== "E";

  /** Gives the connection back, or has it closed when it is not fit for another unit of work; again: nothing. */
  release(reason?: unknown): void {
    if (this.#isReleased) {
      return;
    }
    this.#isReleased = true;
    // A statement's error leaves a healthy connection; an open transaction or a lost line does not. Nor does a statement
    // that still runs: it may be a BEGIN, and the next borrower would be in this one's transaction.
    const isBroken =
      this.#isLost ||
      this.#pending > 0 ||
      reason === true ||
      (reason instanceof Error && isFatal(reason));
    if (isBroken || !this.#isIdle()) {
      this.#raw.release(true); // keeps the listener: the line may still have something to say
    } else {
      this.#raw.removeListener("error", this.#onError);
      this.#raw.release();
    }
    this.#lender.onReleased(this);
  }

  /** Runs one statement with the settings of the unit. */
  run(config: string | object, values: unknown, callback: QueryCallback): void {
    if (this.#isReleased) {
      callback(new ConnectionReleased(), undefined);
      return;
    }
    const startedAt = performance.now();
    const beganIdle = this.#isIdle();
    const done = (error: Error | null, result: unknown) => {
      this.#pending -= 1;
      this.#isBare =
        this.#raw.getTransactionStatus() === "T" && endedTransaction(result);
      this.#lender.onStatement(
        this,
        performance.now() - startedAt,
        error !== null,
      );
      this.#isLost ||= error !== null && isFatal(error);
      // Drizzle forgets a connection whose BEGIN failed; nobody else would give it back.
      if (error !== null && beganIdle && isBegin(config)) {
        this.release(true);
      }
      callback(error, result);
    };
    const query = new TenantQuery(config, values, done, {
      settings: this.#lender.settingsOf(this.unit),
      isIdle: this.#isIdle,
      isBare: () => this.#isBare,
    });
    this.#pending += 1;
    void this.#raw.query(query);
  }

  #query(...call: unknown[]): unknown {
    const [query] = call;
    if (isSubmittable(query)) {
      return this.#submit(query);
    }
    asQuery(query);
    return answered(call, (config, values, callback) =>
      this.run(asQuery(config), values, callback),
    );
  }

  #submit(stream: pg.Submittable): pg.Submittable {
    if (this.#isReleased) {
      throw new ConnectionReleased();
    }
    if (this.#isIdle() || this.#pending > 0) {
      throw new StreamNeedsTransaction();
    }
    if (this.#isBare) {
      this.run("SELECT", undefined, () => undefined); // brings the settings; the stream is next in line
    }
    void this.#raw.query(stream);
    return stream;
  }
}

/** Also true after ROLLBACK TO a savepoint, which the server calls by the same name; the settings are then set once more. */
function endedTransaction(result: unknown): boolean {
  return (
    typeof result === "object" &&
    result !== null &&
    "command" in result &&
    (result.command === "COMMIT" || result.command === "ROLLBACK")
  );
}

function isBegin(config: string | object): boolean {
  const text =
    typeof config === "object" && "text" in config ? config.text : config;
  return typeof text === "string" && beginsTransaction(text);
}
