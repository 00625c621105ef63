// The published SDKs at work: as programs of their own, since an SDK is one per process, and in a real browser. Owns running
// them; what they send and what has to arrive is the tests' business.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build } from "esbuild";
import { chromium } from "playwright-core";

export interface Mission {
  /** Origin of the server, such as http://127.0.0.1:1234 */
  readonly host: string;
  readonly writeKey: string;
  readonly calls: readonly (readonly [
    name: "identify" | "track" | "page" | "screen",
    params: Readonly<Record<string, unknown>>,
  ])[];
}

const here = path.dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);

/** Runs one of the programs beside this file to its end; rejects when it fails, as an SDK does on any refusal. */
export async function runClient(
  program: "nodeClient.mjs" | "webClient.mjs",
  mission: Mission,
): Promise<void> {
  await run(process.execPath, [
    path.join(here, program),
    JSON.stringify(mission),
  ]);
}

/** Where Chromium is: CHROMIUM_PATH, the usual places, or null. */
export function findChromium(): string | null {
  const places = [
    process.env.CHROMIUM_PATH ?? "",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return places.find((place) => place !== "" && existsSync(place)) ?? null;
}

/** A customer's site, on an origin of its own: one page with the SDK bundled as any site would. */
async function serveSite(): Promise<{ url: string; close: () => void }> {
  const { outputFiles } = await build({
    stdin: {
      contents:
        'import { DittofeedSdk } from "@dittofeed/sdk-web"; window.DittofeedSdk = DittofeedSdk;',
      resolveDir: here,
    },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(
      `<!doctype html><title>Shop</title><script>${script}</script>`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Fulfils each mission on a page of its own in headless Chromium, which enforces CORS; rejects when a call fails. */
export async function runInBrowser(
  executablePath: string,
  missions: readonly Mission[],
): Promise<void> {
  const site = await serveSite();
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  });
  try {
    for (const mission of missions) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(site.url);
      // The page watches what it sends, since flush() waits for the last batch only.
      await page.evaluate(
        `(async ({ host, writeKey, calls }) => {
          const sent = [];
          const { fetch } = window;
          window.fetch = (...request) => {
            const answer = fetch(...request);
            sent.push(answer);
            return answer;
          };
          await DittofeedSdk.init({ host, writeKey });
          calls.forEach(([name, params]) => DittofeedSdk[name](params));
          await DittofeedSdk.flush();
          await Promise.all(sent);
        })(${JSON.stringify(mission)})`,
      );
      await context.close();
    }
  } finally {
    await browser.close();
    site.close();
  }
}
