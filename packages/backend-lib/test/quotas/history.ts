// What quotas promise, told independently of the SQL that keeps it: follows the commits one by one, knows after each how
// much every workspace and pool uses and may use, and names each commit that went over and each refusal that no state of the
// database accounts for. Owns the judgement; commitLog.ts brings the commits, worker.ts the refusals.

import type { Change, Commit, Row } from "../commitLog";
import { Refusals } from "./refusals";
import { isForced, key, MONTHLY, openOf, RESOURCES, text, weigh } from "./rows";

export class History {
  readonly violations: string[] = [];

  checkedCommits = 0;

  private readonly parents = new Map<string, string | null>();

  private readonly set = new Map<string, number | null>();

  private readonly used = new Map<string, number>();

  private readonly reserved = new Map<string, number>();

  private readonly poolUsed = new Map<string, number>();

  readonly refusals = new Refusals(this.violations);

  constructor(private readonly defaults: ReadonlyMap<string, number | null>) {}

  /** Takes in what was committed, and judges the refusals that lie before `upTo`. */
  follow(commits: readonly Commit[], upTo: bigint): void {
    commits.forEach((commit) => this.apply(commit));
    this.refusals.judgeUpTo(upTo);
  }

  /** What every workspace that is there uses, and every pool: to be held against the counters. */
  *standing(): Generator<
    readonly [
      workspaceId: string,
      resource: string,
      isPool: boolean,
      used: number,
    ]
  > {
    for (const id of this.parents.keys()) {
      for (const resource of RESOURCES) {
        yield [id, resource, false, this.used.get(key(id, resource)) ?? 0];
      }
    }
    for (const [name, amount] of this.poolUsed) {
      const [id = "", resource = ""] = name.split("|");
      yield [id, resource, true, amount];
    }
  }

  private limitOf(workspaceId: string, resource: string): number | null {
    const parent = this.parents.get(workspaceId) ?? "";
    const own = this.set.get(`${key(workspaceId, resource)}|limit`);
    const given = this.set.get(`${key(parent, resource)}|children`);
    const ceiling = this.set.get(`${key(workspaceId, resource)}|ceiling`);
    const wanted = [own, given, this.defaults.get(resource) ?? null].find(
      (each) => each !== undefined,
    );
    const bounds = [wanted, ceiling].filter(
      (each): each is number => typeof each === "number",
    );
    return bounds.length === 0 ? null : Math.min(...bounds);
  }

  private poolOf(parent: string, resource: string): number | null | undefined {
    return this.set.get(`${key(parent, resource)}|pool`);
  }

  private children(parent: string): string[] {
    return [...this.parents]
      .filter(([, above]) => above === parent)
      .map(([id]) => id);
  }

  /** The workspaces that a commit says something of, and those whose limits it may change. */
  private touched(changes: readonly Change[]): Set<string> {
    const ids = new Set<string>();
    changes.forEach(({ table, before, after }) => {
      [before, after].forEach((row) => {
        if (row !== undefined) {
          ids.add(text(row, table === "Workspace" ? "id" : "workspaceId"));
        }
      });
    });
    changes.forEach(({ table, before, after }) => {
      if (table === "WorkspaceQuota") {
        this.children(
          text(after ?? before ?? new Map(), "workspaceId"),
        ).forEach((id) => ids.add(id));
      }
    });
    return ids;
  }

  private apply({ lsn, changes }: Commit): void {
    const ids = [...this.touched(changes)];
    const look = () =>
      new Map(
        ids.map((id) => [
          id,
          {
            parent: this.parents.get(id),
            used: RESOURCES.map((each) => this.used.get(key(id, each)) ?? 0),
            limits: RESOURCES.map((each) => this.limitOf(id, each)),
          },
        ]),
      );
    const poolsBefore = new Map(this.set);
    const before = look();
    changes.forEach((change) => this.enter(change));
    const after = look();
    const parents = new Set<string>();
    RESOURCES.forEach((resource, at) => {
      const taken = new Map<string, number>();
      ids.forEach((id) => {
        const was = before.get(id);
        const is = after.get(id);
        const [usedBefore, usedAfter] = [was?.used[at] ?? 0, is?.used[at] ?? 0];
        this.checkOver(
          `${id} ${resource} at ${lsn}`,
          [usedBefore, usedAfter],
          [was?.limits[at], is?.limits[at]],
          isForced(changes, resource),
        );
        this.note(lsn, id, resource);
        [was?.parent, is?.parent].forEach(
          (parent) => typeof parent === "string" && parents.add(parent),
        );
        this.movePool(
          resource,
          id,
          [was?.parent, usedBefore],
          [is?.parent, usedAfter],
          taken,
        );
      });
      taken.forEach((amount, parent) => {
        const name = key(parent, resource);
        const used = (this.poolUsed.get(name) ?? 0) + amount;
        this.poolUsed.set(name, used);
        this.checkOver(
          `pool ${parent} ${resource} at ${lsn}`,
          [used - amount, used],
          [poolsBefore.get(`${name}|pool`), this.set.get(`${name}|pool`)],
          isForced(changes, resource),
        );
      });
    });
    this.checkedCommits += 1;
    ids.forEach((id) => parents.add(id));
    parents.forEach((parent) => this.notePools(lsn, parent));
  }

