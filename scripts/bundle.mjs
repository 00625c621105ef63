// Makes the programs that run in production: one file each in dist/, with the workspace's packages inside and
// everything from the registry outside.
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { build, stop } from "esbuild";

import { root } from "./commandLine.mjs";
import { replaceFile } from "./files.mjs";

/** Program in dist/ → its entry point. */
export const PROGRAMS = {
  host: "scripts/host.ts",
  admin: "packages/admin-cli/scripts/admin.ts",
  database: "scripts/database.ts",
  checkSettings: "scripts/checkSettings.ts",
};

/** How TypeScript is compiled, bundled or not. */
export const COMPILED = /** @type {const} */ ({
  format: "esm",
  target: "node20",
});

/**
 * Takes in what is a relative import or one of our packages. (`packages: "external"` would leave ours out too.)
 * @type {import("esbuild").Plugin}
 */
const onlyOurs = {
  name: "only-ours",
  setup(compiler) {
    compiler.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) => {
      if (kind === "entry-point") return undefined;
      const isOurs =
        /^(isomorphic-lib|backend-lib|api|worker|admin-cli)\//.test(name);
      return isOurs ? undefined : { path: name, external: true };
    });
  },
};

/**
 * Code that finds files beside itself by import.meta.url finds them from the bundle, too: the address of the source
 * is put in its place, seen from dist/.
 * @type {import("esbuild").Plugin}
 */
const ownPlaces = {
  name: "own-places",
  setup(compiler) {
    compiler.onLoad(
      { filter: /[\\/](packages|scripts)[\\/].*\.ts$/ },
      async ({ path: file }) => {
        const source = await readFile(file, "utf8");
        if (!source.includes("import.meta.url")) return undefined;
        const seen = path
          .relative(path.join(root, "dist"), file)
          .split(path.sep)
          .join("/");
        return {
          contents: source.replaceAll(
            "import.meta.url",
            `new URL(${JSON.stringify(seen)}, import.meta.url).href`,
          ),
          loader: "ts",
        };
      },
    );
  },
};

/** @typedef {keyof typeof PROGRAMS} Program */

/** @param {Program} program */
export function bundled(program) {
  return path.join(root, "dist", `${program}.js`);
}

/**
 * Bundles programs into dist/. Throws with the compiler's messages when the code does not build.
 * @param {Program[]} programs
 */
export async function bundle(programs) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      programs.map((name) => [name, PROGRAMS[name]]),
    ),
    outdir: "dist",
    bundle: true,
    platform: "node",
    ...COMPILED,
    sourcemap: true,
    plugins: [onlyOurs, ownPlaces],
    logLevel: "warning",
    write: false,
  });
  await stop(); // the compiler is a process of its own, which would stay for as long as this one
  mkdirSync(path.join(root, "dist"), { recursive: true });
  replaceFile(path.join(root, "dist/package.json"), '{ "type": "module" }\n'); // the root is CommonJS, for its configs
  // In one step each: another command may be reading the same program at this moment.
  outputFiles.forEach((file) => replaceFile(file.path, file.contents));
}
