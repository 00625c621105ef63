// How Node reads the one source file that ../changedSource.mjs names: its text is replaced in places, then compiled as all others.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

import { COMPILED } from "../bundle.mjs";

/** @type {{ file: string, edits: (readonly [from: string, to: string])[] } | undefined} */
let change;

/** @type {import("node:module").InitializeHook<string>} */
export async function initialize(data) {
  change = JSON.parse(data);
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (change === undefined || url !== change.file) return next(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  const changed = change.edits.reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    source,
  );
  const { code } = await transform(changed, { ...COMPILED, loader: "ts" });
  return { format: "module", source: code, shortCircuit: true };
}
