// `npm start`: from a fresh clone to a running server, and to a clean stop. Owns the order: check the address, install,
// build, database, host. The host (scripts/host.ts) migrates, seeds, serves and works; it stops before the database.
import process from "node:process";

import { recordHost, requireFree, wantedAddress } from "./address.mjs";
import { ensureInstalled } from "./bootstrap.mjs";
import { exitOf, isStopping, runCommand, startNode } from "./children.mjs";
import {
  formatDuration,
  helpShown,
  loadEnvironment,
  root,
  say,
} from "./commandLine.mjs";
import { startServices, stopServices } from "./services.mjs";

const HELP = `
Usage: npm start

Installs and builds what is missing, starts PostgreSQL (unless DATABASE_URL names one), brings the database up to date,
fills an empty one with a demo, and serves the dashboard and the API. Ctrl-C stops everything; nothing is lost.

  PORT=3000  HOST=127.0.0.1     where to listen
  DATA_DIR=.data                where the own PostgreSQL keeps its data
  DATABASE_URL                  a PostgreSQL of yours, instead (with DATABASE_ADMIN_URL: the owner's login)
  AUTH_MODE=anonymous           or single-tenant, multi-tenant
  SEED_DEMO=true                false: leave an empty database empty

All settings, with their meaning: .env.example. They are read from .env, too.
`;

async function main() {
  const startedAt = Date.now();
  loadEnvironment();
  const address = wantedAddress();
  await requireFree(address);
  const installMs = await ensureInstalled();
  const prepared = await prepare();
  if (isStopping()) return 0;
  const { bundled } = await import("./bundle.mjs");
  const host = startNode(["--enable-source-maps", bundled("host")], {
    cwd: root,
    env: { NODE_ENV: "production", ...process.env, ...prepared.env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const forget = recordHost(address.port, host.pid);
  host.once("message", () => {
    const steps = [
      ...(installMs > 0 ? [`installation ${formatDuration(installMs)}`] : []),
      ...(prepared.dashboardMs > 0
        ? [`dashboard ${formatDuration(prepared.dashboardMs)}`]
        : []),
    ];
    const detail = steps.length > 0 ? ` (${steps.join(", ")})` : "";
    say(
      `Ready after ${formatDuration(Date.now() - startedAt)}${detail}. Ctrl-C stops it.`,
    );
  });
  const status = await exitOf(host);
  forget();
  if (!isStopping() && status !== 0)
    say(`The server ended with status ${status}.`);
  return status;
}

/** Builds, and starts the database meanwhile: it takes the time that the builder leaves. */
async function prepare() {
  const { bundle } = await import("./bundle.mjs");
  const { ensureDashboard } = await import("./dashboardBuild.mjs");
  const [services, dashboardMs] = await Promise.all([
    startServices(),
    ensureDashboard(),
    bundle(["host"]),
  ]);
  if (services.database === "joined") {
    say(
      "Another process runs the database of this DATA_DIR; using it. It ends with that process.",
    );
  }
  return { env: services.env, dashboardMs };
}

if (!helpShown(HELP)) {
  runCommand(main, { stop: stopServices, isServer: true });
}
