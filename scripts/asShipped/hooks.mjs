// How Node finds and reads TypeScript under ../asShipped.mjs: imports without an ending, compiled by the compiler of
// ../bundle.mjs with its settings.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

import { COMPILED } from "../bundle.mjs";
import { codeOf } from "../commandLine.mjs";

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    // A face and its folder have one name: "./x" is x.ts, also where there is a folder x.
    if (
      !["ERR_MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"].includes(
        codeOf(error) ?? "",
      )
    )
      throw error;
    return next(`${specifier}.ts`, context);
  }
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, "utf8"), {
    ...COMPILED,
    loader: "ts",
    sourcefile: file,
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
