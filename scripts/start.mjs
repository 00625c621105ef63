// `npm start`: from a fresh clone to a running server, and to a clean stop. Owns the order: check the address, install,
// build, database, host. The host (scripts/host.ts) migrates, seeds, serves and works; it stops before the database.
import process from "node:process";

import { holdPort, recordHost, wantedAddress } from "./address.mjs";
import { ensureInstalled } from "./bootstrap.mjs";
import {
  captureNode,
  exitOf,
  isStopping,
  runCommand,
  startNode,
} from "./children.mjs";
import {
  formatDuration,
  helpShown,
  loadEnvironment,
  root,
  say,
  UserError,
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

const DATABASE_LOST = -1;

async function main() {
  const startedAt = Date.now();
  loadEnvironment();
  const address = wantedAddress();
  const releasePort = await holdPort(address);
  const installMs = await ensureInstalled();
  await checkSettings();
  const prepared = await prepare();
  if (isStopping()) return 0;
  const { bundled } = await import("./bundle.mjs");
  const host = startNode(["--enable-source-maps", bundled("host")], {
    cwd: root,
    env: { NODE_ENV: "production", ...process.env, ...prepared.services.env },
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
  const status = await Promise.race([
    exitOf(host).finally(() => {
      forget();
      releasePort(); // the next start may come while the database still stops
    }),
    prepared.services.watch(say).then((reason) => {
      console.error(reason);
      return DATABASE_LOST;
    }),
  ]);
  if (status === DATABASE_LOST) return 1;
  if (!isStopping() && status !== 0)
    say(`The server ended with status ${status}.`);
  return status;
}

/** Refuses unusable settings now, not after the build and with the database running. Bundles the host on the way. */
async function checkSettings() {
  const { bundle, bundled } = await import("./bundle.mjs");
  await bundle(["host", "checkSettings"]);
  const isOwnDatabase =
    !process.env.DATABASE_URL && !process.env.DATABASE_ADMIN_URL;
  const { status, output } = await captureNode([bundled("checkSettings")], {
    cwd: root,
    env: {
      ...process.env,
      // Made up with the own database, where it is missing.
      ...(isOwnDatabase && !process.env.SECRET_KEY
        ? { SECRET_KEY: "-".repeat(44) }
        : {}),
    },
  });
  if (status !== 0) throw new UserError(output.trim());
}

/** Builds, and starts the database meanwhile: it takes the time that the builder leaves. */
async function prepare() {
  const { ensureDashboard } = await import("./dashboardBuild.mjs");
  const [services, dashboardMs] = await Promise.all([
    startServices(),
    ensureDashboard(),
  ]);
  if (services.database === "joined") {
    say(
      "Another process uses the database of this DATA_DIR; sharing it. The last to end stops it.",
    );
  }
  return { services, dashboardMs };
}

if (!helpShown(HELP)) {
  runCommand(main, { stop: stopServices, isServer: true });
}
