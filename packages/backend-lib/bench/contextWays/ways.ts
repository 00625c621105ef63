// The ways to read a workspace's segments under row-level security, and the same reads without it. Owns what each sends and
// awaits; which round they run in and what is made of the times is ../contextWays.ts's business.

import { randomBytes } from "node:crypto";

import { and, asc, eq, sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { jsonb, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import pg from "pg";

import { type SealKey } from "../../src/config/sealKey";
import { TenantConnectionPool } from "../../src/multitenancy/connectionPool";
import { createSealer } from "../../src/multitenancy/contextSeal";
import {
  currentTenant,
  runWithTenant,
  type TenantContext,
} from "../../src/multitenancy/tenantContext";

export const WAYS = {
  noRls: "no row-level security, node-postgres",
  noRlsDrizzle: "no row-level security, Drizzle",
  fourTrips: "BEGIN, set_config, query, COMMIT, each awaited",
  drizzleTransaction: "Drizzle transaction with set_config",
  pipeline: "the same four, pipelined by node-postgres",
  fused: "ours: TenantConnectionPool",
  fusedDrizzle: "ours: Drizzle over it, as db() does",
  fusedSealed: "ours: TenantConnectionPool, sealed context",
} as const;

export type Way = keyof typeof WAYS;

/** Without row-level security, otherwise the same table with the same rows. */
export const PLAIN_TABLE = "SegmentWithoutPolicy";

/** The same again, with its policy in the sealed dialect. */
export const SEALED_TABLE = "SegmentSealed";

/** Of the sealed context; the database is told of it. */
export const SEAL_KEY: SealKey = { id: "benchmark", bytes: randomBytes(32) };

/** Segments of each workspace; the list read shows all of them. */
export const SEGMENTS = 20;

export const READS = {
  list: `all ${SEGMENTS} segments of a workspace, as GET /api/segments reads them`,
  row: "one segment by its name: about the least that a read can be",
} as const;

export type ReadName = keyof typeof READS;

/** Reads for the workspace and answers how many rows came. */
export type Read = (workspaceId: string) => Promise<number>;

export interface OpenWays {
  readonly reads: Readonly<Record<Way, Record<ReadName, Read>>>;
  close(): Promise<void>;
}

export function segmentName(at: number): string {
  return `Segment ${at}`;
}

const CONTEXT = "select set_config('app.current_workspace_id', $1::text, true)";

const ONE_NAME = segmentName(7);

/** Of the names there are, all that the product's list shows. */
const COLUMNS = [
  "id",
  "workspaceId",
  "name",
  "definition",
  "resourceType",
  "status",
  "subscriptionGroupId",
  "createdAt",
  "updatedAt",
  "definitionUpdatedAt",
];

function textOf(read: ReadName, table: string): string {
  const rest = {
    list: `order by "createdAt" asc, "id" asc`,
    row: `and "name" = '${ONE_NAME}'`,
  };
  const columns = COLUMNS.map((name) => `"${name}"`).join(", ");
  return `select ${columns} from "${table}" where "workspaceId" = $1 ${rest[read]}`;
}

function segmentTable(name: string) {
  return pgTable(name, {
    id: uuid().notNull(),
    workspaceId: uuid().notNull(),
    name: text().notNull(),
    definition: jsonb().notNull(),
    resourceType: text().notNull(),
    status: text().notNull(),
    subscriptionGroupId: uuid(),
    createdAt: timestamp({ precision: 3 }).notNull(),
    updatedAt: timestamp({ precision: 3 }).notNull(),
    definitionUpdatedAt: timestamp({ precision: 3 }).notNull(),
  });
}

const bound = segmentTable("Segment");
const plain = segmentTable(PLAIN_TABLE);

async function byDrizzle(
  database: Pick<NodePgDatabase, "select">,
  table: typeof bound,
  read: ReadName,
  workspaceId: string,
): Promise<number> {
  const own = eq(table.workspaceId, workspaceId);
  const all = database.select().from(table);
  const rows = await (read === "list"
    ? all.where(own).orderBy(asc(table.createdAt), asc(table.id))
    : all.where(and(own, eq(table.name, ONE_NAME))));
  return rows.length;
}

function contextOf(workspaceId: string): TenantContext {
  return {
    workspaceId,
    actor: { type: "admin", id: "benchmark" },
    requestId: workspaceId,
  };
}

type Work = (
  client: pg.PoolClient,
  read: ReadName,
  workspaceId: string,
) => Promise<number>;

const fourTrips: Work = async (client, read, workspaceId) => {
  await client.query("begin");
  await client.query(CONTEXT, [workspaceId]);
  const { rows } = await client.query(textOf(read, "Segment"), [workspaceId]);
  await client.query("commit");
  return rows.length;
};

const allAtOnce: Work = async (client, read, workspaceId) => {
  const [, , { rows }] = await Promise.all([
    client.query("begin"),
    client.query(CONTEXT, [workspaceId]),
    client.query(textOf(read, "Segment"), [workspaceId]),
    client.query("commit"),
  ]);
  return rows.length;
};

async function lend(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<number>,
): Promise<number> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

function drizzleTransaction(
  database: NodePgDatabase,
  read: ReadName,
  workspaceId: string,
): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('app.current_workspace_id', ${workspaceId}, true)`,
    );
    return byDrizzle(tx, bound, read, workspaceId);
  });
}

async function byPool(
  pool: pg.Pool,
  statement: string,
  workspaceId: string,
): Promise<number> {
  return (await pool.query(statement, [workspaceId])).rows.length;
}

/** As db.ts makes it. */
function openOurs(
  options: pg.PoolConfig,
  seal?: (workspaceId: string) => string,
): TenantConnectionPool {
  return new TenantConnectionPool({
    ...options,
    seal,
    role: "dittofeed_app",
    statementTimeoutMs: 30_000,
    fairness: {},
    unitOfWork: () => ({
      workspaceId: currentTenant()?.workspaceId ?? null,
      context: currentTenant(),
    }),
  });
}

/** Opens every way over pools of `connections`. `url` is the app's login: bound by the policies of `"Segment"`. */
export function openWays(url: string, connections: number): OpenWays {
  // No way is to open its connections anew because the others took long.
  const options = {
    connectionString: url,
    max: connections,
    idleTimeoutMillis: 0,
  };
  const usual = new pg.Pool(options);
  const pipelined = new pg.Pool({ ...options, pipeline: true });
  const ours = openOurs(options);
  const sealed = openOurs(options, createSealer(SEAL_KEY));
  const usualDrizzle = drizzle(usual);
  const oursDrizzle = drizzle(ours);

  const each = (
    run: (read: ReadName, workspaceId: string) => Promise<number>,
  ): Record<ReadName, Read> => ({
    list: (workspaceId) => run("list", workspaceId),
    row: (workspaceId) => run("row", workspaceId),
  });

  return {
    reads: {
      noRls: each((read, id) => byPool(usual, textOf(read, PLAIN_TABLE), id)),
      noRlsDrizzle: each((read, id) =>
        byDrizzle(usualDrizzle, plain, read, id),
      ),
      fourTrips: each((read, id) =>
        lend(usual, (client) => fourTrips(client, read, id)),
      ),
      drizzleTransaction: each((read, id) =>
        drizzleTransaction(usualDrizzle, read, id),
      ),
      pipeline: each((read, id) =>
        lend(pipelined, (client) => allAtOnce(client, read, id)),
      ),
      fused: each((read, id) =>
        runWithTenant(contextOf(id), () =>
          byPool(ours, textOf(read, "Segment"), id),
        ),
      ),
      fusedDrizzle: each((read, id) =>
        runWithTenant(contextOf(id), () =>
          byDrizzle(oursDrizzle, bound, read, id),
        ),
      ),
      fusedSealed: each((read, id) =>
        runWithTenant(contextOf(id), () =>
          byPool(sealed, textOf(read, SEALED_TABLE), id),
        ),
      ),
    },
    async close() {
      await Promise.all(
        [usual, pipelined, ours, sealed].map((pool) => pool.end()),
      );
    },
  };
}
