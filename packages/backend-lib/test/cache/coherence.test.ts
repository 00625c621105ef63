// The cache is coherent under kills, pauses and outages: the short form of `yarn test:cache`. And the checker can fail: ways of breaking
// the cache are noticed, each by wrong reads.

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { checkCache, openWorld, type World } from "./check";
import { SABOTAGES } from "./sabotage";

const MINUTE = 60_000;
/** Those that show within a second or two; all are tried by `yarn test:cache --sabotage all`. */
const QUICK = SABOTAGES.filter(({ name }) =>
  [
    "a read takes no turn",
    "values are kept with stamps that no change ends",
    "Redis keeps values without their generations",
    "the first tier mixes workspaces",
    "a change does not raise the generation",
  ].includes(name),
);

describe("the cache under stress", () => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld("one");
  }, MINUTE);

  afterAll(async () => {
    await world.stop();
  });

  it(
    "never serves what is stale, was never committed or is another workspace's",
    { timeout: 3 * MINUTE },
    async () => {
      const { stale, impossible, wrongAtRest, examples, ...result } =
        await checkCache(world, { reads: 15_000, seed: 1, processes: 3 });
      expect({ stale, impossible, wrongAtRest, examples }).toEqual({
        stale: 0,
        impossible: 0,
        wrongAtRest: 0,
        examples: [],
      });
      expect(result.told).toBeGreaterThan(100);
      expect(result.figures.process).toBeGreaterThan(1_000); // it is a cache that is checked
      expect(result.figures.redis).toBeGreaterThan(0);
      expect(result.mishaps.size).toBeGreaterThan(2);
    },
  );

  it.each(QUICK)(
    "it is noticed when $name",
    { timeout: 3 * MINUTE },
    async (sabotage) => {
      const { stale, impossible, wrongAtRest, examples } = await checkCache(
        world,
        {
          reads: 200_000,
          seed: 1,
          processes: 3,
          isDisturbed: false,
          sabotage,
          stopsAtFirst: true,
        },
      );
      expect(stale + impossible + wrongAtRest).toBeGreaterThan(0);
      // Not for a reason of its own, such as a process that could not start.
      expect(examples[0]).toMatch(
        /^(stale|at rest|unknown) |was answered with/,
      );
    },
  );
});
