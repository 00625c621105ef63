// The command line of `yarn test:security`: what may be asked for. Owns the words; security.mjs does what they say.
import util from "node:util";

import { messageOf, UserError } from "../commandLine.mjs";

export const HELP = `
Usage: yarn test:security [option …]           (or npm run test:security -- [option …])

Without options: every security test of every package, as in the full run.

  --check-tenant-isolation  the suites that prove isolation, with a report: every table × verb × context (matrix), the catalog,
                            interleaved requests of many workspaces while everything goes wrong (soak), and every
                            route of the API × a caller of another workspace (probe). Fails on any leak.
  --operations N            how many requests the soak makes (100000); millions are welcome, progress is shown
  --seed N                  repeats the soak of that seed; without it one is drawn and reported
  --json [FILE]             the report as JSON, into FILE or on stdout
  --help

  TEST_DATABASE_URL   superuser URL of a Postgres to use instead of the own one (read from .env, too)
`;

export const DEFAULT_OPERATIONS = 100_000;

/**
 * @typedef {object} Options
 * @property {boolean} checkIsolation
 * @property {number} operations
 * @property {number} seed
 * @property {{ file: string | null } | null} json where the report goes as JSON: a file, or stdout (null)
 */

/**
 * A whole number of at least `least`. Throws UserError for anything else.
 * @param {string} option
 * @param {string | undefined} text
 * @param {{ least: number, otherwise: number }} bounds
 */
function wholeNumber(option, text, { least, otherwise }) {
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < least)
    throw new UserError(
      `--${option} needs a whole number of at least ${least}, not "${text}".`,
    );
  return value;
}

/**
 * Takes `--json` out, whose file may be left away, which no parser of Node's knows.
 * @param {string[]} args
 */
function takeJson(args) {
  const at = args.findIndex(
    (arg) => arg === "--json" || arg.startsWith("--json="),
  );
  if (at === -1) return { json: null, rest: args };
  const inline = args[at]?.slice("--json=".length) ?? "";
  const next = args[at + 1] ?? "";
  const takesNext = inline === "" && next !== "" && !next.startsWith("-");
  const file = takesNext ? next : inline;
  const rest = [...args.slice(0, at), ...args.slice(at + (takesNext ? 2 : 1))];
  return { json: { file: file === "" ? null : file }, rest };
}

/**
 * What was asked for. Throws UserError, with a way on, for options that there are not.
 * @param {string[]} args without the program's own name
 * @returns {Options}
 */
export function readOptions(args) {
  const { json, rest } = takeJson(args.filter((arg) => arg !== "--"));
  try {
    const { values } = util.parseArgs({
      args: rest,
      options: {
        "check-tenant-isolation": { type: "boolean", default: false },
        operations: { type: "string" },
        seed: { type: "string" },
      },
    });
    const checkIsolation = values["check-tenant-isolation"];
    const others = [json, values.operations, values.seed];
    if (!checkIsolation && others.some((each) => each != null))
      throw new UserError(
        "--operations, --seed and --json belong to --check-tenant-isolation: say that as well.",
      );
    return {
      checkIsolation,
      json,
      operations: wholeNumber("operations", values.operations, {
        least: 1,
        otherwise: DEFAULT_OPERATIONS,
      }),
      seed: wholeNumber("seed", values.seed, {
        least: 0,
        otherwise: Date.now() % 1_000_000,
      }),
    };
  } catch (error) {
    throw new UserError(
      `${messageOf(error)}\nSee yarn test:security --help for what there is.`,
    );
  }
}
