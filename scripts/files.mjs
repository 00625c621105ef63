// Files and folders of the launcher: written whole or not at all, and made where they can be. Errors that are the
// person's to mend are UserErrors that name the path. Node built-ins only.
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";

import { codeOf, UserError } from "./commandLine.mjs";

/**
 * Writes a file in one step: a reader, or a kill at any moment, finds the old content or the new one, never half of it.
 * @param {string} file
 * @param {string | Uint8Array} content
 * @param {{ mode?: number }} options
 */
export function replaceFile(file, content, { mode } = {}) {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, content, { mode });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Makes the data folder when it is missing, passable for the database's user, and returns its real path. A folder that
 * was there keeps its rights. Throws UserError when it cannot be made or written in.
 * @param {string} folder absolute
 */
export function openFolder(folder) {
  if (makeSteps(folder) && process.getuid?.() === 0) chmodSync(folder, 0o711);
  try {
    accessSync(folder, constants.W_OK);
    accessSync(folder, constants.X_OK);
  } catch {
    throw new UserError(
      `The data folder ${folder} is not this user's to write in: start as its owner, or set DATA_DIR to another.`,
    );
  }
  return realpathSync(folder);
}

/**
 * Makes a folder and what is missing above it, one after the other: Node's own recursive mkdir never ends in /proc.
 * @param {string} folder
 * @returns {boolean} whether it was missing
 */
function makeSteps(folder) {
  /** @type {string[]} */
  const missing = [];
  try {
    for (
      let step = folder;
      statSync(step, { throwIfNoEntry: false }) === undefined;
      step = path.dirname(step)
    )
      missing.unshift(step);
    missing.forEach(makeOne);
  } catch (error) {
    throw new UserError(
      codeOf(error) === "ENOTDIR"
        ? `The data folder ${folder} cannot be created, for a file is in its way: set DATA_DIR to another.`
        : `The data folder ${folder} cannot be created (${codeOf(error) ?? "unknown"}): set DATA_DIR to one that can.`,
    );
  }
  if (!statSync(folder).isDirectory())
    throw new UserError(
      `${folder} is a file, not a folder: set DATA_DIR to a folder.`,
    );
  return missing.length > 0;
}

/** @param {string} folder */
function makeOne(folder) {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was quicker
  }
}
