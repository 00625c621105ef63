// The database that a command works on: the one the environment names, or the own Postgres in DATA_DIR. A process has
// at most one; its command stops it last (`runCommand(main, { stop: stopServices })`).
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { codeOf, dataDirectory, messageOf, UserError } from "./commandLine.mjs";
import { openFolder } from "./files.mjs";
import { readIfThere } from "./lockFile.mjs";

/**
 * @typedef {object} Services
 * @property {Record<string, string>} env what a program needs beside process.env to use them
 * @property {"given" | "started" | "joined"} database by the environment, by us, or shared with another process over the same DATA_DIR
 * @property {string | undefined} home where the own Postgres keeps its data
 * @property {(report: (line: string) => void) => Promise<string>} watch keeps the own Postgres running; resolves only when that is in vain, to the reason
 * @property {() => Promise<void>} stop stops what was started here, unless another process uses it
 */

/** @type {Promise<Services> | undefined} */
let starting;

/**
 * Makes the database reachable. Needs the packages installed. Throws UserError when the own one cannot be started.
 * @returns {Promise<Services>}
 */
export function startServices() {
  starting ??= start();
  return starting;
}

/** Stops what was started here, also what is only starting; what others use runs on. */
export async function stopServices() {
  const services = await starting?.catch(() => undefined);
  await services?.stop();
}

/** @returns {Promise<Services>} */
async function start() {
  if (process.env.DATABASE_URL || process.env.DATABASE_ADMIN_URL) {
    return {
      env: {},
      database: "given",
      home: undefined,
      watch: () => new Promise(() => {}),
      stop: async () => undefined,
    };
  }
  const dataDir = dataDirectory();
  openFolder(dataDir);
  // Before the server: a damaged key must not leave one running.
  const secretKey = process.env.SECRET_KEY || ownSecretKey(dataDir);
  const { startPostgres } = await import("./postgres.mjs");
  const postgres = await startPostgres({ dataDir, mode: "durable" });
  return {
    env: { ...postgres.urls, SECRET_KEY: secretKey },
    database: postgres.reused ? "joined" : "started",
    home: postgres.home,
    watch: postgres.watch,
    stop: postgres.stop,
  };
}

/**
 * The key for secrets in the own database, made up once and kept beside it: they live and die together. For a database
 * elsewhere no key is made up, for its data would outlive it. Throws UserError for a damaged file.
 * @param {string} dataDir
 */
function ownSecretKey(dataDir) {
  const file = path.join(dataDir, "secret.key");
  const known = readKey(file);
  if (known !== null) return known;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64")}\n`, {
    mode: 0o600,
  });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was quicker: its key counts
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}

/** @param {string} file @returns {string | null} null when it is not there */
function readKey(file) {
  let text;
  try {
    text = readIfThere(file);
  } catch (error) {
    throw new UserError(
      `${file}, the key of the database's secrets, cannot be read: ${messageOf(error)}.`,
    );
  }
  if (text === null) return null;
  if (/^[\w+/=-]{43,}$/.test(text.trim())) return text.trim();
  throw new UserError(
    `${file}, the key of the database's secrets, is damaged: put it back. (Or remove it: a new one is made then, and the secrets that are stored must be entered anew.)`,
  );
}
