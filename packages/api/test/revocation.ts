// One way to lose access and to get it back, many times over: after each change, the very next request on every process has to
// know. Owns the rounds, and that what is tried is served from the cache; what is taken away how is the tests' business.

import { setImmediate as nextTick } from "node:timers/promises";

import { tenantCache } from "backend-lib/src/multitenancy/cache";
import { tenantEvents } from "backend-lib/src/multitenancy/tenantEvents";
import { expect } from "vitest";

import { type ApiRequest, type Ask } from "./otherProcess";

export interface Revocation {
  /** The request that is granted and refused; asked anew each time, since a key may be another one then. */
  readonly request: () => ApiRequest;
  readonly granted: number;
  readonly refused: number;
  readonly revoke: () => Promise<unknown>;
  /** Undoes it. */
  readonly grant: () => Promise<unknown>;
}

/** How many statements this process ran as the system role during `work`, the cache's own not counted. */
export async function systemQueries(
  work: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const onQuery = ({ workspaceId }: { workspaceId: string | null }) => {
    count += workspaceId === null ? 1 : 0;
  };
  tenantEvents.on("query", onQuery);
  try {
    await work();
    await nextTick();
  } finally {
    tenantEvents.off("query", onQuery);
  }
  return count;
}

/** Asks all processes at once; answers with the statuses. */
async function askAll(
  processes: readonly Ask[],
  { request }: Revocation,
): Promise<number[]> {
  const answers = await Promise.all(processes.map((ask) => ask(request())));
  return answers.map(({ status }) => status);
}

/**
 * Revokes and grants `rounds` times. `processes` begins with this one, where it is seen too that a granted request that comes
 * again asks the database nothing to find out who calls.
 */
export async function revokeAndGrant(
  processes: readonly [Ask, ...Ask[]],
  revocation: Revocation,
  rounds: number,
): Promise<void> {
  const [here] = processes;
  // The connection is opened at the first use, and a test before may have ended it.
  await tenantCache().open();
  await expect
    .poll(() => tenantCache().figures().isListening, { timeout: 20_000 })
    .toBe(true);
  const all = (status: number) => processes.map(() => status);
  for (let round = 0; round < rounds; round += 1) {
    const where = `round ${round}`;
    // The first proves the claim, the second's answer is kept, the third is served from what is kept.
    for (let i = 0; i < 2; i += 1) {
      expect(await askAll(processes, revocation), where).toEqual(
        all(revocation.granted),
      );
    }
    const queries = await systemQueries(async () => {
      const { status } = await here(revocation.request());
      expect(status, where).toBe(revocation.granted);
    });
    expect(queries, `${where}: statements of a request that came again`).toBe(
      0,
    );
    await revocation.revoke();
    expect(await askAll(processes, revocation), where).toEqual(
      all(revocation.refused),
    );
    await revocation.grant();
  }
  expect(await askAll(processes, revocation)).toEqual(all(revocation.granted));
}
