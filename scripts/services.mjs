// The database that a command works on: the one the environment names, or the own Postgres in DATA_DIR. A process has
// at most one; its command stops it last (`runCommand(main, { stop: stopServices })`).
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { codeOf, dataDirectory } from "./commandLine.mjs";
import { readIfThere } from "./lockFile.mjs";

/**
 * @typedef {object} Services
 * @property {Record<string, string>} env what a program needs beside process.env to use them
 * @property {"given" | "started" | "joined"} database by the environment, by us, or by another process over the same DATA_DIR
 * @property {string | undefined} home where the own Postgres keeps its data
 * @property {() => Promise<void>} stop stops what was started here
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

/** Stops what was started here, also what is only starting; what others answer for runs on. */
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
      stop: async () => undefined,
    };
  }
  const dataDir = dataDirectory();
  const { startPostgres } = await import("./postgres.mjs");
  const postgres = await startPostgres({ dataDir, mode: "durable" });
  return {
    env: {
      ...postgres.urls,
      ...(process.env.SECRET_KEY ? {} : { SECRET_KEY: ownSecretKey(dataDir) }),
    },
    database: postgres.reused ? "joined" : "started",
    home: postgres.home,
    stop: postgres.stop,
  };
}

/**
 * The key for secrets in the own database, made up once and kept beside it: they live and die together. For a database
 * elsewhere no key is made up, for its data would outlive it.
 * @param {string} dataDir
 */
function ownSecretKey(dataDir) {
  const file = path.join(dataDir, "secret.key");
  const known = readIfThere(file);
  if (known !== null) return known.trim();
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
