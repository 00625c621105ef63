// A copy of the repository to change things in, so that the tree one works on is never touched. Sources are copied;
// node_modules is a folder of links to the real one, in which our own packages are the copy's.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { root } from "../commandLine.mjs";

/** What the tests do not read, or make for themselves. */
const LEFT_OUT = new Set([
  ".data",
  ".env",
  ".git",
  ".next",
  ".yarn",
  "coverage",
  "dist",
  "node_modules",
  "out",
  "test-results",
]);
/** Vite writes here; each copy has its own. */
const NOT_LINKED = new Set([".vite", ".vite-temp"]);

/**
 * @typedef {object} ScratchCopy
 * @property {string} folder
 * @property {(file: string, change: (text: string) => string) => () => void} edit changes one file; answers how to put it back
 * @property {(name: string, text: string) => string} write puts a file beside the sources; answers its path
 * @property {() => void} remove
 */

/** @returns {ScratchCopy} */
export function makeScratchCopy() {
  const folder = realpathSync(
    mkdtempSync(path.join(tmpdir(), "dittofeed-mutants-")),
  );
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(path.basename(source)),
  });
  linkModules(folder);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // also when it is broken off
  return {
    folder,
    edit(file, change) {
      const place = path.join(folder, file);
      const text = readFileSync(place, "utf8");
      writeFileSync(place, change(text));
      return () => writeFileSync(place, text);
    },
    write(name, text) {
      const place = path.join(folder, name);
      writeFileSync(place, text);
      return place;
    },
    remove,
  };
}

/** @param {string} folder */
function linkModules(folder) {
  const from = path.join(root, "node_modules");
  const to = path.join(folder, "node_modules");
  mkdirSync(to);
  const packages = path.join(root, "packages");
  readdirSync(from)
    .filter((name) => !NOT_LINKED.has(name))
    .forEach((name) => {
      const real = realpathSync(path.join(from, name));
      const isOurs = path.dirname(real) === packages;
      symlinkSync(
        isOurs ? path.join(folder, path.relative(root, real)) : real,
        path.join(to, name),
      );
    });
}
