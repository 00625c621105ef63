// Does a busy workspace slow a quiet one down? (a) A 200-way flood by one beside a quiet one, and (b) 100 against 10,000 active
// workspaces, each over the fair gate, over the same pool first come, first served, and over a pool for each workspace.
// Owns the two experiments and their verdicts.
//
// Flood and quiet one share this process, as they share the API's: the gate works in the process, and so the event loop is
// part of what is measured. The table shows its delay, so that one can tell it from the database's.

import { randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { openBenchDatabase } from "./benchDatabase";
import {
  benchOptions,
  median,
  positive,
  printTable,
  progress,
  quantile,
  writeResult,
} from "./benchReport";
import {
  fairGate,
  floodQuery,
  GATE,
  plainPool,
  poolPerWorkspace,
  type Profile,
  READ,
  type Variant,
} from "./fairness/variants";
import { seeded } from "./seeded";

const HELP = `
Usage: yarn benchmark:fairness [options]

  --rounds N       rounds, interleaved over all variants; medians are shown (default 5)
  --seconds N      seconds of one measurement (default 4)
  --connections N  connections of the shared pool (default 20)
  --flood N        queries that the busy workspace keeps under way (default 200)
  --json FILE      the figures of every round as well
  --check          exit with 1 when a criterion is missed, however short the run

A run of the default length or longer always exits with 1 when a criterion is missed; a shorter one only with --check, since
its slowest hundredth is a handful of queries. The criteria:

  waiting    a flood of queries that wait in the server: the quiet workspace's p99 at most 1.25 times its p99 without the
             flood, at 95 % or more of a plain pool's throughput. What a connection is the bottleneck of, a gate can share.
  crowd      10,000 active workspaces: p99 at most 10 % above that of 100.

A flood of queries that compute is measured too and judged by the same figure, but carries no criterion: no order of
connections shares the server's processors, and with two of them one such query at a time is already too many (ADR 0006).

Starts a PostgreSQL of its own, or uses the server of BENCH_DATABASE_URL (a superuser's, without real data).
`;

const options = benchOptions(
  HELP,
  ["rounds", "seconds", "connections", "flood"],
  ["check"],
);
const [LONG_ROUNDS, LONG_SECONDS] = [5, 4];
const ROUNDS = positive(options.rounds, LONG_ROUNDS);
const SECONDS = positive(options.seconds, LONG_SECONDS);
const CONNECTIONS = positive(options.connections, 20);
const FLOOD = positive(options.flood, 200);

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly loopP99: number;
}

interface Quiet extends Figures {
  readonly failed: number;
}

/**
 * Every connection is open and has run the read before, as in a server that has been up for a while: a backend's first read
 * of a table fills its caches, which takes as long as two or three reads and is no matter of whose turn it is.
 */
async function warmUp(
  { query }: Variant,
  quiet: string,
  busy: string,
): Promise<void> {
  await Promise.all([
    ...Array.from({ length: CONNECTIONS }, () => query(quiet, READ, quiet)),
    query(busy, READ, busy), // takes what is reserved for others
  ]);
}

/** The quiet one asks, takes a breath, asks again; the flood, if any, keeps `FLOOD` queries under way meanwhile. */
async function measureQuiet(
  variant: Variant,
  [quiet, busy]: readonly [string, string],
  flood: Profile | undefined,
): Promise<Quiet> {
  await warmUp(variant, quiet, busy);
  const { query } = variant;
  let isOver = false;
  let [done, failed] = [0, 0];
  const streams = Array.from(
    { length: flood === undefined ? 0 : FLOOD },
    async (_, stream) => {
      for (let at = stream; flood !== undefined && !isOver; at += 1) {
        try {
          await query(busy, ...floodQuery(flood, at));
          done += 1;
        } catch {
          failed += 1;
        }
      }
    },
  );
  while (streams.length > 0 && done + failed < FLOOD) {
    await sleep(20); // until every connection is open and the queue is full
  }
  done = 0;
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const latencies: number[] = [];
  const from = performance.now();
  while (performance.now() - from < SECONDS * 1000) {
    const startedAt = performance.now();
    await query(quiet, READ, quiet);
    latencies.push(performance.now() - startedAt);
    await sleep(5);
  }
  loop.disable();
  const seconds = (performance.now() - from) / 1000;
  const perSecond = done / seconds;
  isOver = true;
  await Promise.all(streams);
  return {
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    perSecond,
    loopP99: loop.percentile(99) / 1e6,
    failed,
  };
}

const ms = (value: number) => `${value.toFixed(2)} ms`;
const times = (value: number) => `${value.toFixed(2)}×`;

