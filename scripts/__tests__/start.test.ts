// `npm start` as a person and an operating system treat it: started, asked to stop, killed, started again.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { root } from "../commandLine.mjs";
import { freePort, tryPort } from "../freePort.mjs";
import { guard } from "../guardian.mjs";
import { isAlive, processIdentity } from "../lockFile.mjs";
import { findPrograms } from "../postgres/place.mjs";

const BUILD_MS = 180_000; // the first start on a machine builds the dashboard

let folder = "";
let dataDir = "";
let port = 0;
const started: ChildProcess[] = [];

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  /** What it printed until now. */
  readonly output: () => string;
}

function start(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: dataDir,
      SEED_DEMO: "false",
      LOG_LEVEL: "warn",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group of its own, to be killed as a whole
  });
  started.push(child);
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return { child, ended: once(child, "close"), output: () => output };
}

async function ready(run: Run): Promise<void> {
  const deadline = Date.now() + BUILD_MS;
  while (!run.output().includes("Ready after") && Date.now() < deadline) {
    if (run.child.exitCode !== null) {
      break;
    }
    await sleep(50);
  }
  expect(run.output()).toContain("Ready after");
}

/** The own server's process, watched from now on: it does not outlive the test. */
function postgresIdentity(): string {
  const text = readFileSync(
    path.join(dataDir, "postgres/postmaster.pid"),
    "utf8",
  );
  const identity = processIdentity(Number.parseInt(text, 10)) ?? "";
  guard(identity, [folder]);
  return identity;
}

async function healthOf(serverPort: number): Promise<number> {
  const url = `http://127.0.0.1:${serverPort}/api/health/ready`;
  return (await fetch(url)).status;
}

/** Whether the database answers, and the server with it. */
async function isServed(): Promise<boolean> {
  const isUp = await query("SELECT 1").then(
    () => true,
    () => false,
  );
  return isUp && (await healthOf(port)) === 200;
}

async function until(
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (await condition()) {
      return;
    }
    await sleep(50);
  }
  throw new Error(`not within 60 s: ${String(condition)}`);
}

function superuserUrl(): string {
  const state = readFileSync(path.join(dataDir, "postgres.json"), "utf8");
  const password = /"superuser": "([^"]+)"/.exec(state)?.[1] ?? "";
  const serverPort = /"port": (\d+)/.exec(state)?.[1] ?? "";
  return `postgresql://postgres:${password}@127.0.0.1:${serverPort}/dittofeed`;
}

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: superuserUrl() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "dittofeed-start-"));
  chmodSync(folder, 0o711);
  dataDir = path.join(folder, "data");
  port = await freePort();
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "close");
      child.kill("SIGTERM");
      await ended;
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(findPrograms() === null)("npm start", () => {
  it(
    "serves on one port, and leaves nothing running when it is asked to stop",
    async () => {
      const run = start();
      await ready(run);
      const base = `http://127.0.0.1:${port}`;
      expect((await fetch(`${base}/api/health/ready`)).status).toBe(200);
      expect((await fetch(`${base}/dashboard`)).status).toBe(200);
      expect(run.output()).toContain(`${base}/dashboard`);
      const postgres = postgresIdentity();

      run.child.kill("SIGTERM");
      const [status] = await run.ended;
      expect(status).toBe(0);
      expect(isAlive(postgres)).toBe(false);
      expect(await tryPort(port)).toEqual({ isFree: true });
    },
    BUILD_MS,
  );

  it(
    "loses nothing when all of it is killed, and starts again at once",
    async () => {
      const first = start();
      await ready(first);
      await query("CREATE TABLE kept AS SELECT 42 AS answer");
      const postgres = postgresIdentity();
      process.kill(-(first.child.pid ?? 0), "SIGKILL");
      process.kill(Number.parseInt(postgres, 10), "SIGKILL");
      await first.ended;

      const second = start();
      await ready(second);
      postgresIdentity();
      expect(await query("SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    },
    BUILD_MS,
  );

  it(
    "serves on although a second start on its port and data gives way at the same moment",
    async () => {
      const runs = [start(), start()];
      await Promise.race(runs.map(({ ended }) => ended));
      const loser = runs.find(({ child }) => child.exitCode !== null);
      const winner = runs.find((run) => run !== loser);
      if (winner === undefined) {
        throw new Error("both starts ended");
      }
      expect(loser?.child.exitCode).toBe(1);
      expect(loser?.output()).toMatch(
        new RegExp(`^Port ${port} is taken by another start .*\\n$`),
      );
      await ready(winner);
      postgresIdentity();
      expect(await healthOf(port)).toBe(200);
    },
    BUILD_MS,
  );

  it(
    "serves on when the start on another port that brought the database is stopped",
    async () => {
      const first = start();
      await ready(first);
      const postgres = postgresIdentity();
      const otherPort = await freePort();
      const second = start({ PORT: String(otherPort) });
      await ready(second);
      first.child.kill("SIGTERM");
      const [status] = await first.ended;
      expect(status).toBe(0);
      expect(await healthOf(otherPort)).toBe(200);

      second.child.kill("SIGTERM");
      await second.ended;
      expect(isAlive(postgres)).toBe(false);
    },
    BUILD_MS,
  );

  it(
    "recovers from the death of its database, and ends with a sentence when that keeps dying",
    async () => {
      const run = start();
      await ready(run);
      for (let restart = 1; restart <= 3; restart++) {
        const postgres = postgresIdentity();
        process.kill(Number.parseInt(postgres, 10), "SIGKILL");
        await until(isServed);
      }
      process.kill(Number.parseInt(postgresIdentity(), 10), "SIGKILL");
      const [status] = await run.ended;
      expect(status).toBe(1);
      expect(run.output()).toContain(
        `PostgreSQL ended; see ${path.join(dataDir, "postgres.log")}`,
      );
      expect(await tryPort(port)).toEqual({ isFree: true });
    },
    BUILD_MS,
  );

  it.each([
    ["PORT", " "],
    ["AUTH_MODE", "everybody"],
    ["LOG_LEVEL", "loud"],
    ["SEED_DEMO", "perhaps"],
    ["DATABASE_URL", "nonsense"],
  ])(
    "names an unusable %s before the database starts",
    async (name, value) => {
      const run = start({ [name]: value });
      const [status] = await run.ended;
      expect(status).toBe(1);
      expect(run.output()).toContain(name);
      expect(run.output()).not.toMatch(/^ {4}at /m);
      expect(existsSync(path.join(dataDir, "postgres"))).toBe(false);
    },
    BUILD_MS,
  );

  it("says in one sentence that the port is taken", async () => {
    const other = net.createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const run = start();
    const [status] = await run.ended;
    other.close();
    expect(status).toBe(1);
    expect(run.output()).toBe(
      `Port ${port} is taken by another program: stop that, or choose another port with PORT.\n`,
    );
  });

  it("does not open an unguarded server to the network unless told to", async () => {
    const run = start({ HOST: "0.0.0.0" });
    const [status] = await run.ended;
    expect(status).toBe(1);
    expect(run.output()).toContain("ALLOW_ANONYMOUS_REMOTE=true");
  });
});
