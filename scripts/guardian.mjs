// Ends a throw-away server and removes its folders when the process that started it is gone, however it went: the
// pipe on stdin closes even after a kill -9. Servers that hold durable data have no guardian; they are found again.
// Run as: node guardian.mjs <identity of the server> [folder …]
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { isAlive } from "./lockFile.mjs";

const thisFile = fileURLToPath(import.meta.url);

/**
 * Sets a guardian over a server.
 * @param {string} identity of the server's process; empty when it is for the folders alone
 * @param {string[]} folders removed after it
 * @returns {() => void} has the guardian do its work now: for a server that is over already
 */
export function guard(identity, folders = []) {
  const child = spawn(process.execPath, [thisFile, identity, ...folders], {
    detached: true,
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function")
    child.stdin.unref();
  child.stdin.on("error", () => undefined); // it was quicker
  return () => {
    child.stdin.end();
  };
}

async function watch() {
  const [identity = "", ...folders] = process.argv.slice(2);
  await new Promise((resolve) => {
    process.stdin.once("end", resolve).once("error", resolve).resume();
  });
  const pid = Number.parseInt(identity, 10);
  /** @type {[NodeJS.Signals, number][]} */
  const steps = [
    ["SIGQUIT", 50], // Postgres: stop at once, without a checkpoint
    ["SIGKILL", 50],
  ];
  for (const [signal, checks] of steps) {
    if (isAlive(identity)) process.kill(pid, signal);
    for (let check = 0; check < checks && isAlive(identity); check++)
      await sleep(100);
  }
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
}

if (process.argv[1] === thisFile) await watch();
