// One mutant's trial: weakens the copy, runs the mutant's suites until one fails, mends the copy. And the trial before
// them all, with nothing weakened.
import { UserError } from "../commandLine.mjs";
import { placeOf } from "./place.mjs";
import { makeScratchCopy } from "./scratchCopy.mjs";
import { SUITES } from "./suites.mjs";
import { firstFailure } from "./testRun.mjs";

/** Enough operations for every kind of mishap, at a fraction of the time. */
const TEST_ENV = { ISOLATION_OPERATIONS: "4000", ISOLATION_SEED: "1" };

/**
 * @typedef {import("./list.mjs").Mutant} Mutant
 * @typedef {import("./scratchCopy.mjs").ScratchCopy} ScratchCopy
 */

/**
 * What catches the mutant, or null. Throws UserError when it cannot be tried: its text is gone, its SQL is refused.
 * @param {ScratchCopy} copy
 * @param {Mutant} mutant
 */
export async function tryMutant(copy, mutant) {
  const restore =
    "sql" in mutant
      ? () => undefined
      : copy.edit(placeOf(copy.folder, mutant), (text) =>
          text.replace(mutant.find, () => mutant.replace),
        );
  const env =
    "sql" in mutant
      ? { TEST_MUTANT_SQL: copy.write("mutant.sql", mutant.sql) }
      : {};
  try {
    for (const suite of mutant.suites) {
      const caughtBy = await firstFailure({
        folder: copy.folder,
        files: SUITES[suite],
        ...(suite === "matrix" && "table" in mutant
          ? { only: `^${mutant.table} ` }
          : {}),
        env: { ...TEST_ENV, ...env },
      });
      if (caughtBy !== null) return caughtBy;
    }
    return null;
  } finally {
    restore();
  }
}

/**
 * The suites must pass as they are, or whatever fails in them anyway would be taken for a catch. Throws UserError.
 * @param {readonly import("./suites.mjs").SuiteName[]} suites
 */
export async function requirePassing(suites) {
  const copy = makeScratchCopy();
  try {
    const failure = await firstFailure({
      folder: copy.folder,
      files: suites.flatMap((suite) => SUITES[suite]),
      env: TEST_ENV,
    });
    if (failure !== null) {
      throw new UserError(
        `Nothing is weakened, and yet a test fails: ${failure}`,
      );
    }
  } finally {
    copy.remove();
  }
}
