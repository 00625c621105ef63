// `admin isolation verify`: tries, on the configured database, to get from one workspace into another. Owns the options, the
// form and the exit status; the trying is backend-lib's.

import { type Crossing, verifyIsolation } from "backend-lib/src/db/doctor";
import { type Argv } from "yargs";

import { counted, diagnosisText } from "../diagnosisText";
import {
  CommandFailure,
  failureJson,
  type Output,
  toJson,
  toTable,
  visible,
} from "../output";

function crossingText(crossing: Crossing): string {
  if (!crossing.tried) {
    return `✘ Crossing was not tried: ${visible(crossing.reason ?? "")}\n`;
  }
  const made = `${crossing.attempts} attempts on ${crossing.tables} tables, in a transaction that was rolled back`;
  return crossing.leaks.length === 0
    ? `✔ No way from one workspace into another: ${made}\n`
    : `✘ ${counted(crossing.leaks.length, "attempt")} did not end as it has to (${made}):\n${toTable(
        crossing.leaks.map(({ table, attempt, outcome }) => [
          `  ${table}`,
          attempt,
          outcome,
        ]),
      )}`;
}

async function verify(
  { json }: { readonly json: boolean },
  output: Output,
): Promise<void> {
  const verified = await verifyIsolation();
  if (verified.isErr()) {
    const { message } = verified.error;
    if (json) {
      output.stdout(failureJson(message));
    }
    throw new CommandFailure(message);
  }
  const { ok, diagnosis, crossing } = verified.value;
  output.stdout(
    json
      ? toJson(verified.value)
      : `${diagnosisText(diagnosis)}\n${crossingText(crossing)}`,
  );
  if (!ok) {
    throw new CommandFailure("Isolation is not verified.");
  }
}

/** Adds `isolation` with its one command. */
export function isolationCommand(parser: Argv, output: Output): Argv {
  return parser.command(
    "isolation",
    "put the isolation of workspaces to the test",
    (isolation) =>
      isolation
        .command(
          "verify",
          "try to get from one workspace into another; leaves nothing behind, safe while the product runs",
          (command) =>
            command.strict().options({
              json: {
                type: "boolean",
                default: false,
                describe: "print JSON, for programs",
              },
            }),
          (options) => verify(options, output),
        )
        .demandCommand(1, "Say what to do: isolation verify.")
        .strict(),
  );
}
