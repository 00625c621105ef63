// How many workspaces there are and how unequal they are: many small ones and a few that hold most of everything, as among
// real customers. Owns the sizes, the ids and which workspaces are looked at; the same numbers in every run.

import { createHash } from "node:crypto";

/** Users a workspace has on average; everything else follows from a workspace's users. */
const USERS_EACH = 25;
/** No workspace is empty. */
const FEWEST_USERS = 3;

export interface BenchWorkspace {
  /** 1 is the largest. */
  readonly rank: number;
  readonly id: string;
  readonly users: number;
}

/** By the workspace's users: at least so many, one more for each so many users, and at most so many. */
export const COUNTS = {
  segments: [5, 50, 300],
  groups: [2, 1000, 20],
  journeys: [3, 100, 150],
  templates: [5, 50, 300],
  properties: [6, 200, 100],
  broadcasts: [2, 100, 300],
  secrets: [4, 1000, 20],
  members: [3, 500, 30],
} as const;

/** How many of them the workspace has. */
export function countOf(
  kind: keyof typeof COUNTS,
  { users }: BenchWorkspace,
): number {
  const [least, step, most] = COUNTS[kind];
  return Math.min(most, least + Math.floor(users / step));
}

/** The id of the thing of this name, always the same; SQL makes it by `md5(name)::uuid`. */
export function idOf(name: string): string {
  const hex = createHash("md5").update(name).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** What names within a workspace are derived from has to say which kind of UUID it is. */
const asVersion4 = (id: string) =>
  `${id.slice(0, 14)}4${id.slice(15, 19)}8${id.slice(20)}`;

/**
 * `count` workspaces, the largest first, their users by Zipf's law: the second has a half of the first's, the third a third.
 * Together about 25 for each workspace.
 */
export function skewedWorkspaces(count: number): BenchWorkspace[] {
  const ranks = Array.from({ length: count }, (_, index) => index + 1);
  const harmonic = ranks.reduce((sum, rank) => sum + 1 / rank, 0);
  const largest = (count * USERS_EACH) / harmonic;
  return ranks.map((rank) => ({
    rank,
    id: asVersion4(idOf(`workspace-${rank}`)),
    users: Math.max(FEWEST_USERS, Math.round(largest / rank)),
  }));
}

export const SIZES = ["small", "median", "typical", "largest"] as const;
export type Size = (typeof SIZES)[number];

/**
 * Those that are looked at: `small` is larger than a tenth of all workspaces, `median` than a half; `typical` is the one with
 * which half of all users is reached, counted from the largest: where a request comes from that is as likely as any.
 */
export function lookedAt(
  workspaces: readonly BenchWorkspace[],
): Record<Size, BenchWorkspace> {
  const byPlace = (share: number): BenchWorkspace => {
    const found = workspaces[Math.round((workspaces.length - 1) * share)];
    if (found === undefined) {
      throw new RangeError("No workspace to look at: there are none.");
    }
    return found;
  };
  const half = workspaces.reduce((sum, { users }) => sum + users, 0) / 2;
  let reached = 0;
  const typical = workspaces.find(({ users }) => {
    reached += users;
    return reached >= half;
  });
  return {
    small: byPlace(0.9),
    median: byPlace(0.5),
    typical: typical ?? byPlace(0),
    largest: byPlace(0),
  };
}
