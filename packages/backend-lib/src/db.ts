// The database as the rest of the code sees it: db() for the tenant in force, systemDb() for the few modules that work
// across workspaces, inTransaction() and queryResult() for results as values. Owns the two pools and their closing;
// leaves isolation to multitenancy/connectionPool.ts and the schema to db/schema.ts.

import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { err, ok, type Result } from "neverthrow";
import pg from "pg";

import { config } from "./config";
import { parseWorkspaceTimeouts } from "./config/workspaceTimeouts";
import * as schema from "./db/schema";
import { closeSystemTurns, forgetSystemTurns } from "./db/systemTurns";
import { causes, logger } from "./logger";
import {
  endsWithin,
  type Fairness,
  NO_FIGURES,
  TenantConnectionPool,
  type TenantConnectionPoolOptions,
  type UnitOfWork,
  type WorkspaceFigures,
} from "./multitenancy/connectionPool";
import { configuredSealer } from "./multitenancy/contextSeal";
import {
  currentTenant,
  TenantContextMissing,
} from "./multitenancy/tenantContext";
import { tenantEvents } from "./multitenancy/tenantEvents";

export type Database = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

interface Opened {
  readonly database: Database;
  readonly pool: TenantConnectionPool;
}

let tenant: Opened | undefined;
let system: Opened | undefined;
/** One connection of either login that nobody but the look after the database uses. */
let probes: { readonly tenant: Opened; readonly system: Opened } | undefined;

function requireUrl(url: string | undefined): string {
  if (url === undefined) {
    throw new Error("DATABASE_URL is not set: the database cannot be reached.");
  }
  return url;
}

function open(
  options: Pick<
    TenantConnectionPoolOptions,
    | "connectionString"
    | "max"
    | "role"
    | "unitOfWork"
    | "seal"
    | "fairness"
    | "statementTimeoutMsFor"
  >,
): Opened {
  const pool = new TenantConnectionPool({
    ...options,
    connectionTimeoutMillis: config().databaseConnectTimeoutMs,
    statementTimeoutMs: config().databaseStatementTimeoutMs,
    drainTimeoutMs: config().databaseDrainTimeoutMs,
    keepAlive: true,
  });
  return { pool, database: drizzle(pool, { schema }) };
}

/** The tenant's unit of work; without a context an error, in production no rows and a log line instead. */
function tenantUnitOfWork(): UnitOfWork {
  const context = currentTenant();
  if (context !== undefined) {
    return { workspaceId: context.workspaceId, context };
  }
  const missing = new TenantContextMissing();
  if (config().nodeEnv !== "production") {
    throw missing;
  }
  logger().error(
    { err: missing },
    "a query ran outside of any tenant context and saw no rows",
  );
  tenantEvents.emit("contextMissing", { at: missing.stack ?? "" });
  return { workspaceId: null, context: undefined };
}

function fairness(): Fairness {
  const settings = config();
  return {
    share: settings.databaseWorkspaceConnectionsMax,
    reserve: settings.databaseReservedConnections,
    queueMaxPerWorkspace: settings.databaseQueueMaxPerWorkspace,
    queueMax: settings.databaseQueueMax,
    queueTimeoutMs: settings.databaseQueueTimeoutMs,
  };
}

function tenantDatabase(): Opened {
  tenant ??= openTenant();
  return tenant;
}

function openTenant(): Opened {
  const timeouts = parseWorkspaceTimeouts(config());
  return open({
    connectionString: requireUrl(config().databaseUrl),
    max: config().databasePoolMax,
    role: "dittofeed_app",
    unitOfWork: tenantUnitOfWork,
    seal: configuredSealer(),
    fairness: fairness(),
    statementTimeoutMsFor: (workspaceId) => timeouts?.get(workspaceId),
  });
}

/** Has no gate of its own: what may come in any number takes a turn first (db/systemTurns.ts). */
function systemDatabase(): Opened {
  system ??= openSystem(config().databaseSystemPoolMax);
  return system;
}

function openSystem(max: number): Opened {
  return open({
    connectionString: requireUrl(
      config().databaseSystemUrl ?? config().databaseUrl,
    ),
    max,
    role: "dittofeed_system",
    unitOfWork: () => ({ workspaceId: null, context: currentTenant() }),
  });
}

function probeDatabases() {
  probes ??= {
    tenant: open({
      connectionString: requireUrl(config().databaseUrl),
      max: 1,
      role: "dittofeed_app",
      unitOfWork: tenantUnitOfWork,
    }),
    system: openSystem(1),
  };
  return probes;
}

/**
 * The database bound to the tenant context in force: sees and changes that workspace's rows only. Without a context
 * queries reject with TenantContextMissing; in production they see no rows and are logged.
 */
export function db(): Database {
  return tenantDatabase().database;
}

/** The database across workspaces, as dittofeed_system. For the modules on the allow-list in .eslintrc.js, no other. */
export function systemDb(): Database {
  return systemDatabase().database;
}

/** As systemDb(), on a connection of its own, so that it waits for nobody's work. For readiness.ts, nobody else. */
export function probeSystemDb(): Database {
  return probeDatabases().system.database;
}

/**
 * Resolves when both logins can run a statement; rejects with the driver's error otherwise. On connections of its own:
 * however much work there is, it does not wait for it.
 */
