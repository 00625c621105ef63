// What the workspace cache does and costs, beside other libraries and bare Redis: hits of both tiers, dropping a workspace, a
// stampede, Redis hung, and the API's own statements under a realistic mix. Owns the order of the parts and the verdict's end.

import process from "node:process";

import { startRedisServer } from "../test/redisServers";
import { openBenchDatabase } from "./benchDatabase";
import { benchOptions, positive, progress, writeResult } from "./benchReport";
import {
  reportDropping,
  reportFirstTier,
  reportMix,
  reportOutage,
  reportSecondTier,
  reportStampede,
  type Verdict,
} from "./cache/report";
import {
  environment,
  type Places,
  type Row,
  runPart,
  type Sizes,
  sizesArgument,
} from "./cache/results";

const PARTS = [
  "first-tier",
  "second-tier",
  "dropping",
  "stampede",
  "outage",
  "mix",
] as const;
type Part = (typeof PARTS)[number];

const HELP = `
Usage: yarn benchmark:cache [options]

  --rounds N      rounds, interleaved over all that are compared; medians of the rounds are shown (default 5)
  --seconds N     seconds of one measurement of the first two parts (default 1)
  --entries N     entries of the cache when a workspace with a tenth of them is dropped (default 1000000)
  --drops N       drops on each server, our own, and as many again that are looked at (default 100)
  --workspaces N  workspaces that the API serves in the mix (default 1000)
  --requests N    requests of one measurement of the mix, after half as many to begin with (default 20000)
  --only PART     one of ${PARTS.join(", ")}; several with commas
  --durable       drops only on the server whose commits reach the disk
  --json FILE     the figures of every round as well

The criteria, which a run of the default length or longer ends with 1 for when one is missed:

  first-tier   peek: 5 million a second and core (counted by CPU time, so that neighbours are not in it)
  second-tier  the shared tier's read: 0.9 times a bare GET's throughput, or more
  dropping     p99 of the drop, and of what bystanders see of it, at most 1 ms. Judged on the server without fsync: a drop is one
               statement, and what a disk takes to flush it is in every commit, as the bare UPDATE beside it shows
  stampede     one load
  outage       the slowest of a hundred reads while Redis hangs: at most 50 ms over its load
  mix          at least 30 % fewer statements than with the cache off; the aim is 90 %. All statements of the product's logins
               count, BEGIN and COMMIT and those of the writes too. Turns, the cache's round trips on its listening connection,
               are empty queries and no statements: they are shown beside them

Starts PostgreSQL and Redis servers of its own, or uses the database of BENCH_DATABASE_URL (a superuser's, without real data).
`;

const LONG: Sizes = {
  rounds: 5,
  seconds: 1,
  entries: 1_000_000,
  drops: 100,
  requests: 20_000,
  workspaces: 1_000,
};

const options = benchOptions(HELP, [...Object.keys(LONG), "only"], ["durable"]);
const sizes: Sizes = {
  rounds: positive(options.rounds, LONG.rounds),
  seconds: positive(options.seconds, LONG.seconds),
  entries: positive(options.entries, LONG.entries),
  drops: positive(options.drops, LONG.drops),
  requests: positive(options.requests, LONG.requests),
  workspaces: positive(options.workspaces, LONG.workspaces),
};
const isLong = Object.entries(LONG).every(
  ([name, least]) =>
    (new Map<string, number>(Object.entries(sizes)).get(name) ?? 0) >= least,
);

function isPart(name: string): name is Part {
  return PARTS.some((part) => part === name);
}

