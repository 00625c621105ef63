// The command line: parses it, runs one command, turns failures into a sentence and an exit status. Owns what all
// commands share; which there are is said in commandDefinitions.ts.

import { closeDb, databaseError } from "backend-lib/src/db";
import yargs from "yargs";

import { COMMANDS } from "./commandDefinitions";
import { CommandFailure, type Output } from "./output";

/** A command line that cannot be understood; the text is yargs's own. */
class UsageFailure extends Error {
  override readonly name = "UsageFailure";
}

const UNDEFINED_TABLE = "42P01";
/** Of these the message quotes the value. */
const DATA_EXCEPTION = /^22/;
const INVALID_LOGIN = new Set(["28000", "28P01", "3D000"]);
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ENOENT",
  "EHOSTUNREACH",
  "ETIMEDOUT",
]);

/** The error and all that it was caused by or gathers, outermost first. */
function chain(error: unknown): unknown[] {
  const inner = [
    ...(error instanceof AggregateError
      ? error.errors.map((each: unknown) => each)
      : []),
    ...(error instanceof Error && error.cause !== undefined
      ? [error.cause]
      : []),
  ];
  return [error, ...inner.flatMap(chain)];
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error &&
    "code" in error &&
    typeof error.code === "string"
    ? error.code
    : undefined;
}

/** One sentence for the person at the terminal; never a query, a value or a password. */
function explain(error: unknown): string {
  const stated = chain(error).find(
    (each) => each instanceof CommandFailure || each instanceof UsageFailure,
  );
  if (stated instanceof Error) {
    return stated.message;
  }
  const refused = databaseError(error);
  if (refused?.code === UNDEFINED_TABLE) {
    return "The database has no tables yet: run `npm start` or `yarn db:push` first.";
  }
  if (refused !== undefined) {
    const { code = "", message } = refused;
    if (INVALID_LOGIN.has(code)) {
      return `The database refuses the login: ${message}. Check DATABASE_URL and DATABASE_SYSTEM_URL.`;
    }
    return DATA_EXCEPTION.test(code)
      ? `The database refuses a value that it was given (${code}).`
      : `The database refuses: ${message}.`;
  }
  if (chain(error).some((each) => UNREACHABLE.has(systemCode(each) ?? ""))) {
    return "The database cannot be reached: check that it runs, and DATABASE_URL.";
  }
  // The query builder's own message holds the statement and its parameters: what met the query is what to say.
  const cause = chain(error).findLast((each) => each instanceof Error);
  return cause instanceof Error ? cause.message : String(error);
}

function buildParser(output: Output) {
  const parser = yargs()
    .scriptName("admin")
    .usage("$0 <command> [options]")
    .parserConfiguration({ "duplicate-arguments-array": false })
    .help()
    .version(false)
    .locale("en")
    .wrap(100)
    .exitProcess(false)
    .demandCommand(1, "Say which command; --help lists them.")
    .recommendCommands()
    .strict()
    .fail((message, error) => {
      // yargs hands over its own complaint as a text or a YError, else what a command threw.
      const thrown: unknown = error;
      if (thrown instanceof Error && thrown.name !== "YError") {
        throw thrown;
      }
      throw new UsageFailure(
        thrown instanceof Error ? thrown.message : message,
      );
    });
  return COMMANDS.reduce(
    (withCommands, define) => define(withCommands, output),
    parser,
  );
}

/**
 * Runs the command that `args` (without the program's name) says. Resolves to the exit status: 0, 1 when the command
 * failed, 2 when the command line makes no sense; the reason is on stderr. Closes the database it used.
 */
export async function runCli(
  args: readonly string[],
  output: Output,
): Promise<number> {
  try {
    await buildParser(output).parseAsync(
      [...args],
      {},
      (_error, _argv, text) => {
        if (text !== "") {
          output.stdout(`${text}\n`);
        }
      },
    );
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageFailure;
    output.stderr(
      `${explain(error)}${isUsage ? "\nRun it with --help to see what it takes." : ""}\n`,
    );
    return isUsage ? 2 : 1;
  } finally {
    await closeDb();
  }
}
