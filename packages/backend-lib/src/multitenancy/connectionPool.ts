// The boundary between tenants, under the query builder: a node-postgres pool whose every unit of work (a single query, or
// an explicit transaction) runs with the settings of the context it was asked in. Owns which role and context a unit
// gets, when it gets a connection, and that the pool ends cleanly. Leaves to tenantContext.ts who the tenant is, to
// connectionPool/ the order (fairGate), the lent connection (lease) and the wire (tenantQuery).

import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { logger } from "../logger";
import {
  NO_FIGURES,
  type Slot,
  type WorkspaceFigures,
} from "./connectionPool/account";
import { FairGate, type FairGateOptions } from "./connectionPool/fairGate";
import { Lease } from "./connectionPool/lease";
import { TenantPoolDraining } from "./connectionPool/refusals";
import { type Settings } from "./connectionPool/tenantQuery";
import {
  type SettingsOptions,
  type UnitOfWork,
  unitSettings,
} from "./connectionPool/unitSettings";
import {
  currentTenant,
  isWorkspaceId,
  TenantContextConflict,
} from "./tenantContext";
import { tenantEvents } from "./tenantEvents";

export { NO_FIGURES, type WorkspaceFigures } from "./connectionPool/account";
export {
  ConnectionReleased,
  StreamNeedsTransaction,
} from "./connectionPool/lease";
export {
  PoolRefusal,
  type PoolRefusalType,
  TenantPoolDraining,
  TenantQueueFull,
  TenantQueueTimeout,
} from "./connectionPool/refusals";
export type { DatabaseRole, UnitOfWork } from "./connectionPool/unitSettings";

/** Of the fair gate; what is absent has the gate's own default. */
export type Fairness = Omit<FairGateOptions, "slots" | "onWaited" | "now">;

export interface TenantConnectionPoolOptions
  extends pg.PoolConfig, SettingsOptions {
  /** Called where the work is asked for, in the asker's asynchronous context; may throw to refuse it. */
  readonly unitOfWork: () => UnitOfWork;
  /** Connections are handed out fairly over workspaces; without it first come, first served. */
  readonly fairness?: Fairness;
  /** Milliseconds that work under way is given when the pool ends; 10,000 by default. */
  readonly drainTimeoutMs?: number;
}

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: unknown) => void,
) => void;

/** A cancelled statement's borrower has this long to give its connection back. */
const CANCEL_GRACE_MS = 1_000;

/** True when `work` has ended within `ms`. */
async function endsWithin(work: Promise<unknown>, ms: number) {
  const tooLate = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      sleep(ms, false, { signal: tooLate.signal }),
    ]);
  } finally {
    tooLate.abort();
  }
}

export class TenantConnectionPool extends pg.Pool {
  readonly #unitOfWork: () => UnitOfWork;

  readonly #settingsOf: (unit: UnitOfWork) => Settings;

  readonly #drainTimeoutMs: number;

  readonly #gate: FairGate | undefined;

  readonly #lent = new Set<Lease>();

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
    this.#settingsOf = unitSettings(options);
    this.#drainTimeoutMs = drainTimeoutMs;
    this.#gate = fairness === undefined ? undefined : this.#gateOf(fairness);
    this.on("error", (error) => {
      logger().warn({ err: error }, "an idle database connection was lost");
    });
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
    this.#draining ??= this.#drain();
    if (callback === undefined) {
      return this.#draining;
    }
    void this.#draining.then(callback);
    return undefined;
  }

  async #drain(): Promise<void> {
    this.#gate?.close(new TenantPoolDraining());
    const ended = super.end();
    if (!(await endsWithin(ended, this.#drainTimeoutMs))) {
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

  async #lease(unitOfWork: () => UnitOfWork): Promise<pg.PoolClient> {
    if (this.#draining !== undefined) {
      throw new TenantPoolDraining();
    }
    const unit = unitOfWork();
    const entered = this.#gate?.enter(unit.workspaceId ?? "");
    // No promise while there is no need to wait: most of the time there is none.
    const slot = entered instanceof Promise ? await entered : entered;
    try {
      return this.#lend(await super.connect(), unit, slot);
    } catch (error) {
      slot?.leave();
      throw error;
    }
  }

  #lend(
    connection: pg.PoolClient,
    unit: UnitOfWork,
    slot: Slot | undefined,
  ): pg.PoolClient {
    const { workspaceId } = unit;
    const lease = new Lease(connection, {
      workspaceId,
      settings: () => this.#settingsOf(unit),
      onStatement: (durationMs, failed) => {
        slot?.record(durationMs, failed);
        this.#totals.queries += 1;
        this.#totals.errors += failed ? 1 : 0;
        this.#totals.databaseMs += durationMs;
        tenantEvents.emit("query", { workspaceId, durationMs, failed });
      },
      onReleased: () => {
        this.#lent.delete(lease);
        slot?.leave();
      },
    });
    this.#lent.add(lease);
    return lease.client;
  }
}
