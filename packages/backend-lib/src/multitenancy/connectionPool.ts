// The boundary between tenants, under the query builder: a node-postgres pool whose every unit of work (a single query, or
// an explicit transaction) runs with the settings of the context it was asked in. Owns which role and context a unit
// gets and that a connection is handed on clean. Leaves to tenantContext.ts who the tenant is, to tenantQuery.ts the wire.

import pg from "pg";

import { logger } from "../logger";
import {
  type QueryCallback,
  type Settings,
  TenantQuery,
} from "./connectionPool/tenantQuery";
import { type TenantContext } from "./tenantContext";
import { tenantEvents } from "./tenantEvents";

export type DatabaseRole = "dittofeed_app" | "dittofeed_system";

/** What one unit of work runs as. A null workspace sees no tenant row under dittofeed_app. */
export interface UnitOfWork {
  readonly workspaceId: string | null;
  readonly context: TenantContext | undefined;
}

export interface TenantPoolOptions extends pg.PoolConfig {
  /** The role that every unit of work takes on, unless the login is that role already. */
  readonly role: DatabaseRole;
  /** Called where the work is asked for, in the asker's asynchronous context; may throw to refuse it. */
  readonly unitOfWork: () => UnitOfWork;
  /** Milliseconds after which a statement is cancelled; 0 or absent: never. Rides with the context, as poolers need. */
  readonly statementTimeoutMs?: number;
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

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

function loginOf(options: pg.PoolConfig): string | undefined {
  if (options.connectionString === undefined) {
    return options.user;
  }
  return URL.canParse(options.connectionString)
    ? decodeURIComponent(new URL(options.connectionString).username)
    : undefined;
}

export class TenantPool extends pg.Pool {
  readonly #unitOfWork: () => UnitOfWork;

  readonly #fixed: Settings;

  constructor({
    role,
    unitOfWork,
    statementTimeoutMs = 0,
    ...options
  }: TenantPoolOptions) {
    super(options);
    this.#unitOfWork = unitOfWork;
    const roleSetting: Settings =
      loginOf(options) === role ? [] : [["role", role]];
    this.#fixed = [
      ...roleSetting,
      ["statement_timeout", String(statementTimeoutMs)],
      // Dittofeed's moments carry no zone and are UTC: now() must mean that too.
      ["TimeZone", "UTC"],
    ];
    this.on("error", (error) => {
      logger().warn({ err: error }, "an idle database connection was lost");
    });
  }

  /** A connection bound to the context in force now: it cannot be bound to another, and is useless once released. */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(
    callback?: ConnectCallback,
  ): Promise<pg.PoolClient> | undefined {
    const leased = this.#lease();
    if (callback === undefined) {
      return leased;
    }
    void leased.then(
      (client) =>
        callback(undefined, client, (error) =>
          client.release(error instanceof Error ? error : error === true),
        ),
      (error: unknown) =>
        callback(
          error instanceof Error ? error : new Error(String(error)),
          undefined,
          () => undefined,
        ),
    );
    return undefined;
  }

  /** Resolves when a connection can run a statement. Acts for no workspace, so it needs no context. */
  async ping(): Promise<void> {
    const client = await super.connect();
    try {
      await client.query("select 1");
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async #lease(): Promise<pg.PoolClient> {
    const unit = this.#unitOfWork();
    const client = await super.connect();
    return lease(client, unit.workspaceId, this.#settings(unit));
  }

  #settings({ workspaceId, context }: UnitOfWork): Settings {
    return [
      ...this.#fixed,
      ["app.current_workspace_id", workspaceId ?? ""],
      ["app.actor", context === undefined ? "" : JSON.stringify(context.actor)],
      ["app.request_id", context?.requestId ?? ""],
      [
        "application_name",
        workspaceId === null
          ? "dittofeed"
          : `dittofeed_workspace_${workspaceId}`,
      ],
    ];
  }
}

/** True when the connection itself is done for, not only the statement. */
function isFatal(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || error.severity !== "ERROR";
}

/** A view of `client` for one borrower: queries carry the settings, and after release() it refuses to work. */
function lease(
  client: pg.PoolClient,
  workspaceId: string | null,
  settings: Settings,
): pg.PoolClient {
  let released = false;
  const isIdle = () =>
    client.getTransactionStatus() !== "T" &&
    client.getTransactionStatus() !== "E";

  // A backend may go while the connection is lent out; without a listener that error would end the process. The
  // borrower learns of it from its query.
  let lost = false;
  const onError = (error: Error) => {
    lost = true;
    logger().warn(
      { err: error, workspaceId },
      "a database connection was lost while in use",
    );
  };
  client.on("error", onError);

  const release = (reason?: unknown) => {
    if (released) {
      return;
    }
    released = true;
    // A statement's error leaves a healthy connection; an open transaction or a lost line does not.
    const broken =
      lost || reason === true || (reason instanceof Error && isFatal(reason));
    if (broken || !isIdle()) {
      client.release(true); // keeps the listener: the line may still have something to say
    } else {
      client.removeListener("error", onError);
      client.release();
    }
  };

  const run = (config: object, values: unknown, callback: QueryCallback) => {
    if (released) {
      callback(new ConnectionReleased(), undefined);
      return;
    }
    const startedAt = performance.now();
    const beganIdle = isIdle();
    const done = (error: Error | null, result: unknown) => {
      tenantEvents.emit("query", {
        workspaceId,
        durationMs: performance.now() - startedAt,
        failed: error !== null,
      });
      lost ||= error !== null && isFatal(error);
      // Drizzle forgets a connection whose BEGIN failed; nobody else would give it back.
      if (error !== null && beganIdle && isBegin(config)) {
        release(true);
      }
      callback(error, result);
    };
    const query = new TenantQuery(config, values, done, { settings, isIdle });
    void client.query(query);
  };

  const query = (
    first: unknown,
    second?: unknown,
    third?: unknown,
  ): unknown => {
    if (isSubmittable(first)) {
      if (released) {
        throw new ConnectionReleased();
      }
      if (isIdle()) {
        throw new StreamNeedsTransaction();
      }
      void client.query(first);
      return first;
    }
    const config =
      typeof first === "string" ? { text: first } : toObject(first);
    const callback = [second, third].find(isCallback);
    const values = isCallback(second) ? undefined : second;
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        run(config, values, (error, result) =>
          error === null ? resolve(result) : reject(error),
        );
      });
    }
    run(config, values, callback);
    return undefined;
  };

  return new Proxy(client, {
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

function isBegin(config: object): boolean {
  return (
    "text" in config &&
    typeof config.text === "string" &&
    /^\s*(?:begin|start)\b/i.test(config.text)
  );
}
