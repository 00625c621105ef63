// The figures of all parts as tables, and the verdict: which criterion was met. Owns the criteria.

import { median, printTable } from "../benchReport";
import { type Row } from "./results";

export interface Verdict {
  readonly criterion: string;
  readonly isMet: boolean;
  readonly found: string;
}

/** The medians of the rounds, by way. */
function figuresOf(rows: readonly Row[]) {
  const ways = [...new Set(rows.map(({ way }) => way))];
  return {
    ways,
    of: (way: string, figure: string) =>
      median(
        rows
          .filter((row) => row.way === way)
          .map(({ figures }) => figures[figure] ?? NaN),
      ),
    /** Of each round's ratio, as both ran beside the same neighbours. */
    ratio: (way: string, other: string, figure: string) =>
      median(
        rows
          .filter((row) => row.way === way)
          .map(({ round, figures }) => {
            const beside = rows.find(
              (row) => row.way === other && row.round === round,
            );
            return (figures[figure] ?? NaN) / (beside?.figures[figure] ?? NaN);
          }),
      ),
  };
}

const millions = (perSecond: number) => `${(perSecond / 1e6).toFixed(2)} M`;
const thousands = (perSecond: number) => `${(perSecond / 1e3).toFixed(1)} k`;
const ms = (value: number) =>
  Number.isNaN(value) ? "–" : `${value.toFixed(value < 10 ? 2 : 0)} ms`;

const PEEKS = 5e6;
/** Reads of what this process keeps. */
export function reportFirstTier(rows: readonly Row[], rounds: number) {
  const { ways, of } = figuresOf(rows);
  printTable(
    `1. Reads of what the process keeps, of a tenth of the workspaces and, at the end, of all (medians of ${rounds} rounds)`,
    ways.map((way) => ({
      "": way,
      "a CPU second": millions(of(way, "perCpuSecond")),
      "a second": millions(of(way, "perSecond")),
    })),
  );
  const peeks = of("ours peek", "perCpuSecond");
  return [
    {
      criterion: `peek: ${millions(PEEKS)} or more a second and core`,
      isMet: peeks >= PEEKS,
      found: millions(peeks),
    },
  ];
}

const READ = "ours, the shared tier's read";
const READ_RATIO = 0.9;
/** Reads of what only Redis keeps. */
export function reportSecondTier(rows: readonly Row[], rounds: number) {
  const { ways, of, ratio } = figuresOf(rows);
  printTable(
    `2. Reads of what only Redis keeps, 1 KB, 64 under way (medians of ${rounds} rounds)`,
    ways.map((way) => ({
      "": way,
      "a second": thousands(of(way, "perSecond")),
      "to a bare GET": `${ratio(way, "bare GET", "perSecond").toFixed(2)}×`,
      "a CPU second": thousands(of(way, "perCpuSecond")),
      "not in time": `${of(way, "missedPercent").toFixed(2)} %`,
    })),
  );
  const found = ratio(READ, "bare GET", "perSecond");
  return [
    {
      criterion: `the shared tier's read: ${READ_RATIO}× or more of a bare GET`,
      isMet: found >= READ_RATIO,
      found: `${found.toFixed(2)}×`,
    },
  ];
}

const DROP = "ours invalidateWorkspace";
const DROP_MS = 1;
/** Drops, on one server. */
export function reportDropping(
  rows: readonly Row[],
  {
    server,
    isJudged,
    entries,
  }: { server: string; isJudged: boolean; entries: number },
) {
  const { ways, of } = figuresOf(rows);
  printTable(
    `3. Dropping a workspace with ${entries / 10} of ${entries} entries, ${server}`,
    ways.map((way) => ({
      "": way,
      "drop p50": ms(of(way, "p50")),
      "drop p99": ms(of(way, "p99")),
      "turn of the event loop p99": ms(of(way, "turn")),
      "GET of this process p99": ms(of(way, "ownGet")),
      "GET of another p99": ms(of(way, "otherGet")),
    })),
  );
  if (!isJudged) {
    return [];
  }
  const p99 = of(DROP, "p99");
  const bystanders = Math.max(
    of(DROP, "turn"),
    of(DROP, "ownGet"),
    of(DROP, "otherGet"),
  );
  return [
    {
      criterion: `dropping a workspace: p99 at most ${DROP_MS} ms`,
      isMet: p99 <= DROP_MS,
      found: ms(p99),
    },
    {
      criterion: `bystanders of a drop: p99 at most ${DROP_MS} ms`,
      isMet: bystanders <= DROP_MS,
      found: ms(bystanders),
    },
  ];
}

