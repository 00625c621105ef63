import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FairGate } from "./fairGate";
import { type FairGateOptions, type Wait } from "./fairness";
import {
  TenantPoolDraining,
  TenantQueueFull,
  TenantQueueTimeout,
} from "./refusals";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Units by name: which were let in, in what order, and a way to end each. */
function gateWith(options: FairGateOptions) {
  const gate = new FairGate(options);
  const order: string[] = [];
  const held = new Map<string, () => void>();
  const refused = new Map<string, unknown>();
  const settled = () => vi.advanceTimersByTimeAsync(0);
  const tryToEnter = async (name: string) => {
    try {
      const slot = await gate.enter(name.slice(0, 1));
      order.push(name);
      held.set(name, () => slot.leave());
    } catch (error) {
      refused.set(name, error);
    }
  };
  /** Units of the workspaces that their first letters name. */
  const enter = async (...names: string[]) => {
    names.forEach((name) => {
      void tryToEnter(name);
    });
    await settled();
  };
  const leave = async (...names: string[]) => {
    names.forEach((name) => held.get(name)?.());
    await settled();
  };
  return { gate, order, refused, enter, leave };
}

describe("the fair gate", () => {
  it("lets in at once, without a promise, while there is room", () => {
    const gate = new FairGate({ slots: 2 });
    expect(gate.enter("a")).not.toBeInstanceOf(Promise);
    expect(gate.enter("b")).not.toBeInstanceOf(Promise);
    expect(gate.enter("c")).toBeInstanceOf(Promise);
  });

  it("serves one workspace's units in the order in which they came", async () => {
    const { enter, leave, order } = gateWith({ slots: 1 });
    await enter("a1", "a2", "a3");
    await leave("a1");
    await leave("a2");
    expect(order).toEqual(["a1", "a2", "a3"]);
  });

  it("serves a newcomer before the rest of a burst that came first", async () => {
    const { enter, leave, order } = gateWith({ slots: 1 });
    await enter("a1", "a2", "a3", "a4");
    await enter("b1");
    await vi.advanceTimersByTimeAsync(10);
    await leave("a1");
    expect(order).toEqual(["a1", "b1"]);
  });

  it("charges a burst before its first unit has ended", async () => {
    const { enter, leave, order } = gateWith({
      slots: 4,
      share: 4,
      reserve: 0,
    });
    await enter("a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2");
    await leave("a1");
    await leave("a2");
    expect(order.slice(4)).toEqual(["b1", "b2"]);
  });

  it("charges by time: one whose units are ten times as long gets a tenth as many", async () => {
    const { enter, leave, order } = gateWith({ slots: 1 });
    const names = Array.from({ length: 60 }, (_, at) => at);
    await enter("z0");
    await enter(...names.flatMap((at) => [`a${at}`, `b${at}`]));
    await leave("z0");
    for (let at = 1; at <= 44; at += 1) {
      const current = order.at(-1) ?? "";
      await vi.advanceTimersByTimeAsync(current.startsWith("a") ? 10 : 1);
      await leave(current);
    }
    const served = order.slice(1, 45);
    expect(served.filter((name) => name.startsWith("a"))).toHaveLength(4);
  });

  it("gives no credit for time in which a workspace wanted nothing", async () => {
    const { enter, leave, order } = gateWith({ slots: 1 });
    await enter("b0");
    await leave("b0");
    // While b is away, a uses the database for a long time.
    for (let at = 0; at < 50; at += 1) {
      await enter(`a${at}`);
      await vi.advanceTimersByTimeAsync(10);
      await leave(`a${at}`);
    }
    await enter("c0", "a-1", "b-1", "a-2", "b-2", "a-3", "b-3");
    for (const name of ["c0", ...Array.from({ length: 6 }, () => "")]) {
      await vi.advanceTimersByTimeAsync(10);
      await leave(name === "" ? (order.at(-1) ?? "") : name);
    }
    const last = order.slice(-6).map((name) => name.slice(0, 1));
    expect(last.slice(0, 2).sort()).toEqual(["a", "b"]);
    expect(last.slice(2, 4).sort()).toEqual(["a", "b"]);
  });

  it("works off a debt although new workspaces keep coming", async () => {
    const { enter, leave, order } = gateWith({ slots: 1, queueTimeoutMs: 1e6 });
    await enter("x0");
    await vi.advanceTimersByTimeAsync(50); // an expensive unit: x is in debt
    await enter("A", "x1");
    await leave("x0");
    for (let at = 1; at < 200 && !order.includes("x1"); at += 1) {
      // Another newcomer waits each time a slot comes free.
      await enter(String.fromCharCode(0x100 + at));
      await vi.advanceTimersByTimeAsync(1);
      await leave(order.at(-1) ?? "");
    }
    expect(order).toContain("x1");
  });

  it("keeps the reserve for workspaces that hold nothing", async () => {
    const { enter, leave, order } = gateWith({
      slots: 4,
      share: 4,
      reserve: 1,
    });
    await enter("a1", "a2", "a3", "a4");
    expect(order).toEqual(["a1", "a2", "a3"]);
    await enter("b1", "b2");
    expect(order).toEqual(["a1", "a2", "a3", "b1"]);
    await leave("b1");
    // b holds nothing any more, so what is left over is for its second unit and not for a's fourth.
    expect(order.slice(4)).toEqual(["b2"]);
  });

  it("lends what is above a workspace's share only while nobody below theirs waits", async () => {
    const { enter, leave, order } = gateWith({
      slots: 4,
      share: 2,
      reserve: 0,
    });
    await enter("a1", "a2", "a3", "a4", "a5", "a6");
    expect(order).toHaveLength(4); // borrowed: nobody else was there
    await enter("b1", "b2", "b3");
    await leave("a1", "a2");
    expect(order.slice(4)).toEqual(["b1", "b2"]);
    await leave("a3");
    // Both would have to borrow or have their share: a holds one of two, b two of two.
    expect(order.slice(6)).toEqual(["a5"]);
  });

  it("serves who is below their share before who is not, however little that one has used", async () => {
    const { enter, leave, order } = gateWith({
      slots: 4,
      share: 2,
      reserve: 0,
    });
    await enter("a1", "a2", "b1", "b2", "a3", "b3");
    await vi.advanceTimersByTimeAsync(100);
    await leave("b1"); // now b is the one that was charged, and holds one of its two
    expect(order.slice(4)).toEqual(["b3"]);
  });

  it("refuses more than may wait, by workspace", async () => {
    const { enter, refused, gate } = gateWith({
      slots: 1,
      queueMaxPerWorkspace: 2,
    });
    await enter("a1", "a2", "a3", "a4", "b1");
    expect([...refused.keys()]).toEqual(["a4"]);
    expect(refused.get("a4")).toBeInstanceOf(TenantQueueFull);
    expect(refused.get("a4")).toMatchObject({ retryAfterSeconds: 1 });
    expect(gate.figures("a")).toMatchObject({ active: 1, queued: 2 });
  });

  it("leaves every workspace one place to wait when the whole queue is full", async () => {
    const { enter, refused, gate } = gateWith({ slots: 1, queueMax: 2 });
    await enter("a1", "a2", "a3", "b1", "b2", "c1");
    expect([...refused.keys()]).toEqual(["b2"]);
    expect(gate.waiting).toBe(4);
  });

  it("refuses who has waited too long, and serves the others in their order", async () => {
    const { enter, leave, refused, order } = gateWith({
      slots: 1,
      queueTimeoutMs: 100,
    });
    await enter("a1", "a2", "b1");
    await vi.advanceTimersByTimeAsync(60);
    await enter("a3", "c1");
    await vi.advanceTimersByTimeAsync(40);
    expect([...refused.keys()]).toEqual(["a2", "b1"]);
    expect(refused.get("a2")).toBeInstanceOf(TenantQueueTimeout);
    expect(refused.get("a2")).toMatchObject({ waitedMs: 100 });
    await leave("a1");
    expect(order).toEqual(["a1", "c1"]);
  });

  it("says when to come again: not before what waits is done", async () => {
    const { enter, leave, refused } = gateWith({
      slots: 1,
      queueMaxPerWorkspace: 3,
    });
    for (let at = 0; at < 40; at += 1) {
      await enter(`a${at}`);
      await vi.advanceTimersByTimeAsync(2_000);
      await leave(`a${at}`);
    }
    await enter("a-1", "a-2", "a-3", "a-4", "a-5");
    expect(refused.get("a-5")).toMatchObject({ retryAfterSeconds: 6 });
  });

  it("when closed refuses who waits and who comes, and lets go who holds", async () => {
    const { enter, leave, refused, gate } = gateWith({ slots: 1 });
    await enter("a1", "a2", "b1");
    gate.close(new TenantPoolDraining());
    await enter(); // those who waited learn of it
    await enter("c1");
    expect([...refused.keys()]).toEqual(["a2", "b1", "c1"]);
    expect(refused.get("c1")).toBeInstanceOf(TenantPoolDraining);
    await leave("a1");
    expect(gate.figures("a")).toMatchObject({ active: 0, queued: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts a slot once, however often it is left", async () => {
    const { enter, leave, gate, order } = gateWith({ slots: 1 });
    await enter("a1");
    await leave("a1", "a1");
    await enter("a2", "a3");
    expect(order).toEqual(["a1", "a2"]);
    expect(gate.figures("a")).toMatchObject({ active: 1, queued: 1 });
  });

  it("tells who waited, how long and how it ended", async () => {
    const told: Wait[] = [];
    const { enter, leave, gate } = gateWith({
      slots: 1,
      queueTimeoutMs: 100,
      queueMaxPerWorkspace: 1,
      onWaited: (wait) => told.push(wait),
    });
    await enter("a1", "a2", "a3", "b1");
    await vi.advanceTimersByTimeAsync(30);
    await leave("a1");
    await vi.advanceTimersByTimeAsync(70);
    gate.close(new TenantPoolDraining());
    expect(told).toEqual([
      { workspaceId: "a", waitedMs: 0, outcome: "full" },
      { workspaceId: "b", waitedMs: 30, outcome: "granted" },
      { workspaceId: "a", waitedMs: 100, outcome: "timeout" },
    ]);
    expect(gate.figures("b")).toMatchObject({ waitedMs: 30 });
  });

  it("counts statements by workspace", () => {
    const gate = new FairGate({ slots: 2 });
    const slot = gate.enter("a");
    if (slot instanceof Promise) {
      throw new Error("there was room");
    }
    slot.record(5, false);
    slot.record(7, true);
    expect(gate.figures("a")).toEqual({
      active: 1,
      queued: 0,
      waitedMs: 0,
      queries: 2,
      errors: 1,
      databaseMs: 12,
    });
    expect(gate.figures("b")).toMatchObject({ active: 0, queries: 0 });
  });

  it("forgets workspaces that are away, and none that is not", async () => {
    const { enter, leave, gate } = gateWith({ slots: 2, queueTimeoutMs: 1e6 });
    await enter("a1", "b1", "c1");
    await leave("a1");
    await vi.advanceTimersByTimeAsync(61_000);
    expect(gate.known).toBe(2);
    await leave("b1", "c1");
    await vi.advanceTimersByTimeAsync(61_000);
    expect(gate.known).toBe(0);
    expect(vi.getTimerCount()).toBe(0); // nothing is left to look after
    await enter("a2");
    expect(gate.known).toBe(1);
  });
});
