// The own Postgres under what real machines do to it: kills at any moment, stale files, other owners. Each test has a
// cluster of its own, made by the real programs.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { findPrograms } from "../postgres/place.mjs";
import {
  ask,
  cleanUp,
  folders,
  isRunning,
  kill,
  newDataDir,
  start,
  startElsewhere,
  until,
} from "./launcherEnv";

const isRoot = process.getuid?.() === 0;

afterEach(cleanUp);

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
