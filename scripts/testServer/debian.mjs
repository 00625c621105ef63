// A server's program for machines with Debian's tools but without the package: downloads it, and the libraries that the
// machine lacks, from the machine's own package sources and unpacks them into a folder. Nothing is installed, no service
// starts, no rights are needed.
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

/** By the beginnings of the names: Debian's redis-server is a link into redis-tools, and loads Lua's modules. */
const NEEDED = /^(lib|lua|redis)/;

/**
 * Unpacks the package and what it needs into the folder, all of it or nothing. Throws when the sources cannot be reached.
 * @param {string} folder must not exist yet
 * @param {string} wanted the package's name
 */
export async function unpackFromDebian(folder, wanted) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const options = aptOptions(work);
    await execute("apt-get", [...options, "update", "--quiet"]);
    const names = await missingPackages(options, wanted);
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

/**
 * The package, and of what it depends on the libraries (and what ships like one) that are not installed: all else is for
 * running it as a service, or is there.
 * @param {string[]} options
 * @param {string} wanted
 * @returns {Promise<string[]>}
 */
async function missingPackages(options, wanted) {
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
    wanted,
  ]);
  const needs = dependencies(stdout);
  const names = new Set([wanted]);
  // A set's loop also visits what is added meanwhile.
  for (const name of names)
    (needs.get(name) ?? [])
      .filter((need) => NEEDED.test(need))
      .forEach((need) => names.add(need));
  const all = [...names];
  const installed = await Promise.all(all.map(isInstalled));
  return all.filter((_, index) => !installed[index]);
}

/**
 * A package's name stands at the beginning of a line; what it depends on is indented below it, virtual names are <so>.
 * @param {string} listing
 */
function dependencies(listing) {
  /** @type {Map<string, string[]>} */
  const needs = new Map();
  /** @type {string[]} */
  let current = [];
  for (const line of listing.split("\n")) {
    const dependency = /^ [ |](?:Pre)?Depends: (\S+)/.exec(line);
    if (dependency?.[1]) current.push(dependency[1]);
    else if (/^\w/.test(line)) {
      current = [];
      needs.set(line.trim(), current);
    }
  }
  return needs;
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
