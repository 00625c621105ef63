// Makes a fresh clone ready with Node and npm alone: checks Node, and installs the locked packages when they are
// missing or old. Yarn itself comes from the npm registry that npm is configured for. Node built-ins only.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { formatDuration, root, say, UserError } from "./commandLine.mjs";
import {
  holdLock,
  isAlive,
  processIdentity,
  readIfThere,
} from "./lockFile.mjs";

const OLDEST_NODE = [20, 19];
const LEFTOVER_PATIENCE_MS = 10_000;
const yarnFile = path.join(root, "node_modules", ".bootstrap-yarn");
const stampFile = path.join(root, "node_modules", ".bootstrap-stamp");

/**
 * Installs the locked packages unless they are already in place. Resolves to the milliseconds it took (0: nothing to do).
 * Throws UserError when Node is too old or the installation fails.
 * @returns {Promise<number>}
 */
export async function ensureInstalled() {
  checkNode();
  if (isInstalled()) return 0;
  const startedAt = Date.now();
  mkdirSync(path.dirname(stampFile), { recursive: true });
  const release = await holdLock(
    path.join(root, "node_modules", ".bootstrap-lock"),
    { onWait: () => say("Another process is installing; waiting for it …") },
  );
  try {
    if (isInstalled()) return Date.now() - startedAt;
    rmSync(stampFile, { force: true });
    await endLeftover();
    await install();
    writeFileSync(stampFile, fingerprint());
  } finally {
    release();
  }
  const took = Date.now() - startedAt;
  say(`Installed in ${formatDuration(took)}.`);
  return took;
}

/**
 * The path of a program that an installed package brings, for `process.execPath`: no shims, no PATH.
 * @param {string} packageName
 * @param {string} program path inside the package
 */
export function tool(packageName, program) {
  return path.join(root, "node_modules", packageName, program);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  const isTooOld =
    major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  if (isTooOld) {
    throw new UserError(
      `Node ${OLDEST_NODE.join(".")} or newer is needed; this is ${process.versions.node}. See https://nodejs.org.`,
    );
  }
}

function isInstalled() {
  return (
    existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint()
  );
}

/** Changes with whatever changes an installation: the lockfile, the manifests, Yarn's settings and the platform. */
function fingerprint() {
  const packages = path.join(root, "packages");
  const files = [
    "yarn.lock",
    ".yarnrc.yml",
    "package.json",
    ...readdirSync(packages)
      .sort()
      .map((name) => path.join("packages", name, "package.json"))
      .filter((file) => existsSync(path.join(root, file))),
  ];
  const hash = createHash("sha256").update(
    `${process.platform} ${process.arch}\n`,
  );
  files.forEach((file) =>
    hash.update(file).update(readFileSync(path.join(root, file))),
  );
  return hash.digest("hex");
}

/** A start that was killed leaves its Yarn at work; two at once would spoil the folder, so the old one ends first. */
async function endLeftover() {
  const identity = readIfThere(yarnFile) ?? "";
  const pid = Number.parseInt(identity, 10);
  const deadline = Date.now() + LEFTOVER_PATIENCE_MS;
  while (isAlive(identity)) {
    const signal = Date.now() < deadline ? "SIGTERM" : "SIGKILL";
    try {
      process.kill(process.platform === "win32" ? pid : -pid, signal);
    } catch {
      // it has just ended
    }
    await sleep(200);
  }
  rmSync(yarnFile, { force: true });
}

async function install() {
  const manifest = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  const version = /^yarn@([\d.]+)/.exec(String(manifest.packageManager))?.[1];
  if (!version) throw new Error("package.json names no yarn version");
  const npm = findNpm();
  const settings = yarnEnvironment(npm);
  say(
    `Installing packages with Yarn ${version} (the first time this takes about a minute) …`,
  );
  const args = [
    ...npm.args,
    "exec",
    "--yes",
    `--package=@yarnpkg/cli-dist@${version}`,
    "--",
    "yarn",
    "install",
    "--immutable",
  ];
  const { status, output } = await runQuietly(npm.command, args, settings);
  if (status === 0) return;
  say(output.trimEnd());
  throw new UserError(
    `The installation failed (status ${status}); Yarn's report is above. Is the registry reachable from here? "npm ping" tells.`,
  );
}

/** npm as a script for this very Node when we can name it, else as the program on the PATH. */
function findNpm() {
  const running = process.env.npm_execpath ?? "";
  if (path.basename(running) === "npm-cli.js") {
    return { command: process.execPath, args: [running] };
  }
  const beside = path.resolve(
    path.dirname(process.execPath),
    "../lib/node_modules/npm/bin/npm-cli.js",
  );
  if (existsSync(beside)) return { command: process.execPath, args: [beside] };
  return {
    command: process.platform === "win32" ? "npm.cmd" : "npm",
    args: [],
  };
}

/**
 * Yarn does not read npm's settings: hands over what decides whether the registry can be reached.
 * @param {{ command: string, args: string[] }} npm
 */
function yarnEnvironment(npm) {
  const answer = spawnSync(
    npm.command,
    [...npm.args, "config", "list", "--json"],
    {
      cwd: root,
      encoding: "utf8",
      shell: process.platform === "win32",
    },
  );
  if (answer.error) {
    throw new UserError(
      `npm could not be started (${answer.error.message}); it comes with Node and is needed to install the packages.`,
    );
  }
  /** @type {Record<string, unknown>} */
  const config = answer.status === 0 ? JSON.parse(answer.stdout) : {};
  const registry = typeof config.registry === "string" ? config.registry : "";
  /** @type {Record<string, unknown>} */
  const bridged = {
    YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ""),
    YARN_HTTPS_CA_FILE_PATH: config.cafile,
    YARN_HTTPS_PROXY: config["https-proxy"],
    YARN_HTTP_PROXY: config.proxy,
    YARN_ENABLE_STRICT_SSL: config["strict-ssl"] === false ? "false" : "",
    YARN_UNSAFE_HTTP_WHITELIST: registry.startsWith("http://")
      ? new URL(registry).hostname
      : "",
  };
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, YARN_IGNORE_PATH: "1" };
  for (const [name, value] of Object.entries(bridged)) {
    if (typeof value === "string" && value !== "" && !env[name])
      env[name] = value;
  }
  return env;
}

/**
 * Runs a long command, keeping its output for the case that it fails, and says every so often that it still works.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ status: number, output: string }>}
 */
async function runQuietly(command, args, env) {
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
    detached: process.platform !== "win32", // a group of its own: npm passes no signal on to Yarn
  });
  if (child.pid !== undefined)
    writeFileSync(yarnFile, processIdentity(child.pid) ?? "");
  const startedAt = Date.now();
  const pulse = setInterval(
    () => say(`  … ${formatDuration(Date.now() - startedAt)}`),
    15_000,
  );
  const stop = () => {
    if (child.pid === undefined || process.platform === "win32") child.kill();
    else process.kill(-child.pid, "SIGTERM");
  };
  process.once("exit", stop);
  let output = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) =>
        resolve({ status: status ?? (signal ? 1 : 0), output }),
      );
    });
  } finally {
    clearInterval(pulse);
    process.off("exit", stop);
    rmSync(yarnFile, { force: true });
  }
}
