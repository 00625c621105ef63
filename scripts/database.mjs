// `yarn db:push | db:rollback | db:reset`: the migrations by hand, on the database that `npm start` would use.
import process from "node:process";

import { ensureInstalled } from "./bootstrap.mjs";
import { runCommand, runNode } from "./children.mjs";
import { helpShown, loadEnvironment, root, UserError } from "./commandLine.mjs";
import { startServices, stopServices } from "./services.mjs";

const HELP = `
Usage: node scripts/database.mjs push | rollback | reset | status

  push       applies what is pending
  rollback   takes the last step back
  reset      drops everything and applies all anew; on a database that is not the own one only with --yes
  status     what is applied and what is pending

Works on DATABASE_ADMIN_URL (or DATABASE_URL), else on the own PostgreSQL in DATA_DIR, started for this if need be.
`;

const COMMANDS = ["push", "rollback", "reset", "status"];

async function main() {
  const [command = "", ...options] = process.argv.slice(2);
  if (!COMMANDS.includes(command)) {
    throw new UserError(
      `Say one of ${COMMANDS.join(", ")}; --help explains them.`,
    );
  }
  const surplus = options.filter(
    (option) => !(command === "reset" && option === "--yes"),
  );
  if (surplus.length > 0) {
    throw new UserError(
      `${command} takes no "${surplus.join(" ")}"; --help explains the commands.`,
    );
  }
  loadEnvironment();
  await ensureInstalled();
  const { bundle, bundled } = await import("./bundle.mjs");
  const [services] = await Promise.all([startServices(), bundle(["database"])]);
  if (
    command === "reset" &&
    services.database === "given" &&
    !options.includes("--yes")
  ) {
    throw new UserError(
      "reset drops everything in the database that the environment names: add --yes if you mean it.",
    );
  }
  return runNode(["--enable-source-maps", bundled("database"), command], {
    cwd: root,
    env: { ...process.env, ...services.env },
  });
}

if (!helpShown(HELP)) {
  runCommand(main, {
    stop: stopServices,
  });
}
