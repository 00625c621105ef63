// The boundary between tenants, under the query builder: a node-postgres pool whose every unit of work (a single query, or
// an explicit transaction) runs with the settings of the context it was asked in. Owns which role and context a unit
// gets, when it gets a connection, and that the pool ends cleanly. Leaves to tenantContext.ts who the tenant is, to
// connectionPool/ the order (fairGate), the lent connection (lease) and the wire (tenantQuery).

import pg from "pg";

import { logger } from "../logger";
import {
  NO_FIGURES,
  type Slot,
  type WorkspaceFigures,
} from "./connectionPool/account";
import { endsWithin } from "./connectionPool/endsWithin";
import { FairGate } from "./connectionPool/fairGate";
import {
  Lease,
  type Lender,
  StreamNeedsTransaction,
} from "./connectionPool/lease";
import {
  type Fairness,
  type TenantConnectionPoolOptions,
} from "./connectionPool/options";
import {
  answered,
  asError,
  asQuery,
  type ConnectCallback,
  handOver,
  isSubmittable,
} from "./connectionPool/queryCall";
import { TenantPoolDraining } from "./connectionPool/refusals";
import { type UnitOfWork, unitSettings } from "./connectionPool/unitSettings";
import {
  currentTenant,
  isWorkspaceId,
  TenantContextConflict,
} from "./tenantContext";
import { tenantEvents } from "./tenantEvents";

export { NO_FIGURES, type WorkspaceFigures } from "./connectionPool/account";
export { endsWithin } from "./connectionPool/endsWithin";
export { FairGate } from "./connectionPool/fairGate";
export {
  ConnectionReleased,
  StreamNeedsTransaction,
} from "./connectionPool/lease";
export type {
  Fairness,
  TenantConnectionPoolOptions,
} from "./connectionPool/options";
export {
  PoolRefusal,
  type PoolRefusalType,
  TenantPoolDraining,
  TenantQueueFull,
  TenantQueueTimeout,
} from "./connectionPool/refusals";
export type { DatabaseRole, UnitOfWork } from "./connectionPool/unitSettings";

type UseLease = (error: unknown, lease: Lease | undefined) => void;

/** A cancelled statement's borrower has this long to give its connection back. */
const CANCEL_GRACE_MS = 1_000;

export class TenantConnectionPool extends pg.Pool {
  readonly #unitOfWork: () => UnitOfWork;

  readonly #drainTimeoutMs: number;

  readonly #gate: FairGate | undefined;

  readonly #lent = new Set<Lease>();

  readonly #lender: Lender;

  readonly #totals = { waitedMs: 0, queries: 0, errors: 0, databaseMs: 0 };

  #draining: Promise<void> | undefined;

  constructor({
    unitOfWork,
    fairness,
    drainTimeoutMs = 10_000,
    ...options
  }: TenantConnectionPoolOptions) {
    super(options);
    this.#unitOfWork = unitOfWork;
    this.#lender = this.#lenderOf(unitSettings(options));
    this.#drainTimeoutMs = drainTimeoutMs;
    this.#gate = fairness === undefined ? undefined : this.#gateOf(fairness);
    this.on("error", (error) => {
      logger().warn({ err: error }, "an idle database connection was lost");
    });
  }

