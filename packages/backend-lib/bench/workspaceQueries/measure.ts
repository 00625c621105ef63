// Timing, in turns: each round calls every database once, in an order that turns, so that what else the machine does falls on
// all of them. Owns rounds and warm-up; a figure is the median of the rounds.

import { fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { Value } from "@sinclair/typebox/value";

import { median, quantile } from "../benchReport";
import { type Copy, usageOf, type Variant } from "./databases";
import { Answer, type Order } from "./runner";
import { type BenchWorkspace } from "./workspaces";

const RUNNER = fileURLToPath(new URL("./runner.ts", import.meta.url));
/** A sample of quick calls is the median of several, at most so many, that take about so long together. */
const SAMPLE_MS = 5;
const MOST_CALLS = 5;
/** A query that takes long gets fewer rounds, so that it takes about so long in all; but never fewer than the least. */
const BUDGET_MS = 4000;
const LEAST_ROUNDS = 3;

/** The product on one of the databases. */
export interface Product {
  readonly variant: Variant;
  call(
    name: string,
    workspace: BenchWorkspace,
    calls: number,
  ): Promise<number[]>;
  /** Closes its connections; the next call opens them anew. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

const NOBODY: BenchWorkspace = { rank: 0, id: "", users: 0 };

/** Starts the product on a copy. */
export function startProduct({ variant, url }: Copy): Product {
  const child = fork(RUNNER, [], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      LOG_LEVEL: "error",
      DATABASE_URL: url("dittofeed_app"),
      DATABASE_SYSTEM_URL: url("dittofeed_system"),
      TENANT_CACHE_TTL: "0", // the queries are measured, not what spares them
    },
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const tell = async (order: Order): Promise<number[]> => {
    const answer = new Promise<unknown>((resolve, reject) => {
      child.once("message", resolve);
      void ended.then(() => reject(new Error("A measured process ended.")));
    });
    child.send(order);
    const { durationsMs, error } = Value.Parse(Answer, await answer);
    if (error !== undefined) {
      throw new Error(`${order.name} failed ${variant}: ${error}`);
    }
    return durationsMs;
  };
  return {
    variant,
    call: (name, workspace, calls) => tell({ name, workspace, calls }),
    disconnect: async () => {
      await tell({ name: "", workspace: NOBODY, calls: 0 });
    },
    stop: async () => {
      if (child.connected) {
        child.disconnect();
      }
      await ended;
    },
  };
}

export interface Timing {
  readonly medianMs: number;
  /** The middle half of the rounds. */
  readonly iqrMs: readonly [number, number];
}

const timing = (samples: readonly number[]): Timing => ({
  medianMs: median(samples),
  iqrMs: [quantile(samples, 0.25), quantile(samples, 0.75)],
});

/** Of one variant; `samples` has one figure for each round. */
export interface Timed {
  readonly timing: Timing;
  readonly samples: readonly number[];
}

/** Times the call of this name on each of the products, `rounds` times in turns, after warming them up. */
export async function timeInTurns(
  products: readonly Product[],
  {
    name,
    workspace,
    rounds,
  }: { name: string; workspace: BenchWorkspace; rounds: number },
): Promise<Map<Variant, Timed>> {
  let slowestMs = 0;
  let roundMs = 0;
  for (const product of products) {
    const [first = 0] = await product.call(name, workspace, 1);
    const [second = first] =
      first > BUDGET_MS / 10 ? [] : await product.call(name, workspace, 1);
    slowestMs = Math.max(slowestMs, second);
    roundMs += second;
  }
  const affordable = Math.floor(BUDGET_MS / Math.max(roundMs, SAMPLE_MS));
  const turns = Math.min(rounds, Math.max(LEAST_ROUNDS, affordable));
  const calls = Math.min(
    MOST_CALLS,
    Math.max(1, Math.ceil(SAMPLE_MS / slowestMs)),
  );
  const samples = new Map<Variant, number[]>(
    products.map(({ variant }) => [variant, []]),
  );
  for (let round = 0; round < turns; round += 1) {
    for (let turn = 0; turn < products.length; turn += 1) {
      const product = products[(round + turn) % products.length];
      if (product !== undefined) {
        const durations = await product.call(name, workspace, calls);
        samples.get(product.variant)?.push(median(durations));
      }
    }
  }
  return new Map(
    [...samples].map(([variant, each]) => [
      variant,
      { timing: timing(each), samples: each },
    ]),
  );
}

export interface Footprint {
  /** Indexes of ours that one call searched. */
  readonly indexes: readonly string[];
  readonly pages: number;
}

/** What one call looks at, as the server counts it. */
export async function footprint(
  product: Product,
  copy: Copy,
  {
    name,
    workspace,
    ours,
  }: { name: string; workspace: BenchWorkspace; ours: readonly string[] },
): Promise<Footprint> {
  await product.disconnect();
  const before = await usageOf(copy.url("superuser"));
  await product.call(name, workspace, 1);
  await product.disconnect();
  const after = await usageOf(copy.url("superuser"));
  return {
    indexes: ours.filter(
      (index) => (after.scans.get(index) ?? 0) > (before.scans.get(index) ?? 0),
    ),
    pages: after.pages - before.pages,
  };
}
