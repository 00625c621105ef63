// THE LIST of what is cached: for each table the scopes that a change of its rows makes outdated, or none, and why. Leaves
// saying so at each change to the triggers of migration 014, which a test holds against this list; and what a scope is good for
// to multitenancy/cache.ts.

import { type TableName } from "./policies";

/**
 * By table, of the workspace that the row says, or of the member. `*`: a row holds for everybody, so everything of everybody is outdated. A table without a scope may not be
 * read through the cache: nothing would tell that it changed.
 */
export const CACHE_SCOPES_BY_TABLE = {
  AdminApiKey: ["access"],
  Broadcast: [], // moves on by itself while it is sent
  CacheGeneration: [],
  ComponentConfiguration: ["settings"],
  ComputedPropertyPeriod: [], // written at each computation
  DefaultEmailProvider: ["settings"],
  DefaultSmsProvider: ["settings"],
  EmailProvider: ["settings"],
  EmailTemplate: ["templates"],
  Feature: [], // read by nobody
  HeldEvent: [], // grows with events
  HeldEventFigures: [],
  Integration: ["settings"],
  Journey: ["journeys"],
  Message: [], // grows with messages
  MessageTemplate: ["templates"],
  OauthToken: [], // read by nobody
  QuotaChange: [], // a history, read as it is
  QuotaCrossing: [],
  QuotaDefault: ["*"],
  QuotaExemption: [], // read by triggers alone
  QuotaNotification: ["quotas"],
  QuotaReservation: [], // usage: it changes with every event
  Secret: ["access", "settings"], // a key's value, or a provider's
  Segment: ["segments"],
  SegmentAssignment: [], // grows with users
  SegmentIOConfiguration: ["settings"],
  SmsProvider: ["settings"],
  SubscriptionGroup: ["subscriptionGroups"],
  SubscriptionManagementTemplate: ["settings"],
  TenantJob: [],
  UserEvent: [], // grows with events
  UserEventReceipt: [],
  UserJourneyEvent: [], // grows with users
  UserProperty: ["userProperties"],
  UserPropertyAssignment: [], // grows with users
  UserPropertyIndex: ["userProperties"],
  Workspace: ["access", "directory", "quotas"], // its limits change with its parent
  WorkspaceMembeAccount: ["access"], // of the member
  WorkspaceMember: ["access"], // the member's own
  WorkspaceMemberRole: ["access"],
  WorkspaceOccupantSetting: [], // read by nobody
  WorkspaceQuota: ["quotas"],
  WorkspaceRelation: [], // read by nobody
  WorkspaceUsage: [], // usage, as above
  WorkspaceUsageSample: [],
  WorkspaceUser: [], // grows with users
  WriteKey: ["access", "settings"],
} as const satisfies Record<TableName, readonly string[]>;

/** Each table that is cached with its scopes, in order of name. */
export function cachedTables(): (readonly [
  table: string,
  scopes: readonly string[],
])[] {
  return Object.entries<readonly string[]>(CACHE_SCOPES_BY_TABLE).filter(
    ([, scopes]) => scopes.length > 0,
  );
}
