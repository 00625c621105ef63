// The whole product as `npm start` runs it, on a database of its own, for tests that look at it through a browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = path.resolve(import.meta.dirname, "../../../..");

/** The first start on a machine builds the dashboard. */
export const START_MS = 240_000;

export interface Product {
  /** Such as http://127.0.0.1:43210. */
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("a listening server has a port");
  }
  return address.port;
}

/** Starts it and waits until it is ready. Throws with what it printed when it does not get there. */
export async function startProduct(
  env: Readonly<Record<string, string>> = {},
): Promise<Product> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "dittofeed-browser-"));
  chmodSync(dataDir, 0o755); // the database may run as another user
  const port = await freePort();
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: ROOT,
    env: {
      NODE_ENV: "production",
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: "warn",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  [child.stdout, child.stderr].forEach((stream) =>
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    }),
  );
  const ended = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS - 10_000;
  while (!output.includes("Ready after")) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`the product did not start:\n${output}`);
    }
    await sleep(100);
  }
  return { origin: `http://127.0.0.1:${port}`, stop };
}
