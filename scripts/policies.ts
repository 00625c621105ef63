// `yarn db:policies [TABLE…]`: prints the row-level security of the named tables, or of all, as SQL for a new migration.
// Owns the printing; the SQL is made by backend-lib/src/db/policies.ts.

import { policySql, registeredTables } from "backend-lib/src/db/policies";

const wanted = process.argv.slice(2);
const all = registeredTables();

if (wanted.includes("--help")) {
  process.stdout.write(
    "Usage: yarn db:policies [TABLE…]\n\nPrints the policies of the named tables, or of all, as SQL for a new migration.\n",
  );
} else {
  const unknown = wanted.filter((name) =>
    all.every(([known]) => known !== name),
  );
  if (unknown.length > 0) {
    process.stderr.write(
      `Not in the register (packages/backend-lib/src/db/policies.ts): ${unknown.join(", ")}\n`,
    );
    process.exitCode = 1;
  } else {
    const chosen = all.filter(
      ([name]) => wanted.length === 0 || wanted.includes(name),
    );
    process.stdout.write(
      chosen.map(([name, entry]) => policySql(name, entry)).join("\n"),
    );
  }
}
