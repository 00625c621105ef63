// A process that is the product on one database (its DATABASE_URL says which): makes the calls it is told to, one after the
// other, and says how long each took. One process for each database that is compared, so that each has pools of its own.

import { randomUUID } from "node:crypto";
import process from "node:process";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { closeDb } from "../../src/db";
import { runWithTenant } from "../../src/multitenancy/tenantContext";
import { DELETES, WRITES } from "./changes";
import { READS } from "./reads";
import { type BenchWorkspace } from "./workspaces";

/** `calls` times the query of this name; 0: nothing but to close every connection. */
const Order = Type.Object({
  name: Type.String(),
  calls: Type.Integer(),
  workspace: Type.Object({
    rank: Type.Integer(),
    id: Type.String(),
    users: Type.Integer(),
  }),
});
export type Order = Static<typeof Order>;

/** How long each call took, or why it could not be made. */
export const Answer = Type.Object({
  durationsMs: Type.Array(Type.Number()),
  error: Type.Optional(Type.String()),
});
export type Answer = Static<typeof Answer>;

type Call = (workspace: BenchWorkspace) => Promise<number>;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const CALLS = new Map<string, Call>([
  ...READS.map(({ name, run }): [string, Call] => [
    name,
    (workspace) => timed(() => run(workspace)),
  ]),
  ...[...DELETES, ...WRITES].map(({ name, prepare, run }): [string, Call] => [
    name,
    async (workspace) => {
      const prepared = await prepare(workspace);
      return timed(() => run(workspace, prepared));
    },
  ]),
]);

async function follow({ name, calls, workspace }: Order): Promise<number[]> {
  const call = CALLS.get(name);
  if (call === undefined || calls === 0) {
    await closeDb();
    return [];
  }
  const actor = { type: "admin", id: "bench" } as const;
  const context = { workspaceId: workspace.id, actor, requestId: randomUUID() };
  return runWithTenant(context, async () => {
    const durationsMs: number[] = [];
    for (let at = 0; at < calls; at += 1) {
      durationsMs.push(await call(workspace));
    }
    return durationsMs;
  });
}

process.on("message", (order) => {
  void follow(Value.Parse(Order, order)).then(
    (durationsMs) => process.send?.({ durationsMs }),
    (error: unknown) =>
      process.send?.({
        durationsMs: [],
        error: error instanceof Error ? (error.stack ?? error.message) : "",
      }),
  );
});
process.on("disconnect", () => {
  void closeDb().then(() => process.exit(0));
});
