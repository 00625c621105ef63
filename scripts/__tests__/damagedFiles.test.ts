// What the launcher keeps beside the data, damaged: hints count as absent, what is needed is named with what to do, and
// nothing ends in a stack trace or in a loop.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { root } from "../commandLine.mjs";
import { freePort } from "../freePort.mjs";
import { guard } from "../guardian.mjs";
import { processIdentity } from "../lockFile.mjs";
import { type OwnPostgres, startPostgres } from "../postgres.mjs";
import { findPrograms } from "../postgres/place.mjs";

let folder = "";
let dataDir = "";
const handles: OwnPostgres[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dittofeed-damaged-"));
  chmodSync(folder, 0o711);
  dataDir = path.join(folder, "data");
});

afterEach(async () => {
  for (const handle of handles.splice(0)) {
    await handle.stop();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<OwnPostgres> {
  const handle = await startPostgres({ dataDir, mode: "durable" });
  handles.push(handle);
  guard(processIdentity(handle.pid) ?? "", [folder]);
  return handle;
}

/** Runs a script in a process of its own: a loop there must not stop the tests. */
async function run(
  script: string,
  env: Record<string, string>,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: path.join(root, "scripts"),
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  await once(child, "close");
  return { status: child.exitCode, output };
}

const HOLD_PORT = `
  import { describe } from "./commandLine.mjs";
  import { holdPort, wantedAddress } from "./address.mjs";
  await holdPort(wantedAddress()).then(
    () => console.log("held"),
    (error) => { console.log(describe(error)); process.exitCode = 1; },
  );`;

const OWN_SERVICES = `
  import { describe } from "./commandLine.mjs";
  import { startServices, stopServices } from "./services.mjs";
  await startServices().catch((error) => {
    console.log(describe(error));
    process.exitCode = 1;
  });
  await stopServices();`;

describe("the data folder", () => {
  it.each(["", "not json", "null", '{"host":7}'])(
    "holds a port although its record says %j",
    async (text) => {
      const port = String(await freePort());
      mkdirSync(dataDir);
      writeFileSync(path.join(dataDir, `host-${port}.json`), text);
      expect(await run(HOLD_PORT, { PORT: port })).toEqual({
        status: 0,
        output: "held\n",
      });
    },
  );

  it("is named when it is a file", async () => {
    writeFileSync(dataDir, "");
    const { status, output } = await run(HOLD_PORT, {
      PORT: String(await freePort()),
    });
    expect(status).toBe(1);
    expect(output).toBe(
      `${dataDir} is a file, not a folder: set DATA_DIR to a folder.\n`,
    );
  });

  it.skipIf(process.platform !== "linux")(
    "is refused, not tried for ever, in a place where no folder can be",
    async () => {
      const { status, output } = await run(HOLD_PORT, {
        PORT: String(await freePort()),
        DATA_DIR: "/proc/nope/data",
      });
      expect(status).toBe(1);
      expect(output).toMatch(
        /^The data folder \/proc\/nope\/data cannot be created \(ENOENT|EACCES\)/,
      );
    },
  );
});

describe.skipIf(findPrograms() === null)("the files of the database", () => {
  it.each(["", "{", "null", '{"passwords":{}}'])(
    "are made anew over a postgres.json with %j when there is no cluster, and are needed when there is one",
    async (text) => {
      mkdirSync(dataDir);
      const file = path.join(dataDir, "postgres.json");
      writeFileSync(file, text);
      const { stop } = await start();
      await stop();
      expect(readFileSync(file, "utf8")).toContain("superuser");

      writeFileSync(file, text);
      await expect(start()).rejects.toThrow(
        `${file}, which has the passwords of the database beside it, is gone or damaged: put it back`,
      );
    },
  );

  it.each(["", "nonsense\n", "12"])(
    "do without a postmaster.pid that says %j",
    async (text) => {
      const first = await start();
      await first.stop();
      writeFileSync(path.join(dataDir, "postgres/postmaster.pid"), text);
      const second = await start();
      expect(second.port).toBe(first.port);
    },
  );

  it("never get a second server over a running one whose postmaster.pid was emptied", async () => {
    const first = await start();
    truncateSync(path.join(dataDir, "postgres/postmaster.pid"));
    const second = start();
    await sleep(1_000); // it waits: the first one still runs
    expect(processIdentity(first.pid)).not.toBeNull();
    process.kill(first.pid, "SIGINT");
    expect((await second).pid).not.toBe(first.pid);
  });

  it.each(["", "short"])(
    "are not used with a secret.key of %j",
    async (text) => {
      mkdirSync(dataDir);
      const file = path.join(dataDir, "secret.key");
      writeFileSync(file, text);
      const { status, output } = await run(OWN_SERVICES, {});
      expect(status).toBe(1);
      expect(output).toContain(`${file}, the key of the database's secrets`);
      expect(output).not.toMatch(/^ {4}at /m);
      expect(existsSync(path.join(dataDir, "postgres/postmaster.pid"))).toBe(
        false,
      );
    },
    30_000,
  );
});
