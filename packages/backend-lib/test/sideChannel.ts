// What tests of side channels share: somebody who can run any SQL as the app role, in one workspace's context. That is more
// than any client can; it is what an injection would have.

import pg from "pg";

import { type TenantEnv } from "./tenantEnv";

/** One connection of the app login, in the workspace's context from its first statement to its last. End it. */
export function appAs(env: TenantEnv, workspaceId: string): pg.Pool {
  return new pg.Pool({
    connectionString: env.url("dittofeed_app"),
    max: 1,
    options: `-c app.current_workspace_id=${workspaceId}`,
  });
}
