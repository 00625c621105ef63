// Builds the dashboard's static files when they are missing or older than what they are made from.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import process from "node:process";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { tool } from "./bootstrap.mjs";
import { captureNode, isStopping } from "./children.mjs";
import { formatDuration, root, say, UserError } from "./commandLine.mjs";
import { holdLock, readIfThere } from "./lockFile.mjs";

const dashboard = path.join(root, "packages/dashboard");
const stampFile = path.join(root, "dist/dashboard.stamp");

const SOURCES = [
  "packages/dashboard/src",
  "packages/dashboard/public",
  "packages/dashboard/next.config.ts",
  "packages/dashboard/package.json",
  "packages/dashboard/tsconfig.json",
  "packages/isomorphic-lib/src",
  "scripts/dashboardBuild.mjs",
  "yarn.lock",
];

/**
 * Resolves to the milliseconds it took; 0 when the files are up to date. Throws UserError, after the builder's report.
 * @returns {Promise<number>}
 */
export async function ensureDashboard() {
  const startedAt = Date.now();
  mkdirSync(path.dirname(stampFile), { recursive: true });
  const release = await holdLock(`${stampFile}.lock`, {
    onWait: () =>
      say("Another process is building the dashboard; waiting for it …"),
  });
  try {
    const fingerprint = hashOf(SOURCES);
    if (
      existsSync(path.join(dashboard, "out")) &&
      readIfThere(stampFile) === fingerprint
    )
      return 0;
    say("Building the dashboard …");
    rmSync(stampFile, { force: true });
    const { status, output } = await captureNode(
      [tool("next", "dist/bin/next"), "build"],
      {
        cwd: dashboard,
        env: {
          ...process.env,
          NODE_ENV: "production",
          NEXT_TELEMETRY_DISABLED: "1",
        },
      },
    );
    if (status !== 0) {
      if (!isStopping()) say(output.trimEnd());
      throw new UserError(
        `The dashboard could not be built (status ${status}).`,
      );
    }
    compressFiles(path.join(dashboard, "out"));
    writeFileSync(stampFile, fingerprint);
  } finally {
    release();
  }
  const took = Date.now() - startedAt;
  say(`Dashboard built in ${formatDuration(took)}.`);
  return took;
}

/**
 * Puts a `.br` and a `.gz` beside every text file: the server sends them as they are and compresses nothing itself.
 * @param {string} folder
 */
function compressFiles(folder) {
  for (const name of readdirSync(folder, {
    recursive: true,
    encoding: "utf8",
  })) {
    if (!/\.(?:html|js|css|svg|json|txt)$/.test(name)) continue;
    const file = path.join(folder, name);
    const content = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(content, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 10 },
      }),
    );
  }
}

/** @param {string[]} names files and folders, from the root; those that are not there count as empty */
function hashOf(names) {
  const hash = createHash("sha256");
  const add = (/** @type {string} */ name) => {
    const stat = statSync(path.join(root, name), { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      readdirSync(path.join(root, name))
        .sort()
        .forEach((entry) => add(path.join(name, entry)));
    } else if (stat && !/\.test\.tsx?$/.test(name)) {
      hash
        .update(name)
        .update("\0")
        .update(readFileSync(path.join(root, name)));
    }
  };
  names.forEach(add);
  return hash.digest("hex");
}
