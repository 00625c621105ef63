// What the host does for quotas by itself: what time brings about, notes of usage, and recounting. Owns the calls; how it is done
// is in migration 013.

import { sql } from "drizzle-orm";
import { isUuid } from "isomorphic-lib/src/formats";
import {
  QUOTA_RESOURCE_NAMES,
  type QuotaResource,
} from "isomorphic-lib/src/quotaResources";
import { unwrap } from "isomorphic-lib/src/resultHandling/resultUtils";
import {
  type QuotaScope,
  type WorkspaceNotFound,
} from "isomorphic-lib/src/types";
import { err, ok, type Result } from "neverthrow";

import { retrying } from "../../db";
import { asHost, fromAbove } from "./fromAbove";
import { workspaceNotFound } from "./quotaError";
import { toAmount } from "./states";

/** What a counter said, and what it has to say, which it says now. `pool`: of what a parent's children share. */
export interface QuotaDrift {
  readonly resourceType: QuotaResource;
  readonly scope: QuotaScope;
  readonly recorded: number;
  readonly counted: number;
}

/**
 * Recounts each counter of a workspace under its lock, one transaction a counter, and mends it; those of the pools that its
 * children share as well. Expected is that all were right. Err WorkspaceNotFound.
 */
export async function reconcileWorkspaceQuota(
  workspaceId: string,
): Promise<Result<QuotaDrift[], WorkspaceNotFound>> {
  if (!isUuid(workspaceId)) {
    return err(workspaceNotFound());
  }
  const counters: QuotaDrift[] = [];
  for (const resource of QUOTA_RESOURCE_NAMES) {
    const own = await reconcile(workspaceId, resource, "workspace");
    if (own === undefined) {
      return err(workspaceNotFound());
    }
    const pool = await reconcile(workspaceId, resource, "pool");
    counters.push(own, ...(pool === undefined ? [] : [pool]));
  }
  return ok(counters);
}

const RECONCILE = {
  workspace: (workspaceId: string, resource: QuotaResource) =>
    sql`tenancy.quota_reconcile(${workspaceId}::uuid, ${resource}::text)`,
  pool: (workspaceId: string, resource: QuotaResource) =>
    sql`tenancy.quota_reconcile_pool(${workspaceId}::uuid, ${resource}::text)`,
} as const satisfies Record<QuotaScope, unknown>;

/** Undefined: there is no such counter. */
async function reconcile(
  workspaceId: string,
  resourceType: QuotaResource,
  scope: QuotaScope,
): Promise<QuotaDrift | undefined> {
  const recount = await fromAbove<QuotaDrift | undefined, never>(
    workspaceId,
    async (tx) => {
      const { rows } = await tx.execute<{ recorded: string; counted: string }>(
        sql`SELECT "recorded", "counted" FROM ${RECONCILE[scope](workspaceId, resourceType)}`,
      );
      const [row] = rows;
      return ok(
        row && {
          resourceType,
          scope,
          recorded: toAmount(row.recorded),
          counted: toAmount(row.counted),
        },
      );
    },
  );
  return unwrap(recount);
}

/** Gives back what reservations hold whose time is over, and closes crossings that were left behind; answers how many. */
export async function keepUpQuotas(): Promise<{
  readonly expired: number;
  readonly resolved: number;
}> {
  const { rows } = await retrying(() =>
    asHost().execute<{ expired: string; resolved: string }>(
      sql`SELECT "expired", "resolved" FROM tenancy.quota_upkeep()`,
    ),
  );
  return {
    expired: toAmount(rows[0]?.expired ?? "0"),
    resolved: toAmount(rows[0]?.resolved ?? "0"),
  };
}

/** Notes the usage of every workspace where it is not as it was last noted; answers of how many counters. */
export async function sampleUsage(): Promise<number> {
  const { rows } = await retrying(() =>
    asHost().execute<{ noted: string }>(
      sql`SELECT tenancy.quota_sample() AS "noted"`,
    ),
  );
  return toAmount(rows[0]?.noted ?? "0");
}

/** Somewhat longer than simulations look back, and than an idempotency key is of use. */
const KEPT_DAYS = 100;

/**
 * Deletes what nobody asks for any more, of every workspace: notes of usage older than 100 days, but for the last of them, which
 * says how things stood after it; and as old reservations that have ended, unless their month is still counted.
 */
export async function forgetQuotaRecords(): Promise<{
  readonly samples: number;
  readonly reservations: number;
}> {
  const before = sql`now() - make_interval(days => ${KEPT_DAYS}::integer)`;
  const samples = await asHost().execute(sql`
    DELETE FROM public."WorkspaceUsageSample" AS s
     WHERE s."hour" < ${before} AND EXISTS (
       SELECT 1 FROM public."WorkspaceUsageSample" AS later
        WHERE later."workspaceId" = s."workspaceId" AND later."resourceType" = s."resourceType"
          AND later."period" = s."period" AND later."hour" > s."hour" AND later."hour" < ${before})`);
  const reservations = await asHost().execute(sql`
    DELETE FROM public."QuotaReservation" AS r
     WHERE r."state" <> 'Open' AND r."finishedAt" < ${before} AND r."period" < tenancy.month_of(tenancy.quota_now())`);
  return {
    samples: samples.rowCount ?? 0,
    reservations: reservations.rowCount ?? 0,
  };
}
