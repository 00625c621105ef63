// Who is alive: names a process so that a recycled process id is not taken for it, and builds on that a lock file
// that the death of its holder releases. Node built-ins only: the installation itself takes such a lock.
import { spawnSync } from "node:child_process";
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { codeOf } from "./commandLine.mjs";

/** Reads a small file; null when it is not there (ESRCH: in /proc, its process just went). @param {string} file */
export function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

/**
 * A name for the process that no other process ever has: its id with the moment it began. Null when there is no such process.
 * @param {number} pid
 * @returns {string | null}
 */
export function processIdentity(pid) {
  if (process.platform === "linux") {
    let stat;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      return null;
    }
    // The second field is the program's name in brackets and may hold anything; counted from its end, proc(5).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    if (state === "Z" || state === "X") return null;
    return `${pid}@${bootId()}/${fields[19]}`;
  }
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
  });
  const began = (stdout ?? "").trim();
  return began === "" ? null : `${pid}@${began}`;
}

function bootId() {
  return (readIfThere("/proc/sys/kernel/random/boot_id") ?? "").trim();
}

/** Whether the process of this name still runs. @param {string} identity */
export function isAlive(identity) {
  const pid = Number.parseInt(identity, 10);
  return pid > 0 && processIdentity(pid) === identity;
}

/** The name of this very process. */
export function ownIdentity() {
  const identity = processIdentity(process.pid);
  if (identity === null) throw new Error("this process cannot be looked up");
  return identity;
}

/**
 * Holds a lock file until the returned function is called, waiting while a living process holds it; not when onWait throws.
 * @param {string} file
 * @param {{ onWait?: (holder: string) => void }} options
 * @returns {Promise<() => void>}
 */
export async function holdLock(file, { onWait } = {}) {
  const mine = ownIdentity();
  const draft = `${file}.${process.pid}`;
  let isAnnounced = false;
  for (;;) {
    writeFileSync(draft, mine);
    try {
      linkSync(draft, file); // all or nothing: the lock never exists without its holder's name
      return () => removeIf(file, mine);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = readIfThere(file);
    if (holder !== null && !isAlive(holder)) removeIf(file, holder);
    else if (holder !== null) {
      if (!isAnnounced) onWait?.(holder);
      isAnnounced = true;
      await sleep(200);
    }
  }
}

/**
 * Removes a file only while it still holds what it was judged by, so that a successor's file is never taken away:
 * it is moved aside, looked at again, and put back when it has changed meanwhile.
 * @param {string} file
 * @param {string} content
 * @returns {boolean} whether it is gone
 */
export function removeIf(file, content) {
  const aside = `${file}.aside-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    throw error;
  }
  const isSame = readFileSync(aside, "utf8") === content;
  if (!isSame) linkSync(aside, file);
  rmSync(aside, { force: true });
  return isSame;
}
