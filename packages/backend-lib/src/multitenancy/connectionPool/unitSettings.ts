// What is set on the connection for one unit of work: role, workspace, actor, time-out. Owns the names of the settings and where
// their values come from; how they reach the server is tenantQuery.ts's business.

import type pg from "pg";

import { type TenantContext } from "../tenantContext";
import { type Settings } from "./tenantQuery";

export type DatabaseRole = "dittofeed_app" | "dittofeed_system";

/** What one unit of work runs as. A null workspace sees no tenant row under dittofeed_app. */
export interface UnitOfWork {
  readonly workspaceId: string | null;
  readonly context: TenantContext | undefined;
}

export interface SettingsOptions {
  /** The role that every unit of work takes on, unless the login is that role already. */
  readonly role: DatabaseRole;
  /** Milliseconds after which a statement is cancelled; 0 or absent: never. Rides with the context, as poolers need. */
  readonly statementTimeoutMs?: number;
  /** As above for one workspace, in place of it; undefined: as for all. Asked for at each query. */
  readonly statementTimeoutMsFor?: (workspaceId: string) => number | undefined;
  /** Proves to a database with sealed policies that this process chose the workspace; without it contexts go unsealed. */
  readonly seal?: ((workspaceId: string) => string) | undefined;
}

function loginOf(options: pg.PoolConfig): string | undefined {
  if (options.connectionString === undefined) {
    return options.user;
  }
  return URL.canParse(options.connectionString)
    ? decodeURIComponent(new URL(options.connectionString).username)
    : undefined;
}

/** The settings of a unit, by the pool's options. Asked anew for each query: time-outs and seals may change. */
export function unitSettings({
  role,
  statementTimeoutMs = 0,
  statementTimeoutMsFor = () => undefined,
  seal,
  ...login
}: SettingsOptions & pg.PoolConfig): (unit: UnitOfWork) => Settings {
  const roleSetting: Settings = loginOf(login) === role ? [] : [["role", role]];
  const timeoutFor = (workspaceId: string | null) =>
    (workspaceId === null ? undefined : statementTimeoutMsFor(workspaceId)) ??
    statementTimeoutMs;
  const sealFor = (workspaceId: string | null): Settings =>
    seal === undefined
      ? []
      : [["app.context_seal", workspaceId === null ? "" : seal(workspaceId)]];
  return ({ workspaceId, context }) => [
    ...roleSetting,
    ["statement_timeout", String(timeoutFor(workspaceId))],
    // Dittofeed's moments carry no zone and are UTC: now() must mean that too.
    ["TimeZone", "UTC"],
    ["app.current_workspace_id", workspaceId ?? ""],
    ...sealFor(workspaceId),
    ["app.actor", context === undefined ? "" : JSON.stringify(context.actor)],
    ["app.request_id", context?.requestId ?? ""],
    [
      "application_name",
      workspaceId === null ? "dittofeed" : `dittofeed_workspace_${workspaceId}`,
    ],
  ];
}
