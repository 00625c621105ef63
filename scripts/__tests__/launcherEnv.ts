// Own servers for the launcher's tests: started here or in processes of their own, asked, killed, and none of them left.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import pg from "pg";

import { guard } from "../guardian.mjs";
import { processIdentity, readIfThere } from "../lockFile.mjs";
import { type OwnPostgres, startPostgres } from "../postgres.mjs";

const launcher = fileURLToPath(new URL("launcherProcess.mjs", import.meta.url));

export interface Report {
  readonly adminUrl: string;
  readonly pid: number;
  readonly reused: boolean;
}

/** Removed after the test. */
export const folders: string[] = [];
const handles: OwnPostgres[] = [];
const children: ChildProcess[] = [];

/** A durable server outlives a kill of its launcher; not one of a test run that is killed. */
export function guardOver(pid: number, dataDir: string): void {
  guard(processIdentity(pid) ?? "", [path.dirname(dataDir)]);
}

/** A data folder that does not exist yet, where the database's user can get at it. */
export function newDataDir(): string {
  const parent = mkdtempSync(path.join(tmpdir(), "dittofeed-launcher-"));
  chmodSync(parent, 0o711);
  folders.push(parent);
  return path.join(parent, "data");
}

export async function start(dataDir: string): Promise<OwnPostgres> {
  const handle = await startPostgres({ dataDir, mode: "durable" });
  handles.push(handle);
  guardOver(handle.pid, dataDir);
  return handle;
}

export function startElsewhere(
  dataDir: string,
  mode: "durable" | "test" = "durable",
): { child: ChildProcess; report: Promise<Report> } {
  const child = spawn(process.execPath, [launcher, dataDir, mode], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const report = once(lines, "line").then((args: unknown[]) => {
    const [pid, reused, adminUrl = ""] = String(args[0]).split(" ");
    guardOver(Number(pid), dataDir);
    return { pid: Number(pid), reused: reused === "true", adminUrl };
  });
  return { child, report };
}

export async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

export async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function until(condition: () => boolean): Promise<boolean> {
  for (let check = 0; check < 200 && !condition(); check++) {
    await sleep(50);
  }
  return condition();
}

export function serverPid(dataDir: string): number {
  const text = readIfThere(path.join(dataDir, "postgres/postmaster.pid"));
  return Number.parseInt(text ?? "0", 10);
}

/** The process id of the server that follows one that was killed. */
export async function nextServer(
  dataDir: string,
  before: number,
): Promise<number> {
  const isThere = await until(() => {
    const pid = serverPid(dataDir);
    return pid !== before && isRunning(pid);
  });
  if (!isThere) {
    throw new Error("no server was started again");
  }
  return serverPid(dataDir);
}

export async function untilAnswers(url: string): Promise<boolean> {
  for (let check = 0; check < 200; check++) {
    if (
      await ask(url, "SELECT 1").then(
        () => true,
        () => false,
      )
    ) {
      return true;
    }
    await sleep(50);
  }
  return false;
}

export function isRunning(pid: number): boolean {
  return processIdentity(pid) !== null;
}

/** To be called after each test: ends the launchers, stops the servers, removes the folders. */
export async function cleanUp(): Promise<void> {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.stdin?.end();
      await ended;
    }
  }
  for (const handle of handles.splice(0)) {
    await handle.stop();
  }
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
  }
}
