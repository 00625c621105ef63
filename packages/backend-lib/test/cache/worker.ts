// One process of the checker: many loops that read and sometimes write, with a cache as it ships, until somebody stops or kills it.
// Sends home what it read and what it was told of its writes, with the times; check.ts and history.ts judge.

import process from "node:process";
import {
  setImmediate as turnOfLoop,
  setTimeout as sleep,
} from "node:timers/promises";

import pg from "pg";

import { seeded } from "../../bench/seeded";
import { type Checked, inOneRequest, openChecked } from "./caches";
import { type Told, type Way, WAYS } from "./history";
import { isPeer } from "./peers";
import {
  argumentsOf,
  fingerprintOf,
  type Place,
  PLACES,
  statementOf,
  type Value,
  valueOf,
} from "./places";
import { ALL, Versions } from "./world";
import { pick, type Turn, WRITES, type WriteWay, type Written } from "./writes";

export interface Work {
  /** Of this process alone, among all that ever work. */
  readonly process: number;
  readonly seed: number;
  readonly loops: number;
  /** Of a thousand turns, those that write. */
  readonly writesPerMille: number;
  readonly urls: {
    readonly app: string;
    readonly system: string;
    readonly superuser: string;
  };
  readonly peer?: string;
  /** No write makes everything of everybody outdated, and nothing is dropped for no reason. */
  readonly isCalm: boolean;
}

/** Comes every now and then, and once more for each `stop` and `look`. */
export interface Report {
  readonly kind: "during" | "stopped" | "looked";
  /** history.ts's READ_FIELDS numbers for each read. */
  readonly reads: Float64Array;
  readonly told: readonly Told[];
  /** How often what happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** Values that were of another place. */
  readonly foreign: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
  /** All that was told before this moment is in here or was sent before. */
  readonly upTo: number;
}

const REPORT_MS = 200;

/** Milliseconds on the one monotonic clock of this machine, which all processes share. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

let reads: number[] = [];
let told: Told[] = [];
let counts = new Map<string, number>();
let foreign: string[] = [];

const count = (name: string, times = 1) =>
  counts.set(name, (counts.get(name) ?? 0) + times);

const fingerprints = new WeakMap<Value, number>();

function fingerprint(value: Value): number {
  let known = fingerprints.get(value);
  if (known === undefined) {
    known = fingerprintOf(value.rows);
    fingerprints.set(value, known);
  }
  return known;
}

function note(place: Place, value: Value, asOf: number, way: Way): void {
  if (value.place !== place.name) {
    foreign.push(`${place.name} was answered with ${value.place}`);
  }
  reads.push(place.at, fingerprint(value), asOf, now(), WAYS.indexOf(way));
}

async function send(kind: Report["kind"], checked: Checked): Promise<void> {
  const report: Report = {
    kind,
    reads: Float64Array.from(reads),
    told,
    counts,
    foreign,
    figures: checked.figures(),
    upTo: now(),
  };
  reads = [];
  told = [];
  counts = new Map();
  foreign = [];
  await new Promise<void>((resolve) => {
    process.send?.(report, undefined, undefined, () => resolve());
  });
}

/** Reads from the database, now and then slowly: it is between reading and keeping that a change is missed. */
function loader(pool: pg.Pool, draw: Turn["draw"]) {
  return async (place: Place): Promise<Value> => {
    count(
      place.kind.cacheKind.shape === undefined
        ? "loads of what Redis may not have"
        : "loads",
    );
    const { rows } = await pool.query<{
      table: string;
      key: string;
      version: string;
    }>({
      name: place.kind.cacheKind.name,
      text: statementOf(place),
      values: argumentsOf(place),
    });
    if (draw(10) === 0) {
      await sleep(draw(25));
    }
    return valueOf(place, rows);
  };
}

/** A connection that is opened anew when it was lost. */
class Connection {
  private client: pg.Client | undefined;

  constructor(private readonly url: string) {}

  async open(): Promise<pg.Client> {
    if (this.client === undefined) {
      const client = new pg.Client({ connectionString: this.url });
      client.on("error", () => this.lose(client));
      client.on("end", () => this.lose(client));
      await client.connect();
      this.client = client;
    }
    return this.client;
  }

  private lose(client: pg.Client): void {
    if (this.client === client) {
      this.client = undefined;
    }
  }
}

/** Few places are read much and most of them seldom: Zipf's law, within the kinds' weights. */
function zipf(draw: () => number): Place {
  const first = ALL[Math.floor(ALL.length ** draw()) - 1] ?? "";
  const some = inOneRequest(first);
  let at = draw() * some.reduce((sum, { kind }) => sum + kind.weight, 0);
  const found = some.find(({ kind }) => {
    at -= kind.weight;
    return at < 0;
  });
  return found ?? pick(PLACES, (below) => Math.floor(draw() * below));
}

class Loop {
  private readonly app: Connection;

  private readonly superuser: Connection;

