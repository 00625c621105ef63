// The last word of a run: `N passed, N failed, N skipped`, printed after everything else, coverage included. Under
// scripts/test.mjs, which has more steps than this one, the numbers go to it through a file instead.
import { writeFileSync } from "node:fs";

import type { Reporter, TestModule } from "vitest/node";

export default class SummaryReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
  ): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file or a suite can fail outside of its tests: in its imports, or in a hook.
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) {
        counts.failed += suite.errors().length;
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "skipped" : state] += 1;
      }
    }
    const file = process.env.TEST_SUMMARY_FILE;
    if (file !== undefined) {
      writeFileSync(file, JSON.stringify(counts));
      return;
    }
    const { passed, failed, skipped } = counts;
    process.once("exit", () => {
      process.stdout.write(
        `${passed} passed, ${failed} failed, ${skipped} skipped\n`,
      );
    });
  }
}