/** A thousand reads at once of what nobody has. */
export function reportStampede(rows: readonly Row[], rounds: number) {
  const { ways, of } = figuresOf(rows);
  printTable(
    `4. 1,000 reads at once of a cold key, whose value takes 50 ms to load (medians of ${rounds} rounds)`,
    ways.map((way) => ({
      "": way,
      loads: of(way, "loads"),
      "the most": Math.max(
        ...rows
          .filter((row) => row.way === way)
          .map(({ figures }) => figures.loads ?? NaN),
      ),
      "over the load": ms(of(way, "overMs")),
    })),
  );
  const loads = rows
    .filter(({ way }) => way.startsWith("ours"))
    .map(({ figures }) => figures.loads ?? NaN);
  return [
    {
      criterion: "a stampede: one load",
      isMet: loads.every((each) => each === 1),
      found: `${Math.max(...loads)}`,
    },
  ];
}

const OUTAGE_MS = 50;
/** Reads while Redis hangs. */
export function reportOutage(rows: readonly Row[], rounds: number) {
  const { ways, of } = figuresOf(rows);
  printTable(
    `5. 100 reads of cold keys while Redis hangs for 1.5 s: over the time of their loads (medians of ${rounds} rounds)`,
    ways.map((way) => ({
      "": way,
      "at once": ms(of(way, "firstMs")),
      "at once, slowest": ms(of(way, "firstMostMs")),
      "200 ms later": ms(of(way, "laterMs")),
      "later, slowest": ms(of(way, "laterMostMs")),
    })),
  );
  const slowest = Math.max(
    of("ours", "firstMostMs"),
    of("ours", "laterMostMs"),
  );
  return [
    {
      criterion: `Redis hung: the slowest read at most ${OUTAGE_MS} ms over its load`,
      isMet: slowest <= OUTAGE_MS,
      found: ms(slowest),
    },
  ];
}

const FEWER_PERCENT = 30;
const AIM_PERCENT = 90;
const OFF = "cache off";
/** The API under a realistic mix. */
export function reportMix(rows: readonly Row[], rounds: number) {
  const { ways, of, ratio } = figuresOf(rows);
  const fewer = (way: string, figure: string) =>
    (1 - ratio(way, OFF, figure)) * 100;
  printTable(
    `6. The API: Zipf over its workspaces, 95 % reads, over two processes; statements by pg_stat_statements (medians of ${rounds} rounds)`,
    ways.map((way) => ({
      "": way,
      "statements a request": of(way, "statements").toFixed(2),
      fewer: `${fewer(way, "statements").toFixed(1)} %`,
      "fewer, from cold": `${fewer(way, "coldStatements").toFixed(1)} %`,
      "turns a request": of(way, "turns").toFixed(2),
      "from the process": `${of(way, "processPercent").toFixed(1)} %`,
      "from Redis": `${of(way, "redisPercent").toFixed(1)} %`,
      "requests/s": of(way, "perSecond").toFixed(0),
      p50: ms(of(way, "p50")),
      p99: ms(of(way, "p99")),
    })),
  );
  return ways
    .filter((way) => way !== OFF)
    .map((way) => {
      const percent = fewer(way, "statements");
      return {
        criterion: `${way}: at least ${FEWER_PERCENT} % fewer statements than with the cache off (aim: ${AIM_PERCENT} %)`,
        isMet: percent >= FEWER_PERCENT,
        found: `${percent.toFixed(1)} %`,
      };
    });
}
