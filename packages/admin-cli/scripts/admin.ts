// The program `admin`: runs the command line it was started with and ends with its exit status. All else is in src/.

import process from "node:process";

import { runCli } from "../src/cli";

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
