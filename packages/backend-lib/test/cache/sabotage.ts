// Ways to break the cache on purpose, each by a small change of one source file or of one function of the database, so that it can be
// seen that the checker notices. Owns the list and how a change gets into a run.
/* eslint-disable no-template-curly-in-string -- what is replaced is source text, template strings and all */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type pg from "pg";

type Edit = readonly [from: string, to: string];

interface InSource {
  readonly name: string;
  /** Below src/multitenancy/. */
  readonly file: string;
  readonly edits: readonly Edit[];
}

interface InDatabase {
  readonly name: string;
  /** A function of the schema "tenancy". */
  readonly function: string;
  readonly edits: readonly Edit[];
}

export type Sabotage = InSource | InDatabase;

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: "a read takes no turn",
    file: "cache/generations.ts",
    edits: [
      [
        "this.#caughtUpAt >= asOf ? this.known(dependencies) : undefined",
        "this.isListening ? this.known(dependencies) : undefined",
      ],
    ],
  },
  {
    name: "a read joins a turn that is under way",
    file: "cache/generations.ts",
    edits: [
      ["this.#next = undefined; // from here on it is too late to join", ""],
      [
        "return this.#ask(wanted);",
        "return this.#ask(wanted).finally(() => { this.#next = undefined; });",
      ],
    ],
  },
  {
    name: "a turn of a while ago is good enough",
    file: "cache/generations.ts",
    edits: [["this.#caughtUpAt >= asOf ?", "this.#caughtUpAt >= asOf - 50 ?"]],
  },
  {
    name: "what was heard before the connection was lost still counts",
    file: "cache/generations.ts",
    edits: [
      [
        "onOpen: () => {\n        this.forget(HOST, EVERYTHING);",
        "onOpen: () => {",
      ],
      [
        "this.#caughtUpAt = -Infinity;\n    this.forget(HOST, EVERYTHING);",
        "this.#caughtUpAt = -Infinity;",
      ],
    ],
  },
  {
    name: "tokens leave out what is everybody's",
    file: "cache/books.ts",
    edits: [["`${scope}${ofAll}.", "`${scope}."]],
  },
  {
    name: "Redis keeps values without their generations",
    file: "cache/cacheKey.ts",
    edits: [[":${tokensOf(stamps, workspaceId)}:", ":"]],
  },
  {
    name: "a read joins a load that began before a change",
    file: "cache/tiers.ts",
    edits: [
      [
        "const name = sharedKey(kind, workspaceId, key, stamps);",
        "const name = sharedKey(kind, workspaceId, key, []);",
      ],
    ],
  },
  {
    name: "values are kept with stamps that no change ends",
    file: "cache/tiers.ts",
    edits: [
      [
        "this.#keep(place, stamps, value, share);\n    return { value, outcome",
        "this.#keep(place, stamps.map((each) => ({ ...each, isCurrent: true })), value, share);\n    return { value, outcome",
      ],
      [
        "firstTier.find(kind, workspaceId, key, stamps)",
        "firstTier.current(kind, workspaceId, key)",
      ],
    ],
  },
  {
    name: "the first tier asks for no generation",
    file: "cache/firstTier.ts",
    edits: [
      [
        "(!areSame(entry.stamps, stamps) &&\n        entry.tokens !== tokensOf(stamps, workspaceId)) ||",
        "",
      ],
    ],
  },
  {
    name: "the first tier mixes workspaces",
    file: "cache/firstTier.ts",
    edits: [
      [
        "const entry = this.#entry(kind, workspaceId, key);\n    if (\n      entry === undefined ||\n      (!areSame(entry.stamps, stamps) &&\n        entry.tokens !== tokensOf(stamps, workspaceId)) ||",
        `const entry = [...(this.#byKind.get(kind)?.values() ?? [])]
           .map((entries) => entries.get(key))
           .find((each) => each !== undefined);
         if (
           entry === undefined ||`,
      ],
    ],
  },
  {
    name: "a change does not raise the generation",
    function: "cache_forget",
    edits: [
      ['greatest(g."generation" + 1, excluded."generation")', 'g."generation"'],
    ],
  },
  {
    name: "a change is not announced",
    function: "cache_forget",
    edits: [["pg_notify(", "concat("]],
  },
  {
    name: "what leaves a workspace is not its change",
    function: "cache_changed",
    edits: [[" UNION ALL SELECT d.* FROM removed AS d", ""]],
  },
];

function requireAll(source: string, { name, edits }: Sabotage): void {
  const missing = edits.find(([from]) => !source.includes(from));
  if (missing !== undefined) {
    throw new Error(`To see "${name}" there is no longer: ${missing[0]}`);
  }
}

/** Arguments of Node for a process that is to have the change. Throws when the source has changed so that it says nothing. */
export function sabotageProcess(sabotage: Sabotage | undefined): string[] {
  if (sabotage === undefined || !("file" in sabotage)) {
    return [];
  }
  const file = new URL(
    `../../src/multitenancy/${sabotage.file}`,
    import.meta.url,
  );
  requireAll(readFileSync(fileURLToPath(file), "utf8"), sabotage);
  const register = new URL(
    "../../../../scripts/changedSource.mjs",
    import.meta.url,
  );
  register.search = encodeURIComponent(
    JSON.stringify({ file: file.href, edits: sabotage.edits }),
  );
  return ["--import", register.href];
}

/** Brings the change into the database, and resolves to what takes it back. Rejects as sabotageProcess() throws. */
export async function sabotageDatabase(
  client: Pick<pg.Client, "query">,
  sabotage: Sabotage | undefined,
): Promise<() => Promise<void>> {
  if (sabotage === undefined || !("function" in sabotage)) {
    return async () => undefined;
  }
  const found = await client.query<{ source: string }>(
    `SELECT pg_get_functiondef(p.oid) AS source FROM pg_proc AS p
      WHERE p.pronamespace = 'tenancy'::regnamespace AND p.proname = $1`,
    [sabotage.function],
  );
  const source = found.rows[0]?.source ?? "";
  requireAll(source, sabotage);
  await client.query(
    sabotage.edits.reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      source,
    ),
  );
  return async () => {
    await client.query(source);
  };
}
