// What a tenant pool can be told when it is made. Owns the names and their meaning, ../connectionPool.ts what becomes of them.

import type pg from "pg";

import { type FairGateOptions } from "./fairness";
import { type SettingsOptions, type UnitOfWork } from "./unitSettings";

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
