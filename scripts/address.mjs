// The address that the server is to listen on: checked before anything slow happens, so that a taken port is one
// clear sentence at once. Also waits for a host that a killed `npm start` left behind and that is still ending.
import { rmSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { dataDirectory, say, UserError } from "./commandLine.mjs";
import { openFolder, replaceFile } from "./files.mjs";
import { tryPort } from "./freePort.mjs";
import {
  holdLock,
  isAlive,
  ownIdentity,
  processIdentity,
  readIfThere,
} from "./lockFile.mjs";

const PATIENCE_MS = 20_000;

/** The address from HOST and PORT; throws UserError for one that makes no sense. */
export function wantedAddress() {
  const host = process.env.HOST || "127.0.0.1";
  const port = portFrom("PORT", 3000);
  const isOpen =
    (process.env.AUTH_MODE || "anonymous") === "anonymous" && !isLoopback(host);
  if (isOpen && process.env.ALLOW_ANONYMOUS_REMOTE !== "true") {
    throw new UserError(
      `HOST=${host} in anonymous mode would make everybody who reaches this machine an administrator: set AUTH_MODE to single-tenant or multi-tenant, or ALLOW_ANONYMOUS_REMOTE=true if that is what you want.`,
    );
  }
  return { host, port };
}

/**
 * @param {string} variable
 * @param {number} fallback
 */
export function portFrom(variable, fallback) {
  const text = process.env[variable] || String(fallback);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UserError(
      `${variable} must be a number from 0 to 65535, not "${text}".`,
    );
  return Number(text);
}

/** @param {string} host */
function isLoopback(host) {
  return (
    host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/**
 * Throws UserError unless a server can listen there.
 * @param {{ host: string, port: number }} address
 */
export async function requireFree({ host, port }) {
  await awaitLeftover(port);
  const tried = await tryPort(port, host);
  if (tried.isFree) return;
  /** @type {Record<string, string>} */
  const reasons = {
    EADDRINUSE: `Port ${port} is taken by another program: stop that, or choose another port with PORT.`,
    EACCES: `Port ${port} needs rights that this user does not have: choose one above 1023 with PORT.`,
    EADDRNOTAVAIL: `HOST=${host} is not an address of this machine.`,
    ENOTFOUND: `HOST=${host} is not an address of this machine.`,
  };
  throw new UserError(
    reasons[tried.code] ??
      `Nothing can listen on ${host}:${port} (${tried.code}).`,
  );
}

/**
 * Keeps the port for this process among those that start on the same DATA_DIR, from before the slow steps until the
 * returned function is called or this process ends. Throws UserError when another one has it, or nothing can listen there.
 * @param {{ host: string, port: number }} address
 * @returns {Promise<() => void>}
 */
export async function holdPort(address) {
  if (address.port === 0 || !hasDataFolder()) {
    await requireFree(address);
    return () => undefined;
  }
  const release = await holdLock(
    path.join(dataDirectory(), `host-${address.port}.lock`),
    {
      onWait: (holder) => {
        throw new UserError(
          `Port ${address.port} is taken by another start (process ${Number.parseInt(holder, 10)}) on this DATA_DIR: stop that, or choose another port with PORT.`,
        );
      },
    },
  );
  try {
    await requireFree(address);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/** Makes the data folder; with a database elsewhere it is of use, but not needed. */
function hasDataFolder() {
  try {
    openFolder(dataDirectory());
    return true;
  } catch (error) {
    if (process.env.DATABASE_URL || process.env.DATABASE_ADMIN_URL)
      return false;
    throw error;
  }
}

/** @param {number} port */
function recordFile(port) {
  return path.join(dataDirectory(), `host-${port}.json`);
}

/**
 * Notes which process serves the port, for a later start to find if this one is killed.
 * @param {number} port
 * @param {number | undefined} pid
 * @returns {() => void} to be called when it has ended
 */
export function recordHost(port, pid) {
  const host = pid === undefined ? null : processIdentity(pid);
  if (port === 0 || host === null || !hasDataFolder()) return () => undefined;
  replaceFile(
    recordFile(port),
    JSON.stringify({ host, launcher: ownIdentity() }),
  );
  return () => rmSync(recordFile(port), { force: true });
}

/** A host whose launcher is gone stops by itself; gives it time, and then no more. @param {number} port */
async function awaitLeftover(port) {
  const { host, launcher } = readRecord(port);
  if (isAlive(launcher) || !isAlive(host)) return;
  say("A run that was killed is still ending; waiting for it …");
  const deadline = Date.now() + PATIENCE_MS;
  while (isAlive(host) && Date.now() < deadline) await sleep(100);
  if (isAlive(host)) process.kill(Number.parseInt(host, 10), "SIGKILL");
  while (isAlive(host)) await sleep(50);
}

/** The record of a port; one that is missing or damaged names nobody: it is a hint. @param {number} port */
function readRecord(port) {
  try {
    const { host, launcher } = JSON.parse(readIfThere(recordFile(port)) ?? "");
    return { host: String(host), launcher: String(launcher) };
  } catch {
    return { host: "", launcher: "" };
  }
}
