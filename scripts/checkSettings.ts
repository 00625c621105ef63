// Reads the settings and says what is wrong with them, naming the variables; starts nothing. `npm start` runs it before
// anything slow. Also looks into the addresses, which the settings' schema takes as plain text.
import process from "node:process";

import { loadConfig } from "backend-lib/src/config";

import { messageOf } from "./commandLine.mjs";

const ADDRESSES: [variable: string, form: RegExp, example: string][] = [
  ...["DATABASE_URL", "DATABASE_SYSTEM_URL", "DATABASE_ADMIN_URL"].map(
    (variable): [string, RegExp, string] => [
      variable,
      /^postgres(ql)?:$/,
      "postgresql://user:password@host:5432/database",
    ],
  ),
  ["JWKS_URL", /^https?:$/, "https://host/.well-known/jwks.json"],
];

/** Values are not shown: they hold passwords. */
function problems(): string[] {
  const found = ADDRESSES.flatMap(([variable, form, example]) => {
    const value = process.env[variable] ?? "";
    const isFine =
      value === "" ||
      (URL.canParse(value) && form.test(new URL(value).protocol));
    return isFine ? [] : [`${variable} must look like ${example}.`];
  });
  try {
    loadConfig(process.env);
  } catch (error) {
    found.push(messageOf(error));
  }
  return found;
}

const lines = problems();
if (lines.length > 0) {
  console.error(lines.join("\n"));
  process.exitCode = 1;
}
