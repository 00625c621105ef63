// What it costs to bind a read to a workspace, for every way there is to do it: over loopback and over a network with a
// round trip of 2 ms, on one connection and on many. All ways take turns in one run, in an order that changes every round,
// and are compared within a round: so what else the machine does falls on all of them. Run it by itself with
// `node --import ./scripts/asShipped.mjs packages/backend-lib/bench/contextWays.ts`; workspaceQueries.ts runs it too.

import { randomInt } from "node:crypto";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { type BenchDatabase, openBenchDatabase } from "./benchDatabase";
import {
  benchOptions,
  median,
  positive,
  progress,
  quantile,
  writeResult,
} from "./benchReport";
import { clear, fill } from "./contextWays/data";
import {
  type ContextWaysResult,
  type ContextWaysRow,
  printContextWays,
  type Spread,
  targetsOf,
} from "./contextWays/report";
import {
  openWays,
  type Read,
  type ReadName,
  READS,
  type Way,
  WAYS,
} from "./contextWays/ways";
import { measureRoundTrip, startLatencyProxy } from "./latencyProxy";

export { printContextWays };

export interface ContextWaysOptions {
  /** How often every way has its turn at each setting. */
  readonly rounds?: number;
  /** Reads of a turn; over a slow network a quarter of it. */
  readonly reads?: number;
  /** Connections of the pools where they are kept busy. */
  readonly connections?: number;
}

const NETWORK_ROUND_TRIP_MS = 2;
/** Not counted: pools connect, code is compiled, pages are read. */
const WARM_UP_ROUNDS = 2;

const ALL: readonly Way[] = [
  "noRls",
  "noRlsDrizzle",
  "fourTrips",
  "drizzleTransaction",
  "pipeline",
  "fused",
  "fusedDrizzle",
  "fusedSealed",
];

/** What a way is compared with: the library is not at issue. */
const BASELINE: Record<Way, Way> = {
  noRls: "noRls",
  noRlsDrizzle: "noRlsDrizzle",
  fourTrips: "noRls",
  drizzleTransaction: "noRlsDrizzle",
  pipeline: "noRls",
  fused: "noRls",
  fusedDrizzle: "noRlsDrizzle",
  fusedSealed: "noRls",
};

function shuffled<T>(items: readonly T[]): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(randomInt(left.length), 1));
}

/** Milliseconds for one read, when `reads` are done by `lanes` at a time. */
async function turn(
  read: Read,
  { reads, lanes, ids }: { reads: number; lanes: number; ids: string[] },
): Promise<number> {
  let begun = 0;
  const lane = async () => {
    while (begun < reads) {
      begun += 1;
      const rows = await read(ids[randomInt(ids.length)] ?? "");
      if (rows === 0) {
        throw new Error("A read came back empty: the context was not set.");
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return (performance.now() - startedAt) / reads;
}

function spreadOf(values: readonly number[], digits: number): Spread {
  const round = (value: number) => Number(value.toFixed(digits));
  return {
    median: round(median(values)),
    q1: round(quantile(values, 0.25)),
    q3: round(quantile(values, 0.75)),
  };
}

interface Setting {
  readonly read: ReadName;
  readonly network: ContextWaysRow["network"];
  readonly url: string;
  readonly connections: number;
  /** Reads of a turn. */
  readonly reads: number;
}

interface Course {
  readonly ids: string[];
  readonly rounds: number;
}

/** Milliseconds for one read, by way and round. */
async function timesOf(
  { read, url, connections, reads }: Setting,
  { ids, rounds }: Course,
): Promise<Map<Way, number[]>> {
  const times = new Map<Way, number[]>(ALL.map((way) => [way, []]));
  const ways = openWays(url, connections);
  const lanes = connections === 1 ? 1 : connections * 2;
  try {
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      for (const way of shuffled(ALL)) {
        const taken = await turn(ways.reads[way][read], { reads, lanes, ids });
        if (round >= 0) {
          times.get(way)?.push(taken);
        }
      }
    }
  } finally {
    await ways.close();
  }
  return times;
}

async function measure(
  setting: Setting,
  course: Course,
): Promise<ContextWaysRow[]> {
  const { read, network, url, connections } = setting;
  progress(
    `${READS[read]}; ${network}; ${connections} connection(s); ${course.rounds} rounds …`,
  );
  const roundTripMs = await measureRoundTrip(url);
  const times = await timesOf(setting, course);
  const compared = (way: Way, other: Way) =>
    spreadOf(
      (times.get(way) ?? []).map(
        (ms, round) => (times.get(other)?.[round] ?? NaN) / ms,
      ),
      3,
    );
  return ALL.map((way) => ({
    read,
    network,
    roundTripMs: Number(roundTripMs.toFixed(2)),
    connections,
    way,
    description: WAYS[way],
    microseconds: spreadOf(
      (times.get(way) ?? []).map((ms) => ms * 1000),
      0,
    ),
    ofNoRls: compared(way, BASELINE[way]),
    ofDrizzleTransaction: compared(way, "drizzleTransaction"),
  }));
}

/** Starts the proxy so that a round trip through it really takes what was asked for, its own work included. */
async function startNetwork(url: string) {
  const direct = await measureRoundTrip(url);
  const trial = await startLatencyProxy(url, NETWORK_ROUND_TRIP_MS);
  const taken = await measureRoundTrip(trial.through(url));
  await trial.stop();
  const ownWork = Math.max(0, taken - direct - NETWORK_ROUND_TRIP_MS);
  return startLatencyProxy(url, NETWORK_ROUND_TRIP_MS - ownWork);
}

/** Measures every way at every setting, on rows of its own that it takes away again. */
export async function runContextWays(
  database: BenchDatabase,
  { rounds = 40, reads = 100, connections = 10 }: ContextWaysOptions = {},
): Promise<ContextWaysResult> {
  const url = database.url("dittofeed_app");
  const ids = await fill(database);
  const proxy = await startNetwork(url);
  const near = { network: "loopback" as const, url };
  const far = { network: "2 ms" as const, url: proxy.through(url) };
  const farReads = Math.max(1, Math.round(reads / 4));
  const settings: Setting[] = [
    { read: "list", ...near, connections: 1, reads },
    { read: "row", ...near, connections: 1, reads },
    { read: "list", ...near, connections, reads: reads * 2 },
    { read: "list", ...far, connections: 1, reads: farReads },
    { read: "row", ...far, connections: 1, reads: farReads },
    { read: "list", ...far, connections, reads: farReads * connections },
  ];
  try {
    const rows: ContextWaysRow[] = [];
    for (const setting of settings) {
      rows.push(...(await measure(setting, { ids, rounds })));
    }
    return { rows, targets: targetsOf(rows) };
  } finally {
    await proxy.stop();
    await clear(database, ids);
  }
}

async function main(): Promise<void> {
  const given = benchOptions(
    `
Measures what it costs to bind a read to a workspace, each way to do it.

  --rounds N       turns of every way at each setting (40)
  --reads N        reads of a turn (100)
  --connections N  of the busy pools (10)
  --json FILE      also write the figures there
`,
    ["rounds", "reads", "connections"],
  );
  const database = await openBenchDatabase();
  try {
    const result = await runContextWays(database, {
      rounds: positive(given.rounds, 40),
      reads: positive(given.reads, 100),
      connections: positive(given.connections, 10),
    });
    printContextWays(result);
    writeResult(given.json, { contextWays: result });
  } finally {
    await database.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main();
}
