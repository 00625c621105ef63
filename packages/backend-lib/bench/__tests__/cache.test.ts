// The benchmark of the cache on a handful of entries: that its parts run and what their JSON holds, and what does not depend on the
// machine: who loads how often. Never how long anything took.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { describe, expect, it } from "vitest";

import { redisServersMissing } from "../../test/redisServers";
import { Row } from "../cache/results";

const PROGRAM = fileURLToPath(new URL("../cache.ts", import.meta.url));

async function runBenchmark(...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
    }
    return text;
  };
  const status = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  const [stdout, stderr] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
  ]);
  return { status: await status, stdout, stderr };
}

const Part = Type.Object({ rows: Type.Record(Type.String(), Type.Array(Row)) });
const Written = Type.Object({
  results: Type.Object({
    "first-tier": Part,
    "second-tier": Part,
    dropping: Part,
    stampede: Part,
  }),
});

async function results(): Promise<Static<typeof Written>["results"]> {
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-bench-test-"));
  const file = path.join(folder, "result.json");
  try {
    const { status, stdout, stderr } = await runBenchmark(
      ...["--rounds", "1", "--entries", "1000", "--drops", "2"],
      ...["--workspaces", "20", "--json", file],
      ...["--only", "first-tier,second-tier,dropping,stampede"],
    );
    expect(stderr).toContain("A short run");
    expect(status).toBe(0);
    expect(stdout).toContain("3. Dropping a workspace with 100 of 1000");
    const written: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Value.Parse(Written, written).results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rowsOf = ({ rows }: Static<typeof Part>) => Object.values(rows).flat();

describe.skipIf((await redisServersMissing()) !== null)("benchmark", () => {
  it("measures every part on real servers, and writes it down", async () => {
    const found = await results();

    const peek = rowsOf(found["first-tier"]).find(
      ({ way }) => way === "ours peek",
    );
    expect(peek?.figures.perCpuSecond).toBeGreaterThan(0);
    rowsOf(found["second-tier"]).forEach(({ figures }) =>
      expect(figures.missedPercent).toBeLessThan(100),
    );
    expect(Object.keys(found.dropping.rows)).toEqual([
      "durable",
      "careless",
      "others",
    ]);
    const loads = new Map(
      rowsOf(found.stampede).map(({ way, figures }) => [way, figures.loads]),
    );
    expect(loads.get("ours, one process")).toBe(1);
    expect(loads.get("ours, 4 processes")).toBe(1);
    expect(loads.get("layered-loader, one process")).toBe(1);
  }, 300_000);
});

it("says how it is used, and refuses what it does not understand", async () => {
  const [help, wrong, unknown] = await Promise.all([
    runBenchmark("--help"),
    runBenchmark("--only", "everything"),
    runBenchmark("--no-such-option"),
  ]);
  expect(help.status).toBe(0);
  expect(help.stdout).toContain("--only");
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain("everything");
  expect(unknown.status).toBe(2);
}, 60_000);
