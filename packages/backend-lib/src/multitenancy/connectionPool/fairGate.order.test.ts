// Who is next when everybody holds little, as the gate hands out its connections.

import { describe, expect, it } from "vitest";

import { type Slot } from "./account";
import { FairGate } from "./fairGate";

/** A gate whose every connection is in use, the first of them by "long", which wants a second and does not end. */
async function crowded() {
  let now = 0;
  const gate = new FairGate({ slots: 4, share: 2, reserve: 1, now: () => now });
  const held: Slot[] = [];
  let arrivals = 0;
  const arrive = () => {
    arrivals += 1;
    const slot = gate.enter(`newcomer ${arrivals}`);
    if (slot instanceof Promise) {
      void slot.then((late) => held.push(late));
    } else {
      held.push(slot);
    }
  };
  await gate.enter("long");
  for (let at = 0; at < 6; at += 1) {
    arrive();
  }
  const second = Promise.resolve(gate.enter("long"));
  return {
    gate,
    second,
    /** A newcomer's unit ends, and another newcomer comes. */
    step: async () => {
      now += 1;
      held.shift()?.leave();
      arrive();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

describe("the order of those who wait", () => {
  it("gives who holds one connection a second, however many keep coming who hold none", async () => {
    const { gate, second, step } = await crowded();
    expect(gate.figures("long")).toMatchObject({ active: 1, queued: 1 });
    for (let at = 0; at < 30; at += 1) {
      await step();
    }
    expect(gate.figures("long")).toMatchObject({ active: 2, queued: 0 });
    await second;
  });

  it("but no more than its share", async () => {
    const { gate, step } = await crowded();
    const third = gate.enter("long");
    expect(third).toBeInstanceOf(Promise);
    for (let at = 0; at < 60; at += 1) {
      await step();
    }
    expect(gate.figures("long")).toMatchObject({ active: 2, queued: 1 });
  });
});
