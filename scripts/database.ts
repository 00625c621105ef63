// The migrations as commands: up, back, anew, and what is where. Bundled to dist/database.js, which needs
// DATABASE_ADMIN_URL (or DATABASE_URL); scripts/database.mjs runs it and brings the own Postgres when there is none.
import process from "node:process";

import { config } from "backend-lib/src/config";
import {
  migrate,
  type MigrationStatus,
  migrationStatus,
  reset,
  rollback,
} from "backend-lib/src/db/migrate";
import { configuredPolicies } from "backend-lib/src/db/sealKeys";

import { messageOf } from "./commandLine.mjs";

const log = (line: string) => {
  console.log(`  ${line}`);
};

function show({ applied, pending }: MigrationStatus): void {
  for (const { name, appliedAt, durationMs, adopted } of applied) {
    const how = adopted ? "adopted" : `${durationMs} ms`;
    console.log(`  applied ${appliedAt.toISOString()}  ${name} (${how})`);
  }
  for (const name of pending) {
    console.log(`  pending                           ${name}`);
  }
  console.log(`${applied.length} applied, ${pending.length} pending.`);
}

async function run(command: string | undefined): Promise<void> {
  const adminUrl = config().databaseAdminUrl ?? config().databaseUrl;
  if (adminUrl === undefined) {
    throw new Error("DATABASE_ADMIN_URL or DATABASE_URL must be set.");
  }
  const policies = configuredPolicies();
  switch (command) {
    case "push":
      show(await migrate({ adminUrl, log, policies }));
      return;
    case "rollback": {
      const name = await rollback({ adminUrl, log });
      if (name === null) {
        throw new Error("Nothing to take back: no migration is applied.");
      }
      console.log(`Took back ${name}.`);
      return;
    }
    case "reset":
      show(await reset({ adminUrl, log, policies }));
      return;
    case "status":
      show(await migrationStatus({ adminUrl }));
      return;
    default:
      throw new Error(`Unknown command "${command ?? ""}".`);
  }
}

try {
  await run(process.argv[2]);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
