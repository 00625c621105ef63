// A person in front of a real browser. Whatever they do, three things must never happen, and `complaints` tells: an error in the
// console, an exception, a request to a host that is not ours.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";

import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

const SCREENSHOTS = path.resolve(
  import.meta.dirname,
  "../../../../test-results/screenshots",
);

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page needs well under a second; on a busy machine the browser, the server and other tests share two cores. */
const PATIENCE_MS = 20_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** CHROMIUM_PATH, else an installed one, else null. */
export function findChromium(): string | null {
  const named = process.env.CHROMIUM_PATH;
  return named !== undefined && named !== ""
    ? named
    : (USUAL_PLACES.find((place) => existsSync(place)) ?? null);
}

export async function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface Visitor {
  readonly page: Page;
  /** What should not have happened until now. */
  readonly complaints: readonly string[];
  /** Opens a page of the dashboard, such as "/segments". */
  readonly open: (pathname?: string) => Promise<void>;
  /** Keeps a picture of what is seen, for people to look at. */
  readonly photograph: (name: string) => Promise<void>;
  readonly leave: () => Promise<void>;
}

/** Somebody new, without cookies or memory, on a desktop in light colours unless told otherwise. */
export async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    reducedMotion: "reduce",
    locale: "en-US",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) =>
    complaints.push(`exception: ${error.message}`),
  );
  page.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && asked !== origin) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  return {
    page,
    complaints,
    open: async (pathname = "") => {
      await page.goto(`${origin}/dashboard${pathname}`);
    },
    photograph: async (name) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
    },
    leave: async () => context.close(),
  };
}