/** How many queries of a flood end in a second, with nobody beside it. */
async function measureThroughput(
  { query }: Variant,
  workspaceId: string,
  profile: Profile,
): Promise<number> {
  let isOver = false;
  let done = 0;
  const startedAt = performance.now();
  const streams = Array.from({ length: FLOOD }, async (_, stream) => {
    for (let at = stream; !isOver; at += 1) {
      await query(workspaceId, ...floodQuery(profile, at));
      done += 1;
    }
  });
  await sleep(SECONDS * 1000);
  isOver = true;
  await Promise.all(streams); // counts what was under way, and its time
  return (done / (performance.now() - startedAt)) * 1000;
}

/** Slices of the two pools in turn, each first every other time: the median of the ratios gate to plain. */
async function throughputExperiment(
  url: string,
  workspaceId: string,
  profile: Profile,
): Promise<{ readonly ratios: readonly number[] }> {
  const gate = fairGate(url, CONNECTIONS);
  const plain = plainPool(url, CONNECTIONS);
  const ratios: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const figures = new Map<Variant, number>();
    for (const variant of round % 2 === 0 ? [gate, plain] : [plain, gate]) {
      figures.set(
        variant,
        await measureThroughput(variant, workspaceId, profile),
      );
    }
    const ratio = (figures.get(gate) ?? 0) / (figures.get(plain) ?? 1);
    if (round > 0) {
      ratios.push(ratio); // the first opens the connections
    }
    progress(
      `(a) throughput ${round}/${ROUNDS} ${profile}: gate to plain ${times(ratio)}`,
    );
  }
  await Promise.all([gate.end(), plain.end()]);
  return { ratios };
}

interface FloodRound {
  readonly variant: string;
  readonly profile: Profile;
  readonly alone: Quiet;
  readonly beside: Quiet;
}

async function floodExperiment(
  url: string,
  workspaces: readonly [string, string],
): Promise<FloodRound[]> {
  const rounds: FloodRound[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const profile of ["waiting", "computing"] as const) {
      for (const variant of [
        fairGate(url, CONNECTIONS),
        plainPool(url, CONNECTIONS),
        poolPerWorkspace(url, CONNECTIONS / 2),
      ]) {
        const alone = await measureQuiet(variant, workspaces, undefined);
        const beside = await measureQuiet(variant, workspaces, profile);
        await variant.end();
        rounds.push({ variant: variant.name, profile, alone, beside });
        progress(
          `(a) round ${round}/${ROUNDS} ${profile} ${variant.name}: p99 ${ms(alone.p99)} → ${ms(beside.p99)}, ${beside.perSecond.toFixed(0)}/s`,
        );
      }
    }
  }
  return rounds;
}

function summarizeFlood(rounds: readonly FloodRound[], profile: Profile) {
  const of = (variant: string, read: (round: FloodRound) => number) =>
    median(
      rounds
        .filter((each) => each.variant === variant && each.profile === profile)
        .map(read),
    );
  const names = [...new Set(rounds.map(({ variant }) => variant))];
  printTable(
    `(a) ${FLOOD} queries at once by one workspace, ${profile} in the server; what a quiet one sees (medians of ${ROUNDS} rounds)`,
    names.map((name) => ({
      "": name,
      "p50 alone": ms(of(name, ({ alone }) => alone.p50)),
      "p50 beside": ms(of(name, ({ beside }) => beside.p50)),
      "p99 alone": ms(of(name, ({ alone }) => alone.p99)),
      "p99 beside": ms(of(name, ({ beside }) => beside.p99)),
      "p99 ratio": times(of(name, (each) => each.beside.p99 / each.alone.p99)),
      "flood's queries/s": of(name, ({ beside }) => beside.perSecond).toFixed(
        0,
      ),
      "event loop p99": ms(of(name, ({ beside }) => beside.loopP99)),
      failed: of(name, ({ beside }) => beside.failed),
    })),
  );
  return {
    profile,
    p99Ratio: of(GATE, (each) => each.beside.p99 / each.alone.p99),
  };
}

interface CrowdRound extends Figures {
  readonly variant: string;
  readonly workspaces: number;
  readonly failed: number;
  readonly firstError: string;
}

const CROWD = 64;

/** 64 queries under way, each by a workspace drawn at random. */
async function measureCrowd(
  variant: Variant,
  workspaces: readonly string[],
): Promise<CrowdRound> {
  const draw = seeded(7);
  const latencies: number[] = [];
  let isOver = false;
  let failed = 0;
  let firstError = "";
  // Each has been here before: what is measured is not the first visit.
  const streams = Array.from({ length: CROWD }, async () => {
    while (!isOver) {
      const id = workspaces[Math.floor(draw() * workspaces.length)] ?? "";
      const startedAt = performance.now();
      try {
        await variant.query(id, READ, id);
        latencies.push(performance.now() - startedAt);
      } catch (error) {
        failed += 1;
        firstError ||= error instanceof Error ? error.message : String(error);
      }
    }
  });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  await sleep(500);
  latencies.length = 0;
  loop.enable();
  await sleep(SECONDS * 1000);
  loop.disable();
  isOver = true;
  await Promise.all(streams);
  return {
    variant: variant.name,
    workspaces: workspaces.length,
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    perSecond: latencies.length / SECONDS,
    loopP99: loop.percentile(99) / 1e6,
    failed,
    firstError,
  };
}

