// Quotas under stress, for test and command alike: two processes with many connections each, backends and a process killed at
// random, while the log tells what was committed. Owns the run and its verdict; history.ts owns what is right and wrong.

import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import pg from "pg";

import { openBenchDatabase } from "../../bench/benchDatabase";
import { seeded } from "../../bench/seeded";
import { CommitLog } from "../commitLog";
import { History } from "./history";
import { TABLES } from "./rows";
import { type Fault, sabotageOf } from "./sabotage";
import type { Report, Work } from "./worker";
import {
  CHILDREN,
  INSERT_WORKSPACE,
  LIMITED,
  LIMITS,
  MORTAL,
  PARENTS,
  PLAIN,
  SET_LIMIT,
} from "./world";

export interface StressOptions {
  readonly operations: number;
  readonly seed: number;
  readonly connections: number;
  /** Breaks the quotas on purpose before all begins. */
  readonly sabotage?: Fault;
  /** Ends the run at the first violation of this kind. */
  readonly enough?: RegExp;
  readonly progress?: (line: string) => void;
}

export interface StressResult {
  readonly violations: readonly string[];
  /** How often each operation had each outcome. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly done: number;
  readonly seconds: number;
  readonly commits: number;
  readonly refusals: number;
  readonly killedBackends: number;
  readonly killedProcesses: number;
}

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
const LOADER = new URL("../../../../scripts/asShipped.mjs", import.meta.url)
  .href;
/** Enough to tell what is wrong; a broken counter would bring thousands. */
const MANY = 1_000;
/** Longer than any lock is waited for: a circle is found within 50 ms. */
const STALLED_MS = 30_000;

async function prepare(superuser: pg.Client): Promise<void> {
  for (const id of [...PLAIN, ...PARENTS]) {
    await superuser.query(INSERT_WORKSPACE, [id, null]);
  }
  for (const [at, id] of [...CHILDREN, ...MORTAL].entries()) {
    await superuser.query(INSERT_WORKSPACE, [id, PARENTS[at % 2]]);
  }
  for (const resource of LIMITED) {
    await superuser.query(
      `UPDATE public."QuotaDefault" SET "amount" = $2 WHERE "resourceType" = $1`,
      [resource, LIMITS[resource]],
    );
    await superuser.query(SET_LIMIT, [
      PARENTS[0],
      resource,
      "pool",
      Math.floor(LIMITS[resource] * 1.5),
    ]);
  }
}

/** The workers' outcomes, added up. */
class Tally {
  readonly outcomes = new Map<string, number>();

  done = 0;

  constructor(private readonly history: History) {}

  add({ refusals, outcomes, done }: Report): void {
    refusals.forEach((refusal) => this.history.refusals.add(refusal));
    outcomes.forEach((times, name) =>
      this.outcomes.set(name, (this.outcomes.get(name) ?? 0) + times),
    );
    this.done += done;
  }
}

/** A worker under way; `done` is how much it has told of. */
interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  done: number;
}

