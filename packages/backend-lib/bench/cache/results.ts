// What the parts answer with, and how they are started: each in a process of its own, so that nobody's garbage is another's pause,
// on the database and the Redis of its environment. Owns the form and the child; what it means is said by report.ts.

import { type ChildProcess, fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

/** What one way gave in one round. */
export const Row = Type.Object({
  way: Type.String(),
  round: Type.Integer(),
  figures: Type.Record(Type.String(), Type.Number()),
});
export type Row = Static<typeof Row>;

const Answer = Type.Object({ rows: Type.Array(Row) });

/** How long and how large: as asked for on the command line. */
export const Sizes = Type.Object({
  rounds: Type.Integer(),
  seconds: Type.Number(),
  entries: Type.Integer(),
  drops: Type.Integer(),
  requests: Type.Integer(),
  workspaces: Type.Integer(),
});
export type Sizes = Static<typeof Sizes>;

export interface Places {
  readonly appUrl: string;
  readonly systemUrl: string;
  readonly superuserUrl: string;
  readonly redisUrl: string;
}

/** The environment of a process of the product that runs on these. */
export function environment(
  { appUrl, systemUrl, superuserUrl, redisUrl }: Places,
  more: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    NODE_ENV: "production",
    LOG_LEVEL: "error",
    DATABASE_URL: appUrl,
    DATABASE_SYSTEM_URL: systemUrl,
    BENCH_SUPERUSER_URL: superuserUrl,
    REDIS_URL: redisUrl,
    TENANT_CACHE_TTL: "86400",
    ...more,
  };
}

async function answerOf(child: ChildProcess): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    let rows: readonly Row[] | undefined;
    child.once("error", reject);
    child.on("message", (message) => {
      ({ rows } = Value.Parse(Answer, message));
    });
    child.once("close", (code) =>
      rows === undefined
        ? reject(new Error(`a part of the benchmark ended with ${code}`))
        : resolve(rows),
    );
  });
}

/** The child's next message. Rejects when it ends first. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("a process of the benchmark ended"));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}

/** Runs the program, which sends its rows and ends. Rejects when it ends without. */
export async function runPart(
  program: URL,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly Row[]> {
  return answerOf(
    fork(fileURLToPath(program), args, {
      env,
      execArgv: [...process.execArgv, "--max-old-space-size=6144"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
}

/** The sizes, as they are passed on to another process. */
export const sizesArgument = (sizes: Sizes) => JSON.stringify(sizes);

/** The sizes that runPart() was given as the last argument. */
export function sizesOfProcess(): Sizes {
  return Value.Parse(Sizes, JSON.parse(process.argv.at(-1) ?? ""));
}

/** For the child: gives its rows to runPart(). */
export async function sendRows(rows: readonly Row[]): Promise<void> {
  await new Promise<void>((resolve) => {
    process.send?.({ rows }, () => resolve());
  });
}
