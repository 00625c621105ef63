// Part 4: a thousand reads at once of a key that nobody has, whose value takes 50 ms to load: in one process, and shared out over
// four, all beginning at one moment. Owns the rounds; who reads is stampedeProcess.ts.

import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

import { epochMs } from "./bystanders";
import { nextMessage, type Row, sendRows, sizesOfProcess } from "./results";

const PROGRAM = fileURLToPath(new URL("stampedeProcess.ts", import.meta.url));
const READS = 1_000;
export const LOAD_MS = 50;
/** Until all have been told. */
const AHEAD_MS = 100;

const Told = Type.Object({
  way: Type.String(),
  loads: Type.Integer(),
  endedAt: Type.Number(),
});

async function open(count: number): Promise<readonly ChildProcess[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(PROGRAM, [], {
        stdio: ["ignore", "ignore", 2, "ipc"],
      });
      await nextMessage(child);
      return child;
    }),
  );
}

async function stampede(
  children: readonly ChildProcess[],
  way: number,
  key: string,
) {
  const at = epochMs() + AHEAD_MS;
  const told = await Promise.all(
    children.map(async (child) => {
      const answer = nextMessage(child);
      child.send({ way, key, at, reads: READS / children.length });
      return Value.Parse(Told, await answer);
    }),
  );
  return {
    way: told[0]?.way ?? "",
    loads: told.reduce((sum, { loads }) => sum + loads, 0),
    overMs: Math.max(...told.map(({ endedAt }) => endedAt)) - at - LOAD_MS,
  };
}

const WAYS = 4;
const { rounds } = sizesOfProcess();
const rows: Row[] = [];
for (const count of [1, 4]) {
  const children = await open(count);
  for (let round = 0; round <= rounds; round += 1) {
    for (let way = 0; way < WAYS; way += 1) {
      const key = `stampede-${count}-${round}`;
      const { way: name, ...figures } = await stampede(children, way, key);
      if (round > 0) {
        const where = count === 1 ? "one process" : `${count} processes`;
        rows.push({ way: `${name}, ${where}`, round, figures });
      }
    }
  }
  children.forEach((child) => child.disconnect());
}
await sendRows(rows);
process.disconnect();
