// How a workspace's resources stand: limits in force, whose they are, what is used. Owns the reading of it, as the workspace
// itself or from above, and the arithmetic of room; deciding is the database's.

import { eq, type SQL, sql } from "drizzle-orm";
import {
  isQuotaResource,
  QUOTA_RESOURCE_NAMES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import { schemaValidate } from "isomorphic-lib/src/resultHandling/schemaValidation";
import {
  type QuotaExceeded,
  QuotaSource,
  type QuotaState,
  type QuotaUsage,
  type WorkspaceNotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { type Database } from "../../db";
import { workspace } from "../../db/schema";
import { quotaExceeded, resetsAt, workspaceNotFound } from "./quotaError";

/** What reads: db(), or a transaction. */
export type Reader = Pick<Database, "execute" | "select">;

/** In whose name: the workspace's own, in its context; or from above, with the system role. */
export type Authority = "own" | "above";

export interface QuotaStanding {
  readonly resourceType: QuotaResource;
  /** null: what exists now. */
  readonly period: string | null;
  readonly used: number;
  readonly limit: number | null;
  readonly source: QuotaSource;
  readonly pool: {
    readonly limit: number | null;
    readonly used: number;
  } | null;
}
export type QuotaStandings = ReadonlyMap<QuotaResource, QuotaStanding>;

const HELD_LAST: readonly QuotaResource[] = ["storage", "events"];

/** The order in which what takes several counters takes them, as the database's statements do: so nobody waits in a ring. */
export const COUNTER_ORDER: readonly QuotaResource[] = [
  ...QUOTA_RESOURCE_NAMES.filter((name) => !HELD_LAST.includes(name)).sort(),
  ...HELD_LAST,
];

/** A bigint as the driver gives it. Throws when it is beyond what a number holds. */
export function toAmount(text: string): number;
export function toAmount(text: string | null): number | null;
export function toAmount(text: string | null): number | null {
  if (text === null) {
    return null;
  }
  const amount = Number(text);
  if (!Number.isSafeInteger(amount)) {
    throw new RangeError("An amount of a quota is beyond 2^53.");
  }
  return amount;
}

interface StateRow extends Record<string, unknown> {
  readonly resourceType: string;
  readonly period: string | null;
  readonly used: string;
  readonly amount: string | null;
  readonly source: string;
  readonly hasPool: boolean;
  readonly poolAmount: string | null;
  readonly poolUsed: string | null;
}

/** What reservations hold whose time is over is free: the database gives it back when somebody needs it. */
const statesQuery = (workspaceId: string, states: SQL) => sql`
  SELECT s."resourceType", nullif(s."period", '-infinity')::text AS "period", s."amount", s."source",
         s."hasPool", s."poolAmount", s."poolUsed",
         greatest(s."used" - coalesce((
           SELECT sum(r."granted") FROM public."QuotaReservation" AS r
            WHERE r."workspaceId" = ${workspaceId} AND r."resourceType" = s."resourceType"
              AND r."period" = s."period" AND r."state" = 'Open' AND r."expiresAt" <= now()), 0), 0)::bigint AS "used"
    FROM ${states} AS s`;

function toSource(text: string): QuotaSource {
  const source = schemaValidate(text, QuotaSource);
  if (source.isErr()) {
    throw new Error("The database names a source of limits that is not known.");
  }
  return source.value;
}

function toStanding(row: StateRow, resourceType: QuotaResource): QuotaStanding {
  return {
    resourceType,
    period: row.period,
    used: toAmount(row.used),
    limit: toAmount(row.amount),
    source: toSource(row.source),
    pool: row.hasPool
      ? { limit: toAmount(row.poolAmount), used: toAmount(row.poolUsed) ?? 0 }
      : null,
  };
}

/** How all resources of the workspace stand. Err WorkspaceNotFound also for one that the reader may not see. */
export async function readStandings(
  reader: Reader,
  workspaceId: string,
  authority: Authority,
): Promise<Result<QuotaStandings, WorkspaceNotFound>> {
  const [found] = await reader
    .select({ id: workspace.id })
    .from(workspace)
    .where(eq(workspace.id, workspaceId));
  if (found === undefined) {
    return err(workspaceNotFound());
  }
  const { rows } = await reader.execute<StateRow>(
    statesQuery(
      workspaceId,
      authority === "own"
        ? sql`tenancy.quota_states()`
        : sql`tenancy.quota_states_of(${workspaceId})`,
    ),
  );
  return ok(
    new Map(
      rows.flatMap((row) =>
        isQuotaResource(row.resourceType)
          ? [[row.resourceType, toStanding(row, row.resourceType)] as const]
          : [],
      ),
    ),
  );
}

/** One of them. Throws when the database has not been told of the resource, as every start does. */
export function standingOf(
  standings: QuotaStandings,
  resource: QuotaResource,
): QuotaStanding {
  const standing = standings.get(resource);
  if (standing === undefined) {
    throw new Error(
      `The database does not know the resource ${resource} yet: start a process of this release.`,
    );
  }
  return standing;
}

const WARNING_FRACTION = 0.8;

function left({ limit, used }: { limit: number | null; used: number }) {
  return limit === null ? null : Math.max(0, limit - used);
}

/** How much more there is room for, in the pool as well; null: no end. */
export function remainingOf(standing: QuotaStanding): number | null {
  const own = left(standing);
  const shared = standing.pool === null ? null : left(standing.pool);
  return own === null || shared === null
    ? (own ?? shared)
    : Math.min(own, shared);
}

function fractionOf({ limit, used }: QuotaStanding): number | null {
  if (limit === null) {
    return null;
  }
  return limit === 0 ? 1 : used / limit;
}

function stateOf(standing: QuotaStanding): QuotaState {
  if (remainingOf(standing) === 0) {
    return "exceeded";
  }
  return (fractionOf(standing) ?? 0) >= WARNING_FRACTION ? "warning" : "ok";
}

export function toQuotaUsage(standing: QuotaStanding): QuotaUsage {
  const { resourceType, used, limit, period, pool } = standing;
  return {
    resourceType,
    used,
    limit,
    remaining: remainingOf(standing),
    fraction: fractionOf(standing),
    state: stateOf(standing),
    period,
    resetsAt: resetsAt(period),
    ...(pool === null ? {} : { pool }),
  };
}

/** All resources, in the order of the registry. */
export function toQuotaUsages(standings: QuotaStandings): QuotaUsage[] {
  return QUOTA_RESOURCE_NAMES.map((resource) =>
    toQuotaUsage(standingOf(standings, resource)),
  );
}

/** What would be said to somebody who wants `requested` more; undefined: that there is room. */
export function refusalOf(
  { resourceType, period, used, limit, pool }: QuotaStanding,
  requested: number,
): QuotaExceeded | undefined {
  const bounds = [
    { scope: "workspace", used, limit },
    ...(pool === null ? [] : [{ scope: "pool", ...pool } as const]),
  ] as const;
  for (const bound of bounds) {
    if (bound.limit !== null && bound.used + requested > bound.limit) {
      return quotaExceeded({
        resourceType,
        currentUsage: bound.used,
        limit: bound.limit,
        requested,
        period,
        scope: bound.scope,
      });
    }
  }
  return undefined;
}
