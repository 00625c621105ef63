// What the tests of the quotas' side channels share: statements as the bare app login, and limits set from above.

import pg from "pg";

import { type TenantEnv } from "./tenantEnv";

/** insufficient_privilege. */
export const DENIED = "42501";

export type Settings = Readonly<Record<string, string>>;

/** Runs statements as the bare app login with these settings, and answers the last one's. All of it is rolled back. */
export async function asApp(
  env: TenantEnv,
  settings: Settings,
  ...statements: readonly [string, ...(readonly unknown[])][]
): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = await env.app.connect();
  try {
    await client.query("BEGIN");
    for (const [name, value] of Object.entries(settings)) {
      await client.query("SELECT set_config($1, $2, true)", [name, value]);
    }
    let last = await client.query<Record<string, unknown>>("SELECT 1");
    for (const [text, ...values] of statements) {
      last = await client.query<Record<string, unknown>>(text, values);
    }
    return last;
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? error.code : String(error);
/** The rows, or the code of the error. */
export const outcomeOf = (
  work: Promise<pg.QueryResult<Record<string, unknown>>>,
) => work.then(({ rows }) => rows, codeOf);

/** As the owner, who stands above every workspace. */
export async function setQuota(
  env: TenantEnv,
  workspaceId: string,
  layer: string,
  amount: number,
  resource = "segments",
): Promise<void> {
  await env.owner.query(
    `INSERT INTO public."WorkspaceQuota" ("workspaceId", "resourceType", "layer", "amount") VALUES ($1, $2, $3, $4)
     ON CONFLICT ("workspaceId", "resourceType", "layer") DO UPDATE SET "amount" = excluded."amount"`,
    [workspaceId, resource, layer, amount],
  );
}
