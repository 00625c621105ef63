// What an exact quota costs a hot workspace: the same inserts with the counting triggers and without them, in turns, on a server
// whose commits reach the disk; and what other ways of keeping a limit cost, and let through. Owns the measuring and the verdict.

import { randomUUID } from "node:crypto";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { config } from "../src/config";
import { closeDb } from "../src/db";
import { openBenchDatabase } from "./benchDatabase";
import {
  benchOptions,
  median,
  positive,
  printTable,
  progress,
  writeResult,
} from "./benchReport";
import { type Case, casesOf, switchCounting } from "./quotas/cases";
import { naiveWays, triggers, type Way } from "./quotas/naive";

const HELP = `
Usage: yarn benchmark:quotas [options]

  --rounds N       rounds, each without and with counting; medians of the rounds' ratios are shown (default 5)
  --seconds N      seconds of one measurement (default 3)
  --connections N  connections, all of one workspace (default 16)
  --durable        only the server whose commits reach the disk, which is the one that is judged
  --json FILE      the figures of every round as well

The criterion: users and messages of one hot workspace at 0.7 times or more the throughput of the same inserts with the
triggers disabled, in every case. A run of the default length or longer exits with 1 when it is missed.

The second table shows other ways of keeping a limit of 1,000, by how fast they fill it and how many they let in beyond it.

Starts PostgreSQL servers of its own, or uses the one of BENCH_DATABASE_URL (a superuser's, without real data) as it is.
`;

const options = benchOptions(
  HELP,
  ["rounds", "seconds", "connections"],
  ["durable"],
);
const [LONG_ROUNDS, LONG_SECONDS] = [5, 3];
const ROUNDS = positive(options.rounds, LONG_ROUNDS);
const SECONDS = positive(options.seconds, LONG_SECONDS);
const CONNECTIONS = positive(options.connections, 16);
const TARGET = 0.7;
const LIMIT = 1_000;

/** Statements a second, as many under way as there are connections. */
async function throughput(write: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let done = 0;
  const startedAt = performance.now();
  const streams = Array.from({ length: CONNECTIONS }, async () => {
    while (!isOver) {
      await write();
      done += 1;
    }
  });
  await Promise.race([sleep(SECONDS * 1000), Promise.all(streams)]);
  isOver = true;
  await Promise.all(streams); // counts what was under way, and its time
  return (done / (performance.now() - startedAt)) * 1000;
}

interface Round {
  readonly name: string;
  readonly without: number;
  readonly counted: number;
}

/** Both in turns, each first every other time, so that what grows or warms up favours neither. */
async function compare(
  owner: pg.Pool,
  { name, tables, write }: Case,
  round: number,
): Promise<Round> {
  const figures = new Map<boolean, number>();
  for (const isOn of round % 2 === 0 ? [true, false] : [false, true]) {
    await switchCounting(owner, tables, isOn);
    figures.set(isOn, await throughput(write));
  }
  await switchCounting(owner, tables, true);
  return {
    name,
    without: figures.get(false) ?? NaN,
    counted: figures.get(true) ?? NaN,
  };
}

async function addWorkspace(owner: pg.Pool, users: number): Promise<string> {
  const id = randomUUID();
  await owner.query(
    `INSERT INTO public."Workspace" ("id", "name", "type", "status", "updatedAt") VALUES ($1::uuid, $1::uuid::text, 'Root', 'Active', now())`,
    [id],
  );
  await owner.query(
    `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount")
     VALUES ($1, 'users', 'limit', $2), ($1, 'storage', 'limit', 1e12), ($1, 'messages', 'limit', 1e10)`,
    [id, users],
  );
  return id;
}

async function hotWorkspace(
  owner: pg.Pool,
  urls: { readonly app: string; readonly system: string },
): Promise<readonly Round[]> {
  const workspaceId = await addWorkspace(owner, 1e10);
  process.env.DATABASE_URL = urls.app;
  process.env.DATABASE_SYSTEM_URL = urls.system;
  const app = new pg.Pool({
    connectionString: urls.app,
    max: CONNECTIONS,
    options: `-c app.current_workspace_id=${workspaceId}`,
  });
  // db() keeps to the first server that it was told of.
  const isOfHost = config().databaseUrl === urls.app;
  const cases = casesOf(app, workspaceId).filter(
    ({ byHost }) => isOfHost || byHost !== true,
  );
  const rounds: Round[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const each of cases) {
      const result = await compare(owner, each, round);
      const ratio = result.counted / result.without;
      progress(
        `${round}/${ROUNDS} ${each.name}: ${result.without.toFixed(0)}/s, counted ${result.counted.toFixed(0)}/s, ${ratio.toFixed(2)}×`,
      );
      if (round > 0) {
        rounds.push(result); // the first opens the connections
      }
    }
  }
  await app.end();
  await closeDb();
  return rounds;
}

