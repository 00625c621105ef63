import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { simulateLimit, type UsageSample, withNow } from "./simulation";

const HOUR_MS = 3_600_000;
const START = Date.UTC(2027, 0, 10);
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const sample = (
  hours: number,
  used: number,
  peak = used,
  period: string | null = null,
): UsageSample => ({ resource: "users", hour: at(hours), period, used, peak });

const over = (limit: number | null, samples: UsageSample[], end = 100) =>
  simulateLimit("users", limit, samples, { from: at(0), to: at(end) });

describe("simulateLimit", () => {
  it("finds nothing where usage stayed at or below the limit", () => {
    expect(over(5, [sample(0, 3), sample(4, 5)])).toEqual({
      resourceType: "users",
      limit: 5,
      samples: 2,
      peak: 5,
      wouldHaveRefused: false,
      firstRefusedAt: null,
      mostOver: 0,
      overruns: [],
    });
    expect(over(null, [sample(0, 3)]).wouldHaveRefused).toBe(false);
    expect(over(0, []).wouldHaveRefused).toBe(false);
  });

  it("spans the time from the first hour above the limit to the one in which it fell", () => {
    const found = over(5, [
      sample(1, 4),
      sample(3, 8),
      sample(5, 7, 9),
      sample(8, 2, 9),
      sample(20, 6),
    ]);
    expect(found.overruns).toEqual([
      {
        from: at(3).toISOString(),
        to: at(9).toISOString(), // in the hour of its fall it was still above
        peak: 9,
        over: 4,
      },
      {
        from: at(20).toISOString(),
        to: at(100).toISOString(),
        peak: 6,
        over: 1,
      },
    ]);
    expect(found).toMatchObject({
      wouldHaveRefused: true,
      firstRefusedAt: at(3).toISOString(),
      mostOver: 4,
    });
  });

  it("sees a peak that was over within its hour", () => {
    expect(over(5, [sample(2, 1, 7)]).overruns).toEqual([
      {
        from: at(2).toISOString(),
        to: at(3).toISOString(),
        peak: 7,
        over: 2,
      },
    ]);
  });

  it("begins each month anew and ends it with the month", () => {
    const january = "2027-01-01";
    const february = "2027-02-01";
    const hoursTo = (Date.UTC(2027, 1, 1) - START) / HOUR_MS;
    const found = over(
      10,
      [
        sample(0, 8, 8, january),
        sample(50, 12, 12, january),
        sample(hoursTo + 1, 3, 3, february),
        sample(hoursTo + 9, 15, 15, february),
      ],
      hoursTo + 20,
    );
    expect(found.overruns).toEqual([
      {
        from: at(50).toISOString(),
        to: "2027-02-01T00:00:00.000Z",
        peak: 12,
        over: 2,
      },
      {
        from: at(hoursTo + 9).toISOString(),
        to: at(hoursTo + 20).toISOString(),
        peak: 15,
        over: 5,
      },
    ]);
  });

  it("answers for any course of usage what counting hour by hour answers", () => {
    const course = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 5 }),
        used: fc.integer({ min: 0, max: 9 }),
        extra: fc.integer({ min: 0, max: 4 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(course, fc.integer({ min: 0, max: 12 }), (steps, limit) => {
        let hour = 0;
        const samples = steps.map(({ gap, used, extra }) => {
          hour += gap;
          return sample(hour, used, used + extra);
        });
        const END = 80;
        const hours = Array.from({ length: END }, (_, index) => {
          const last = samples.findLast(
            (each) => each.hour.getTime() <= at(index).getTime(),
          );
          if (last === undefined) return 0;
          return last.hour.getTime() === at(index).getTime()
            ? last.peak
            : last.used;
        });
        const found = over(limit, samples, END);
        const covered = hours.map((_, index) =>
          found.overruns.some(
            ({ from, to }) =>
              Date.parse(from) <= at(index).getTime() &&
              at(index).getTime() < Date.parse(to),
          ),
        );
        expect(covered).toEqual(hours.map((value) => value > limit));
        expect(found.mostOver).toBe(
          Math.max(0, ...hours.map((value) => value - limit)),
        );
      }),
    );
  });
});

describe("withNow", () => {
  const standing = (used: number, period: string | null = null) => ({
    resourceType: "users" as const,
    period,
    used,
  });

  it("adds what is not noted yet, in the hour of now", () => {
    const noted = [sample(1, 4)];
    expect(withNow(noted, standing(9), at(5.5))).toEqual([
      ...noted,
      sample(5, 9),
    ]);
    expect(withNow([], standing(9), at(5.5))).toEqual([sample(5, 9)]);
  });

  it("adds nothing when nothing has changed since the last note, or ever", () => {
    const noted = [sample(1, 4, 6)];
    expect(withNow(noted, standing(4), at(5.5))).toEqual(noted);
    expect(withNow([], standing(0), at(5.5))).toEqual([]);
  });

  it("brings the note of this hour up to date, and keeps its peak", () => {
    const noted = [sample(1, 4), sample(5, 7, 8)];
    expect(withNow(noted, standing(2), at(5.5))).toEqual([
      sample(1, 4),
      sample(5, 2, 8),
    ]);
    expect(withNow(noted, standing(9), at(5.5))[1]).toEqual(sample(5, 9));
  });

  it("does not take last month's note for one of this month", () => {
    const noted = [sample(1, 4, 4, "2027-01-01")];
    expect(withNow(noted, standing(4, "2027-02-01"), at(5.5))).toEqual([
      ...noted,
      sample(5, 4, 4, "2027-02-01"),
    ]);
  });

  it("counts at every moment, the stroke of an hour as well", () => {
    for (const noted of [[], [sample(4, 1)], [sample(5, 1)]]) {
      const samples = withNow(noted, standing(9), at(5));
      expect(over(5, samples, 5)).toMatchObject({
        wouldHaveRefused: true,
        peak: 9,
      });
    }
  });
});
