// What is read and kept in every part: workspaces, keys, values and the order in which they are drawn. The same for all that are
// compared; flat keys are made beforehand for those who want one, which is a cost that they do not pay here.

import { Type } from "@sinclair/typebox";

import { sharedKind } from "../../src/multitenancy/cache";
import { seeded } from "../seeded";

export const KEYS_PER_WORKSPACE = 10;

const Small = Type.Object({ name: Type.String(), n: Type.Integer() });
/** About as large as one saved segment. */
export const SMALL = sharedKind({
  name: "benchSmall",
  scopes: ["segments"],
  schema: Small,
});
export const smallValue = (n: number) => ({
  name: `Customers of group ${n}`,
  n,
});

const Item = Type.Object({
  id: Type.String(),
  name: Type.String(),
  createdAt: Type.Number(),
});
/** A list as the API answers with: about 1 KB. */
export const LIST = sharedKind({
  name: "benchList",
  scopes: ["segments"],
  schema: Type.Array(Item),
});
export const listValue = (n: number) =>
  Array.from({ length: 9 }, (_, at) => ({
    id: `00000000-0000-4000-8000-${String(n * 10 + at).padStart(12, "0")}`,
    name: `Customers of group ${n}, part ${at}`,
    createdAt: 1_700_000_000_000 + n,
  }));

/** The n-th workspace: a UUID that no other program makes. */
export const workspaceIdOf = (n: number) =>
  `be9cb000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

export interface Workload {
  readonly workspaceIds: readonly string[];
  readonly keys: readonly string[];
  /** Workspace and key in one text. */
  readonly flat: readonly string[];
  /** Positions in the lists above, drawn beforehand. */
  readonly order: readonly number[];
}

/** Draws a number from 0 with a chance of 1 / (number + 1), as far as they go: few workspaces are busy, many are not. */
export function zipf(count: number): (draw: () => number) => number {
  let sum = 0;
  const upTo = Array.from({ length: count }, (_, at) => {
    sum += 1 / (at + 1);
    return sum;
  });
  return (draw) => {
    const drawn = draw() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((upTo[middle] ?? sum) > drawn) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
}

/** `workspaces` times KEYS_PER_WORKSPACE entries, and an order of so many draws from them, workspaces by Zipf's law. */
export function workload(workspaces: number, draws = 65_536): Workload {
  const draw = seeded(5);
  const workspaceOf = zipf(workspaces);
  const count = workspaces * KEYS_PER_WORKSPACE;
  const workspaceIds: string[] = [];
  const keys: string[] = [];
  for (let at = 0; at < count; at += 1) {
    workspaceIds.push(workspaceIdOf(Math.floor(at / KEYS_PER_WORKSPACE)));
    keys.push(`key${at % KEYS_PER_WORKSPACE}`);
  }
  return {
    workspaceIds,
    keys,
    flat: workspaceIds.map((id, at) => `${id}:${keys[at] ?? ""}`),
    order: Array.from(
      { length: draws },
      () =>
        workspaceOf(draw) * KEYS_PER_WORKSPACE +
        Math.floor(draw() * KEYS_PER_WORKSPACE),
    ),
  };
}

/** A context as the API opens it for a request that only reads. */
export const readingContext = (workspaceId: string) => ({
  workspaceId,
  actor: { type: "adminApiKey" as const, id: "bench" },
  requestId: "bench",
  readsAsOf: performance.now(),
});