export async function pingDatabase(): Promise<void> {
  const { tenant: app, system: host } = probeDatabases();
  await Promise.all([app.pool.ping(), host.pool.ping()]);
}

/** How the database is used by this process: by one workspace of late, or by all since the start. */
export function databaseFigures(workspaceId?: string): WorkspaceFigures {
  return tenant?.pool.figures(workspaceId) ?? NO_FIGURES;
}

/**
 * A connection bound to the workspace, for streams and for libraries that want one; release() it. Rejects when the context
 * in force is another workspace's, and as queries do when there is no connection to be had.
 */
export async function getConnection(
  workspaceId: string,
): Promise<pg.PoolClient> {
  return tenantDatabase().pool.getConnection(workspaceId);
}

let closing: Promise<void> | undefined;

const closers = new Set<() => Promise<void>>();

/** Has `close` run at the next closing of the database, after the drain: for what rests on it and serves until then. */
export function closeWithDatabase(close: () => Promise<void>): void {
  closers.add(close);
}

async function closePools(drainTimeoutMs?: number): Promise<void> {
  closeSystemTurns();
  await Promise.all(
    [tenant, system, probes?.tenant, probes?.system].map(async (opened) =>
      opened?.pool.endWithin(drainTimeoutMs),
    ),
  );
  tenant = undefined;
  system = undefined;
  probes = undefined;
  const left = [...closers];
  closers.clear();
  await Promise.all(left.map((close) => close()));
  forgetSystemTurns();
}

/**
 * Refuses new work, gives what is under way its time (DATABASE_DRAIN_TIMEOUT_MS), then cancels it, and closes all pools.
 * A call to db() after that opens them anew.
 */
export async function closeDb(): Promise<void> {
  return closeDbWithin();
}

async function closeDbWithin(drainTimeoutMs?: number): Promise<void> {
  closing ??= closePools(drainTimeoutMs).finally(() => {
    closing = undefined;
  });
  return closing;
}

/**
 * Closes the database once `stopping`, the end of those who work with it, has come. What of them still runs after
 * DATABASE_DRAIN_TIMEOUT_MS has its statements cancelled, so that it ends. Resolves, or rejects, as `stopping` does then.
 */
export async function closeDbAfter(stopping: Promise<unknown>): Promise<void> {
  const { databaseDrainTimeoutMs } = config();
  const startedAt = performance.now();
  await endsWithin(Promise.allSettled([stopping]), databaseDrainTimeoutMs);
  const spentMs = performance.now() - startedAt;
  await closeDbWithin(Math.max(0, databaseDrainTimeoutMs - spentMs));
  await stopping;
}

const RETRYABLE = new Set(["40P01", "40001"]); // deadlock_detected, serialization_failure
const MAX_ATTEMPTS = 4;

/** The driver's error, also when Drizzle has wrapped it; undefined for errors that the server did not send. */
export function databaseError(error: unknown): pg.DatabaseError | undefined {
  return causes(error).find((each) => each instanceof pg.DatabaseError);
}

/**
 * Runs `work` again, at most three times, when the server broke it off for a deadlock or a serialization failure. For
 * work that is one statement; inTransaction() does the same for several.
 */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (
        attempt >= MAX_ATTEMPTS ||
        !RETRYABLE.has(databaseError(error)?.code ?? "")
      ) {
        throw error;
      }
      const pauseMs = Math.random() * 10 * 2 ** attempt;
      await new Promise((resolve) => {
        setTimeout(resolve, pauseMs);
      });
    }
  }
}

/**
 * Runs `work` in one transaction of `database`: COMMIT when it resolves to Ok, ROLLBACK when it resolves to Err or throws.
 * Deadlocks and serialization failures are tried again, at most three times, so `work` must not act outside of `tx`.
 */
export async function inTransaction<T, E>(
  work: (tx: Transaction) => Promise<Result<T, E>>,
  { database = db() }: { database?: Database } = {},
): Promise<Result<T, E>> {
  return retrying(async () => {
    let refused: Result<T, E> | undefined;
    try {
      return await database.transaction(async (tx) => {
        const result = await work(tx);
        if (result.isErr()) {
          refused = result;
          throw new Error("rolled back: the work resolved to Err");
        }
        return result;
      });
    } catch (error) {
      if (refused !== undefined) {
        return refused;
      }
      throw error;
    }
  });
}

/** A constraint of the database that a query ran into. `constraint` is its name and never carries a value. */
export interface QueryError {
  readonly type: "UniqueConstraintViolation" | "ForeignKeyViolation";
  readonly constraint: string;
  readonly message: string;
}

/** Makes a value of a unique or foreign-key violation, for which a caller is to blame; other errors are thrown on. */
export async function queryResult<T>(
  query: PromiseLike<T>,
): Promise<Result<T, QueryError>> {
  try {
    return ok(await query);
  } catch (error) {
    const { code, constraint = "" } = databaseError(error) ?? {};
    if (code === "23505") {
      return err({
        type: "UniqueConstraintViolation",
        constraint,
        message: "Another resource has this name or id already.",
      });
    }
    if (code === "23503") {
      return err({
        type: "ForeignKeyViolation",
        constraint,
        message: "A resource that this one refers to does not exist.",
      });
    }
    throw error;
  }
}