  #lenderOf(settingsOf: Lender["settingsOf"]): Lender {
    return {
      settingsOf,
      onStatement: ({ slot, unit }, durationMs, failed) => {
        slot?.record(durationMs, failed);
        this.#totals.queries += 1;
        this.#totals.errors += failed ? 1 : 0;
        this.#totals.databaseMs += durationMs;
        const { workspaceId } = unit;
        tenantEvents.emit("query", { workspaceId, durationMs, failed });
      },
      onReleased: (lease) => {
        this.#lent.delete(lease);
        lease.slot?.leave();
      },
    };
  }

  #gateOf(fairness: Fairness): FairGate {
    return new FairGate({
      ...fairness,
      slots: this.options.max,
      onWaited: ({ workspaceId, waitedMs, outcome }) => {
        this.#totals.waitedMs += waitedMs;
        tenantEvents.emit("queued", {
          workspaceId: workspaceId === "" ? null : workspaceId,
          waitedMs,
          outcome,
        });
      },
    });
  }

  static {
    // pg.Pool declares query() in seven forms, which no one method takes on without a cast: all of them come to #query().
    Object.defineProperty(this.prototype, "query", {
      value(this: TenantConnectionPool, ...call: unknown[]) {
        return this.#query(call);
      },
    });
  }

  /**
   * A connection bound to the context in force now: it cannot be bound to another, and is useless once released. Rejects
   * with a PoolRefusal when there is none to be had in time.
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(
    callback?: ConnectCallback,
  ): Promise<pg.PoolClient> | undefined {
    const leased = this.#lease(this.#unitOfWork);
    if (callback === undefined) {
      return leased;
    }
    handOver(leased, callback);
    return undefined;
  }

  /**
   * A connection bound to this workspace, for streams and for libraries that want one; release() it. Rejects with
   * TenantContextConflict when the context in force is another workspace's, TypeError when the id is not a UUID, and
   * as connect() does.
   */
  async getConnection(workspaceId: string): Promise<pg.PoolClient> {
    const id = workspaceId.toLowerCase();
    if (!isWorkspaceId(id)) {
      throw new TypeError("A connection needs a workspace id that is a UUID.");
    }
    const context = currentTenant();
    if (context !== undefined && context.workspaceId !== id) {
      throw new TenantContextConflict();
    }
    return this.#lease(() => ({ workspaceId: id, context }));
  }

  /**
   * How the pool is used: by one workspace since it was last away for a minute, or by all since the start. A workspace's
   * own are counted by the fair gate only.
   */
  figures(workspaceId?: string): WorkspaceFigures {
    if (workspaceId === undefined) {
      return {
        active: this.totalCount - this.idleCount,
        queued: this.waitingCount + (this.#gate?.waiting ?? 0),
        ...this.#totals,
      };
    }
    return this.#gate?.figures(workspaceId.toLowerCase()) ?? NO_FIGURES;
  }

  /** Resolves when a connection can run a statement. Acts for no workspace, so it needs no context and waits for none. */
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

  /**
   * Refuses new work and what waits, with TenantPoolDraining; gives what is under way its time, then cancels it. Resolves
   * when every connection is closed. Again: the same end.
   */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = this.endWithin();
    if (callback === undefined) {
      return ended;
    }
    void ended.then(callback);
    return undefined;
  }

  /** As end(), with the milliseconds that work under way is given; those of the first call count. */
  async endWithin(drainTimeoutMs = this.#drainTimeoutMs): Promise<void> {
    this.#draining ??= this.#drain(drainTimeoutMs);
    return this.#draining;
  }

  async #drain(drainTimeoutMs: number): Promise<void> {
    this.#gate?.close(new TenantPoolDraining());
    const ended = super.end();
    if (!(await endsWithin(ended, drainTimeoutMs))) {
      logger().warn(
        { connections: this.#lent.size },
        "the database's work did not end in time and is cancelled",
      );
      await Promise.all([...this.#lent].map((lease) => lease.cancel()));
      if (!(await endsWithin(ended, CANCEL_GRACE_MS))) {
        this.#lent.forEach((lease) => lease.destroy());
      }
    }
    await ended;
  }

  /** One statement on a connection of its own, without all that a borrower would need. */
  #query(call: unknown[]): Promise<unknown> | undefined {
    return answered(call, (config, values, callback) =>
      this.#lend(this.#unitOfWork, (refusal, lease) => {
        const done = (error: Error | null, result?: unknown) => {
          lease?.release(error);
          callback(error ?? undefined, result);
        };
        try {
          if (lease === undefined) {
            throw refusal;
          }
          if (isSubmittable(config)) {
            throw new StreamNeedsTransaction();
          }
          lease.run(asQuery(config), values, done);
        } catch (error) {
          done(asError(error));
        }
      }),
    );
  }

  async #lease(unitOfWork: () => UnitOfWork): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      this.#lend(unitOfWork, (error, lease) =>
        lease === undefined ? reject(asError(error)) : resolve(lease.client()),
      );
    });
  }

  /** Calls `use` with a connection that is bound to the unit of work, as soon as there is one for it, or with the reason why not. */
  #lend(unitOfWork: () => UnitOfWork, use: UseLease): void {
    let unit: UnitOfWork;
    let entered: Slot | Promise<Slot> | undefined;
    try {
      if (this.#draining !== undefined) {
        throw new TenantPoolDraining();
      }
      unit = unitOfWork();
      entered = this.#gate?.enter(unit.workspaceId ?? "");
    } catch (error) {
      use(error, undefined);
      return;
    }
    // No promise while there is no need to wait: most of the time there is none.
    if (entered instanceof Promise) {
      entered.then(
        (slot) => this.#bind(unit, slot, use),
        (error: unknown) => use(error, undefined),
      );
    } else {
      this.#bind(unit, entered, use);
    }
  }

  #bind(unit: UnitOfWork, slot: Slot | undefined, use: UseLease): void {
    super.connect((error, connection) => {
      if (connection === undefined) {
        slot?.leave();
        use(error, undefined);
      } else {
        const lease = new Lease(connection, unit, slot, this.#lender);
        this.#lent.add(lease);
        use(undefined, lease);
      }
    });
  }
}
