// What the launcher remembers beside a cluster, readable by its owner only: the passwords, made up once, and the port.
import { randomBytes } from "node:crypto";
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";

import { codeOf, UserError } from "../commandLine.mjs";
import { readIfThere } from "../lockFile.mjs";

/** @typedef {{ superuser: string, owner: string, app: string, system: string }} Passwords */
/** @typedef {{ passwords: Passwords, port: number | undefined }} State */

const fileIn = (/** @type {string} */ home) => path.join(home, "postgres.json");

/**
 * Reads the state, making it up the first time; of two processes that do so at once both get the same.
 * @param {string} home
 * @param {boolean} hasCluster whether the passwords are in use already
 * @returns {State}
 */
export function readState(home, hasCluster) {
  const file = fileIn(home);
  const known = readIfThere(file);
  if (known !== null) return JSON.parse(known);
  if (hasCluster) {
    throw new UserError(
      `${file}, which has the passwords of the database beside it, is gone: put it back, or remove ${path.join(home, "postgres")} to begin anew.`,
    );
  }
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(newState(), null, 2), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * Remembers the port, so that addresses that people wrote down stay good.
 * @param {string} home
 * @param {State} state
 * @param {number} port
 */
export function rememberPort(home, state, port) {
  if (state.port === port) return;
  const draft = `${fileIn(home)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ ...state, port }, null, 2), {
    mode: 0o600,
  });
  renameSync(draft, fileIn(home));
}

/** @returns {State} */
function newState() {
  const password = () => randomBytes(24).toString("base64url");
  return {
    passwords: {
      superuser: password(),
      owner: password(),
      app: password(),
      system: password(),
    },
    port: undefined,
  };
}
