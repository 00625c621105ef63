// The coherence of the cache under stress, for test and command alike: processes that read and write, mishaps, and the log of what
// was committed. Owns the run and its verdict; history.ts owns what is right and wrong.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import pg from "pg";

import {
  type BenchDatabase,
  openBenchDatabase,
} from "../../bench/benchDatabase";
import { seeded } from "../../bench/seeded";
import { CommitLog } from "../commitLog";
import { Disturbances, mishapsOf } from "./disturbances";
import { History, type Read, READ_FIELDS, WAYS } from "./history";
import { type LineProxy, startLineProxy } from "./lineProxy";
import { type PeerName } from "./peers";
import {
  argumentsOf,
  fingerprintOf,
  PLACES,
  statementOf,
  valueOf,
} from "./places";
import { type RedisKind, type RedisOfRun, startRedisOfRun } from "./redisOf";
import { type Sabotage, sabotageDatabase, sabotageProcess } from "./sabotage";
import type { Report, Work } from "./worker";
import {
  ALL,
  CHILDREN,
  MAKE_WORKSPACE,
  MORTAL,
  PARENTS,
  TABLES,
  Versions,
} from "./world";

export interface CheckOptions {
  readonly reads: number;
  readonly seed: number;
  readonly processes: number;
  /** Of a thousand turns, those that write; default 30, and 200 when something is broken on purpose. */
  readonly writesPerMille?: number;
  /** False: nothing is killed, paused or forgotten. */
  readonly isDisturbed?: boolean;
  /** Another library in the place of ours. */
  readonly peer?: PeerName;
  /** Breaks our cache on purpose. */
  readonly sabotage?: Sabotage;
  /** Ends the run at the first wrong read. */
  readonly stopsAtFirst?: boolean;
  readonly progress?: (line: string) => void;
}

export interface CheckResult {
  /** Reads that brought what was no longer right when they were asked for. */
  readonly stale: number;
  /** Reads of what was never committed, of another place, or of what was not there yet. */
  readonly impossible: number;
  readonly wrongAtRest: number;
  /** The first of what is wrong, in words. */
  readonly examples: readonly string[];
  readonly reads: number;
  readonly readsAtRest: number;
  readonly byWay: Readonly<Record<string, number>>;
  /** Peeks that were behind, and by how many milliseconds at most. */
  readonly peeksBehind: number;
  readonly peekBehindMsMax: number;
  readonly commits: number;
  /** Of them, those whose writers told of them. */
  readonly told: number;
  readonly seconds: number;
  /** Of the caches, added up: loads, and where values came from. */
  readonly figures: Readonly<Record<string, number>>;
  readonly counts: ReadonlyMap<string, number>;
  readonly mishaps: ReadonlyMap<string, number>;
}

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
const LOADER = new URL("../../../../scripts/asShipped.mjs", import.meta.url)
  .href;
const EXAMPLES = 20;
const STALLED_MS = 120_000;
const LOOPS = 16;
const LINES = 8;
/** Of the database: its own tables, and the workspaces. */
const LOGGED = ["Workspace", ...TABLES.map(({ name }) => name)];

/** Where runs take place, one after the other. */
export interface World {
  readonly database: BenchDatabase;
  readonly redis: RedisOfRun;
  readonly lines: LineProxy;
  stop(): Promise<void>;
}

/** Starts a database and a Redis of its own. */
export async function openWorld(kind: RedisKind): Promise<World> {
  const database = await openBenchDatabase({
    settings: [
      "wal_level=logical",
      "max_wal_senders=2",
      "deadlock_timeout=50ms",
      "max_connections=300",
    ],
  });
  const redis = await startRedisOfRun(kind);
  const lines = await startLineProxy(database.url("superuser"), LINES);
  return {
    database,
    redis,
    lines,
    stop: async () => {
      await lines.stop();
      await redis.stop();
      await database.stop();
    },
  };
}

interface Member {
  readonly child: ChildProcess;
  readonly line: number;
  upTo: number;
  figures: Readonly<Record<string, number>>;
  answer: Report["kind"];
}

