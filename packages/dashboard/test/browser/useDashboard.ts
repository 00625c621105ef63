// The product and a browser for the tests of one `describe`: started before them, stopped after them, visitors sent home in between.

import { type Browser, type BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";

import { type Product, START_MS, startProduct } from "./product";
import { launchBrowser, visit, type Visitor } from "./visitor";

export interface Dashboard {
  readonly origin: string;
  /** Somebody new opens a page of the dashboard, such as "/segments". */
  readonly come: (
    pathname?: string,
    options?: BrowserContextOptions,
  ) => Promise<Visitor>;
  /** Somebody new who has not opened anything yet. */
  readonly visit: (options?: BrowserContextOptions) => Promise<Visitor>;
}

function started<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error("the dashboard is there from beforeAll on");
  }
  return value;
}

/** Registers the hooks of Vitest; `env` is the product's. */
export function useDashboard(
  chromiumPath: string | null,
  env: Readonly<Record<string, string>> = {},
): Dashboard {
  let product: Product | undefined;
  let browser: Browser | undefined;
  const visitors: Visitor[] = [];

  beforeAll(async () => {
    product = await startProduct(env);
    browser = await launchBrowser(started(chromiumPath ?? undefined));
  }, START_MS);
  afterEach(async () => {
    await Promise.all(visitors.splice(0).map(async ({ leave }) => leave()));
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const newVisitor = async (
    options: BrowserContextOptions = {},
  ): Promise<Visitor> => {
    const visitor = await visit(
      started(browser),
      started(product).origin,
      options,
    );
    visitors.push(visitor);
    return visitor;
  };
  return {
    get origin() {
      return started(product).origin;
    },
    visit: newVisitor,
    come: async (pathname = "", options = {}) => {
      const visitor = await newVisitor(options);
      await visitor.open(pathname);
      return visitor;
    },
  };
}
