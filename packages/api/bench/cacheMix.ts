// The API's own statements under a realistic mix, with the cache off and on, without Redis and with it: what `yarn benchmark:cache`
// shows as its last part, and starts. Owns the variants and the counting; the tables and the verdict are backend-lib's.

import process from "node:process";

import { progress } from "backend-lib/bench/benchReport";
import {
  type Row,
  sendRows,
  sizesOfProcess,
} from "backend-lib/bench/cache/results";
import pg from "pg";

import { fillDatabase } from "./cacheMix/data";
import { sendAll } from "./cacheMix/load";
import { requests } from "./cacheMix/requests";
import { type Figures, openServers } from "./cacheMix/servers";

const PROCESSES = 2;
const { rounds, requests: count, workspaces } = sizesOfProcess();
const superuserUrl = process.env.BENCH_SUPERUSER_URL ?? "";

interface Variant {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

const { REDIS_URL, ...withoutRedis } = process.env;
const VARIANTS: readonly Variant[] = [
  { name: "cache off", env: { ...withoutRedis, TENANT_CACHE_TTL: "0" } },
  { name: "cache on", env: { ...withoutRedis, TENANT_CACHE_TTL: "300" } },
  {
    name: "cache on, with Redis",
    env: { ...withoutRedis, REDIS_URL, TENANT_CACHE_TTL: "300" },
  },
];

/** Everything that the product's logins asked for, whatever it was; what triggers do inside of a statement is part of that. */
const COUNT = `
  SELECT coalesce(sum(calls), 0)::float8 AS "calls" FROM pg_stat_statements
   WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND userid IN ('dittofeed_app'::regrole, 'dittofeed_system'::regrole)`;

const superuser = new pg.Client({ connectionString: superuserUrl });

async function statementsOf<T>(work: () => Promise<T>) {
  await superuser.query("SELECT pg_stat_statements_reset()");
  const result = await work();
  const { rows } = await superuser.query<{ calls: number }>(COUNT);
  return { result, calls: rows[0]?.calls ?? NaN };
}

function hitRates(before: Figures, after: Figures) {
  const of = (read: (figures: Figures) => number) => read(after) - read(before);
  const reads =
    of((each) => each.process) +
    of((each) => each.redis) +
    of((each) => each.loaded) +
    of((each) => each.bypassed);
  const percent = (part: number) => (reads === 0 ? 0 : (part / reads) * 100);
  return {
    processPercent: percent(of((each) => each.process)),
    redisPercent: percent(of((each) => each.redis)),
    cacheReads: reads / count,
    turns: of((each) => each.turns) / count,
  };
}

async function measure({ name, env }: Variant, round: number): Promise<Row> {
  const servers = await openServers(PROCESSES, env);
  const asked = (of: number, seed: number) => requests(of, workspaces, seed);
  const beginning = Math.ceil(count / 2);
  const cold = await statementsOf(() =>
    sendAll(servers.addresses, asked(beginning, round * 2)),
  );
  const before = await servers.figures();
  const warm = await statementsOf(() =>
    sendAll(servers.addresses, asked(count, round * 2 + 1)),
  );
  const after = await servers.figures();
  await servers.close();
  return {
    way: name,
    round,
    figures: {
      statements: warm.calls / count,
      coldStatements: cold.calls / beginning,
      ...hitRates(before, after),
      ...warm.result,
    },
  };
}

await fillDatabase(superuserUrl, workspaces);
await superuser.connect();
const rows: Row[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const variant of VARIANTS) {
    const row = await measure(variant, round);
    rows.push(row);
    progress(
      `  ${round}/${rounds} ${row.way}: ${row.figures.statements?.toFixed(2) ?? ""} statements a request`,
    );
  }
}
await superuser.end();
await sendRows(rows);
process.disconnect();
