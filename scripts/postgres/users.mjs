// Who uses the server of a cluster: every process that started or joined it is in a register beside the cluster, and
// the last living one stops the server. Read and written only under postgres.lock. A process that was killed needs
// no entry taken out: its name is dead.
import { rmSync } from "node:fs";
import path from "node:path";

import { replaceFile } from "../files.mjs";
import { isAlive, ownIdentity, readIfThere } from "../lockFile.mjs";

let joined = 0;

/**
 * Enters this process.
 * @param {string} home the folder with the cluster
 * @returns {{ others: number, leave: () => number }} how many living users there are beside this one: now, and when it left
 */
export function joinUsers(home) {
  const file = path.join(home, "postgres.users");
  joined += 1; // a process may use a server, stop, and use it again
  const mine = `${ownIdentity()}#${joined}`;
  const others = () =>
    (readIfThere(file) ?? "")
      .split("\n")
      .filter((user) => user !== mine && isAlive(user.split("#", 1)[0] ?? ""));
  const before = others();
  replaceFile(file, [...before, mine].join("\n"));
  return {
    others: before.length,
    leave: () => {
      const left = others();
      if (left.length === 0) rmSync(file, { force: true });
      else replaceFile(file, left.join("\n"));
      return left.length;
    },
  };
}
