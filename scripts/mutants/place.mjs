// Finds where a mutant of the code is to be put in, and checks on the way that its text is there once and no more.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { UserError } from "../commandLine.mjs";

/**
 * The file of the mutant, from `folder` on. Throws UserError when its text is in no file, or several times.
 * @param {string} folder
 * @param {import("./list.mjs").CodeMutant} mutant
 */
export function placeOf(folder, { name, file, find }) {
  const places = filesOf(folder, file).flatMap((each) => {
    const text = readFileSync(path.join(folder, each), "utf8");
    return Array.from({ length: text.split(find).length - 1 }, () => each);
  });
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new UserError(
      `${name}: its text must be in ${file} exactly once, and is there ${places.length} times: ${find}`,
    );
  }
  return place;
}

/**
 * @param {string} folder
 * @param {string} file
 */
function filesOf(folder, file) {
  if (!file.endsWith("/")) return [file];
  return readdirSync(path.join(folder, file), {
    recursive: true,
    encoding: "utf8",
  })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => path.join(file, name));
}