interface Filled {
  readonly name: string;
  readonly perSecond: number;
  readonly over: number;
}

/** Until everybody was refused. */
async function fill(owner: pg.Pool, way: Way): Promise<Filled> {
  const id = await addWorkspace(owner, LIMIT);
  const startedAt = performance.now();
  let fullAt: number | undefined;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (await way.add(id)) {
        // goes on
      }
      fullAt ??= performance.now();
    }),
  );
  const seconds = ((fullAt ?? performance.now()) - startedAt) / 1000;
  return {
    name: way.name,
    perSecond: LIMIT / seconds,
    over: (await way.count(id)) - LIMIT,
  };
}

async function otherWays(
  owner: pg.Pool,
  url: string,
): Promise<readonly Filled[]> {
  const app = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  app.on("error", (error) => progress(error.message));
  const ways = [triggers(owner, app), ...(await naiveWays(owner, app, LIMIT))];
  const filled: Filled[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const way of ways) {
      filled.push(await fill(owner, way));
    }
  }
  await app.end();
  return filled;
}

const namesOf = (rows: readonly { readonly name: string }[]) => [
  ...new Set(rows.map(({ name }) => name)),
];

function show(
  server: string,
  rounds: readonly Round[],
  filled: readonly Filled[],
) {
  const ratios = namesOf(rounds).map((name) => {
    const own = rounds.filter((each) => each.name === name);
    const of = (read: (round: Round) => number) => median(own.map(read));
    return {
      name,
      without: of(({ without }) => without),
      counted: of(({ counted }) => counted),
      ratio: of(({ counted, without }) => counted / without),
    };
  });
  printTable(
    `${server}: statements a second of one workspace over ${CONNECTIONS} connections (medians of ${ROUNDS} rounds)`,
    ratios.map(({ name, without, counted, ratio }) => ({
      "": name,
      "not counted": without.toFixed(0),
      counted: counted.toFixed(0),
      ratio: `${ratio.toFixed(2)}×`,
    })),
  );
  printTable(
    `${server}: a limit of ${LIMIT}, filled over ${CONNECTIONS} connections (medians of ${ROUNDS} rounds; over: the most there was)`,
    namesOf(filled).map((name) => {
      const own = filled.filter((each) => each.name === name);
      return {
        "": name,
        "a second": median(own.map(({ perSecond }) => perSecond)).toFixed(0),
        over: Math.max(...own.map(({ over }) => over)),
      };
    }),
  );
  return ratios;
}

async function measure(durable: boolean) {
  const database = await openBenchDatabase({ durable });
  const owner = new pg.Pool({
    connectionString: database.url("dittofeed_owner"),
    max: 2,
  });
  try {
    const app = database.url("dittofeed_app");
    const system = database.url("dittofeed_system");
    const rounds = await hotWorkspace(owner, { app, system });
    const filled = await otherWays(owner, app);
    const server = durable ? "commits on disk" : "without fsync";
    return { rounds, filled, ratios: show(server, rounds, filled) };
  } finally {
    await owner.end();
    await database.stop();
  }
}

const durable = await measure(true);
const careless =
  options.durable === undefined ? await measure(false) : undefined;
const missed = durable.ratios.filter(({ ratio }) => ratio < TARGET);
missed.forEach(({ name, ratio }) =>
  process.stdout.write(
    `MISSED: ${name}: ${ratio.toFixed(2)}× where ${TARGET}× was promised\n`,
  ),
);
writeResult(options.json, { durable, careless });
const isLong = ROUNDS >= LONG_ROUNDS && SECONDS >= LONG_SECONDS;
process.exitCode = isLong && missed.length > 0 ? 1 : 0;
