import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";

import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { inlineScriptSources, serveDashboard } from "./dashboard";
import { handleErrors } from "./errorReply";
import { contentSecurityPolicy } from "./securityHeaders";

const hashOf = (code: string) =>
  `'sha256-${createHash("sha256").update(code).digest("base64")}'`;

test("only inline scripts that run are allowed by their hash, each once", () => {
  const html = `<html><script src="/a.js"></script><script>let a = 1;</script>
    <script async type="text/javascript">run("é");</script><script>let a = 1;</script>
    <script id="d" type="application/json">{"x":1}</script><script></script></html>`;
  expect(inlineScriptSources(html)).toEqual([
    hashOf("let a = 1;"),
    hashOf('run("é");'),
  ]);
});

describe("the exported dashboard", () => {
  let base = "";
  let folder = "";
  let app: FastifyInstance;
  beforeEach(async () => {
    base = mkdtempSync(path.join(tmpdir(), "dashboard-"));
    folder = path.join(base, "out");
    mkdirSync(path.join(folder, "journeys"), { recursive: true });
    mkdirSync(path.join(folder, "_next/static"), { recursive: true });
    const files = {
      "index.html": "home<script>let home;</script>",
      "segments.html": "segments<script>let segments;</script>",
      "journeys.html": "all journeys",
      "journeys/[id].html": "one journey",
      "404.html": "no such page",
      "_next/static/a1b2.js": "1",
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), text);
    }
    app = Fastify();
    handleErrors(app, { bodyLimitBytes: 1024 });
    await serveDashboard(app, folder);
  });
  afterEach(async () => {
    await app.close();
    rmSync(base, { recursive: true });
  });

  test.each([
    ["/dashboard", "home"],
    ["/dashboard/", "home"],
    ["/dashboard/segments", "segments"],
    ["/dashboard/journeys", "all journeys"],
    ["/dashboard/journeys/3f0c", "one journey"],
  ])("answers %s with its page", async (url, text) => {
    const response = await app.inject({ url });
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain(text);
    expect(response.headers["content-type"]).toContain("text/html");
    expect(response.headers["cache-control"]).toBe("no-cache");
  });

  test("lets each page run its own inline scripts and no others", async () => {
    const { headers } = await app.inject({ url: "/dashboard/segments" });
    expect(headers["content-security-policy"]).toBe(
      contentSecurityPolicy([hashOf("let segments;")]),
    );
    expect(contentSecurityPolicy()).not.toMatch(
      /script-src [^;]*unsafe|script-src-attr (?!'none')/,
    );
  });

  test("is reached from the root", async () => {
    const response = await app.inject({ url: "/" });
    expect([response.statusCode, response.headers.location]).toEqual([
      302,
      "/dashboard",
    ]);
  });

  test("has a page for what it does not have, and says 404", async () => {
    const response = await app.inject({ url: "/dashboard/nothing/here" });
    expect([response.statusCode, response.body]).toEqual([404, "no such page"]);
  });

  test("may be cached for good where names hold a hash", async () => {
    const { headers } = await app.inject({
      url: "/dashboard/_next/static/a1b2.js",
    });
    expect(headers["cache-control"]).toContain("immutable");
  });

  describe("with a compressed file beside each one", () => {
    const compressed = ["segments.html", "404.html", "_next/static/a1b2.js"];
    const get = (url: string, encoding?: string) =>
      app.inject({
        url,
        headers: encoding === undefined ? {} : { "accept-encoding": encoding },
      });
    beforeEach(() => {
      for (const name of compressed) {
        const file = path.join(folder, name);
        writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
      }
    });

    test.each([
      ["/dashboard/segments", 200, "text/html", "no-cache"],
      ["/dashboard/nothing/here", 404, "text/html", "no-cache"],
      ["/dashboard/_next/static/a1b2.js", 200, "javascript", "immutable"],
    ])(
      "sends %s compressed to who takes it, with the same headers",
      async (url, statusCode, type, caching) => {
        const plain = await get(url);
        const small = await get(url, "gzip, br");
        expect([plain.statusCode, small.statusCode]).toEqual([
          statusCode,
          statusCode,
        ]);
        expect([
          plain.headers["content-encoding"],
          small.headers["content-encoding"],
        ]).toEqual([undefined, "br"]);
        expect(brotliDecompressSync(small.rawPayload).toString()).toBe(
          plain.body,
        );
        expect(small.headers["content-type"]).toContain(type);
        expect(small.headers["cache-control"]).toContain(caching);
        expect(small.headers.vary).toMatch(/accept-encoding/i);
        for (const name of [
          "content-type",
          "cache-control",
          "content-security-policy",
        ]) {
          expect(small.headers[name]).toBe(plain.headers[name]);
        }
      },
    );

    test("lets a compressed page run its own scripts and no others", async () => {
      const { headers } = await get("/dashboard/segments", "br");
      expect(headers["content-security-policy"]).toBe(
        contentSecurityPolicy([hashOf("let segments;")]),
      );
    });

    test("sends a file that has no compressed one as it is", async () => {
      const response = await get("/dashboard/journeys", "br");
      expect([
        response.statusCode,
        response.headers["content-encoding"],
        response.body,
      ]).toEqual([200, undefined, "all journeys"]);
    });
  });

  test.each([
    "/dashboard/../package.json",
    "/dashboard/%2e%2e/package.json",
    "/dashboard/..%2fpackage.json",
  ])("%s does not leave its folder", async (url) => {
    writeFileSync(path.join(base, "package.json"), "outside");
    const response = await app.inject({ url });
    expect(response.body).not.toContain("outside");
    expect([400, 403, 404]).toContain(response.statusCode);
  });
});

test("without an export the way there says what is missing", async () => {
  const app = Fastify();
  await serveDashboard(app, path.join(tmpdir(), "not-there"));
  const response = await app.inject({ url: "/dashboard" });
  await app.close();
  expect(response.statusCode).toBe(404);
  expect(response.body).toContain("not built");
});
