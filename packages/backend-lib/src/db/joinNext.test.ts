import { expect, test } from "vitest";

import { TenantQueueFull } from "../multitenancy/connectionPool";
import { JoinNext } from "./joinNext";

const settled = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Queries that begin when told to, and answer with what `committed` was then. */
function useQueries(joins: JoinNext<string>) {
  const state = { committed: "granted", asked: 0 };
  const gates: (() => void)[] = [];
  return {
    state,
    ask: (key = "key") =>
      joins.join(key, async (begin) => {
        await new Promise<void>((resolve) => {
          gates.push(resolve);
        });
        begin();
        state.asked += 1;
        const seen = state.committed;
        await new Promise<void>((resolve) => {
          gates.push(resolve);
        });
        return seen;
      }),
    /** Lets whoever waits at the moment go one step on. */
    step: async () => {
      await settled();
      gates.splice(0).forEach((open) => open());
      await settled();
    },
  };
}

test("callers join a query that has not begun, and share its answer", async () => {
  const { ask, step, state } = useQueries(new JoinNext());
  const answers = [ask(), ask()];
  await settled();
  answers.push(ask()); // it waits for its turn still
  await step();
  await step();
  expect(await Promise.all(answers)).toEqual(["granted", "granted", "granted"]);
  expect(state.asked).toBe(1);
});

test("a revocation that was committed before the call is always seen: a query under way is not joined", async () => {
  const { ask, step, state } = useQueries(new JoinNext());
  const before = ask();
  await step(); // it has begun, and seen what it has seen
  state.committed = "revoked";
  const after = [ask(), ask()];
  await step();
  expect(await before).toBe("granted");
  await step();
  await step();
  expect(await Promise.all(after)).toEqual(["revoked", "revoked"]);
  expect(state.asked).toBe(2);
});

test("of one key one query runs at a time, and other keys do not wait for it", async () => {
  const { ask, step, state } = useQueries(new JoinNext());
  const first = ask("a");
  await step();
  const [second, other] = [ask("a"), ask("b")];
  await settled();
  expect(state.asked).toBe(1);
  await step(); // ends the first, begins b's
  expect(state.asked).toBe(2);
  await step();
  await step();
  expect(await Promise.all([first, second, other])).toHaveLength(3);
});

test("an error is everybody's who joined, and the next caller asks anew", async () => {
  const joins = new JoinNext<string>();
  const fail = async () => Promise.reject(new Error("no turn"));
  const answers = await Promise.allSettled([
    joins.join("key", fail),
    joins.join("key", fail),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await joins.join("key", async () => "fine")).toBe("fine");
});

test("no more may wait for one query than were allowed to", async () => {
  const joins = new JoinNext<string>({ callersMax: () => 2 });
  const { ask, step } = useQueries(joins);
  const answers = [ask(), ask()];
  await expect(ask()).rejects.toThrow(TenantQueueFull);
  await step();
  await step();
  expect(await Promise.all(answers)).toEqual(["granted", "granted"]);
});
