// Asking for held events to be admitted. Owns that a workspace has one such job waiting at most, and the look over all
// workspaces for those where there is room again: a month has begun, a row was deleted, a limit was raised elsewhere.

import { sql } from "drizzle-orm";

import { systemDb, type Transaction } from "../db";
import { currentTenant } from "../multitenancy/tenantContext";
import { addTenantJob } from "../tenantJobs";

/** The task's name in the worker's register. */
export const ADMIT_HELD_EVENTS = "admitHeldEvents";

/** Asks within the transaction, which has locked the queue: so no two ask at once. */
export async function askInTransaction(
  tx: Pick<Transaction, "execute" | "insert">,
  workspaceId: string,
): Promise<void> {
  const { rows } = await tx.execute(sql`
    SELECT 1 FROM public."TenantJob"
     WHERE "workspaceId" = ${workspaceId}::uuid AND "task" = ${ADMIT_HELD_EVENTS} AND "state" = 'Waiting'
       AND "leaseId" IS NULL LIMIT 1`);
  if (rows.length === 0) {
    const tenant = currentTenant();
    await addTenantJob(
      {
        task: ADMIT_HELD_EVENTS,
        workspaceId,
        actor: { type: "worker", id: "heldEvents" },
        requestId: tenant?.requestId ?? "heldEvents",
        input: {},
      },
      { tx },
    );
  }
}

/**
 * Asks for every Active workspace of which an event waits for something that there is room for; resolves to how many. Acts
 * across workspaces.
 */
export async function askWhereThereIsRoom(): Promise<number> {
  const { rowCount } = await systemDb().execute(sql`
    INSERT INTO public."TenantJob" ("workspaceId", "task", "actor", "requestId", "input")
    SELECT f."workspaceId", ${ADMIT_HELD_EVENTS}, '{"type": "worker", "id": "heldEvents"}', 'heldEvents', '{}'
      FROM public."HeldEventFigures" AS f
      JOIN public."Workspace" AS w ON w."id" = f."workspaceId" AND w."status" = 'Active'
     WHERE f."waiting" > 0
       AND NOT EXISTS (SELECT 1 FROM public."TenantJob" AS j
         WHERE j."workspaceId" = f."workspaceId" AND j."task" = ${ADMIT_HELD_EVENTS} AND j."state" = 'Waiting')
       AND EXISTS (SELECT 1 FROM tenancy.quota_states_of(f."workspaceId") AS s
         WHERE (s."amount" IS NULL OR s."used" < s."amount")
           AND (s."poolAmount" IS NULL OR s."poolUsed" < s."poolAmount")
           AND EXISTS (SELECT 1 FROM public."HeldEvent" AS held
             WHERE held."workspaceId" = f."workspaceId" AND held."resourceType" = s."resourceType"))`);
  return rowCount ?? 0;
}
