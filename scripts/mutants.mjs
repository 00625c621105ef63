// `yarn test:mutants`: are the isolation suites able to fail? Weakens one thing at a time, in a copy of the repository, and
// runs the suites until one notices. Owns the order, the printing and the score; the list is in mutants/. Exit status 1
// when a mutant survives.
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { describe, UserError } from "./commandLine.mjs";
import { MUTANTS } from "./mutants/list.mjs";
import { makeScratchCopy } from "./mutants/scratchCopy.mjs";
import { requirePassing, tryMutant } from "./mutants/trial.mjs";

const HELP = `Usage: yarn test:mutants [options]

  --only NAME   only mutants whose name has this in it; may be given several times
  --list        names them and what each weakens
  --jobs N      at once (2)
  --json FILE   writes the outcome as JSON
  --help

Each mutant weakens one thing: a policy, a right, a line of the code that keeps workspaces apart. The suites must catch
every one; a survivor is a test that is missing. About five seconds a mutant and job.
`;

/**
 * @typedef {import("./mutants/list.mjs").Mutant} Mutant
 * @typedef {{ name: string, weakens: string, caughtBy: string | null, seconds: number }} Outcome
 */

/**
 * @param {readonly Mutant[]} mutants
 * @param {number} jobs
 */
async function tryAll(mutants, jobs) {
  const waiting = [...mutants];
  /** @type {Outcome[]} */
  const outcomes = [];
  const work = async () => {
    const copy = makeScratchCopy();
    try {
      for (
        let mutant = waiting.shift();
        mutant !== undefined;
        mutant = waiting.shift()
      ) {
        const startedAt = performance.now();
        const caughtBy = await tryMutant(copy, mutant);
        const seconds = (performance.now() - startedAt) / 1000;
        outcomes.push({
          name: mutant.name,
          weakens: mutant.weakens,
          caughtBy,
          seconds,
        });
        console.log(
          `${String(outcomes.length).padStart(3)}/${mutants.length} ${caughtBy === null ? "SURVIVED" : "caught  "} ${mutant.name} (${seconds.toFixed(1)} s)${caughtBy === null ? "" : `\n            by ${caughtBy}`}`,
        );
      }
    } finally {
      copy.remove();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return outcomes;
}

/** @param {readonly Mutant[]} mutants */
function list(mutants) {
  mutants.forEach(({ name, weakens }) =>
    console.log(`${name.padEnd(48)} ${weakens}`),
  );
  console.log(`${mutants.length} mutants.`);
}

/**
 * @param {readonly Outcome[]} outcomes
 * @param {string | undefined} file
 */
function report(outcomes, file) {
  const survivors = outcomes.filter(({ caughtBy }) => caughtBy === null);
  const caught = outcomes.length - survivors.length;
  const score = Math.floor((100 * caught) / Math.max(outcomes.length, 1));
  console.log(`\nCaught ${caught} of ${outcomes.length}: ${score} %.`);
  survivors.forEach(({ name, weakens }) =>
    console.log(`Survived: ${name}: ${weakens}`),
  );
  if (file !== undefined)
    writeFileSync(
      file,
      `${JSON.stringify({ score, caught, total: outcomes.length, outcomes }, null, 2)}\n`,
    );
  return survivors.length;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      list: { type: "boolean" },
      jobs: { type: "string", default: "2" },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const mutants = MUTANTS.filter(
    ({ name }) => values.only?.some((part) => name.includes(part)) ?? true,
  );
  if (mutants.length === 0) {
    throw new UserError("No mutant has such a name; --list names them.");
  }
  if (values.list) {
    list(mutants);
    return;
  }
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) {
    throw new UserError("--jobs takes a whole number from 1 on.");
  }
  const suites = [...new Set(mutants.flatMap((mutant) => mutant.suites))];
  console.log(`As it is, every suite must pass: ${suites.join(", ")}.`);
  await requirePassing(suites);
  const survivors = report(await tryAll(mutants, jobs), values.json);
  process.exitCode = survivors === 0 ? 0 : 1;
}

// Ending by process.exit() has the copies and the test runs cleared away.
["SIGINT", "SIGTERM"].forEach((signal) =>
  process.once(signal, () => process.exit(130)),
);

main().catch((error) => {
  console.error(describe(error));
  process.exitCode = 2;
});
