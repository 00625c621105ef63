// Starting and ending other programs: everything started here is stopped before this process ends, whether it was
// asked to by Ctrl-C or SIGTERM, or because npm above it died without a word (npm passes no SIGTERM on).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import process from "node:process";

import { describe } from "./commandLine.mjs";
import { readIfThere } from "./lockFile.mjs";

const PARENT_CHECK_MS = 500;
const GRACE_MS = 20_000;

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let isShuttingDown = false;

/**
 * Starts a Node program that ends when this process does.
 * @param {string[]} args the script and its arguments
 * @param {import("node:child_process").SpawnOptions} options
 */
export function startNode(args, options = {}) {
  const child = spawn(process.execPath, args, { stdio: "inherit", ...options });
  running.add(child);
  const forget = () => running.delete(child);
  child.once("exit", forget);
  child.once("error", forget);
  return child;
}

/**
 * Runs a Node program to its end; resolves to its exit status.
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>}
 */
export function runNode(args, options = {}) {
  return exitOf(startNode(args, options));
}

/**
 * Runs a Node program to its end, keeping what it prints.
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<{ status: number, output: string }>}
 */
export async function captureNode(args, options = {}) {
  const child = startNode(args, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    output += chunk.toString();
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const status = await exitOf(child, "close");
  return { status, output };
}

/**
 * The exit status of a child, 128 + n for one ended by signal n.
 * @param {import("node:child_process").ChildProcess} child
 * @param {"exit" | "close"} event
 * @returns {Promise<number>}
 */
export function exitOf(child, event = "exit") {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once(
      event,
      (
        /** @type {number | null} */ status,
        /** @type {NodeJS.Signals | null} */ signal,
      ) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}

/** Asks every child to end and waits for it; after 20 s it is ended by force. */
export async function stopChildren() {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = once(child, "exit");
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await ended;
      clearTimeout(force);
    }),
  );
}

/** Whether this process is already on its way out: what fails now fails because of that. */
export function isStopping() {
  return isShuttingDown;
}

/**
 * Runs a command's `main` and ends the process with the status it resolves to. On SIGINT, SIGTERM, SIGHUP or when the
 * parent process is gone: the children are stopped, then `stop` is awaited (databases go last), then the process ends.
 * @param {() => Promise<number>} main
 * @param {{ stop?: () => Promise<void>, isServer?: boolean }} options a server that was asked to stop has not failed: status 0
 */
export function runCommand(main, { stop, isServer = false } = {}) {
  /** @type {Promise<void> | undefined} */
  let ending;
  const end = (/** @type {number} */ status) => {
    ending ??= (async () => {
      isShuttingDown = true;
      try {
        await stopChildren();
        await stop?.();
        process.exitCode = status;
      } catch (error) {
        console.error(describe(error));
        process.exitCode = 1;
      }
      process.exit();
    })();
  };
  /** @type {[NodeJS.Signals, number][]} */
  const signals = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ];
  signals.forEach(([signal, status]) =>
    process.on(signal, () => end(isServer ? 0 : status)),
  );
  const isOrphaned = watchAncestors();
  setInterval(() => {
    if (isOrphaned()) end(isServer ? 0 : 143);
  }, PARENT_CHECK_MS).unref();

  main().then(end, (/** @type {unknown} */ error) => {
    if (!isShuttingDown) console.error(describe(error));
    end(1);
  });
}

/**
 * Tells whether who started us is gone. npm puts a shell between itself and us, which outlives it: then npm is who counts.
 * @returns {() => boolean}
 */
function watchAncestors() {
  const parent = process.ppid;
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
  const above = isUnderNpm ? parentOf(parent) : null;
  return () =>
    process.ppid !== parent || (above !== null && parentOf(parent) !== above);
}

/**
 * The parent of a process that is a shell; null for another program, and where there is no /proc to ask (there the
 * shells give way to the command).
 * @param {number} pid
 */
function parentOf(pid) {
  const status =
    process.platform === "linux" ? readIfThere(`/proc/${pid}/status`) : null;
  if (status === null || !/^Name:\s+(sh|dash|bash|ash|busybox)$/m.test(status))
    return null;
  return /^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? null;
}
