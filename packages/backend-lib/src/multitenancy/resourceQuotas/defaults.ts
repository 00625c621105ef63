// What holds where nobody set a limit, in the database that decides. Owns bringing its table up to the registry and to
// DEFAULT_WORKSPACE_QUOTAS, at every start of a process.

import { sql } from "drizzle-orm";
import { QUOTA_RESOURCES } from "isomorphic-lib/src/quotaResources";
import { type SetQuotaLimits } from "isomorphic-lib/src/types";

import { config } from "../../config";
import { parseDefaultQuotas } from "../../config/defaultQuotas";
import { retrying } from "../../db";
import { quotaDefault } from "../../db/schema";
import { logger } from "../../logger";
import { asHost } from "./fromAbove";
import { COUNTER_ORDER } from "./states";

/**
 * Writes the default limits: those that differ, and those of resources the database does not know. Holds for all from its commit
 * on; of several processes at once each waits for the other, and the last one's word holds. Resolves to what changed.
 */
export async function writeQuotaDefaults(
  limits: SetQuotaLimits,
): Promise<string[]> {
  const rows = COUNTER_ORDER.map((resourceType) => ({
    resourceType,
    isMonthly: QUOTA_RESOURCES[resourceType].kind === "monthly",
    amount: limits[QUOTA_RESOURCES[resourceType].field] ?? null,
  }));
  const written = await retrying(() =>
    asHost()
      .insert(quotaDefault)
      .values(rows)
      .onConflictDoUpdate({
        target: quotaDefault.resourceType,
        set: { amount: sql`excluded."amount"`, updatedAt: sql`now()` },
        setWhere: sql`${quotaDefault.amount} IS DISTINCT FROM excluded."amount"`,
      })
      .returning({ resourceType: quotaDefault.resourceType }),
  );
  return written.map(({ resourceType }) => resourceType);
}

/** As configured. A database that cannot be written to keeps the defaults it has: that is logged, and nothing else stops. */
export async function applyDefaultQuotas(): Promise<void> {
  const limits = parseDefaultQuotas(config());
  if (limits.isErr()) {
    throw new Error(limits.error.join("; ")); // config() has refused it
  }
  try {
    const changed = await writeQuotaDefaults(limits.value);
    if (changed.length > 0) {
      logger().info({ changed }, "default quotas have changed");
    }
  } catch (error) {
    logger().error(
      { err: error },
      "the default quotas could not be written: those that the database has go on to hold",
    );
  }
}
