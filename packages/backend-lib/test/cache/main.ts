// `yarn test:cache`: the coherence checker as a command, as long as you like. The short form is coherence.test.ts.

import process from "node:process";

import {
  benchOptions,
  positive,
  printTable,
  progress,
  writeResult,
} from "../../bench/benchReport";
import { checkCache, openWorld } from "./check";
import { isPeer, PEERS } from "./peers";
import { isRedisKind, REDIS_KINDS } from "./redisOf";
import { SABOTAGES } from "./sabotage";

const HELP = `
Usage: yarn test:cache [options]

  --reads N         until so many reads were judged (default 1000000)
  --seed N          what is drawn (default 1)
  --processes N     that read and write (default 4)
  --redis KIND      none, one (default) or cluster
  --writes N        of a thousand turns, those that write (default 30; with --sabotage 200)
  --calm            nothing is killed, paused or forgotten: for comparing loads
  --peer LIBRARY    ${PEERS.join(", ")}: in the place of our cache
  --sabotage N      breaks our cache on purpose: 1 to ${SABOTAGES.length}, or "all", one after the other, each until it is noticed
  --json FILE       the figures

Processes read through the cache in all its ways and write by all paths: the services, SQL as the tenant and by hand, COPY, TRUNCATE,
workspaces that end and come back. Meanwhile backends, listeners, processes and Redis are killed, paused, cut off, emptied and
set back. The server's log says what was committed in which order; a read is stale when it brings something older than the
newest commit of which a writer had been told before the read began. Exits with 1 when a read was stale or worse, or
something was wrong once all was quiet. With --sabotage it exits with 1 when nothing was noticed.

Starts a PostgreSQL and a Redis of its own, or uses the server of BENCH_DATABASE_URL (a superuser's, without real data,
wal_level=logical).
`;

const options = benchOptions(
  HELP,
  ["reads", "seed", "processes", "redis", "writes", "peer", "sabotage"],
  ["calm"],
);

function refuse(message: string): never {
  process.stderr.write(`${message}\n\n${HELP.trim()}\n`);
  process.exit(2);
}

const { redis = "one", peer, sabotage } = options;
if (!isRedisKind(redis)) {
  refuse(`--redis is one of ${REDIS_KINDS.join(", ")}.`);
}
if (peer !== undefined && !isPeer(peer)) {
  refuse(`--peer is one of ${PEERS.join(", ")}.`);
}
if (peer !== undefined && redis !== "one") {
  refuse("--peer needs --redis one.");
}
const chosen =
  sabotage === undefined
    ? [undefined]
    : SABOTAGES.filter(
        (_, at) => sabotage === "all" || String(at + 1) === sabotage,
      );
if (chosen.length === 0) {
  refuse(`--sabotage is "all" or 1 to ${SABOTAGES.length}.`);
}

const world = await openWorld(redis);
const results: object[] = [];
let isWrong = false;
try {
  for (const each of chosen) {
    const result = await checkCache(world, {
      reads: positive(options.reads, 1_000_000),
      seed: positive(options.seed, 1),
      processes: positive(options.processes, 4),
      ...(options.writes === undefined
        ? {}
        : { writesPerMille: positive(options.writes, 30) }),
      isDisturbed: options.calm !== "true",
      ...(peer === undefined ? {} : { peer }),
      ...(each === undefined ? {} : { sabotage: each, stopsAtFirst: true }),
      progress,
    });
    const { counts, mishaps, examples, byWay, figures, ...numbers } = result;
    const wrong = result.stale + result.impossible + result.wrongAtRest;
    isWrong ||= each === undefined ? wrong > 0 : wrong === 0;
    if (each === undefined) {
      printTable("What befell them", [Object.fromEntries(mishaps)]);
      printTable(
        "What became of writes and reads",
        [...counts].sort().map(([name, times]) => ({ "": name, times })),
      );
      printTable("Reads", [byWay]);
      printTable("Of the caches, together", [figures]);
    } else {
      printTable(`Sabotage: ${each.name}`, [
        { noticed: wrong > 0 ? "yes" : "NO", by: examples[0] ?? "" },
      ]);
    }
    printTable("In all", [
      {
        ...numbers,
        seconds: result.seconds.toFixed(1),
        "reads/s": (result.reads / result.seconds).toFixed(0),
        peekBehindMsMax: result.peekBehindMsMax.toFixed(1),
      },
    ]);
    examples.forEach((line) => process.stdout.write(`WRONG: ${line}\n`));
    results.push({
      ...(each === undefined ? {} : { sabotage: each.name }),
      ...result,
      counts: Object.fromEntries(counts),
      mishaps: Object.fromEntries(mishaps),
    });
  }
} finally {
  await world.stop();
}
writeResult(options.json, {
  redis,
  peer: peer ?? null,
  runs: results,
});
process.exitCode = isWrong ? 1 : 0;
