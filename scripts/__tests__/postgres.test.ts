// The own Postgres under what real machines do to it: kills at any moment, stale files, two starters, other owners.
// Each test has a cluster of its own, made by the real programs.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";

import { guard } from "../guardian.mjs";
import { processIdentity } from "../lockFile.mjs";
import { type OwnPostgres, startPostgres } from "../postgres.mjs";
import { findPrograms } from "../postgres/place.mjs";

const isRoot = process.getuid?.() === 0;
const launcher = fileURLToPath(new URL("launcherProcess.mjs", import.meta.url));

interface Report {
  readonly adminUrl: string;
  readonly pid: number;
  readonly reused: boolean;
}

const folders: string[] = [];
const handles: OwnPostgres[] = [];
const children: ChildProcess[] = [];

/** A durable server outlives a kill of its launcher; not one of a test run that is killed. */
function guardOver(pid: number, dataDir: string): void {
  guard(processIdentity(pid) ?? "", [path.dirname(dataDir)]);
}

/** A data folder that does not exist yet, where the database's user can get at it. */
function newDataDir(): string {
  const parent = mkdtempSync(path.join(tmpdir(), "dittofeed-launcher-"));
  chmodSync(parent, 0o711);
  folders.push(parent);
  return path.join(parent, "data");
}

async function start(dataDir: string): Promise<OwnPostgres> {
  const handle = await startPostgres({ dataDir, mode: "durable" });
  handles.push(handle);
  guardOver(handle.pid, dataDir);
  return handle;
}

function startElsewhere(
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

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let check = 0; check < 200 && !condition(); check++) {
    await sleep(50);
  }
  return condition();
}

const isRunning = (pid: number) => processIdentity(pid) !== null;

afterEach(async () => {
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
});

describe.skipIf(findPrograms() === null)("the own Postgres", () => {
  it("keeps data and port over a stop and a start", async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);

    const second = await start(dataDir);
    expect(second.port).toBe(first.port);
    expect(await ask(second.adminUrl, "SELECT answer FROM kept")).toEqual([
      { answer: 42 },
    ]);
  });

  it("loses no commit when the server is killed, and starts over what it left", async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    process.kill(first.pid, "SIGKILL");
    expect(await until(() => !isRunning(first.pid))).toBe(true);
    expect(existsSync(path.join(dataDir, "postgres/postmaster.pid"))).toBe(
      true,
    );

    const second = await start(dataDir);
    expect(await ask(second.adminUrl, "SELECT answer FROM kept")).toEqual([
      { answer: 42 },
    ]);
  });

  it("starts although postmaster.pid names a living process, when that is another program", async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await first.stop();
    writeFileSync(
      path.join(dataDir, "postgres/postmaster.pid"),
      `${process.pid}\n${path.join(dataDir, "postgres")}\n1\n${first.port}\n`,
    );

    const second = await start(dataDir);
    expect(second.reused).toBe(false);
    expect(await ask(second.adminUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("takes over the server of a launcher that was killed, and stops it in the end", async () => {
    const dataDir = newDataDir();
    const { child, report } = startElsewhere(dataDir);
    const left = await report;
    await kill(child);
    expect(isRunning(left.pid)).toBe(true);

    const second = await start(dataDir);
    expect(second).toMatchObject({ pid: left.pid, reused: false });
    await second.stop();
    expect(isRunning(left.pid)).toBe(false);
  });

  it("joins a server whose launcher lives, and leaves it running", async () => {
    const dataDir = newDataDir();
    const { report } = startElsewhere(dataDir);
    const other = await report;

    const joined = await start(dataDir);
    expect(joined).toMatchObject({ pid: other.pid, reused: true });
    await joined.stop();
    expect(await ask(other.adminUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("ends up with one server when several start on an empty folder at once", async () => {
    const dataDir = newDataDir();
    const reports = await Promise.all(
      [1, 2, 3].map(() => startElsewhere(dataDir).report),
    );
    expect(new Set(reports.map(({ pid }) => pid)).size).toBe(1);
    expect(reports.filter(({ reused }) => !reused)).toHaveLength(1);
  });

  it("gives each role its rights and lets nobody in without a password", async () => {
    const dataDir = newDataDir();
    const { adminUrl, urls, home } = await start(dataDir);
    const roles = await ask(
      adminUrl,
      "SELECT rolname, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname LIKE 'dittofeed%' ORDER BY 1",
    );
    const plain = { rolsuper: false, rolbypassrls: false };
    expect(roles).toEqual([
      { rolname: "dittofeed_app", ...plain, rolcreaterole: false },
      { rolname: "dittofeed_owner", ...plain, rolcreaterole: true },
      { rolname: "dittofeed_system", ...plain, rolcreaterole: false },
    ]);
    for (const url of [...Object.values(urls), adminUrl]) {
      expect(await ask(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      const withWrongPassword = new URL(url);
      withWrongPassword.password = "wrong";
      await expect(ask(withWrongPassword.href, "SELECT 1")).rejects.toThrow(
        /password authentication failed/,
      );
    }
    const { mode } = statSync(path.join(home, "postgres.json"));
    expect((mode % 0o1000).toString(8)).toBe("600");
  });

  it("refuses a folder that holds something else, and leaves nothing of its own there", async () => {
    const dataDir = newDataDir();
    mkdirSync(path.join(dataDir, "postgres"), { recursive: true });
    writeFileSync(path.join(dataDir, "postgres/diary.txt"), "private");
    if (isRoot) {
      chmodSync(dataDir, 0o711);
    }
    await expect(start(dataDir)).rejects.toThrow(/ENOTEMPTY/);
    expect(readdirSync(path.join(dataDir, "postgres"))).toEqual(["diary.txt"]);
    expect(
      readdirSync(dataDir).filter((name) => name.startsWith("postgres.new")),
    ).toEqual([]);
  });

  it("in test mode removes everything, also when its launcher is killed", async () => {
    const dataDir = newDataDir();
    const { child, report } = startElsewhere(dataDir, "test");
    const { pid } = await report;
    await kill(child);
    expect(await until(() => !isRunning(pid) && !existsSync(dataDir))).toBe(
      true,
    );
  });
});

describe.skipIf(!isRoot || findPrograms() === null)("as root", () => {
  it("runs an existing cluster as its owner, whoever that is", async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await first.stop();
    const cluster = path.join(dataDir, "postgres");
    const uid = 54_321; // of no user at all: only the folder says so
    execFileSync("chown", ["-R", `${uid}:${uid}`, cluster]);

    const second = await start(dataDir);
    expect(statSync(`/proc/${second.pid}`).uid).toBe(uid);
    expect(statSync(cluster).uid).toBe(uid);
  });

  it("puts the data where its user can reach it when the wanted folder is closed", async () => {
    const dataDir = newDataDir();
    chmodSync(path.dirname(dataDir), 0o700);
    const first = await start(dataDir);
    folders.push(first.home);
    expect(first.home).not.toBe(dataDir);
    await ask(first.adminUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();

    const second = await start(dataDir);
    expect(second.home).toBe(first.home);
    expect(await ask(second.adminUrl, "SELECT answer FROM kept")).toEqual([
      { answer: 42 },
    ]);
  });
});
