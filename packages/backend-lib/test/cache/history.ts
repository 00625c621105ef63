// What every place held after every commit, told from the server's log alone, and the verdict on a read: which of these values it
// brought, and whether that was still right when the read was asked for. Owns the judgement; worker.ts brings the reads.

import type { Change, Commit, Row } from "../commitLog";
import { fingerprintOf, isTouched, PLACES, rowText } from "./places";
import { TABLES } from "./world";

/** When a commit was asked for and when its writer was told; of one that nobody tells of, nothing is known. */
interface Times {
  sentAt: number;
  toldAt: number;
}

/** A value, from a commit on until the next of its place. */
interface State {
  readonly fingerprint: number;
  readonly since: Times;
}

export interface Read {
  readonly place: number;
  readonly fingerprint: number;
  /** What was acknowledged before this moment has to be in it. */
  readonly asOf: number;
  readonly endedAt: number;
  readonly way: Way;
}

/** A read on its way home: place, fingerprint, as of, ended at, the way's number. */
export const READ_FIELDS = 5;

/** getOrLoad; getOrLoad in a context with readsAsOf; get, and set after a miss; peek, which may be a moment behind. */
export const WAYS = ["strict", "request", "get", "peek"] as const;
export type Way = (typeof WAYS)[number];

export type Verdict = "right" | "stale" | "future" | "unknown";

export interface Told {
  /** The transaction's number as `x<number>`, or a version as `+<version>` that it wrote or `-<version>` that it deleted. */
  readonly marks: readonly string[];
  readonly sentAt: number;
  readonly toldAt: number;
}

const WORKSPACE = { name: "Workspace", version: "name", key: "id" };
const VERSIONED = new Map(
  [...TABLES, WORKSPACE].map((table) => [table.name, table]),
);
const WITHOUT_EPOCH = 2n ** 32n;

/** The mark of a transaction by pg_current_xact_id(). */
export const markOf = (xid: string) => `x${BigInt(xid) % WITHOUT_EPOCH}`;

export class History {
  /** Commits of which a writer told, and that the log had. */
  matched = 0;

  commits = 0;

  /** How far behind peeks were, in milliseconds: those that were. */
  readonly behindMs: number[] = [];

  /** By table and workspace, the rows by their keys. */
  private readonly rows = new Map<string, Map<string, string>>();

  private readonly byMark = new Map<string, Times>();

  /** Told before the log had them. */
  private readonly early = new Map<string, Told>();

  private readonly states: State[][] = PLACES.map(() => [
    {
      fingerprint: fingerprintOf([]),
      since: { sentAt: -Infinity, toldAt: -Infinity },
    },
  ]);

  /** Takes in what was committed, in order. */
  follow(commits: readonly Commit[]): void {
    commits.forEach((commit) => this.apply(commit));
  }

  /** What was committed so far was so before all that is told from now on. */
  settle(): void {
    this.states.flat().forEach(({ since }) => {
      Object.assign(since, { sentAt: -Infinity, toldAt: -Infinity });
    });
  }

  /** A writer was told that its commit is done. */
  tell(told: Told): void {
    const times = told.marks
      .map((mark) => this.byMark.get(mark))
      .find((found) => found !== undefined);
    if (times === undefined) {
      told.marks.forEach((mark) => this.early.set(mark, told));
    } else {
      this.enter(times, told);
    }
  }

  /** What the place holds now. */
  current(place: number): number {
    return this.states[place]?.at(-1)?.fingerprint ?? NaN;
  }

  judge({ place, fingerprint, asOf, endedAt, way }: Read): Verdict {
    const states = this.states[place] ?? [];
    let isMissed = false;
    let overwrittenAt = Infinity;
    let found: Verdict = "unknown";
    for (let at = states.length - 1; at >= 0; at -= 1) {
      const state = states[at];
      if (state === undefined) {
        break;
      }
      if (state.fingerprint === fingerprint) {
        if (state.since.sentAt > endedAt) {
          found = "future";
        } else if (!isMissed) {
          return "right";
        } else {
          found = "stale";
          break;
        }
      }
      if (state.since.toldAt < asOf) {
        isMissed = true;
        overwrittenAt = state.since.toldAt;
      }
    }
    if (found === "stale" && way === "peek") {
      this.behindMs.push(asOf - overwrittenAt);
      return "right";
    }
    return found;
  }