function chosenParts(): readonly Part[] {
  const named = options.only?.split(",") ?? PARTS;
  const unknown = named.filter((name) => !isPart(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no part "${unknown.join(", ")}": ${PARTS.join(", ")}.\n`,
    );
    process.exit(2);
  }
  return named.filter(isPart);
}

/** Calls `work` with a database and a Redis of its own, and takes them away after it. */
async function withPlaces<T>(
  {
    durable = false,
    settings = [],
  }: { readonly durable?: boolean; readonly settings?: readonly string[] },
  work: (places: Places) => Promise<T>,
): Promise<T> {
  const database = await openBenchDatabase({ durable, settings });
  const redis = await startRedisServer();
  try {
    return await work({
      appUrl: database.url("dittofeed_app"),
      systemUrl: database.url("dittofeed_system"),
      superuserUrl: database.url("superuser"),
      redisUrl: redis.url,
    });
  } finally {
    await redis.stop();
    await database.stop();
  }
}

/** A program of this folder, on places of its own. */
async function own(
  name: string,
  env: Readonly<Record<string, string>> = {},
  { durable = false, rounds = sizes.rounds } = {},
): Promise<readonly Row[]> {
  progress(`${name}${durable ? ", durable" : ""} …`);
  return withPlaces({ durable }, (places) =>
    runPart(
      new URL(`./cache/${name}.ts`, import.meta.url),
      [sizesArgument({ ...sizes, rounds })],
      environment(places, env),
    ),
  );
}

interface Measured {
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly verdicts: readonly Verdict[];
}

async function measureDropping(): Promise<Measured> {
  const { entries } = sizes;
  const env = { TENANT_CACHE_MAX_BYTES: String(8 * 1024 ** 3) };
  const durable = await own("dropping", env, { durable: true });
  const careless =
    options.durable === undefined ? await own("dropping", env) : [];
  const others = await own("droppingOthers");
  const on = (server: string) => ({ server, isJudged: false, entries });
  reportDropping(durable, on("commits on disk"));
  const verdicts =
    careless.length === 0
      ? []
      : reportDropping(careless, { ...on("without fsync"), isJudged: true });
  reportDropping(others, on("other libraries, which have no database to tell"));
  return {
    rows: { durable, careless, others },
    verdicts,
  };
}

const MIX = new URL("../../api/bench/cacheMix.ts", import.meta.url);

async function measureMix(): Promise<Measured> {
  progress("mix …");
  const rounds = Math.ceil(sizes.rounds / 2);
  const rows = await withPlaces(
    { settings: ["pg_stat_statements.max=10000"] },
    (places) =>
      runPart(MIX, [sizesArgument({ ...sizes, rounds })], environment(places)),
  );
  return { rows: { mix: rows }, verdicts: reportMix(rows, rounds) };
}

async function measure(part: Part): Promise<Measured> {
  const { rounds } = sizes;
  switch (part) {
    case "first-tier": {
      const rows = await own("firstTier");
      return { rows: { rows }, verdicts: reportFirstTier(rows, rounds) };
    }
    case "second-tier": {
      const rows = await own("secondTier", { TENANT_CACHE_MAX_BYTES: "0" });
      return { rows: { rows }, verdicts: reportSecondTier(rows, rounds) };
    }
    case "dropping":
      return measureDropping();
    case "stampede": {
      const rows = await own("stampede");
      return { rows: { rows }, verdicts: reportStampede(rows, rounds) };
    }
    case "outage": {
      const rows = await own("outage");
      return { rows: { rows }, verdicts: reportOutage(rows, rounds) };
    }
    default:
      return measureMix();
  }
}

const results: Partial<Record<Part, Measured>> = {};
for (const part of chosenParts()) {
  results[part] = await measure(part);
}
const verdicts = Object.values(results).flatMap((each) => each.verdicts);
process.stdout.write("\n");
verdicts.forEach(({ criterion, isMet, found }) =>
  process.stdout.write(`${isMet ? "met" : "MISSED"}: ${criterion}: ${found}\n`),
);
writeResult(options.json, { sizes, results });
if (!isLong) {
  progress("A short run: nothing is judged by it.");
}
process.exitCode = isLong && verdicts.some(({ isMet }) => !isMet) ? 1 : 0;