class Run {
  private readonly history = new History();

  private readonly log: CommitLog;

  private members: Member[] = [];

  private started = 0;

  private waiting: Read[] = [];

  private readonly counts = new Map<string, number>();

  private readonly byWay = new Map<string, number>();

  private readonly examples: string[] = [];

  private readonly figures = new Map<string, number>();

  private judged = 0;

  private judgedAtRest = 0;

  private isAtRest = false;

  private stale = 0;

  private impossible = 0;

  private wrongAtRest = 0;

  constructor(
    private readonly world: World,
    private readonly options: CheckOptions,
    private readonly superuser: pg.Client,
    private readonly processArguments: readonly string[],
  ) {
    this.log = new CommitLog(superuser, `cache_check_${process.pid}`);
  }

  async whole(): Promise<CheckResult> {
    await this.prepare();
    try {
      return await this.between();
    } finally {
      await this.end();
    }
  }

  private async between(): Promise<CheckResult> {
    const draw = seeded(this.options.seed);
    const startedAt = performance.now();
    for (let at = 0; at < this.options.processes; at += 1) {
      this.start(at);
    }
    const disturbances = this.disturbances((below) =>
      Math.floor(draw() * below),
    );
    disturbances?.begin();
    await this.untilRead();
    const seconds = (performance.now() - startedAt) / 1000;
    await disturbances?.end();
    await this.ask("stop", "stopped");
    await this.follow(Infinity);
    this.isAtRest = true;
    await this.compareWithDatabase();
    await this.ask("look", "looked");
    await this.follow(Infinity);
    this.members.forEach((member) => this.addFigures(member));
    return this.result(seconds, disturbances?.counts ?? new Map());
  }

  private async prepare(): Promise<void> {
    await this.superuser.query("SET synchronous_commit = on");
    await this.superuser.query(`DELETE FROM public."Workspace"`);
    await this.log.begin(LOGGED);
    const isChild = new Set([...CHILDREN, ...MORTAL]);
    const versions = new Versions(-1); // below those of all processes
    for (const [at, id] of [...PARENTS, ...ALL].entries()) {
      await this.superuser.query(MAKE_WORKSPACE, [
        id,
        versions.draw(),
        isChild.has(id) ? PARENTS[at % 2] : null,
      ]);
    }
    for (const id of ALL) {
      for (const { write, keyOf } of TABLES) {
        await this.superuser.query(write, [id, keyOf(id, 0), versions.draw()]);
      }
    }
    await this.follow();
    this.history.settle();
  }

  private start(line: number): void {
    const { database, redis, lines } = this.world;
    const { seed, peer, sabotage, isDisturbed = true } = this.options;
    const number = this.started;
    this.started += 1;
    const child = fork(WORKER, [], {
      execArgv: ["--import", LOADER, ...this.processArguments],
      serialization: "advanced",
      env: {
        ...process.env,
        NODE_ENV: "test",
        LOG_LEVEL: "silent",
        DATABASE_URL: database.url("dittofeed_app"),
        DATABASE_SYSTEM_URL: database.url("dittofeed_system"),
        // Every other process hears the database without anything between.
        DATABASE_LISTEN_URL:
          line % 2 === 0
            ? lines.through(database.url("dittofeed_system"), line)
            : database.url("dittofeed_system"),
        DATABASE_POOL_MAX: "4",
        DATABASE_SYSTEM_POOL_MAX: "3",
        DATABASE_CONNECT_TIMEOUT_MS: "1000",
        ...(redis.url === undefined ? {} : { REDIS_URL: redis.url }),
        // One evicts all the time, one lets go of everything after a second.
        TENANT_CACHE_MAX_BYTES: line % 4 === 3 ? "20000" : "5000000",
        TENANT_CACHE_TTL: line % 4 === 2 ? "1" : "300",
      },
    });
    const member: Member = {
      child,
      line,
      upTo: -Infinity,
      figures: {},
      answer: "during",
    };
    this.members.push(member);
    child.on("message", (report: Report) => this.hear(member, report));
    child.once("exit", (code, signal) => {
      this.members = this.members.filter((each) => each !== member);
      if (!this.isAtRest) {
        this.addFigures(member);
      }
      if (signal !== "SIGKILL" && code !== 0) {
        this.wrong("impossible", `a process ended with ${code ?? signal}`);
      }
    });
    const work: Work = {
      process: number,
      seed,
      loops: LOOPS,
      writesPerMille:
        this.options.writesPerMille ?? (sabotage === undefined ? 30 : 200),
      isCalm: !isDisturbed,
      urls: {
        app: database.url("dittofeed_app"),
        system: database.url("dittofeed_system"),
        superuser: database.url("superuser"),
      },
      ...(peer === undefined ? {} : { peer }),
    };
    child.send(work);
  }