function start(work: Work, tally: Tally): Process {
  const child = fork(WORKER, [], {
    execArgv: ["--import", LOADER],
    serialization: "advanced",
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const started: Process = { child, ended, done: 0 };
  child.on("message", (report: Report) => {
    started.done += report.done;
    tally.add(report);
  });
  child.send(work);
  return started;
}

async function killOne(superuser: pg.Client, at: number): Promise<number> {
  const killed = await superuser.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity
        WHERE usename IN ('dittofeed_app', 'dittofeed_system') AND datname = current_database()
        ORDER BY pid OFFSET $1 LIMIT 1) AS chosen`,
    [at],
  );
  return killed.rowCount ?? 0;
}

/** Holds the counters and the recount against what the log says. */
async function compare(superuser: pg.Client, history: History): Promise<void> {
  const add = (line: string) => history.violations.push(line);
  for (const [id, resource, isPool, used] of [...history.standing()]) {
    const name = `${isPool ? "pool " : ""}${id} ${resource}`;
    const counter = await superuser.query<{ used: string }>(
      `SELECT coalesce(sum("used"), 0) AS used FROM public."WorkspaceUsage"
        WHERE "workspaceId" = $1 AND "resourceType" = $2 AND "isPool" = $3 AND "period" = tenancy.quota_period($2)`,
      [id, resource, isPool],
    );
    if (Number(counter.rows[0]?.used) !== used) {
      add(`drift: ${name}: counter ${counter.rows[0]?.used}, log ${used}`);
    }
    const recount = await superuser.query<{
      recorded: string;
      counted: string;
    }>(
      `SELECT * FROM tenancy.${isPool ? "quota_reconcile_pool" : "quota_reconcile"}($1, $2)`,
      [id, resource],
    );
    const { recorded, counted } = recount.rows[0] ?? {};
    if (recorded === undefined || recorded !== counted) {
      add(`drift: ${name}: recorded ${recorded}, recounted ${counted}`);
    }
  }
}

async function defaultsOf(superuser: pg.Client) {
  const found = await superuser.query<{ name: string; amount: string | null }>(
    `SELECT "resourceType" AS name, "amount" FROM public."QuotaDefault"`,
  );
  return new Map(
    found.rows.map(({ name, amount }) => [
      name,
      amount === null ? null : Number(amount),
    ]),
  );
}

/** Runs it on a server of its own. `violations` is empty when all promises were kept. */
export async function stressQuotas(
  options: StressOptions,
): Promise<StressResult> {
  const database = await openBenchDatabase({
    settings: [
      "wal_level=logical",
      "max_wal_senders=2",
      "deadlock_timeout=50ms",
    ],
  });
  const superuser = new pg.Client({
    connectionString: database.url("superuser"),
  });
  await superuser.connect();
  try {
    return await run(options, superuser, {
      appUrl: database.url("dittofeed_app"),
      systemUrl: database.url("dittofeed_system"),
    });
  } finally {
    await superuser.end();
    await database.stop();
  }
}

async function run(
  { operations, seed, connections, sabotage, enough, progress }: StressOptions,
  superuser: pg.Client,
  urls: Pick<Work, "appUrl" | "systemUrl">,
): Promise<StressResult> {
  const log = new CommitLog(superuser, "quota_stress");
  await log.begin(TABLES);
  await prepare(superuser);
  if (sabotage !== undefined) {
    await superuser.query(await sabotageOf(superuser, sabotage));
  }
  const history = new History(await defaultsOf(superuser));
  const tally = new Tally(history);
  const startedAt = performance.now();
  const share = (at: number, amount: number): Work => ({
    ...urls,
    seed: seed + at,
    operations: amount,
    connections: Math.ceil(connections / 2),
  });
  const half = Math.ceil(operations / 2);
  const processes = [0, 1].map((at) => start(share(at, half), tally));
  const draw = seeded(seed);
  let [killedBackends, killedProcesses] = [0, 0];
  const isOver = () => tally.done >= operations;
  const follow = async () => {
    const { upTo, commits } = await log.next();
    history.follow(commits, upTo);
  };
  let toldAt = 0;
  const stall = { done: 0, since: performance.now() };
  const isEnough = () =>
    history.violations.length >= MANY ||
    history.violations.some((line) => enough?.test(line));
  while (!isOver() && !isEnough()) {
    await sleep(200);
    await follow();
    killedBackends += await killOne(
      superuser,
      Math.floor(draw() * connections),
    );
    const [first] = processes;
    if (killedProcesses === 0 && first && first.done > half * 0.4) {
      first.child.kill("SIGKILL");
      await first.ended;
      processes[0] = start(share(2, half - first.done), tally);
      killedProcesses += 1;
    }
    if (tally.done - toldAt >= operations / 20) {
      toldAt = tally.done;
      const seconds = (performance.now() - startedAt) / 1000;
      progress?.(
        `${tally.done} of ${operations}, ${(tally.done / seconds).toFixed(0)}/s, ${history.violations.length} violations`,
      );
    }
    if (tally.done > stall.done) {
      Object.assign(stall, { done: tally.done, since: performance.now() });
    } else if (performance.now() - stall.since > STALLED_MS) {
      history.violations.push(`stalled: ${await whoWaits(superuser)}`);
      break;
    }
    if (processes.every(({ child }) => child.exitCode !== null)) {
      break;
    }
  }
  processes.forEach(({ child }) => {
    if (!isOver()) {
      child.kill("SIGKILL");
    }
  });
  // What has told of all its work has nothing to wait for.
  const late = setTimeout(() => {
    history.violations.push("a process that was done did not end");
    processes.forEach(({ child }) => child.kill("SIGKILL"));
  }, STALLED_MS);
  await Promise.all(processes.map(({ ended }) => ended));
  clearTimeout(late);
  const seconds = (performance.now() - startedAt) / 1000;
  await awaitBackends(superuser);
  // Commits of these servers reach the log's file when they like: this one waits for it, and with it all before it.
  await superuser.query("SET synchronous_commit = on");
  await superuser.query("SELECT pg_logical_emit_message(true, 'end', '')");
  await follow();
  await follow();
  await compare(superuser, history);
  [...tally.outcomes.keys()]
    .filter((name) => name.includes("FAULT"))
    .forEach((name) => history.violations.push(name));
  if (history.refusals.unjudged > 0) {
    history.violations.push(
      `${history.refusals.unjudged} refusals were not judged`,
    );
  }
  await log.end();
  return {
    violations: history.violations,
    outcomes: tally.outcomes,
    done: tally.done,
    seconds,
    commits: history.checkedCommits,
    refusals: history.refusals.checked,
    killedBackends,
    killedProcesses,
  };
}

/** What the connections are at, for the one who has to find out why nothing moves. */
async function whoWaits(superuser: pg.Client): Promise<string> {
  const found = await superuser.query<{ line: string }>(
    `SELECT concat_ws(' ', pid, state, wait_event, pg_blocking_pids(pid)::text, left(query, 80)) AS line
       FROM pg_stat_activity WHERE usename IN ('dittofeed_app', 'dittofeed_system')`,
  );
  return found.rows.map(({ line }) => line).join("; ");
}

/** What a killed process had under way ends when its backends notice. */
async function awaitBackends(superuser: pg.Client): Promise<void> {
  for (;;) {
    const left = await superuser.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename IN ('dittofeed_app', 'dittofeed_system') AND datname = current_database()`,
    );
    if (left.rowCount === 0) {
      return;
    }
    await sleep(50);
  }
}
