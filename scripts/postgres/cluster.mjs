// Makes a cluster: all of it or nothing. initdb works in a folder beside the final one, which is then renamed, so
// neither a crash nor a second process at the same moment leaves half a cluster behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";

import { codeOf, messageOf, UserError } from "../commandLine.mjs";

const ACCESS = {
  durable: `# Written by scripts/postgres: only this machine, only with a password.
host all all 127.0.0.1/32 scram-sha-256
`,
  test: `# Written by scripts/postgres: throw-away data; the superuser could run programs as its user, so it has a password.
host all postgres 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
`,
};

/** @param {string} cluster */
export function hasCluster(cluster) {
  return existsSync(path.join(cluster, "PG_VERSION"));
}

/**
 * Makes the cluster unless it is there. The same collation everywhere: "C.UTF-8" of the builtin provider.
 * @param {import("./place.mjs").Place} place
 * @param {"durable" | "test"} mode
 * @param {string} superuserPassword
 */
export async function ensureCluster(
  { cluster, home, programs, user },
  mode,
  superuserPassword,
) {
  if (hasCluster(cluster)) return;
  readdirSync(home)
    .filter((name) => name.startsWith("postgres.new-")) // of one that was killed: we have the lock
    .forEach((name) =>
      rmSync(path.join(home, name), { recursive: true, force: true }),
    );
  const draft = path.join(home, `postgres.new-${process.pid}`);
  const data = path.join(draft, "data");
  const passwordFile = path.join(draft, "password");
  const give = (/** @type {string} */ name) => {
    if (user) chownSync(name, user.uid, user.gid);
  };
  try {
    for (const folder of [draft, data]) {
      mkdirSync(folder, { mode: 0o700 });
      give(folder);
    }
    writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
    give(passwordFile);
    const problem = await run(
      path.join(programs.native, "bin/initdb"),
      [
        `--pgdata=${data}`,
        "--username=postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        ...(mode === "test" ? ["--no-sync"] : []),
      ],
      user,
    );
    if (problem !== null) {
      throw new UserError(
        `PostgreSQL could not make its data folder in ${home}:\n${problem}`,
      );
    }
    writeFileSync(path.join(data, "pg_hba.conf"), ACCESS[mode]);
    renameSync(data, cluster);
  } catch (error) {
    const isTaken = ["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "");
    if (!(isTaken && hasCluster(cluster))) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Runs a program to its end; in a group of its own, for a Ctrl-C in the terminal is for us, who wait for it.
 * @param {string} program
 * @param {string[]} args
 * @param {import("./place.mjs").OsUser | undefined} user
 * @returns {Promise<string | null>} what it said when it failed, else null
 */
async function run(program, args, user) {
  const child = spawn(program, args, {
    ...user,
    cwd: "/",
    env: serverEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  const keep = (/** @type {Buffer} */ chunk) => {
    said += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  try {
    const [status, signal] = await once(child, "close");
    return status === 0
      ? null
      : `${said.trim()}\n(ended with ${status ?? signal})`.trim();
  } catch (error) {
    return messageOf(error);
  }
}

/** Nothing of ours reaches the server (no PG* settings, no secrets), and its messages are in English. */
export function serverEnvironment() {
  return { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" };
}
