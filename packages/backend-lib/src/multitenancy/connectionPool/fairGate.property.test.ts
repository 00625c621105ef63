// The gate under random traffic, against what it promises: never over a cap, never idle while somebody may run, nobody
// starved, and the time of the database shared.

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Slot } from "./account";
import { FairGate } from "./fairGate";

interface Running {
  readonly slot: Slot;
  readonly workspace: string;
  readonly endsAt: number;
}

/** A server on a clock of its own: units come by name and cost, run as the gate lets them, and end in their time. */
function simulate(options: { slots: number; share: number; reserve: number }) {
  let now = 0;
  const gate = new FairGate({
    ...options,
    queueTimeoutMs: 2_000_000_000,
    queueMaxPerWorkspace: 1e9,
    queueMax: 1e9,
    now: () => now,
  });
  const running: Running[] = [];
  const usedMs = new Map<string, number>();
  const longestWaitMs = new Map<string, number>();
  const activeOf = (workspace: string) => gate.figures(workspace).active;
  return {
    gate,
    running,
    usedMs,
    longestWaitMs,
    activeOf,
    get now() {
      return now;
    },
    async arrive(workspace: string, costMs: number, onEnd = () => undefined) {
      const since = now;
      const begin = (slot: Slot) => {
        longestWaitMs.set(
          workspace,
          Math.max(longestWaitMs.get(workspace) ?? 0, now - since),
        );
        running.push({ slot, workspace, endsAt: now + costMs });
        usedMs.set(workspace, (usedMs.get(workspace) ?? 0) + costMs);
      };
      const entered = gate.enter(workspace);
      if (entered instanceof Promise) {
        void entered.then(begin).then(onEnd);
      } else {
        begin(entered);
      }
    },
    /** Ends what ends first; false when nothing runs. */
    async step(): Promise<Running | undefined> {
      running.sort((one, other) => one.endsAt - other.endsAt);
      const first = running.shift();
      if (first !== undefined) {
        now = first.endsAt;
        first.slot.leave();
        await Promise.resolve();
        await Promise.resolve();
      }
      return first;
    },
  };
}

const gateOptions = fc
  .record({
    slots: fc.integer({ min: 1, max: 12 }),
    share: fc.integer({ min: 1, max: 12 }),
    reserve: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ slots, share, reserve }) => ({
    slots,
    share: Math.min(share, slots),
    reserve: Math.min(reserve, slots - 1),
  }));

const workspaces = ["a", "b", "c", "d", "e"];
const traffic = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("arrive" as const),
      workspace: fc.constantFrom(...workspaces),
      costMs: fc.integer({ min: 1, max: 200 }),
    }),
    fc.record({ kind: fc.constant("step" as const) }),
  ),
  { maxLength: 300 },
);

describe("the fair gate, whatever comes", () => {
  it("never exceeds its slots or a workspace's, and never idles while somebody may run", async () => {
    await fc.assert(
      fc.asyncProperty(gateOptions, traffic, async (options, events) => {
        const server = simulate(options);
        const { slots, reserve } = options;
        for (const event of events) {
          if (event.kind === "arrive") {
            await server.arrive(event.workspace, event.costMs);
          } else {
            await server.step();
          }
          const active = workspaces.map(server.activeOf);
          const free = slots - active.reduce((sum, each) => sum + each, 0);
          expect(free).toBeGreaterThanOrEqual(0);
          expect(server.running).toHaveLength(slots - free);
          expect(Math.max(...active)).toBeLessThanOrEqual(
            Math.max(1, slots - reserve),
          );
          const waiting = workspaces.filter(
            (workspace) => server.gate.figures(workspace).queued > 0,
          );
          if (free > reserve) {
            expect(waiting).toEqual([]);
          }
          if (free > 0) {
            expect(
              waiting.filter((each) => server.activeOf(each) === 0),
            ).toEqual([]);
          }
        }
        while ((await server.step()) !== undefined);
        expect(server.gate.waiting).toBe(0); // everybody was served
      }),
      { numRuns: 200 },
    );
  });

  it("lets nobody borrow while somebody below their share waits", async () => {
    await fc.assert(
      fc.asyncProperty(gateOptions, traffic, async (options, events) => {
        const server = simulate(options);
        const { share } = options;
        for (const event of events) {
          const before = new Map(
            workspaces.map((each) => [each, server.gate.figures(each)]),
          );
          if (event.kind === "arrive") {
            await server.arrive(event.workspace, event.costMs);
            continue;
          }
          const ended = await server.step();
          const grown = workspaces.filter(
            (each) =>
              server.activeOf(each) >
              (before.get(each)?.active ?? 0) -
                (each === ended?.workspace ? 1 : 0),
          );
          const borrowed = grown.some((each) => server.activeOf(each) > share);
          const passedOver = workspaces.filter((each) => {
            const { active, queued } = server.gate.figures(each);
            return queued > 0 && active < share;
          });
          expect(borrowed && passedOver.length > 0).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("shares the time between workspaces that always want more, whatever their units cost", async () => {
    const cost = fc.integer({ min: 1, max: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cost, { minLength: 1, maxLength: 5 }), {
          minLength: 2,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 8 }),
        async (costs, slots) => {
          const server = simulate({ slots, share: slots, reserve: 0 });
          const begun = costs.map(() => 0);
          const more = async (at: number) => {
            const mix = costs[at] ?? [];
            const nth = begun[at] ?? 0;
            begun[at] = nth + 1;
            await server.arrive(String(at), mix[nth % mix.length] ?? 1);
          };
          for (let at = 0; at < costs.length; at += 1) {
            for (let depth = 0; depth < 2 * slots + 1; depth += 1) {
              await more(at);
            }
          }
          for (let at = 0; at < 1_500; at += 1) {
            const ended = await server.step();
            await more(Number(ended?.workspace));
          }
          const used = costs.map((_, at) => server.usedMs.get(String(at)) ?? 0);
          // Each slot may be out by one unit for each of the two, at either end.
          expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(
            4 * slots * 50,
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it("starves nobody: beside a flood a single unit waits for a slot, not for the flood", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 50 }),
        async (slots, costMs) => {
          const server = simulate({ slots, share: slots, reserve: 0 });
          for (let at = 0; at < 300; at += 1) {
            await server.arrive("flood", costMs);
          }
          for (let at = 0; at < 100; at += 1) {
            if (at % 5 === 0) {
              await server.arrive("quiet", 1);
            }
            await server.step();
            await server.arrive("flood", costMs);
          }
          expect(server.longestWaitMs.get("quiet")).toBeLessThanOrEqual(
            2 * costMs,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