  private disturbances(draw: (below: number) => number) {
    const { isDisturbed = true, processes } = this.options;
    return isDisturbed
      ? new Disturbances(
          mishapsOf(
            {
              superuser: this.superuser,
              lines: this.world.lines,
              lineCount: Math.min(LINES, processes),
              processes: () => this.ready().map(({ child }) => child),
              replace: (at) => this.replace(at),
            },
            this.world.redis.mishaps,
          ),
          draw,
        )
      : undefined;
  }

  /** Those that have told of something: the others, just started, have hardly written. */
  private ready(): readonly Member[] {
    return this.members.filter(({ upTo }) => upTo > -Infinity);
  }

  private async replace(at: number): Promise<void> {
    const member = this.ready()[at];
    if (member !== undefined) {
      const ended = once(member.child, "exit");
      member.child.kill("SIGKILL");
      await ended;
      this.start(member.line);
    }
  }

  private hear(member: Member, report: Report): void {
    const { reads, told, counts, foreign, upTo, figures, kind } = report;
    Object.assign(member, { upTo, figures, answer: kind });
    told.forEach((each) => this.history.tell(each));
    counts.forEach((times, name) =>
      this.counts.set(name, (this.counts.get(name) ?? 0) + times),
    );
    foreign.forEach((line) => this.wrong("impossible", line));
    for (let at = 0; at < reads.length; at += READ_FIELDS) {
      const [place = 0, fingerprint = 0, asOf = 0, endedAt = 0, way = 0] =
        reads.subarray(at, at + READ_FIELDS);
      this.waiting.push({
        place,
        fingerprint,
        asOf,
        endedAt,
        way: WAYS[way] ?? "strict",
      });
    }
  }

  private wrong(
    what: "stale" | "impossible" | "wrongAtRest",
    example: string,
  ): void {
    this[what] += 1;
    if (this.examples.length < EXAMPLES) {
      this.examples.push(example);
    }
  }

  /** Brings what was committed, then judges the reads whose past is known: that of which every process has told. */
  private async follow(
    known = Math.min(...this.ready().map(({ upTo }) => upTo)),
  ): Promise<void> {
    const due = this.waiting.filter(({ endedAt }) => endedAt <= known);
    this.waiting = this.waiting.filter(({ endedAt }) => endedAt > known);
    // Commits reach the log's file when they like: this one waits for it, and with it all before it.
    await this.superuser.query("SELECT pg_logical_emit_message(true, 'x', '')");
    const { commits } = await this.log.next();
    this.history.follow(commits);
    due.forEach((read) => this.judge(read));
  }

  private judge(read: Read): void {
    const { place, way } = read;
    if (this.isAtRest) {
      this.judgedAtRest += 1;
      if (read.fingerprint !== this.history.current(place)) {
        this.wrong("wrongAtRest", `at rest ${way} of ${PLACES[place]?.name}`);
      }
      return;
    }
    this.judged += 1;
    this.byWay.set(way, (this.byWay.get(way) ?? 0) + 1);
    const verdict = this.history.judge(read);
    if (verdict === "stale") {
      this.wrong("stale", `stale ${way} of ${PLACES[place]?.name}`);
    } else if (verdict !== "right") {
      this.wrong("impossible", `${verdict} ${way} of ${PLACES[place]?.name}`);
    }
  }

