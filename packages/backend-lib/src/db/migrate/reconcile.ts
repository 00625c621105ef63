// Brings the tenants' policies to one dialect after the files have run. Owns the changing, a short transaction for each
// table; what each policy should say belongs to ../policies.ts, finding the differences to ../policyState.ts.

import type pg from "pg";

import {
  changePolicySql,
  type PolicyDialect,
  policySql,
  registeredTables,
} from "../policies";
import { type currentDialect, policyDrift } from "../policyState";
import { installSealKeys, type PolicySettings } from "../sealKeys";
import { inOneTransaction, type Log, patiently } from "./running";

/**
 * Turns every policy that is not that of `dialect` into it. A policy is changed in place, so a table is never without one;
 * a table in use is tried again. Broken off in the middle it leaves some tables in either dialect, all of them closed to
 * strangers; running it again goes on. Resolves to how many it changed.
 */
async function reconcilePolicies(
  client: pg.Client,
  dialect: PolicyDialect,
  log?: Log,
): Promise<number> {
  const entries = new Map(registeredTables());
  const drift = await policyDrift(client, dialect);
  for (const { relation, table, condition, reason } of drift) {
    const entry = entries.get(table);
    await patiently(
      () =>
        inOneTransaction(client, async () => {
          await client.query(
            reason === "missing" && entry !== undefined
              ? policySql(table, entry, { dialect, relation })
              : changePolicySql(relation, condition),
          );
        }),
      log,
    );
  }
  if (drift.length > 0) {
    log?.(
      `policies: ${drift.length} tables and partitions are now in the ${dialect} dialect`,
    );
  }
  return drift.length;
}

async function takeKeys(
  client: pg.Client,
  { sealKeys }: PolicySettings,
  log?: Log,
): Promise<void> {
  if (sealKeys.length === 0) {
    return;
  }
  await inOneTransaction(client, async () => {
    const { added, retired } = await installSealKeys(client, sealKeys);
    added.forEach((id) => log?.(`sealed context: key ${id} is accepted now`));
    retired.forEach((id) => log?.(`sealed context: key ${id} is retired`));
  });
}

/**
 * Keys first, then the policies, so that no seal meets a policy before its key. Without a wish in `settings` a database
 * that is sealed or Citus's stays so, also in the tables that this run added; a plain one is not looked at.
 */
export async function settlePolicies(
  client: pg.Client,
  settings: PolicySettings,
  before: Awaited<ReturnType<typeof currentDialect>>,
  log?: Log,
): Promise<void> {
  await takeKeys(client, settings, log);
  const kept = before === "sealed" || before === "citus" ? before : undefined;
  const wanted = settings.dialect ?? kept;
  if (wanted !== undefined) {
    await reconcilePolicies(client, wanted, log);
  }
}
