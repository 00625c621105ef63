// `admin doctor`: whether the database keeps workspaces apart by itself. Owns the options, the form and the exit status; the
// checks are backend-lib's.

import { examine } from "backend-lib/src/db/doctor";
import { type Argv } from "yargs";

import { counted, diagnosisText } from "../diagnosisText";
import { CommandFailure, failureJson, type Output, toJson } from "../output";

interface DoctorOptions {
  readonly json: boolean;
  readonly strict: boolean;
}

async function doctor(
  { json, strict }: DoctorOptions,
  output: Output,
): Promise<void> {
  const examined = await examine();
  if (examined.isErr()) {
    const { message } = examined.error;
    if (json) {
      output.stdout(failureJson(message));
    }
    throw new CommandFailure(message);
  }
  const { summary } = examined.value;
  const ok = summary.failures === 0 && (!strict || summary.warnings === 0);
  output.stdout(
    json ? toJson({ ...examined.value, ok }) : diagnosisText(examined.value),
  );
  if (!ok) {
    throw new CommandFailure(
      summary.failures > 0
        ? `The doctor found ${counted(summary.failures, "failure")}.`
        : `The doctor found ${counted(summary.warnings, "warning")}, and --strict counts those.`,
    );
  }
}

/** Adds `doctor`. */
export function doctorCommand(parser: Argv, output: Output): Argv {
  return parser.command(
    "doctor",
    "look whether the database keeps workspaces apart, and say how to mend what is wrong",
    (command) =>
      command.strict().options({
        json: {
          type: "boolean",
          default: false,
          describe: "print JSON, for programs",
        },
        strict: {
          type: "boolean",
          default: false,
          describe: "fail on warnings, too",
        },
      }),
    (options) => doctor(options, output),
  );
}
