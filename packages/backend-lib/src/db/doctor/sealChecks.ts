// Checks of sealed contexts: the database takes the seals that this program makes, and no others. Which policies ask for
// seals is policyChecks.ts.

import { randomUUID } from "node:crypto";

import { liveDialects } from "../policyState";
import { configuredPolicies, contextSealProblem } from "../sealKeys";
import { type Check, problemIf } from "./check";
import { type Examination } from "./examination";

/** Seconds for which a forged seal says to be good. */
const AHEAD = 300;

/** The forged seals that the database takes for good, by what is wrong with them. Sets a context in its transaction, and takes it back. */
async function takenForGood({ query, client }: Examination): Promise<string[]> {
  if (!(await liveDialects(client)).has("sealed")) {
    return [];
  }
  const workspaceId = randomUUID();
  const key = configuredPolicies().sealKeys[0]?.id ?? "none";
  const expiry = Math.floor(Date.now() / 1000) + AHEAD;
  const forged: [string, string][] = [
    ["no seal", ""],
    ["a seal without meaning", "x"],
    ["a seal under no key", `v1.nobody.${expiry}.${"0".repeat(64)}`],
    ["a seal that is made up", `v1.${key}.${expiry}.${"0".repeat(64)}`],
  ];
  const found: string[] = [];
  for (const [what, seal] of forged) {
    await query(
      "SELECT set_config('app.current_workspace_id', $1, true), set_config('app.context_seal', $2, true)",
      [workspaceId, seal],
    );
    const rows = await query<{ byProblem: boolean; byWorkspace: boolean }>(
      `SELECT tenancy.context_seal_problem($1::uuid, $2) IS NULL AS "byProblem",
              tenancy.sealed_workspace() IS NOT NULL AS "byWorkspace"`,
      [workspaceId, seal],
    );
    for (const { byProblem, byWorkspace } of rows) {
      found.push(
        ...(byProblem ? [`tenancy.context_seal_problem: ${what}`] : []),
        ...(byWorkspace ? [`tenancy.sealed_workspace: ${what}`] : []),
      );
    }
  }
  await query(
    "SELECT set_config('app.current_workspace_id', '', true), set_config('app.context_seal', '', true)",
  );
  return found;
}

const seal: Check = {
  id: "policy.seal",
  group: "Row-level security",
  title:
    "The database accepts the contexts that this program seals, and no others",
  scope: "start",
  needsTables: true,
  run: async (examination) => {
    const problem = await contextSealProblem(examination.client);
    return [
      ...problemIf(problem === undefined ? [] : [problem], {
        severity: "failure",
        title: "The contexts' seals are not accepted",
        why: "Policies in the sealed dialect take no context for good whose seal is wrong: every query finds nothing.",
        mend: [
          "Let CONTEXT_SEAL_KEY be the installed key, or install this one: yarn db:push. For expired or ahead of time: set the clocks right.",
          "To go without seals: TENANT_POLICIES=plain yarn db:push",
        ],
      }),
      ...problemIf(await takenForGood(examination), {
        severity: "failure",
        title: "Forged seals are accepted",
        why: "Whoever can run SQL names the workspace whose rows they want: the sealed context protects nothing.",
        mend: [
          "Run both functions of the migration 007_sealed_context again, as the owner and with CREATE OR REPLACE.",
        ],
      }),
    ];
  },
};

export const sealChecks: readonly Check[] = [seal];