  private enter(times: Times, { sentAt, toldAt }: Told): void {
    if (times.toldAt === Infinity) {
      this.matched += 1;
    }
    Object.assign(times, {
      sentAt: Math.max(times.sentAt, sentAt),
      toldAt: Math.min(times.toldAt, toldAt),
    });
  }

  private apply({ xid, changes }: Commit): void {
    this.commits += 1;
    const since: Times = { sentAt: -Infinity, toldAt: Infinity };
    const marks = changes.flatMap((change) => [...History.marksOf(change)]);
    marks.push(`x${xid < 0 ? xid + 2 ** 32 : xid}`); // the log's number has a sign
    marks.forEach((mark) => {
      this.byMark.set(mark, since);
      const told = this.early.get(mark);
      if (told !== undefined) {
        this.enter(since, told);
        told.marks.forEach((each) => this.early.delete(each));
      }
    });
    const touched = new Set<number>();
    changes.forEach((change) => this.change(change, touched));
    touched.forEach((at) => this.look(at, since));
  }

  private static *marksOf({ table, before, after }: Change): Generator<string> {
    const { version = "" } = VERSIONED.get(table) ?? {};
    if (after !== undefined) {
      // A row that moved has its version from an earlier commit, whose writer may tell of that only now.
      if (before?.get(version) !== after.get(version)) {
        yield `+${after.get(version) ?? ""}`;
      }
    } else if (before !== undefined) {
      yield `-${before.get(version) ?? ""}`;
    }
  }

  private static place(table: string, row: Row) {
    const { key = "", version = "" } = VERSIONED.get(table) ?? {};
    const named = row.get(key) ?? "";
    return {
      workspaceId: row.get(table === "Workspace" ? "id" : "workspaceId") ?? "",
      key: named,
      text: rowText(table, named, row.get(version) ?? ""),
    };
  }

  private change({ table, before, after }: Change, touched: Set<number>): void {
    const touch = (changed: { workspaceId?: string; key?: string }) =>
      PLACES.forEach((place) => {
        if (isTouched(place, { table, ...changed })) {
          touched.add(place.at);
        }
      });
    if (before === undefined && after === undefined) {
      [...this.rows.keys()]
        .filter((name) => name.startsWith(`${table} `))
        .forEach((name) => this.rows.delete(name));
      touch({});
    }
    if (before !== undefined) {
      const { workspaceId, key } = History.place(table, before);
      this.rows.get(`${table} ${workspaceId}`)?.delete(key);
      touch({ workspaceId, key });
    }
    if (after !== undefined) {
      const { workspaceId, key, text } = History.place(table, after);
      const name = `${table} ${workspaceId}`;
      const of = this.rows.get(name) ?? new Map<string, string>();
      this.rows.set(name, of.set(key, text));
      touch({ workspaceId, key });
    }
  }

  /** Notes what the place holds now, if that is something else. */
  private look(at: number, since: Times): void {
    const fingerprint = fingerprintOf(this.rowsAt(at));
    const states = this.states[at];
    if (states !== undefined && states.at(-1)?.fingerprint !== fingerprint) {
      states.push({ fingerprint, since });
    }
  }

  /** What the place holds, row by row. */
  rowsAt(at: number): string[] {
    const place = PLACES[at];
    if (place === undefined) {
      return [];
    }
    const { kind, workspaceId, key } = place;
    if (kind.cacheKind.name === "directory") {
      return [...this.rows]
        .filter(([name]) => name.startsWith("Workspace "))
        .flatMap(([, rows]) => [...rows.values()])
        .sort();
    }
    const whose = [workspaceId, ...(kind.hasParents ? [key] : [])];
    const tables = new Set([
      ...kind.tables,
      ...(kind.hasParents ? ["Workspace"] : []),
    ]);
    return [...tables]
      .flatMap((table) =>
        whose.flatMap((id) => [...(this.rows.get(`${table} ${id}`) ?? [])]),
      )
      .filter(([name]) => !kind.isOfOneRow || name === key)
      .map(([, text]) => text)
      .sort();
  }
}
