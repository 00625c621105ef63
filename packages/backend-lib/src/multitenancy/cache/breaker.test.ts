import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Breaker } from "./breaker";

const LONG_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A breaker before a server that answers probes as it is told, one after the other. */
function breakerBefore() {
  const probes: ((isAnswered: boolean) => void)[] = [];
  let opened = 0;
  const breaker = new Breaker({
    probe: () =>
      new Promise((resolve) => {
        probes.push(resolve);
      }),
    onOpen: () => {
      opened += 1;
    },
  });
  const answer = async (isAnswered: boolean) => {
    probes.at(-1)?.(isAnswered);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { breaker, probes, answer, opened: () => opened };
}

describe("Breaker", () => {
  it("opens once however many report the silence, and closes by a probe that is answered", async () => {
    const { breaker, probes, answer, opened } = breakerBefore();
    expect(breaker.state).toBe("closed");
    breaker.trip();
    breaker.trip();
    expect(breaker.state).toBe("open");
    expect(opened()).toBe(1);
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(breaker.state).toBe("halfOpen");
    await answer(true);
    expect(breaker.state).toBe("closed");
    expect(probes).toHaveLength(1);
  });

  it("has one probe under way at a time", async () => {
    const { breaker, probes, answer } = breakerBefore();
    breaker.trip();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    breaker.retry();
    breaker.trip();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(probes).toHaveLength(1);
    await answer(false);
    expect(breaker.state).toBe("open");
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(probes).toHaveLength(2);
  });

  it("probes less and less often a server that stays away, but never stops", async () => {
    const { breaker, probes, answer } = breakerBefore();
    breaker.trip();
    for (let probe = 1; probe <= 20; probe++) {
      await vi.advanceTimersByTimeAsync(3_000);
      expect(probes).toHaveLength(probe);
      await answer(false);
    }
    await vi.advanceTimersByTimeAsync(1_500); // its pause is longer by now than the first
    expect(probes).toHaveLength(20);
  });

  it("probes at once when there is reason to hope", async () => {
    const { breaker, probes, answer } = breakerBefore();
    breaker.trip();
    breaker.retry();
    expect(probes).toHaveLength(1);
    await answer(true);
    expect(breaker.isClosed).toBe(true);
    breaker.retry();
    expect(probes).toHaveLength(1);
  });

  it("rests, longer each time, when a server answers probes and nothing else", async () => {
    const { breaker, probes, answer } = breakerBefore();
    const flap = async () => {
      breaker.trip();
      breaker.retry();
      const begunAt = performance.now();
      const before = probes.length;
      while (probes.length === before) {
        await vi.advanceTimersByTimeAsync(10);
      }
      await answer(true);
      return performance.now() - begunAt;
    };
    breaker.trip();
    breaker.retry();
    await answer(true);
    const rests: number[] = [];
    for (let time = 0; time < 5; time++) {
      rests.push(await flap());
    }
    expect(rests).toEqual([...rests].sort((a, b) => a - b));
    expect(rests.at(-1)).toBeGreaterThan(1_000);
  });

  it("probes no more once stopped", async () => {
    const { breaker, probes } = breakerBefore();
    breaker.trip();
    breaker.stop();
    breaker.retry();
    await vi.advanceTimersByTimeAsync(LONG_MS);
    expect(probes).toHaveLength(0);
  });
});
