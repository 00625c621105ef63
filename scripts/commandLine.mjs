// What every command in this folder shares: where the repository is, how a person is spoken to, and the
// settings file. Node built-ins only, and syntax that old versions can parse: it runs before the installation.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import util from "node:util";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(
  /[\\/]$/,
  "",
);

/** A failure that is the person's to mend: shown as its message alone, without a stack. */
export class UserError extends Error {}

/** @type {NodeJS.WriteStream} */
let progress = process.stdout;

/** From here on progress goes to stderr: stdout is the answer's alone, for programs that read it. */
export function keepStdoutForAnswers() {
  progress = process.stderr;
}

/**
 * Prints one line of progress.
 * @param {string} text
 */
export function say(text) {
  progress.write(`${text}\n`);
}

/**
 * What went wrong, in the words a person needs: the message of a UserError, else everything that is known.
 * @param {unknown} error
 */
export function describe(error) {
  if (error instanceof UserError) return error.message;
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

/**
 * The message of whatever was thrown, on one line, for use inside a longer sentence.
 * @param {unknown} error
 * @returns {string}
 */
export function messageOf(error) {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(messageOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * The error code that Node and node-postgres put on what they throw ("ENOENT", "23505"), if any.
 * @param {unknown} error
 * @returns {string | undefined}
 */
export function codeOf(error) {
  return error instanceof Error && "code" in error
    ? String(error.code)
    : undefined;
}

/**
 * Whether help was asked for; prints it then. Arguments after `--` belong to another program.
 * @param {string} text
 */
export function helpShown(text) {
  const own = process.argv.slice(2).slice(0, endOfOwnArguments());
  if (!own.includes("--help") && !own.includes("-h")) return false;
  say(text.trim());
  return true;
}

function endOfOwnArguments() {
  const separator = process.argv.slice(2).indexOf("--");
  return separator === -1 ? undefined : separator;
}

/**
 * A duration as people read it: `0.4 s`, `12 s`, `3 min 05 s`.
 * @param {number} milliseconds
 */
export function formatDuration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${minutes} min ${rest} s`;
}

/** Reads `.env` in the repository's root. What the environment already says wins. */
export function loadEnvironment() {
  const file = path.join(root, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * Reads only these variables from `.env`: for tests, which the settings of the server must not change.
 * @param {string[]} names
 */
export function loadVariables(names) {
  const file = path.join(root, ".env");
  if (!existsSync(file)) return;
  const values = util.parseEnv(readFileSync(file, "utf8"));
  for (const name of names) {
    const value = values[name];
    if (value && process.env[name] === undefined) process.env[name] = value;
  }
}

/** The folder for everything that must outlive a run: DATA_DIR, or `.data` in the repository. */
export function dataDirectory() {
  return path.resolve(root, process.env.DATA_DIR || ".data");
}
