// Locks and names of processes: what makes "two at once" and "killed in the middle" safe in the launcher.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, expect, it } from "vitest";

import {
  holdLock,
  isAlive,
  ownIdentity,
  processIdentity,
  removeIf,
} from "../lockFile.mjs";

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "dittofeed-lock-"));
  file = path.join(folder, "lock");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The name of a process that has ended. */
async function deadIdentity(): Promise<string> {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
  const identity = processIdentity(child.pid ?? 0) ?? "";
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  return identity;
}

it("lets one holder in at a time, and the next one after it", async () => {
  const order: string[] = [];
  const release = await holdLock(file);
  const second = holdLock(file, { onWait: () => order.push("waits") }).then(
    (releaseSecond) => {
      order.push("enters");
      releaseSecond();
    },
  );
  await sleep(300);
  order.push("leaves");
  release();
  await second;
  expect(order).toEqual(["waits", "leaves", "enters"]);
  expect(readdirSync(folder)).toEqual([]);
});

it("is released by the death of its holder", async () => {
  writeFileSync(file, await deadIdentity());
  const release = await holdLock(file);
  expect(readFileSync(file, "utf8")).toBe(ownIdentity());
  release();
});

it("takes no process for another one with the same id", () => {
  const mine = ownIdentity();
  expect(isAlive(mine)).toBe(true);
  expect(isAlive(`${process.pid}@another boot/1`)).toBe(false);
});

it("removes a file only while it holds what it was judged by", () => {
  writeFileSync(file, "new");
  expect(removeIf(file, "old")).toBe(false);
  expect(readFileSync(file, "utf8")).toBe("new");
  expect(removeIf(file, "new")).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});
