// What others see while a workspace is dropped: whoever waits for a turn of this process's event loop to peek, a GET of this
// process, and a GET of another one, which knows nothing of us but the Redis that we share. Owns the looking; a look counts when
// it was under way while the drop was.

import { fork } from "node:child_process";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Redis } from "ioredis";

import { nextMessage } from "./results";

/** Milliseconds since 1970, to fractions: two processes of one machine understand each other. */
export const epochMs = () => performance.timeOrigin + performance.now();

export const Looks = Type.Array(
  Type.Object({ from: Type.Number(), to: Type.Number() }),
);
export type Looks = Static<typeof Looks>;

export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Look {
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** For how much of the drop's time it was under way. */
  readonly shareMs: number;
}

export interface Seen {
  readonly turns: readonly Look[];
  readonly ownGets: readonly Look[];
  readonly otherGets: readonly Look[];
}

function looksWithin(looks: Looks, { from, to }: Window): readonly Look[] {
  return looks
    .map((look) => ({
      ms: look.to - look.from,
      shareMs: Math.min(look.to, to) - Math.max(look.from, from),
    }))
    .filter(({ shareMs }) => shareMs > 0);
}

/**
 * What a part of those waits who come at any moment of the drop. By time and not by number: whoever looks again at once looks
 * often while it is quick, and one single time while everything stands still. NaN of nothing.
 */
export function waitQuantile(looks: readonly Look[], p: number): number {
  const sorted = [...looks].sort((one, other) => one.ms - other.ms);
  const wanted = p * looks.reduce((sum, { shareMs }) => sum + shareMs, 0);
  let passed = 0;
  for (const { ms, shareMs } of sorted) {
    passed += shareMs;
    if (passed >= wanted) {
      return ms;
    }
  }
  return sorted.at(-1)?.ms ?? NaN;
}

/** Looks again and again, until it is over. */
export async function looking(
  look: () => Promise<unknown>,
  isOver: () => boolean,
): Promise<Looks> {
  const looks: Looks = [];
  while (!isOver()) {
    const from = epochMs();
    await look();
    looks.push({ from, to: epochMs() });
  }
  return looks;
}

const PROGRAM = fileURLToPath(new URL("bystanderProcess.ts", import.meta.url));

export interface Bystanders {
  /** What they saw while the work was under way. */
  during(work: () => Promise<unknown>): Promise<Seen>;
  close(): void;
}

/** Bystanders who peek at something and get `key`, over the connection given and over one of another process. */
export async function openBystanders(
  redis: Redis,
  key: string,
  peek: () => unknown,
): Promise<Bystanders> {
  const other = fork(PROGRAM, [key], { stdio: ["ignore", "ignore", 2, "ipc"] });
  await nextMessage(other);
  return {
    async during(work) {
      let isOver = false;
      const over = () => isOver;
      other.send("begin");
      await nextMessage(other);
      const turns = looking(() => setImmediate().then(peek), over);
      const ownGets = looking(() => redis.get(key), over);
      await setImmediate();
      const from = epochMs();
      await work();
      const to = epochMs();
      isOver = true;
      other.send("end");
      const message = await nextMessage(other);
      const within = (looks: Looks) => looksWithin(looks, { from, to });
      return {
        turns: within(await turns),
        ownGets: within(await ownGets),
        otherGets: within(Value.Parse(Looks, message)),
      };
    },
    close: () => other.disconnect(),
  };
}