async function crowdExperiment(
  url: string,
  workspaces: readonly string[],
): Promise<CrowdRound[]> {
  const rounds: CrowdRound[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const count of [100, workspaces.length]) {
      for (const variant of [
        fairGate(url, CONNECTIONS),
        plainPool(url, CONNECTIONS),
        poolPerWorkspace(url, 2),
      ]) {
        const figures = await measureCrowd(variant, workspaces.slice(0, count));
        await variant.end();
        rounds.push(figures);
        progress(
          `(b) round ${round}/${ROUNDS} ${count} workspaces, ${variant.name}: p99 ${ms(figures.p99)}, ${figures.perSecond.toFixed(0)}/s, ${figures.failed} failed ${figures.firstError}`,
        );
      }
    }
  }
  return rounds;
}

function summarizeCrowd(rounds: readonly CrowdRound[]) {
  const counts = [...new Set(rounds.map(({ workspaces }) => workspaces))];
  const names = [...new Set(rounds.map(({ variant }) => variant))];
  const of = (
    name: string,
    count: number,
    read: (round: CrowdRound) => number,
  ) =>
    median(
      rounds
        .filter(
          ({ variant, workspaces }) => variant === name && workspaces === count,
        )
        .map(read),
    );
  printTable(
    `(b) ${CROWD} queries at once over ${CONNECTIONS} connections (2 for each workspace in the last variant; medians of ${ROUNDS} rounds)`,
    names.flatMap((name) =>
      counts.map((count) => ({
        "": `${name}, ${count} workspaces`,
        p50: ms(of(name, count, ({ p50 }) => p50)),
        p99: ms(of(name, count, ({ p99 }) => p99)),
        "queries/s": of(name, count, ({ perSecond }) => perSecond).toFixed(0),
        "event loop p99": ms(of(name, count, ({ loopP99 }) => loopP99)),
        failed: of(name, count, ({ failed }) => failed),
      })),
    ),
  );
  const [few = 0, many = 0] = counts;
  const p99 = (count: number) => of(GATE, count, (round) => round.p99);
  return { p99Ratio: p99(many) / p99(few) };
}

async function addWorkspaces(url: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query(
    `INSERT INTO public."Workspace" ("id", "name", "type", "status", "updatedAt")
     SELECT id, id::text, 'Root', 'Active', now() FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await owner.query(
    `INSERT INTO public."Segment" ("workspaceId", "name", "definition")
     SELECT id, 'segment ' || n, '{}' FROM unnest($1::uuid[]) AS id, generate_series(1, 20) AS n`,
    [ids],
  );
  await owner.query("ANALYZE");
  await owner.end();
  return ids;
}

/** Says whether it is met; a missed one that is a criterion fails the run. */
function verdict(
  name: string,
  isMet: boolean,
  { figures, isCriterion }: { figures: string; isCriterion: boolean },
): void {
  const word = isMet ? "met   " : "MISSED";
  const note = isCriterion ? "" : " (no criterion, see --help)";
  process.stdout.write(`${word}  ${name}: ${figures}${note}\n`);
  const isLong = ROUNDS >= LONG_ROUNDS && SECONDS >= LONG_SECONDS;
  if (!isMet && isCriterion && (isLong || options.check === "true")) {
    process.exitCode = 1;
  }
}

const database = await openBenchDatabase();
try {
  progress("Filling 10,000 workspaces …");
  const ids = await addWorkspaces(database.url("dittofeed_owner"), 10_000);
  const [quiet = "", busy = ""] = ids;
  const url = database.url("dittofeed_app");
  const flood = await floodExperiment(url, [quiet, busy]);
  const throughput = {
    waiting: await throughputExperiment(url, busy, "waiting"),
    computing: await throughputExperiment(url, busy, "computing"),
  };
  const crowd = await crowdExperiment(url, ids);
  const verdicts = (["waiting", "computing"] as const).map((profile) => ({
    ...summarizeFlood(flood, profile),
    throughputRatio: median(throughput[profile].ratios),
  }));
  const crowded = summarizeCrowd(crowd);
  process.stdout.write("\n");
  for (const { profile, p99Ratio, throughputRatio } of verdicts) {
    verdict(
      `${profile}: quiet p99 at most 1.25× at 95 % or more of a plain pool's throughput`,
      p99Ratio <= 1.25 && throughputRatio >= 0.95,
      {
        figures: `${times(p99Ratio)} at ${times(throughputRatio)}`,
        isCriterion: profile === "waiting",
      },
    );
  }
  verdict(
    "10,000 workspaces: p99 within 10 % of 100",
    crowded.p99Ratio <= 1.1,
    { figures: times(crowded.p99Ratio), isCriterion: true },
  );
  writeResult(options.json, { flood, throughput, crowd, verdicts, crowded });
} finally {
  await database.stop();
}
