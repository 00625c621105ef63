// Serves the exported dashboard below /dashboard. Owns which file answers which path, the pages with a parameter in their
// path, caching, and which inline scripts each page may run. Building the export belongs to the dashboard package.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import fastifyStatic from "@fastify/static";
import { type FastifyInstance, type FastifyPluginAsync } from "fastify";

import { contentSecurityPolicy } from "./securityHeaders";

const PREFIX = "/dashboard";
const HOME_PAGE = "index.html";
const NOT_FOUND_PAGE = "404.html";

const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const INERT_TYPE = /\btype\s*=\s*["']?[\w/+-]*json/i; // data, which browsers do not run

/** Sources for a policy that lets exactly the inline scripts of this page run (CSP Level 3, hash-source). */
export function inlineScriptSources(html: string): string[] {
  const hashes = [...html.matchAll(SCRIPT)]
    .filter(
      ([, attributes = "", code = ""]) =>
        code !== "" &&
        !/\bsrc\s*=/i.test(attributes) &&
        !INERT_TYPE.test(attributes),
    )
    .map(([, , code = ""]) =>
      createHash("sha256").update(code, "utf8").digest("base64"),
    );
  return [...new Set(hashes)].map((hash) => `'sha256-${hash}'`);
}

function htmlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".html"))
    .map((file) => file.split(path.sep).join("/"));
}

/** `index.html` → `/`, `segments.html` → `/segments`, `journeys/[id].html` → `/journeys/:id` */
function routeOfPage(file: string): string {
  const page = file
    .replace(/(?:^|\/)index\.html$/, "")
    .replace(/\.html$/, "")
    .replace(/\[([^\]]+)\]/g, (_, name: string) => `:${name}`);
  return `/${page}`;
}

/** The plugin that serves the export in `folder` at the prefix it is registered with. */
function exportedPages(folder: string): FastifyPluginAsync {
  const pages = htmlFiles(folder);
  const policies = new Map(
    pages.map((file) => [
      path.join(folder, file),
      contentSecurityPolicy(
        inlineScriptSources(readFileSync(path.join(folder, file), "utf8")),
      ),
    ]),
  );
  const immutable = path.join(folder, "_next", "static") + path.sep;
  return async (app) => {
    await app.register(fastifyStatic, {
      root: folder,
      schemaHide: true,
      cacheControl: false,
      preCompressed: true, // the build put a .br and a .gz beside each file
      setHeaders(reply, sent) {
        const file = sent.replace(/\.(?:br|gz)$/, "");
        const policy = policies.get(file);
        if (policy !== undefined) {
          reply.header("content-security-policy", policy);
        }
        // Next puts a hash of the content into the name of everything below _next/static.
        reply.header(
          "cache-control",
          file.startsWith(immutable)
            ? "public, max-age=31536000, immutable"
            : "no-cache",
        );
      },
    });
    // Each page by its own route: a folder of the same name (journeys.html, journeys/[id].html) would hide the file.
    for (const file of pages.filter((page) => page !== NOT_FOUND_PAGE)) {
      app.get(
        routeOfPage(file),
        { schema: { hide: true } },
        (_request, reply) => reply.sendFile(file),
      );
    }
    if (pages.includes(NOT_FOUND_PAGE)) {
      app.setNotFoundHandler((_request, reply) =>
        reply.status(404).sendFile(NOT_FOUND_PAGE),
      );
    }
  };
}

/**
 * Registers the dashboard exported to `folder`, and the way there from `/`. Reads the pages once, now. Without an export
 * the API works all the same, and /dashboard says what is missing.
 */
export async function serveDashboard(
  app: FastifyInstance,
  folder: string | undefined,
): Promise<void> {
  app.get("/", { schema: { hide: true } }, (_request, reply) =>
    reply.redirect(PREFIX),
  );
  if (folder !== undefined && existsSync(path.join(folder, HOME_PAGE))) {
    await app.register(exportedPages(path.resolve(folder)), { prefix: PREFIX });
    return;
  }
  app.get(PREFIX, { schema: { hide: true } }, (_request, reply) =>
    reply.status(404).send({
      statusCode: 404,
      error: "Not Found",
      message:
        "The dashboard is not built: run npm start, or yarn build, at the repository's root.",
    }),
  );
}
