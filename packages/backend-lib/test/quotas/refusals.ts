// Refusals, held against the states that a counter was in while their callers waited. Owns the judgement on what was refused; on
// what was let through it is history.ts's.

import { key } from "./rows";
import { PARENTS } from "./world";

/** A refusal, or a partial grant, as its caller saw it. */
export interface Refusal {
  readonly workspaceId: string;
  readonly resource: string;
  readonly scope: "workspace" | "pool";
  readonly requested: number;
  /** What was granted instead, of a request that takes what is left. */
  readonly granted?: number;
  readonly currentUsage: number;
  readonly limit: number;
  /** What the same transaction had taken before: at least, at most. */
  readonly own: readonly [number, number];
  /** The log's end before the transaction began and after the refusal. */
  readonly from: bigint;
  readonly to: bigint;
}

export interface State {
  readonly lsn: bigint;
  readonly used: number;
  /** Of `used`: what open reservations hold, some of which may have run out. */
  readonly reserved: number;
  readonly limit: number | null;
}

const HISTORY = 20_000;

export class Refusals {
  checked = 0;

  private readonly states = new Map<string, State[]>();

  private waiting: Refusal[] = [];

  constructor(private readonly violations: string[]) {}

  add(refusal: Refusal): void {
    this.waiting.push(refusal);
  }

  get unjudged(): number {
    return this.waiting.length;
  }

  /** Judges those that lie before `upTo`: all states up to there are known. */
  judgeUpTo(upTo: bigint): void {
    const ripe = this.waiting.filter(({ to }) => to <= upTo);
    this.waiting = this.waiting.filter(({ to }) => to > upTo);
    ripe.forEach((refusal) => this.judge(refusal));
  }

  /** A commit has brought the counter to this. */
  note(name: string, state: State): void {
    const states = this.states.get(name) ?? [];
    states.push(state);
    if (states.length > 2 * HISTORY) {
      states.splice(0, HISTORY);
    }
    this.states.set(name, states);
  }

  /** Whether some state of the database while the caller waited is the one that it was refused for. */
  private judge(refusal: Refusal): void {
    this.checked += 1;
    const { currentUsage, limit, requested, own, granted } = refusal;
    const held = this.counterOf(refusal).map((name) =>
      (this.states.get(name) ?? []).filter(
        ({ lsn }, at, all) =>
          lsn <= refusal.to && (all[at + 1]?.lsn ?? refusal.to) >= refusal.from,
      ),
    );
    const isTrue = held
      .flat()
      .some((state) =>
        granted === undefined
          ? state.limit === limit &&
            currentUsage - own[0] >= state.used - state.reserved &&
            currentUsage - own[1] <= state.used
          : state.limit !== null &&
            granted >= Math.max(state.limit - state.used - own[1], 0) &&
            granted <= Math.max(state.limit - state.used + state.reserved, 0),
      );
    if (granted === undefined && currentUsage + requested <= limit) {
      this.violations.push(`refused with room: ${describe(refusal)}`);
    } else if (!isTrue) {
      const seen = held
        .flat()
        .slice(-4)
        .map(
          ({ used, reserved, limit: most }) => `${used}(${reserved})/${most}`,
        );
      this.violations.push(
        `refused for what never was: ${describe(refusal)}; was ${seen.join(", ")}`,
      );
    }
  }

  /**
   * A pool is its parent's, whose name a refusal does not tell: any that the workspace may have had. What is left is what is
   * left of either.
   */
  private counterOf({
    workspaceId,
    resource,
    scope,
    granted,
  }: Refusal): string[] {
    const own = key(workspaceId, resource);
    const pools = () =>
      PARENTS.map((parent) => `${key(parent, resource)}|pool`);
    if (granted !== undefined) {
      return [own, ...pools()];
    }
    return scope === "workspace" ? [own] : pools();
  }
}

function describe(refusal: Refusal): string {
  const { workspaceId, resource, scope, currentUsage, limit, requested } =
    refusal;
  return `${workspaceId} ${resource} (${scope}): ${currentUsage} of ${limit} used, ${requested} requested, own ${refusal.own.join("–")}`;
}
