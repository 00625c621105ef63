// `yarn test:quotas`: the stress as a command, as long as you like. The short form is stress.test.ts.

import {
  benchOptions,
  positive,
  printTable,
  progress,
  writeResult,
} from "../../bench/benchReport";
import { stressQuotas } from "./stress";

const HELP = `
Usage: yarn test:quotas [options]

  --operations N   transactions (default 1000000)
  --seed N         which of them, in which order on each connection (default 1)
  --connections N  over two processes (default 68)
  --json FILE      the figures

Two processes create, upsert, delete, move and reserve, one workspace at a time and many at once, while limits go up and down,
children change their parents, workspaces are deleted and made again, backends are terminated and one process is
killed. The server's log says what was committed in which order; each commit is held against the limits in force, each refusal
against the states that its caller can have seen, and in the end every counter against a recount. Exits with 1 when
a promise was broken, and names it.

Starts a PostgreSQL of its own, or uses the server of BENCH_DATABASE_URL (a superuser's, without real data, wal_level=logical).
`;

const options = benchOptions(HELP, ["operations", "seed", "connections"]);
const result = await stressQuotas({
  operations: positive(options.operations, 1_000_000),
  seed: positive(options.seed, 1),
  connections: positive(options.connections, 68),
  progress,
});
const names = [...result.outcomes.keys()].sort();
printTable(
  "What became of the transactions",
  names.map((name) => ({ "": name, times: result.outcomes.get(name) ?? 0 })),
);
const { violations, outcomes, ...figures } = result;
printTable("In all", [
  {
    ...figures,
    seconds: figures.seconds.toFixed(1),
    "a second": (figures.done / figures.seconds).toFixed(0),
    violations: violations.length,
  },
]);
violations
  .slice(0, 25)
  .forEach((line) => process.stdout.write(`BROKEN: ${line}\n`));
writeResult(options.json, {
  ...result,
  outcomes: Object.fromEntries(outcomes),
});
process.exitCode = violations.length === 0 ? 0 : 1;
