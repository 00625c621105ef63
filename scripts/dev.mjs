// `yarn dev`: watch mode. The host restarts when its sources change; the dashboard's development server reloads the page
// and hands /api and /documentation on to the host, so both have one origin as in production.
import process from "node:process";

import { holdPort, portFrom, wantedAddress } from "./address.mjs";
import { ensureInstalled, tool } from "./bootstrap.mjs";
import { exitOf, runCommand, startNode } from "./children.mjs";
import { helpShown, loadEnvironment, root, say } from "./commandLine.mjs";
import { startServices, stopServices } from "./services.mjs";

const HELP = `
Usage: yarn dev

Runs the host in watch mode on PORT (3000), and the dashboard's development server on DASHBOARD_PORT (PORT + 1).
Settings as for npm start.
`;

async function main() {
  loadEnvironment();
  const { host, port } = wantedAddress();
  const dashboardPort = portFrom("DASHBOARD_PORT", port + 1);
  await holdPort({ host, port });
  await holdPort({ host, port: dashboardPort });
  await ensureInstalled();
  const services = await startServices();
  const env = {
    ...process.env,
    ...services.env,
    DASHBOARD_API_ORIGIN: `http://127.0.0.1:${port}`,
  };
  const server = startNode(
    [
      tool("tsx", "dist/cli.mjs"),
      "watch",
      "--clear-screen=false",
      "scripts/host.ts",
    ],
    {
      cwd: root,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const pages = startNode(
    [
      tool("next", "dist/bin/next"),
      "dev",
      `--port=${dashboardPort}`,
      `--hostname=${host}`,
    ],
    {
      cwd: `${root}/packages/dashboard`,
      env: { ...env, NEXT_TELEMETRY_DISABLED: "1" },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  say(
    `API on http://${host}:${port}, dashboard on http://${host}:${dashboardPort}/dashboard. Ctrl-C stops both.`,
  );
  const lost = services.watch(say).then((reason) => {
    console.error(reason);
    return 1;
  });
  return Promise.race([exitOf(server), exitOf(pages), lost]);
}

if (!helpShown(HELP)) {
  runCommand(main, {
    isServer: true,
    stop: stopServices,
  });
}
