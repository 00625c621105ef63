// A redis-server for machines with Debian's tools but without the package: downloads it from the machine's own package
// sources and unpacks it into a folder. Nothing is installed, no service starts, no rights are needed.
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What redis-server needs beside the base system, by the beginnings of the names: all else is there or is not run. */
const NEEDED = /^(redis|lib|lua)/;

/**
 * Unpacks the packages' files into the folder, all of them or none. Throws when the sources cannot be reached.
 * @param {string} folder must not exist yet
 */
export async function unpackFromDebian(folder) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const options = aptOptions(work);
    await execute("apt-get", [...options, "update", "--quiet"]);
    const names = await missingPackages(options);
    const downloads = path.join(work, "downloads");
    mkdirSync(downloads);
    await execute("apt-get", [...options, "download", "--quiet", ...names], {
      cwd: downloads,
    });
    const unpacked = path.join(work, "unpacked");
    for (const file of readdirSync(downloads))
      await execute("dpkg-deb", [
        "--extract",
        path.join(downloads, file),
        unpacked,
      ]);
    if (!existsSync(folder)) renameSync(unpacked, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Apt with lists and caches of its own, so that the machine's stay as they are. @param {string} work */
function aptOptions(work) {
  const lists = path.join(work, "lists");
  const cache = path.join(work, "cache");
  mkdirSync(path.join(lists, "partial"), { recursive: true });
  mkdirSync(path.join(cache, "archives/partial"), { recursive: true });
  const settings = [
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${cache}`,
    "Debug::NoLocking=true",
    ...(process.getuid?.() === 0 ? ["APT::Sandbox::User=root"] : []),
  ];
  return settings.flatMap((setting) => ["-o", setting]);
}

/** @param {string[]} options @returns {Promise<string[]>} */
async function missingPackages(options) {
  const { stdout } = await execute("apt-cache", [
    ...options,
    "depends",
    "--recurse",
    "--no-recommends",
    "--no-suggests",
    "--no-conflicts",
    "--no-breaks",
    "--no-replaces",
    "--no-enhances",
    "redis-server",
  ]);
  // Names stand at the beginning of a line; what a package depends on is indented below it, virtual names are <so>.
  const names = [
    ...new Set(stdout.split("\n").filter((line) => NEEDED.test(line))),
  ];
  const installed = await Promise.all(names.map(isInstalled));
  return names.filter((_, index) => !installed[index]);
}

/** @param {string} name */
async function isInstalled(name) {
  try {
    const { stdout } = await execute("dpkg-query", [
      "--show",
      `--showformat=\${db:Status-Status}\n`,
      name,
    ]);
    return stdout.includes("installed") && !stdout.includes("not-installed");
  } catch {
    return false;
  }
}
