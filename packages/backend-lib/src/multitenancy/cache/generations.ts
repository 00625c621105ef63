// Which generations hold now, told by the database. Owns the turns: how a reader comes to know of every change that was
// acknowledged before it asked. Leaves the connection to listener.ts, what is known to books.ts, and the counting to the
// triggers of migration 014.
//
// Why a turn is enough: PostgreSQL puts a notification into its queue before the change can be seen, and signals the listening
// backends before it answers the writer's COMMIT; a backend sends what is queued before it says that it is ready. So whoever
// has taken a turn, a round trip on the listening connection that began after a read was asked for, has heard of every change
// that was acknowledged before. Source: PostgreSQL's src/backend/commands/async.c, and postgres.c on ReadyForQuery.

import {
  aliasOf,
  Books,
  type ChangedScope,
  type Dependency,
  EVERYTHING,
  HOST,
  isChangedScope,
  isEverybody,
  passingStamp,
  type Reading,
  type Stamp,
} from "./books";
import { Listener, type ListenerOptions } from "./listener";

interface Turn {
  readonly wanted: Set<string>;
  readonly answer: Promise<Answer | undefined>;
}

/** What the turn read of the workspaces that were wanted; those of which nothing is known yet are not in it. */
interface Answer {
  readonly sums: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly ofAll: string;
}

/** A workspace's alias, and what of it changed. */
const ANNOUNCEMENT = /^([0-9a-f]{64}) (\S+)$/;

const READ = `
  SELECT "workspaceId", "scope", sum("generation")::text AS "sum" FROM public."CacheGeneration"
   WHERE "workspaceId" = ANY ($1::uuid[]) GROUP BY 1, 2`;

/**
 * Without readers a turn is taken so often, in milliseconds: so the end of a connection that nobody announced is noticed,
 * and those who peek do not go on for ever.
 */
const PULSE_MS = 5_000;

function toAnswer(rows: readonly Record<string, unknown>[]): Answer {
  const sums = new Map<string, Map<string, string>>();
  for (const { workspaceId, scope, sum } of rows) {
    const id = String(workspaceId);
    const of = sums.get(id) ?? new Map<string, string>();
    sums.set(id, of.set(String(scope), String(sum)));
  }
  return { sums, ofAll: sums.get(HOST)?.get(EVERYTHING) ?? "0" };
}

function readingOf({ sums, ofAll }: Answer, workspaceId: string): Reading {
  return { sums: sums.get(workspaceId) ?? new Map(), ofAll };
}

export type GenerationsOptions = Omit<
  ListenerOptions,
  "onHeard" | "onOpen" | "onLost"
> & {
  /** The time, in milliseconds, by the clock that `asOf` is read from. */
  readonly now?: () => number;
  /** Workspaces whose generations are remembered; 50,000 unless given. */
  readonly booksMax?: number;
};

export class Generations {
  readonly #listener: Listener;

  readonly #now: () => number;

  readonly #books: Books;

  /** What changed while the turn under way was on its way: its answer may not know of it. */
  #heard = new Set<string>();

  #last: Promise<unknown> = Promise.resolve();

  #next: Turn | undefined;

  /** When the latest turn that has ended began. */
  #caughtUpAt = -Infinity;

  #pulse: NodeJS.Timeout | undefined;