  private readonly draw: Turn["draw"];

  constructor(
    private readonly work: Work,
    private readonly checked: Checked,
    private readonly versions: Versions,
    private readonly random: () => number,
  ) {
    this.app = new Connection(work.urls.app);
    this.superuser = new Connection(work.urls.superuser);
    this.draw = (below) => Math.floor(random() * below);
  }

  async turn(): Promise<void> {
    const drawn = this.draw(1_000);
    if (drawn < this.work.writesPerMille) {
      await this.write();
    } else if (drawn >= 999 && !this.work.isCalm) {
      await this.drop();
    } else if (drawn >= 900) {
      await this.read(zipf(this.random), "peek");
      await turnOfLoop();
    } else if (drawn >= 800) {
      await this.read(zipf(this.random), "get");
    } else if (drawn >= 750) {
      await this.request();
    } else {
      await this.read(zipf(this.random), "strict");
    }
  }

  async read(place: Place, way: Way, asOf = now()): Promise<void> {
    try {
      const value = await this.checked.read(place, way);
      if (value !== undefined) {
        note(place, value, asOf, way);
      }
    } catch (error) {
      count(`read failed: ${error instanceof Error ? error.name : "?"}`);
    }
  }

  private async drop(): Promise<void> {
    try {
      await this.checked.drop(zipf(this.random), this.draw(3));
      count("drop: done");
    } catch {
      count("drop: failed"); // its connection was killed
    }
  }

  private async request(): Promise<void> {
    const { workspaceId } = zipf(this.random);
    const some = inOneRequest(workspaceId);
    const asOf = now();
    await this.checked.request(workspaceId, async () => {
      for (let times = 0; times < 5; times += 1) {
        await this.read(pick(some, this.draw), "request", asOf);
        if (this.draw(4) === 0) {
          await sleep(this.draw(3));
        }
      }
    });
  }

  private async write(): Promise<void> {
    const way = this.drawWay();
    const sentAt = now();
    try {
      const written = await way.run({
        app: await this.app.open(),
        superuser: await this.superuser.open(),
        draw: this.draw,
        versions: this.versions,
        workspaceId: zipf(this.random).workspaceId,
      });
      if (written === undefined) {
        count(`${way.name}: not written`);
        return;
      }
      await this.afterWrite(way, written, sentAt);
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? error.code : undefined;
      count(`${way.name}: failed ${code ?? String(error).slice(0, 80)}`);
    }
  }

  /** Other libraries are told of the change before anybody counts on it: what they serve until then is no fault of theirs. */
  private async afterWrite(
    { name }: WriteWay,
    { marks, changed }: Written,
    sentAt: number,
  ): Promise<void> {
    await this.checked.changed(changed);
    told.push({ marks, sentAt, toldAt: now() });
    count(`${name}: done`);
  }

  private drawWay(): WriteWay {
    const ways = this.work.isCalm
      ? WRITES.filter(({ isOfEverybody = false }) => !isOfEverybody)
      : WRITES;
    let at = this.random() * ways.reduce((sum, { weight }) => sum + weight, 0);
    const found = ways.find(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    return found ?? pick(WRITES, this.draw);
  }
}

/** Everything once more, when nothing happens: as a read, and as what is at hand after it. */
async function look(checked: Checked): Promise<void> {
  await checked.healed();
  for (const way of ["strict", "peek", "get"] as const) {
    await Promise.all(
      PLACES.map(async (place) => {
        const asOf = now();
        const value = await checked.read(place, way);
        if (value !== undefined) {
          note(place, value, asOf, way);
        }
      }),
    );
  }
}

async function run(work: Work): Promise<void> {
  const random = seeded(work.seed * 1_000 + work.process);
  const pool = new pg.Pool({ connectionString: work.urls.system, max: 5 });
  pool.on("error", () => undefined); // the next query opens another
  const peer =
    work.peer !== undefined && isPeer(work.peer) ? work.peer : undefined;
  const checked = await openChecked(
    peer,
    loader(pool, (below) => Math.floor(random() * below)),
  );
  const versions = new Versions(work.process);
  let isStopping = false;
  const loops = Array.from({ length: work.loops }, async (_, at) => {
    const loop = new Loop(
      work,
      checked,
      versions,
      seeded(work.seed * 1_000_000 + work.process * 1_000 + at),
    );
    while (!isStopping) {
      await loop.turn();
    }
  });
  const reporting = setInterval(() => {
    void send("during", checked);
  }, REPORT_MS);
  process.on("message", (wanted: "stop" | "look") => {
    isStopping = true;
    clearInterval(reporting);
    const done =
      wanted === "stop"
        ? Promise.all(loops).then(() => send("stopped", checked))
        : look(checked).then(() => send("looked", checked));
    done.catch(fail);
  });
}

function fail(error: unknown): void {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}

process.once("message", (work: Work) => {
  run(work).catch(fail);
});
process.once("disconnect", () => process.exit(0));
