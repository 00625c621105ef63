// Quotas hold under concurrency, kills and changing limits: the short form of `yarn test:quotas`. And the stress can fail: each
// way of breaking the counters is told.

import { describe, expect, it } from "vitest";

import { FAULTS } from "./sabotage";
import { stressQuotas } from "./stress";

const MINUTES = 60_000;

describe("quotas under stress", () => {
  it(
    "never go one over, never refuse while there is room, and never drift",
    { timeout: 5 * MINUTES },
    async () => {
      const { violations, done, commits, refusals, killedBackends } =
        await stressQuotas({ operations: 6_000, seed: 1, connections: 64 });
      expect(violations).toEqual([]);
      expect(done).toBeGreaterThan(5_000); // what a killed process had not told of is not counted
      expect(commits).toBeGreaterThan(1_000);
      expect(refusals).toBeGreaterThan(100);
      expect(killedBackends).toBeGreaterThan(0);
    },
  );

  it.each(FAULTS)(
    "tells when $name",
    { timeout: 5 * MINUTES },
    async (fault) => {
      const { violations } = await stressQuotas({
        operations: 3_000,
        seed: 1,
        connections: 32,
        sabotage: fault,
        enough: fault.told,
      });
      expect(violations.some((line) => fault.told.test(line))).toBe(true);
    },
  );
});
