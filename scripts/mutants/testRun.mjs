// Runs some of the tests in a scratch copy and answers the first one that failed. A run whose tests did not even begin is
// nobody's success: it is an error, for a mutant must be caught by a test and not by its own mistake.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import process from "node:process";

import { UserError } from "../commandLine.mjs";

/** A run that hangs was noticed as well: nobody would wait for it. */
const TIME_OUT_MS = 300_000;

const tail = (/** @type {string} */ output) =>
  output.trim().split("\n").slice(-15).join("\n");

/** How a file that is no program, or imports what is not there, is complained of: by the bundler, by Node, by the engine. */
const OWN_MISTAKE =
  /Transform failed|PARSE_ERROR|Parse failure|SyntaxError|Failed to (?:load|resolve)|Cannot find (?:module|package)|does not provide an export|must be declared in an enclosing|already been declared|Unexpected (?:token|identifier|end|strict|reserved|string|number)|Invalid or unexpected|is not defined|is not a (?:function|constructor)|before initialization/;

/**
 * @typedef {object} TestRunOptions
 * @property {string} folder of the copy
 * @property {readonly string[]} files
 * @property {string} [only] a pattern of test names
 * @property {Record<string, string | undefined>} [env]
 */

/**
 * The first test that failed, as "file: name"; null when all passed. Throws UserError when the tests could not begin.
 * @param {TestRunOptions} options
 * @returns {Promise<string | null>}
 */
export async function firstFailure(options) {
  const short = await runTests(options, ["--bail=1"]);
  // Ended by a failure that is not in what was written: Vitest stops its workers, at times before they have told all.
  const isLost = short.result.success && short.status !== 0;
  return failureOf(
    isLost ? await runTests(options, []) : short,
    options.folder,
  );
}

/**
 * @param {Awaited<ReturnType<typeof runTests>>} run
 * @param {string} folder
 */
function failureOf({ result, output, status }, folder) {
  if (status === null) return "(the tests did not come to an end)";
  if (result.success && status !== 0) {
    throw new UserError(
      `the tests failed and do not say why:\n${tail(output)}`,
    );
  }
  return result.success ? null : nameOf(result, folder, output);
}

/**
 * What the tests said, and the exit status: null when they did not come to an end.
 * @param {TestRunOptions} options
 * @param {readonly string[]} flags
 */
async function runTests({ folder, files, only, env = {} }, flags) {
  const answer = path.join(folder, "mutant-result.json");
  rmSync(answer, { force: true });
  const args = [
    path.join(folder, "node_modules/vitest/vitest.mjs"),
    "run",
    ...flags,
    "--no-color",
    "--reporter=json",
    `--outputFile=${answer}`,
    ...(only === undefined ? [] : ["-t", only]),
    ...files,
  ];
  const { output, isHung, code } = await run(folder, args, env);
  if (isHung)
    return {
      result: { success: false, testResults: [] },
      output,
      status: null,
    };
  if (!existsSync(answer)) {
    throw new UserError(`the tests did not begin:\n${tail(output)}`);
  }
  const result = JSON.parse(readFileSync(answer, "utf8"));
  if (result.numTotalTests === 0 && result.testResults.length === 0) {
    throw new UserError(`no test was found:\n${tail(output)}`);
  }
  return { result, output, status: code ?? 1 };
}

/**
 * What failed, of a run that did. Throws UserError when it was the mutant's own mistake, and no test.
 * @param {{ testResults: { name: string, status: string, message: string, assertionResults: { status: string, fullName: string }[] }[] }} result
 * @param {string} folder
 * @param {string} output
 */
export function nameOf({ testResults }, folder, output) {
  const short = (/** @type {string} */ file) =>
    path.relative(folder, file).replace(/^packages\//, "");
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed) return `${short(name)}: ${failed.fullName.trim()}`;
  }
  // A hook or the file itself failed: it still is a suite that noticed.
  const broken = testResults.find(({ status }) => status === "failed");
  if (broken === undefined) {
    throw new UserError(
      `the tests failed outside of any test:\n${tail(output)}`,
    );
  }
  if (
    broken.assertionResults.length === 0 &&
    OWN_MISTAKE.test(broken.message)
  ) {
    throw new UserError(
      `${short(broken.name)} could not be read, so nothing in it was tried: ${broken.message}`,
    );
  }
  return `${short(broken.name)}: ${broken.message.split("\n")[0] ?? ""}`;
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<{ output: string, isHung: boolean, code: number | null }>}
 */
function run(folder, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let isHung = false;
    [child.stdout, child.stderr].forEach((stream) =>
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-20_000);
      }),
    );
    const stop = () => child.kill();
    process.once("exit", stop);
    const timer = setTimeout(() => {
      isHung = true;
      stop();
    }, TIME_OUT_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      process.off("exit", stop);
      resolve({ output, isHung, code });
    });
  });
}
