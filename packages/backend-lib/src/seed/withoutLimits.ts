// The demo is made whole however low the default quotas are. Owns lifting the limits of a workspace while it is filled; after that
// those hold, and what is above them stays.

import { eq } from "drizzle-orm";
import { QUOTA_RESOURCE_NAMES } from "isomorphic-lib/src/quotaResources";

import { type Transaction } from "../db";
import { quotaChange, workspaceQuota } from "../db/schema";

/** Runs `fill` in the new workspace, of which nobody else knows until the transaction commits. */
export async function withoutLimits<T>(
  tx: Transaction,
  workspaceId: string,
  fill: () => Promise<T>,
): Promise<T> {
  await tx.insert(workspaceQuota).values(
    QUOTA_RESOURCE_NAMES.map((resourceType) => ({
      workspaceId,
      resourceType,
      layer: "limit" as const,
      amount: null,
    })),
  );
  const filled = await fill();
  await tx
    .delete(workspaceQuota)
    .where(eq(workspaceQuota.workspaceId, workspaceId));
  // Nobody has changed a limit.
  await tx.delete(quotaChange).where(eq(quotaChange.workspaceId, workspaceId));
  return filled;
}