  private async untilRead(): Promise<void> {
    const { reads, stopsAtFirst = false, progress } = this.options;
    const startedAt = performance.now();
    const stall = { judged: 0, since: startedAt };
    let toldAt = 0;
    while (this.judged < reads) {
      await sleep(100);
      await this.follow();
      if (stopsAtFirst && this.examples.length > 0) {
        return;
      }
      if (this.judged - toldAt >= Math.max(reads / 20, 10_000)) {
        toldAt = this.judged;
        const seconds = (performance.now() - startedAt) / 1000;
        progress?.(
          `${this.judged} of ${reads} reads, ${(this.judged / seconds).toFixed(0)}/s, ${this.history.commits} commits, ${this.stale} stale, ${this.impossible} impossible`,
        );
      }
      if (this.judged > stall.judged) {
        Object.assign(stall, {
          judged: this.judged,
          since: performance.now(),
        });
      } else if (performance.now() - stall.since > STALLED_MS) {
        throw new Error(`Nothing was read for ${STALLED_MS} ms.`);
      }
    }
  }

  /** Sends the word to all and waits for their answers. */
  private async ask(word: "stop" | "look", answer: Report["kind"]) {
    const until = performance.now() + STALLED_MS;
    const waitFor = async (isSo: () => boolean) => {
      while (!isSo()) {
        await sleep(20);
        if (performance.now() > until) {
          throw new Error(`A process did not answer to "${word}".`);
        }
      }
    };
    await waitFor(() => this.ready().length === this.members.length);
    this.members.forEach(({ child }) => child.send(word));
    await waitFor(() => this.members.every((each) => each.answer === answer));
  }

  /** The judge's own reckoning is held against the tables. */
  private async compareWithDatabase(): Promise<void> {
    for (const place of PLACES) {
      const { rows } = await this.superuser.query<{
        table: string;
        key: string;
        version: string;
      }>(statementOf(place), argumentsOf(place));
      const value = valueOf(place, rows);
      if (fingerprintOf(value.rows) !== this.history.current(place.at)) {
        this.wrong(
          "wrongAtRest",
          `the log tells of ${place.name} [${this.history.rowsAt(place.at).join()}], the tables [${value.rows.join()}]`,
        );
      }
    }
  }

  private addFigures({ figures }: Member): void {
    Object.entries(figures).forEach(([name, value]) =>
      this.figures.set(name, (this.figures.get(name) ?? 0) + value),
    );
  }

  private async end(): Promise<void> {
    const ended = this.members.map(({ child }) => once(child, "exit"));
    this.members.forEach(({ child }) => {
      child.kill("SIGCONT"); // one may stand still, when something went wrong
      child.disconnect();
    });
    await Promise.all(ended);
    await this.log.end();
  }

  private result(
    seconds: number,
    mishaps: ReadonlyMap<string, number>,
  ): CheckResult {
    const { behindMs, commits, matched } = this.history;
    return {
      stale: this.stale,
      impossible: this.impossible,
      wrongAtRest: this.wrongAtRest,
      examples: this.examples,
      reads: this.judged,
      readsAtRest: this.judgedAtRest,
      byWay: Object.fromEntries(this.byWay),
      peeksBehind: behindMs.length,
      peekBehindMsMax: behindMs.reduce((max, ms) => Math.max(max, ms), 0),
      commits,
      told: matched,
      seconds,
      figures: Object.fromEntries(this.figures),
      counts: this.counts,
      mishaps,
    };
  }
}

/** One run in the world. `stale`, `impossible` and `wrongAtRest` are 0 when all promises were kept. */
export async function checkCache(
  world: World,
  options: CheckOptions,
): Promise<CheckResult> {
  const superuser = new pg.Client({
    connectionString: world.database.url("superuser"),
  });
  await superuser.connect();
  const { sabotage } = options;
  const repair = await sabotageDatabase(superuser, sabotage);
  try {
    return await new Run(
      world,
      options,
      superuser,
      sabotageProcess(sabotage),
    ).whole();
  } finally {
    await repair();
    await superuser.end();
  }
}
