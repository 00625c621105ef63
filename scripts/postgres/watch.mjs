// Watches a running server and has it started again when it dies: a few times, for a server that keeps dying needs a
// person. Leaves the starting, and who does it among several users, to postgres.mjs.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf } from "../commandLine.mjs";
import { isAlive, processIdentity } from "../lockFile.mjs";

const CHECK_MS = process.platform === "linux" ? 250 : 2_000; // elsewhere each look is a run of ps
const RESTARTS = 3;
const WINDOW_MS = 60_000;
const REVIVAL_MS = 20_000; // processes of the dead server may hold its memory a little longer, and then it cannot start
const RETRY_MS = 500;

/**
 * Tries again for a while before it gives up with the last error.
 * @param {() => Promise<number>} revive
 * @param {() => boolean} isOver
 */
async function patiently(revive, isOver) {
  const deadline = Date.now() + REVIVAL_MS;
  for (;;) {
    try {
      return await revive();
    } catch (error) {
      if (isOver() || Date.now() > deadline) throw error;
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  }
}

/**
 * Watches until `isOver`; resolves only when the server is given up, to the reason.
 * @param {object} options
 * @param {number} options.pid of the server
 * @param {() => boolean} options.isOver
 * @param {() => Promise<number>} options.revive starts the server again, or finds it started; resolves to its process id
 * @param {(line: string) => void} options.report
 * @returns {Promise<string>}
 */
export async function watchServer({ pid, isOver, revive, report }) {
  let identity = processIdentity(pid) ?? "";
  /** @type {number[]} */
  let restarts = [];
  let problem = "";
  while (!isOver()) {
    if (isAlive(identity)) {
      await sleep(CHECK_MS, undefined, { ref: false });
    } else {
      restarts = restarts.filter((at) => at > Date.now() - WINDOW_MS);
      if (restarts.length >= RESTARTS)
        return problem || `it ended ${RESTARTS + 1} times within a minute`;
      restarts.push(Date.now());
      report("PostgreSQL ended unexpectedly; starting it again …");
      try {
        identity = processIdentity(await patiently(revive, isOver)) ?? "";
        problem = "";
        report("PostgreSQL runs again.");
      } catch (error) {
        [problem = ""] = messageOf(error).split("\n", 1); // counts as one more death
      }
    }
  }
  return new Promise(() => {});
}
