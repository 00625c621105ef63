import { describe, expect, it } from "vitest";

import { improvement, medianPercent, slowdown } from "./figures";

describe("the figures of the benchmark", () => {
  it("say how much less time it takes, round by round, so that a slow moment of the machine changes nothing", () => {
    const calm = improvement([10, 10, 10], [5, 5, 5]);
    const shaken = improvement([10, 80, 10], [5, 40, 5]);
    expect(calm).toEqual({ percent: 50, iqrPercent: [50, 50] });
    expect(shaken).toEqual(calm);
  });

  it("say it of the median round, with the quartiles around it", () => {
    expect(improvement([10, 10, 10, 10, 10], [1, 2, 5, 8, 20])).toEqual({
      percent: 50,
      iqrPercent: [expect.closeTo(20), expect.closeTo(80)],
    });
  });

  it("are below 0 for what takes longer, and count from 1 for writes", () => {
    expect(improvement([10], [15]).percent).toBeCloseTo(-50);
    expect(slowdown([10], [15])).toBeCloseTo(1.5);
    expect(slowdown([10], [10])).toBe(1);
  });

  it("leave out a round that has no pair", () => {
    expect(improvement([10, 10], [5]).percent).toBe(50);
  });

  it("are one figure in all: the median, what gained nothing included", () => {
    expect(
      medianPercent([
        { percent: 99 },
        { percent: 0 },
        { percent: 98 },
        { percent: -1 },
        { percent: 50 },
      ]),
    ).toBe(50);
  });
});
