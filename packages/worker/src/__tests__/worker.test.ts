// The worker for real: its own Postgres, its own queue, jobs that run. Those of workspaces: tenantJobs.test.ts.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { useClock } from "backend-lib/src/clock";
import { useTenantEnv } from "backend-lib/test/tenantEnv";
import { afterEach, describe, expect, it, vi } from "vitest";

import { buildWorker, type Worker } from "../buildWorker";
import { type Jobs } from "../jobs";

const env = useTenantEnv();

const waitFor = (expectation: () => Promise<void> | void) =>
  vi.waitFor(expectation, { timeout: 15_000, interval: 100 });

let worker: Worker | undefined;

async function start(jobs?: Jobs): Promise<Worker> {
  worker = await buildWorker({
    ...(jobs === undefined ? {} : { jobs }),
    config: { pollIntervalMs: 50 },
  });
  return worker;
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

describe("the worker", () => {
  it("makes the partitions of the months ahead when it starts", async () => {
    const restore = useClock({ now: () => new Date("2031-12-15T00:00:00Z") });
    try {
      await start();
      await waitFor(async () => {
        const { rows } = await env.owner.query<{ name: string }>(
          `SELECT inhrelid::regclass::text AS "name" FROM pg_inherits
           WHERE inhparent = 'public."UserEvent"'::regclass AND inhrelid::regclass::text LIKE '%203%' ORDER BY 1`,
        );
        expect(rows.map(({ name }) => name)).toEqual(
          [
            "2031_12",
            "2032_01",
            "2032_02",
            "2032_03",
            "2032_04",
            "2032_05",
            "2032_06",
          ].map((month) => `"UserEvent_${month}"`),
        );
      });
    } finally {
      restore();
    }
  });

  it("keeps its queue with the system role, out of the app role's reach", async () => {
    await start();
    const { rows } = await env.owner.query(
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'graphile_worker'`,
    );
    expect(rows).toEqual([{ tableowner: "dittofeed_system" }]);
    await expect(
      env.app.query(`SELECT * FROM graphile_worker.jobs`),
    ).rejects.toThrow(/permission denied/);
  });

  it("ends what is under way before it stops, and leaves the rest to the next", async () => {
    const [ended, begun]: string[][] = [[], []];
    const jobs: Jobs = {
      slow: {
        task: async (payload) => {
          begun?.push(String(payload));
          await new Promise((resolve) => {
            setTimeout(resolve, 300);
          });
          ended?.push(String(payload));
        },
      },
    };
    const first = await start(jobs);
    await first.addJob("slow", "one", { queueName: "single" });
    await first.addJob("slow", "two", { queueName: "single" });
    await waitFor(() => expect(begun).toEqual(["one"]));

    await first.stop();

    expect(ended).toEqual(["one"]);
    await start(jobs);
    await waitFor(() => expect(ended).toEqual(["one", "two"]));
  });
});

it("as a process of its own works until SIGTERM, and ends with status 0", async () => {
  const program = fileURLToPath(
    new URL("../../scripts/startWorker.ts", import.meta.url),
  );
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOG_LEVEL: "info" },
  });
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.includes("the worker is running")) {
      break;
    }
  }
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, signal: null });
});
