// One run for all packages. `x.test.ts` beside its module needs no service; `__tests__/` and `test/` use the real
// Postgres and Redis that the global setup starts. Coverage and its thresholds belong to full runs (scripts/test.mjs).
import { configDefaults, defineConfig } from "vitest/config";

/** What isolation rests on: nearly every line and branch of it is to be run. */
const GUARDED = { lines: 95, branches: 95 };

export default defineConfig({
  test: {
    include: [
      "packages/*/{src,test,scripts,bench}/**/*.test.{ts,tsx}",
      "scripts/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, "**/dist/**", "**/out/**"],
    globalSetup: ["test/globalSetup.ts"],
    reporters: ["default", "./test/reporter.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    unstubEnvs: true,
    unstubGlobals: true,
    restoreMocks: true,
    env: { NODE_ENV: "test", LOG_LEVEL: "silent" },
    coverage: {
      provider: "v8",
      reporter: ["text-summary", "html", "json-summary"],
      reportsDirectory: "coverage",
      reportOnFailure: true,
      include: ["packages/*/src/**/*.{ts,tsx}"],
      exclude: ["**/*.test.{ts,tsx}", "**/__tests__/**", "**/*.d.ts"],
      thresholds: {
        "packages/backend-lib/src/multitenancy/**": GUARDED,
        "packages/backend-lib/src/security/**": GUARDED,
        "packages/backend-lib/src/db/{!(schema)*.ts,!(schema)/**}": GUARDED,
        "packages/backend-lib/src/db.ts": GUARDED,
      },
    },
  },
});
