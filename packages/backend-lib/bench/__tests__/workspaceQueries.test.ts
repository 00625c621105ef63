// The benchmark itself, whole, on a handful of workspaces: that it runs and what its JSON holds. Never how long anything took.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { expect, it } from "vitest";

import { CANDIDATES } from "../workspaceQueries/candidates";
import { DELETES, WRITES } from "../workspaceQueries/changes";
import { READS } from "../workspaceQueries/reads";

const PROGRAM = fileURLToPath(
  new URL("../workspaceQueries.ts", import.meta.url),
);

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runBenchmark(...args: string[]): Promise<Ended> {
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

const Timing = Type.Object({
  medianMs: Type.Number({ exclusiveMinimum: 0 }),
  iqrMs: Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
});
const Row = Type.Object({ name: Type.String(), before: Timing, after: Timing });
const Read = Type.Intersect([
  Row,
  Type.Object({
    pages: Type.Optional(
      Type.Object({ before: Type.Number(), after: Type.Number() }),
    ),
    indexes: Type.Optional(Type.Array(Type.String())),
  }),
]);
const Named = Type.Object({ name: Type.String() });

/** What those rely on who read the file. */
const Written = Type.Object({
  workspaceQueries: Type.Object({
    criterion: Type.Object({
      requiredPercent: Type.Literal(40),
      percent: Type.Number(),
      isMet: Type.Boolean(),
      isJudged: Type.Literal(false),
    }),
    sizes: Type.Array(
      Type.Object({
        workspaces: Type.Literal(20),
        reads: Type.Array(Read),
        deletes: Type.Array(Read),
        writes: Type.Array(Row),
        indexes: Type.Array(Named, { minItems: 9 }),
        candidates: Type.Array(Named),
      }),
      { minItems: 1, maxItems: 1 },
    ),
  }),
  contextWays: Type.Object({
    rows: Type.Array(Type.Unknown(), { minItems: 1 }),
  }),
});

const names = (rows: readonly { readonly name: string }[]) =>
  rows.map(({ name }) => name);

it("measures every query of the API before and after, on real databases, and writes it down", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "dittofeed-bench-test-"));
  const file = path.join(folder, "result.json");
  try {
    const { status, stdout, stderr } = await runBenchmark(
      "--quick",
      "--json",
      file,
    );
    expect(stderr).toContain("A quick run");
    expect(status).toBe(0);
    expect(stdout).toContain("Lists, filters and look-ups: 20 workspaces");

    const written: unknown = JSON.parse(readFileSync(file, "utf8"));
    const [size] = Value.Parse(Written, written).workspaceQueries.sizes;
    expect(names(size?.reads ?? [])).toEqual(names(READS));
    expect(names(size?.deletes ?? [])).toEqual(names(DELETES));
    expect(names(size?.writes ?? [])).toEqual(names(WRITES));
    expect(new Set(names(size?.candidates ?? []))).toEqual(
      new Set(names(CANDIDATES)),
    );
    const users = size?.reads.find(({ name }) => name === "users");
    expect(users?.pages?.after).toBeGreaterThan(0);
    expect(users?.indexes).toContain(
      "UserEvent_workspaceId_userOrAnonymousId_idx",
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

it("says how it is used, and refuses what it does not understand", async () => {
  const [help, wrong, unknown] = await Promise.all([
    runBenchmark("--help"),
    runBenchmark("--workspaces", "100,none"),
    runBenchmark("--no-such-option"),
  ]);
  expect(help.status).toBe(0);
  expect(help.stdout).toContain("--quick");
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain("none");
  expect(unknown.status).toBe(2);
}, 60_000);
