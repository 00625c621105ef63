// The own Postgres under several users at once: one server, there for as long as anybody uses it, and started again when
// it dies.
import { once } from "node:events";
import path from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { findPrograms } from "../postgres/place.mjs";
import {
  ask,
  cleanUp,
  guardOver,
  isRunning,
  newDataDir,
  nextServer,
  start,
  startElsewhere,
  until,
  untilAnswers,
} from "./launcherEnv";

afterEach(cleanUp);

describe.skipIf(findPrograms() === null)("the own Postgres, shared", () => {
  it("joins a server whose launcher lives, and leaves it running", async () => {
    const dataDir = newDataDir();
    const { report } = startElsewhere(dataDir);
    const other = await report;

    const joined = await start(dataDir);
    expect(joined).toMatchObject({ pid: other.pid, reused: true });
    await joined.stop();
    expect(await ask(other.adminUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("outlives the launcher that started it for as long as another one uses it", async () => {
    const dataDir = newDataDir();
    const { child, report } = startElsewhere(dataDir);
    const first = await report;
    const joined = await start(dataDir);
    const ended = once(child, "exit");
    child.stdin?.end();
    await ended;

    expect(await ask(joined.adminUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await joined.stop();
    expect(isRunning(first.pid)).toBe(false);
  });

  it("is started again on its port when it dies, by whoever watches, and given up when it keeps dying", async () => {
    const dataDir = newDataDir();
    const { report } = startElsewhere(dataDir);
    await report;
    const joined = await start(dataDir);
    const said: string[] = [];
    let givenUp = "";
    void joined
      .watch((line) => {
        said.push(line);
      })
      .then((reason) => {
        givenUp = reason;
      });
    let { pid } = joined;
    for (let restart = 1; restart <= 3; restart++) {
      const before = pid;
      process.kill(pid, "SIGKILL");
      pid = await nextServer(dataDir, before);
      guardOver(pid, dataDir);
      // A server that answers may still be under its launcher's hands: killed then, that would count as the same death.
      const told = () =>
        said.filter((line) => line === "PostgreSQL runs again.").length;
      expect(await until(() => told() === restart)).toBe(true);
      expect(await untilAnswers(joined.adminUrl)).toBe(true);
    }
    process.kill(pid, "SIGKILL");
    expect(await until(() => givenUp !== "")).toBe(true);
    expect(givenUp).toContain(
      `PostgreSQL ended; see ${path.join(joined.home, "postgres.log")}`,
    );
  }, 60_000);

  it("ends up with one server when several start on an empty folder at once", async () => {
    const dataDir = newDataDir();
    const reports = await Promise.all(
      [1, 2, 3].map(() => startElsewhere(dataDir).report),
    );
    expect(new Set(reports.map(({ pid }) => pid)).size).toBe(1);
    expect(reports.filter(({ reused }) => !reused)).toHaveLength(1);
  });
});