  constructor({
    now = () => performance.now(),
    booksMax,
    ...options
  }: GenerationsOptions) {
    this.#now = now;
    this.#books = new Books(booksMax === undefined ? {} : { max: booksMax });
    this.#listener = new Listener({
      ...options,
      onHeard: (payload) => this.#hear(payload),
      onOpen: () => {
        this.forget(HOST, EVERYTHING);
        this.#pulse = setInterval(() => {
          void this.catchUp();
        }, PULSE_MS).unref();
      },
      onLost: () => this.#lose(),
    });
  }

  #turns = 0;

  /** Round trips on the listening connection so far, those that only ask whether anything changed included. */
  get turns(): number {
    return this.#turns;
  }

  /** Whether changes are heard; while they are not, there are no stamps. */
  get isListening(): boolean {
    return this.#listener.isOpen;
  }

  /** Opens the listening connection; resolves after the first attempt. What is read opens it too. */
  async open(): Promise<void> {
    await this.#listener.open();
  }

  /**
   * The stamps of the dependencies, which tell apart everything that was acknowledged before `asOf` (by default: before
   * this call) from what came later. Undefined when the database is not heard: then nothing kept may be used.
   */
  async stamps(
    dependencies: readonly Dependency[],
    { asOf = this.#now() }: { readonly asOf?: number } = {},
  ): Promise<readonly Stamp[] | undefined> {
    if (!this.isListening) {
      await this.open();
    }
    const known =
      this.#caughtUpAt >= asOf ? this.known(dependencies) : undefined;
    if (known !== undefined) {
      return known;
    }
    if ((await this.#turn(this.#unknown(dependencies))) === undefined) {
      return undefined;
    }
    const heard = this.known(dependencies);
    if (heard !== undefined) {
      return heard;
    }
    // Something changed on the way. What the next answer says holds for this caller, whatever changes meanwhile.
    const answer = await this.#turn(
      dependencies.map((each) => each.workspaceId),
    );
    return (
      answer &&
      (this.known(dependencies) ??
        dependencies.map((each) =>
          passingStamp(each, readingOf(answer, each.workspaceId)),
        ))
    );
  }

  /** The stamps as of what was heard last, if all are known: at once, and up to the delay of a notification behind. */
  known(dependencies: readonly Dependency[]): readonly Stamp[] | undefined {
    const stamps: Stamp[] = [];
    for (const dependency of dependencies) {
      const stamp = this.#books.stamp(dependency);
      if (stamp === undefined) {
        return undefined;
      }
      stamps.push(stamp);
    }
    return stamps;
  }

  /** Takes one turn: what was acknowledged before this call is heard when it resolves. False: the database is not heard. */
  async catchUp(): Promise<boolean> {
    return (await this.#turn([])) !== undefined;
  }

  /** As if a change of the scope, or of all of the workspace, had been heard. */
  forget(workspaceId: string, scope: ChangedScope): void {
    this.#forget(aliasOf(workspaceId), scope);
  }

  /** Ends the listening connection. */
  async close(): Promise<void> {
    await this.#listener.close();
    this.#lose();
  }

  #lose(): void {
    clearInterval(this.#pulse);
    this.#caughtUpAt = -Infinity;
    this.forget(HOST, EVERYTHING);
  }

  #hear(payload: string): void {
    const [, alias, scope = ""] = ANNOUNCEMENT.exec(payload) ?? [];
    if (alias !== undefined && isChangedScope(scope)) {
      this.#forget(alias, scope);
    } else {
      this.forget(HOST, EVERYTHING); // from another version: what it means is unknown, and forgetting is always right
    }
  }

  #forget(alias: string, scope: ChangedScope): void {
    this.#heard.add(isEverybody(alias, scope) ? EVERYTHING : alias);
    this.#books.forget(alias, scope);
  }

  #unknown(dependencies: readonly Dependency[]): string[] {
    return dependencies
      .filter((each) => this.#books.stamp(each) === undefined)
      .map(({ workspaceId }) => workspaceId);
  }

  /** Joins the next turn that begins, which asks for the generations of the workspaces too. */
  async #turn(workspaceIds: readonly string[]): Promise<Answer | undefined> {
    this.#next ??= this.#beginAfter(this.#last);
    const { wanted, answer } = this.#next;
    workspaceIds.forEach((id) => wanted.add(id));
    return answer;
  }

  #beginAfter(last: Promise<unknown>): Turn {
    const wanted = new Set<string>();
    const answer = last.then(() => {
      this.#next = undefined; // from here on it is too late to join
      return this.#ask(wanted);
    });
    this.#last = answer;
    return { wanted, answer };
  }

  async #ask(wanted: ReadonlySet<string>): Promise<Answer | undefined> {
    const begunAt = this.#now();
    this.#turns += 1;
    const heard = new Set<string>();
    this.#heard = heard;
    const rows = await this.#listener.ask(
      wanted.size === 0
        ? null
        : { name: "generations", text: READ, values: [[HOST, ...wanted]] },
    );
    if (rows === undefined) {
      return undefined;
    }
    this.#caughtUpAt = begunAt;
    const answer = toAnswer(rows);
    if (!heard.has(EVERYTHING)) {
      wanted.forEach((id) => {
        if (!heard.has(aliasOf(id))) {
          this.#books.enter(id, readingOf(answer, id));
        }
      });
    }
    return answer;
  }
}
