// `yarn benchmark:workspace-queries`: what the tenant indexes do for each query that the API makes, and what each way to bind a
// query to its workspace costs. FACE of workspaceQueries/; owns the options, the criterion and the exit status.

import process from "node:process";

import { openBenchDatabase } from "./benchDatabase";
import { benchOptions, positive, progress, writeResult } from "./benchReport";
import { printContextWays, runContextWays } from "./contextWays";
import { medianPercent } from "./workspaceQueries/figures";
import { printOverall, printSize } from "./workspaceQueries/report";
import {
  measureSize,
  type QueryFigures,
  type SizeResult,
} from "./workspaceQueries/results";
import { type Size } from "./workspaceQueries/workspaces";

const HELP = `
Usage: yarn benchmark:workspace-queries [options]

Measures every list, filter and look-up of the API on the same data twice, in turns: with Dittofeed's indexes and the primary
keys of our own tables (before), and with ours beside them (after). Then each way to set the tenant context.

  --workspaces N,N,…  numbers of workspaces, each measured on its own (100,1000,10000)
  --rounds N          rounds of each query (11); a slow one gets fewer, at least 3
  --json FILE         also write the figures there
  --quick             20 workspaces and 1 round, to see that it works: its figures say nothing, and none is judged

It starts a throw-away Postgres, or uses the server that BENCH_DATABASE_URL names; ten to fifteen minutes on two cores and
6 GB of disk. Exit status 1 when the median over the reads that search an index of ours, gain or not, is below 40 % less
time, in the largest workspace of the greatest number of workspaces. The median over all reads, those included that no
index of ours serves, is shown beside it.
`;

/** What the project promises of the overall median, in percent less time. */
const REQUIRED_PERCENT = 40;

interface Overall {
  readonly of: string;
  readonly figures: number;
  readonly percent: number;
}

/**
 * The figure that counts comes first: the median over the reads that search an index of ours, gain or not, in the largest
 * workspace of the greatest number of workspaces. The others stand beside it: over all reads, those included that have always
 * had the right index, and in smaller workspaces, where every read is as quick as its round trip, with any index.
 */
function overallOf(results: readonly SizeResult[]): [Overall, ...Overall[]] {
  const line = (of: string, rows: readonly QueryFigures[]): Overall => ({
    of,
    figures: rows.length,
    percent: medianPercent(rows.map((row) => row.improvement)),
  });
  const greatest = results.reduce((a, b) =>
    b.workspaces > a.workspaces ? b : a,
  );
  const inThe = (size: Size, rows: readonly QueryFigures[]) =>
    rows.filter((row) => row.size === size);
  const reads = inThe("largest", greatest.reads);
  const where = `of ${greatest.workspaces} workspaces`;
  const counts = line(
    `READS THAT SEARCH AN INDEX OF OURS, in the largest ${where}`,
    reads.filter(({ indexes = [] }) => indexes.length > 0),
  );
  const others = [
    line("all reads there", reads),
    ...(["Dittofeed's", "ours"] as const).map((tables) =>
      line(
        tables === "ours"
          ? "all reads there of our tables, too"
          : "all reads there of Dittofeed's tables alone",
        reads.filter((read) => read.tables === tables),
      ),
    ),
    line("all deletes there", inThe("largest", greatest.deletes)),
    ...(["typical", "median", "small"] as const).map((size) =>
      line(
        `all reads in the ${size} one ${where}`,
        inThe(size, greatest.reads),
      ),
    ),
    ...results
      .filter((result) => result !== greatest)
      .map((result) =>
        line(
          `all reads in the largest of ${result.workspaces} workspaces`,
          inThe("largest", result.reads),
        ),
      ),
    line(
      "all reads in all workspaces looked at",
      results.flatMap((result) => result.reads),
    ),
  ];
  return [counts, ...others.filter(({ figures }) => figures > 0)];
}

interface Options {
  readonly counts: readonly number[];
  readonly rounds: number;
  readonly isQuick: boolean;
}

function readOptions(
  given: Readonly<Record<string, string | undefined>>,
): Options {
  const isQuick = given.quick === "true";
  const counts = (given.workspaces ?? (isQuick ? "20" : "100,1000,10000"))
    .split(",")
    .map((count) => positive(count, 1));
  return { counts, rounds: positive(given.rounds, isQuick ? 1 : 11), isQuick };
}

async function measureSizes({
  counts,
  ...how
}: Options): Promise<SizeResult[]> {
  const results: SizeResult[] = [];
  for (const count of counts) {
    progress(`${count} workspaces: filling a database …`);
    const database = await openBenchDatabase();
    try {
      const result = await measureSize(database, { count, ...how });
      printSize(result);
      results.push(result);
    } finally {
      await database.stop();
    }
  }
  return results;
}

async function measureContextWays({ isQuick }: Options) {
  progress("The ways to set the context …");
  const database = await openBenchDatabase();
  try {
    const result = await runContextWays(
      database,
      isQuick ? { rounds: 1, reads: 4, connections: 2 } : {},
    );
    printContextWays(result);
    return result;
  } finally {
    await database.stop();
  }
}

const given = benchOptions(HELP, ["workspaces", "rounds"], ["quick"]);
const options = readOptions(given);
const sizes = await measureSizes(options);
const contextWays = await measureContextWays(options);
const overall = overallOf(sizes);
const [{ percent }] = overall;
const isMet = percent >= REQUIRED_PERCENT;
printOverall(overall);
writeResult(given.json, {
  workspaceQueries: {
    criterion: {
      requiredPercent: REQUIRED_PERCENT,
      percent,
      isMet,
      isJudged: !options.isQuick,
    },
    overall,
    sizes,
  },
  contextWays,
});
if (options.isQuick) {
  progress("A quick run: the figures say nothing.");
} else {
  process.stdout.write(
    `\nThe median over the reads that search an index of ours is ${percent.toFixed(0)} % less time; ${REQUIRED_PERCENT} % are promised: ${isMet ? "kept" : "NOT KEPT"}.\n`,
  );
  process.exitCode = isMet ? 0 : 1;
}
