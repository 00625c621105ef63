/**
 * How Next builds the dashboard: a static export in production, served by the API's process; in development a server
 * that sends API requests on, so that both have one origin. Types are checked by `tsc --build`, not here.
 */
import path from "node:path";

import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

/** Where the pages live on the host. The API's static server and the tests rely on it. */
const BASE_PATH = "/dashboard";

/** The API that `next dev` talks to. */
const DEV_API_ORIGIN =
  process.env.DASHBOARD_API_ORIGIN ?? "http://127.0.0.1:3000";

const shared: NextConfig = {
  basePath: BASE_PATH,
  pageExtensions: ["page.tsx", "page.ts"],
  transpilePackages: ["isomorphic-lib"],
  reactStrictMode: true,
  poweredByHeader: false,
  // One copy of Emotion on the server: loaded from node_modules, MUI and the cache of its styles would each have their own.
  bundlePagesRouterDependencies: true,
  images: { unoptimized: true },
  typescript: { ignoreBuildErrors: true, tsconfigPath: "tsconfig.json" },
  turbopack: { root: path.join(__dirname, "..", "..") },
  devIndicators: false,
};

export default function nextConfig(phase: string): NextConfig {
  if (phase !== PHASE_DEVELOPMENT_SERVER) {
    return { ...shared, output: "export" };
  }
  const forwarded = [
    "/api",
    "/api/:path*",
    "/documentation",
    "/documentation/:path*",
  ];
  return {
    ...shared,
    rewrites: async () =>
      forwarded.map((source) => ({
        source,
        destination: `${DEV_API_ORIGIN}${source}`,
        basePath: false,
      })),
  };
}
