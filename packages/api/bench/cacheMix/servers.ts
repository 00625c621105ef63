// Several processes of the API, and what they say of their caches together.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { nextMessage } from "backend-lib/bench/cache/results";

const PROGRAM = fileURLToPath(new URL("server.ts", import.meta.url));

const Ready = Type.Object({ address: Type.String() });
const Figures = Type.Object({
  process: Type.Number(),
  redis: Type.Number(),
  loaded: Type.Number(),
  bypassed: Type.Number(),
  turns: Type.Number(),
});
export type Figures = Static<typeof Figures>;

export interface Servers {
  readonly addresses: readonly string[];
  figures(): Promise<Figures>;
  close(): Promise<void>;
}

async function start(env: NodeJS.ProcessEnv) {
  const child: ChildProcess = fork(PROGRAM, [], {
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return { child, ...Value.Parse(Ready, await nextMessage(child)) };
}

async function figuresOf(child: ChildProcess): Promise<Figures> {
  const answer = nextMessage(child);
  child.send("figures");
  return Value.Parse(Figures, await answer);
}

/** Starts so many with this environment. */
export async function openServers(
  count: number,
  env: NodeJS.ProcessEnv,
): Promise<Servers> {
  const started = await Promise.all(
    Array.from({ length: count }, () => start(env)),
  );
  return {
    addresses: started.map(({ address }) => address),
    async figures() {
      const all = await Promise.all(
        started.map(({ child }) => figuresOf(child)),
      );
      const sum = (of: (figures: Figures) => number) =>
        all.reduce((total, each) => total + of(each), 0);
      return {
        process: sum((each) => each.process),
        redis: sum((each) => each.redis),
        loaded: sum((each) => each.loaded),
        bypassed: sum((each) => each.bypassed),
        turns: sum((each) => each.turns),
      };
    },
    async close() {
      await Promise.all(
        started.map(async ({ child }) => {
          const ended = once(child, "exit");
          child.disconnect();
          await ended;
        }),
      );
    },
  };
}
