// What the launcher remembers beside a cluster, readable by its owner only: the passwords, made up once, and the port.
import { randomBytes } from "node:crypto";
import path from "node:path";

import { messageOf, UserError } from "../commandLine.mjs";
import { replaceFile } from "../files.mjs";
import { readIfThere } from "../lockFile.mjs";

/** @typedef {{ superuser: string, owner: string, app: string, system: string }} Passwords */
/** @typedef {{ passwords: Passwords, port: number | undefined }} State */

const fileIn = (/** @type {string} */ home) => path.join(home, "postgres.json");

/**
 * Reads the state, making it up the first time. To be called under postgres.lock. Throws UserError when the passwords of
 * an existing cluster are gone or unreadable.
 * @param {string} home
 * @param {boolean} hasCluster whether the passwords are in use already
 * @returns {State}
 */
export function readState(home, hasCluster) {
  const file = fileIn(home);
  const known = parse(readText(file));
  if (known !== null) return known;
  if (hasCluster) {
    throw new UserError(
      `${file}, which has the passwords of the database beside it, is gone or damaged: put it back, or remove ${path.join(home, "postgres")} to begin anew.`,
    );
  }
  const made = newState();
  replaceFile(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  return made;
}

/** @param {string} file */
function readText(file) {
  try {
    return readIfThere(file) ?? "";
  } catch (error) {
    throw new UserError(
      `${file}, which has the passwords of the database beside it, cannot be read: ${messageOf(error)}.`,
    );
  }
}

/** @param {string} text @returns {State | null} null for a text that is no state; a port that makes no sense is left out */
function parse(text) {
  try {
    const { passwords, port } = JSON.parse(text);
    const { superuser, owner, app, system } = passwords;
    const isWhole = [superuser, owner, app, system].every(
      (password) => typeof password === "string" && password !== "",
    );
    if (!isWhole) return null;
    const isPort = Number.isInteger(port) && port > 0 && port <= 65_535;
    return {
      passwords: { superuser, owner, app, system },
      port: isPort ? port : undefined,
    };
  } catch {
    return null;
  }
}

/**
 * Remembers the port, so that addresses that people wrote down stay good.
 * @param {string} home
 * @param {State} state
 * @param {number} port
 */
export function rememberPort(home, state, port) {
  if (state.port === port) return;
  replaceFile(fileIn(home), JSON.stringify({ ...state, port }, null, 2), {
    mode: 0o600,
  });
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
