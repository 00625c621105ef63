// The list of mutants keeps up with the code, and the check itself can tell a mutant that is caught from one that is not.
// All mutants are tried by `yarn test:mutants`, which takes minutes.
import { readFileSync } from "node:fs";
import path from "node:path";

import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { root, UserError } from "../scripts/commandLine.mjs";
import {
  CODE_MUTANTS,
  DATABASE_MUTANTS,
  MUTANTS,
} from "../scripts/mutants/list.mjs";
import { placeOf } from "../scripts/mutants/place.mjs";
import {
  makeScratchCopy,
  type ScratchCopy,
} from "../scripts/mutants/scratchCopy.mjs";
import { tryMutant } from "../scripts/mutants/trial.mjs";

describe("the list of mutants", () => {
  it("is long, and names none twice", () => {
    expect(DATABASE_MUTANTS.length).toBeGreaterThan(60);
    expect(CODE_MUTANTS.length).toBeGreaterThan(50);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(CODE_MUTANTS.map((mutant) => ({ ...mutant })))(
    "finds its text once, and makes of it what still is a program: $name",
    async (mutant) => {
      const file = placeOf(root, mutant);
      const text = readFileSync(path.join(root, file), "utf8");
      const mutated = text.replace(mutant.find, () => mutant.replace);
      expect(mutated).not.toBe(text);
      if (file.endsWith(".ts")) {
        await expect(
          transform(mutated, { loader: "ts" }),
        ).resolves.toBeDefined();
      } // Of a migration the server says so, before any test runs.
    },
  );
});

describe("the check", () => {
  const RUN_MS = 180_000; // a test run within a test run, each with its own servers
  let copy: ScratchCopy;

  beforeAll(() => {
    copy = makeScratchCopy();
  });
  afterAll(() => copy.remove());

  const harmless = {
    name: "harmless",
    weakens: "nothing",
    sql: "SELECT 1",
    suites: ["catalog"],
  } as const;

  it(
    "names the test that catches a mutant",
    async () => {
      await expect(
        tryMutant(copy, {
          ...harmless,
          sql: "GRANT CREATE ON SCHEMA public TO dittofeed_app",
        }),
      ).resolves.toMatch(/catalog\.test\.ts: .*may create/);
    },
    RUN_MS,
  );

  it(
    "lets one survive that no test notices, and leaves the copy as it was",
    async () => {
      const file = "packages/backend-lib/src/clock.ts";
      const before = readFileSync(path.join(copy.folder, file), "utf8");
      await expect(
        tryMutant(copy, {
          name: "harmless",
          weakens: "nothing",
          file,
          find: before,
          replace: `${before}// nothing\n`,
          suites: ["systemRole"],
        }),
      ).resolves.toBeNull();
      expect(readFileSync(path.join(copy.folder, file), "utf8")).toBe(before);
    },
    RUN_MS,
  );

  it(
    "takes a mutant's own mistake for an error and not for a catch",
    async () => {
      await expect(
        tryMutant(copy, { ...harmless, sql: "DROP POLICY none ON nowhere" }),
      ).rejects.toThrow(UserError);
    },
    RUN_MS,
  );

  it.each([
    ["is no program", "export const broken = ;\n"],
    ["imports what is not there", 'import "./nowhere";\n'],
  ])(
    "does not count one that %s as caught",
    async (_what, replace) => {
      const file = "packages/backend-lib/src/clock.ts";
      const find = readFileSync(path.join(copy.folder, file), "utf8");
      await expect(
        tryMutant(copy, {
          name: "broken",
          weakens: "nothing",
          file,
          find,
          replace,
          suites: ["systemRole"],
        }),
      ).rejects.toThrow(UserError);
    },
    RUN_MS,
  );
});
