// `yarn db:policies [--dialect D] [TABLE…]`: prints the row-level security of the named tables, or of all, as SQL for a
// new migration; for Citus also the statements that distribute the tables. Owns the printing; the SQL is made by
// backend-lib/src/db/policies.ts and citus.ts.

import { parseArgs } from "node:util";

import { distributionSql } from "backend-lib/src/db/citus";
import {
  type PolicyDialect,
  policySql,
  registeredTables,
} from "backend-lib/src/db/policies";

import { messageOf } from "./commandLine.mjs";

const HELP = `Usage: yarn db:policies [--dialect plain|sealed|citus] [TABLE…]

Prints the policies of the named tables, or of all, as SQL for a new migration. Migrations hold the plain dialect;
the runner turns it into the database's own. With --dialect citus and no table the statements that distribute the
tables over a Citus cluster follow: docs/scaling.md says when and how to run them.
`;

const DIALECTS = ["plain", "sealed", "citus"] as const;

function dialectNamed(name: string): PolicyDialect {
  const dialect = DIALECTS.find((known) => known === name);
  if (dialect === undefined) {
    throw new Error(
      `There is no dialect "${name}": say one of ${DIALECTS.join(", ")}.`,
    );
  }
  return dialect;
}

function print(wanted: readonly string[], dialect: PolicyDialect): void {
  const all = registeredTables();
  const unknown = wanted.filter((name) =>
    all.every(([known]) => known !== name),
  );
  if (unknown.length > 0) {
    throw new Error(
      `Not in the register (packages/backend-lib/src/db/policies.ts): ${unknown.join(", ")}`,
    );
  }
  const policies = all
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([name, entry]) => policySql(name, entry, { dialect }));
  const distribution =
    dialect === "citus" && wanted.length === 0
      ? [
          `-- Run once, as the owner, on the coordinator: docs/scaling.md\n${distributionSql()}`,
        ]
      : [];
  process.stdout.write([...policies, ...distribution].join("\n"));
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      dialect: { type: "string", default: "plain" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
  } else {
    print(positionals, dialectNamed(values.dialect));
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
