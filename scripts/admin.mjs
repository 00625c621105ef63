// `yarn admin <command>`: the administrator's commands (packages/admin-cli) on the database that `npm start` uses,
// whether that runs or not. What they print on stdout stays clean for programs; progress goes to stderr.
import process from "node:process";

import { ensureInstalled } from "./bootstrap.mjs";
import { captureNode, runCommand, runNode } from "./children.mjs";
import {
  keepStdoutForAnswers,
  loadEnvironment,
  root,
  UserError,
} from "./commandLine.mjs";
import { startServices, stopServices } from "./services.mjs";

async function main() {
  keepStdoutForAnswers();
  loadEnvironment();
  await ensureInstalled();
  const { bundle, bundled } = await import("./bundle.mjs");
  await bundle(["admin", "database"]);
  const args = process.argv.slice(2);
  const isHelp = args.length === 0 || args.includes("--help");
  /** @type {NodeJS.ProcessEnv} */
  let env = { ...process.env };
  if (!isHelp) {
    const services = await startServices();
    env = { LOG_LEVEL: "warn", ...process.env, ...services.env };
    // Nobody else runs it, so nobody else has brought it up to date.
    if (services.database === "started")
      await migrate(bundled("database"), env);
  }
  return runNode(["--enable-source-maps", bundled("admin"), ...args], {
    cwd: root,
    env,
  });
}

/** @param {string} program @param {NodeJS.ProcessEnv} env */
async function migrate(program, env) {
  const { status, output } = await captureNode([program, "push"], {
    cwd: root,
    env,
  });
  if (status !== 0)
    throw new UserError(
      `The database could not be brought up to date:\n${output.trim()}`,
    );
}

runCommand(main, {
  stop: stopServices,
});
