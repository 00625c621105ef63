// `yarn build`: what `npm start` would make, without starting anything; the Docker image is made with it.
import { ensureInstalled } from "./bootstrap.mjs";
import { runCommand } from "./children.mjs";
import { helpShown, say } from "./commandLine.mjs";

const HELP = `
Usage: node scripts/build.mjs

Installs the packages if needed, builds the dashboard (packages/dashboard/out) and bundles the programs (dist/*.js).
`;

async function main() {
  await ensureInstalled();
  const { bundle } = await import("./bundle.mjs");
  const { ensureDashboard } = await import("./dashboardBuild.mjs");
  await ensureDashboard();
  await bundle(["host", "admin", "database"]);
  say("Built dist/host.js, dist/admin.js, dist/database.js and the dashboard.");
  return 0;
}

if (!helpShown(HELP)) runCommand(main);