  /** What a child's use means for its parent's pool: a move of the child is no admission. */
  private movePool(
    resource: string,
    id: string,
    [from, usedBefore]: readonly [string | null | undefined, number],
    [to, usedAfter]: readonly [string | null | undefined, number],
    taken: Map<string, number>,
  ): void {
    const draws = (parent: string | null | undefined): parent is string =>
      typeof parent === "string" &&
      this.poolOf(parent, resource) !== undefined &&
      this.poolUsed.has(key(parent, resource));
    if (from === to) {
      if (draws(to)) {
        taken.set(to, (taken.get(to) ?? 0) + usedAfter - usedBefore);
      }
      return;
    }
    const isGone = !this.parents.has(id);
    if (draws(from) && !(isGone && resource === MONTHLY)) {
      const name = key(from, resource);
      this.poolUsed.set(name, (this.poolUsed.get(name) ?? 0) - usedBefore);
    }
    if (draws(to)) {
      const name = key(to, resource);
      this.poolUsed.set(name, (this.poolUsed.get(name) ?? 0) + usedAfter);
    }
  }

  private checkOver(
    what: string,
    [before, after]: readonly [number, number],
    limits: readonly (number | null | undefined)[],
    forced: boolean,
  ): void {
    const amounts = limits.map((each) => each ?? Infinity);
    if (after > before && !forced && after > Math.max(...amounts)) {
      this.violations.push(
        `over: ${what}: ${before} → ${after}, limit ${amounts.join(" → ")}`,
      );
    }
  }

  private enter({ table, before, after }: Change): void {
    if (table === "Workspace") {
      if (after === undefined) {
        this.parents.delete(text(before ?? new Map(), "id"));
      } else {
        this.parents.set(
          text(after, "id"),
          after.get("parentWorkspaceId") ?? null,
        );
      }
      return;
    }
    if (table === "WorkspaceQuota") {
      this.enterLimit(before, after);
      return;
    }
    const add = (row: Row | undefined, sign: number) => {
      if (row !== undefined) {
        weigh(table, row).forEach(([resource, amount]) => {
          const name = key(text(row, "workspaceId"), resource);
          this.used.set(name, (this.used.get(name) ?? 0) + sign * amount);
        });
      }
    };
    add(before, -1);
    add(after, 1);
    if (table === "QuotaReservation") {
      const row = after ?? before ?? new Map();
      const name = key(text(row, "workspaceId"), text(row, "resourceType"));
      this.reserved.set(
        name,
        (this.reserved.get(name) ?? 0) + openOf(after) - openOf(before),
      );
    }
  }

  private enterLimit(before: Row | undefined, after: Row | undefined): void {
    const row = after ?? before ?? new Map();
    const counter = key(text(row, "workspaceId"), text(row, "resourceType"));
    const name = `${counter}|${text(row, "layer")}`;
    if (after === undefined) {
      this.set.delete(name);
    } else {
      const amount = after.get("amount") ?? null;
      this.set.set(name, amount === null ? null : Number(amount));
    }
    if (text(row, "layer") !== "pool") {
      return;
    }
    if (after === undefined) {
      this.poolUsed.delete(counter);
    } else if (before === undefined) {
      const all = this.children(text(row, "workspaceId")).map(
        (id) => this.used.get(key(id, text(row, "resourceType"))) ?? 0,
      );
      this.poolUsed.set(
        counter,
        all.reduce((sum, each) => sum + each, 0),
      );
    }
  }

  private note(lsn: bigint, id: string, resource: string): void {
    const name = key(id, resource);
    this.refusals.note(name, {
      lsn,
      used: this.used.get(name) ?? 0,
      reserved: this.reserved.get(name) ?? 0,
      limit: this.limitOf(id, resource),
    });
  }

  private notePools(lsn: bigint, parent: string): void {
    RESOURCES.forEach((resource) => {
      const amount = this.poolOf(parent, resource);
      if (amount !== undefined) {
        const reserved = this.children(parent).map(
          (id) => this.reserved.get(key(id, resource)) ?? 0,
        );
        this.refusals.note(`${key(parent, resource)}|pool`, {
          lsn,
          used: this.poolUsed.get(key(parent, resource)) ?? 0,
          reserved: reserved.reduce((sum, each) => sum + each, 0),
          limit: amount,
        });
      }
    });
  }
}
