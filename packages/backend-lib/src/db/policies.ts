// THE REGISTER: what each table is to a tenant. Row-level security follows from it, in three dialects: the SQL generated
// here is what the numbered migrations contain (`plain`) and what the runner turns policies into (`sealed`, `citus`). A
// test compares register, live catalog and Drizzle schema. A new table is entered here first. Leaves the running of
// migrations to migrate.ts, the reading of live policies to policyState.ts.

/** What the app role may do with a table's rows, within its policy. */
export type Privilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE";

const ALL: readonly Privilege[] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const READ: readonly Privilege[] = ["SELECT"];

/**
 * Where Citus keeps a table: cut by workspace over the workers, whole on every worker, or, as without Citus, on the one
 * server that is asked (the coordinator).
 */
export type Distribution = "workspace" | "reference" | "local";

export type TableEntry =
  /** Rows carry the workspace's id. */
  | {
      readonly kind: "workspace";
      readonly app: readonly Privilege[];
      /** Absent: local. */
      readonly distribution?: Distribution;
    }
  /** Rows belong to the workspace of the row they refer to. */
  | {
      readonly kind: "through";
      readonly column: string;
      readonly parent: string;
      readonly parentColumn: string;
      readonly app: readonly Privilege[];
    }
  /** The workspace's own row. */
  | { readonly kind: "self"; readonly app: readonly Privilege[] }
  /** Not one tenant's data; the app role has no access. */
  | { readonly kind: "global"; readonly reason: string };

const workspaceTable = { kind: "workspace", app: ALL } as const;

/** Written by functions that run as the owner; the app role only reads. */
const recordTable = { kind: "workspace", app: READ } as const;

/** Grows with a workspace's users and their events: what Citus is for. Every unique key has to hold "workspaceId". */
const heavyTable = { ...workspaceTable, distribution: "workspace" } as const;

export const TABLES = {
  AdminApiKey: workspaceTable,
  Broadcast: workspaceTable,
  CacheGeneration: {
    kind: "global",
    reason:
      "when what of every workspace changed; written by triggers, read by the cache",
  },
  ComponentConfiguration: workspaceTable,
  ComputedPropertyPeriod: workspaceTable,
  DefaultEmailProvider: workspaceTable,
  DefaultSmsProvider: workspaceTable,
  EmailProvider: workspaceTable,
  EmailTemplate: workspaceTable,
  Feature: { kind: "workspace", app: READ }, // features are switched by the operator
  HeldEvent: heavyTable,
  HeldEventFigures: heavyTable, // beside the events that are stored by the same statement
  Integration: workspaceTable,
  Journey: workspaceTable,
  Message: heavyTable,
  MessageTemplate: workspaceTable,
  OauthToken: workspaceTable,
  QuotaChange: recordTable,
  QuotaCrossing: recordTable,
  QuotaDefault: {
    kind: "global",
    reason: "what holds for every workspace; read through functions",
  },
  QuotaExemption: recordTable,
  QuotaNotification: workspaceTable,
  QuotaReservation: recordTable,
  Secret: workspaceTable,
  Segment: workspaceTable,
  SegmentAssignment: workspaceTable,
  SegmentIOConfiguration: workspaceTable,
  SmsProvider: workspaceTable,
  SubscriptionGroup: workspaceTable,
  SubscriptionManagementTemplate: workspaceTable,
  TenantJob: workspaceTable,
  UserEvent: heavyTable,
  UserEventReceipt: heavyTable,
  UserJourneyEvent: {
    kind: "through",
    column: "journeyId",
    parent: "Journey",
    parentColumn: "id",
    app: ALL,
  },
  UserProperty: workspaceTable,
  UserPropertyAssignment: workspaceTable,
  UserPropertyIndex: workspaceTable,
  Workspace: { kind: "self", app: READ }, // name, status and parent are the operator's
  WorkspaceMembeAccount: {
    kind: "global",
    reason: "how a person signs in; read by authentication alone",
  },
  WorkspaceMember: {
    kind: "through",
    column: "id",
    parent: "WorkspaceMemberRole",
    parentColumn: "workspaceMemberId",
    app: READ,
  },
  WorkspaceMemberRole: { kind: "workspace", app: READ }, // given by rbac, which checks the giver's own role
  WorkspaceOccupantSetting: workspaceTable,
  WorkspaceQuota: workspaceTable, // a ceiling is refused by a trigger: it is set from above
  WorkspaceRelation: {
    kind: "global",
    reason:
      "Dittofeed's former record of parents and children; names two workspaces, read by neither",
  },
  WorkspaceUsage: recordTable,
  WorkspaceUsageSample: recordTable,
  WorkspaceUser: heavyTable,
  WriteKey: workspaceTable,
} as const satisfies Record<string, TableEntry>;

export type TableName = keyof typeof TABLES;

/** Every table of the register with its entry, in order of name. */
export function registeredTables(): (readonly [
  name: string,
  entry: TableEntry,
])[] {
  return Object.entries(TABLES);
}

/**
 * How a policy learns the workspace. `plain`: from the setting. `sealed`: from the setting, if its seal is right (an
 * HMAC, see 007_sealed_context.sql). `citus`: from the setting, without the sub-select that Citus refuses, and so for each row that no index sorts out.
 */
export type PolicyDialect = "plain" | "sealed" | "citus";

/**
 * The workspace of the context; NULL, and so no row, without one. The sub-select makes it an InitPlan, evaluated once a
 * statement; nullif because a transaction-local setting reads '' after its transaction, and ''::uuid is an error.
 */
export const CURRENT_WORKSPACE = `nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid`;

const WORKSPACE_IN: Record<PolicyDialect, string> = {
  plain: CURRENT_WORKSPACE,
  sealed: "(SELECT tenancy.sealed_workspace())",
  citus: `nullif(current_setting('app.current_workspace_id', true), '')::uuid`,
};

/**
 * The condition under which a row is the tenant's, as USING and as WITH CHECK of the policy `tenant_isolation`;
 * undefined when no row ever is. `relation` is the table or one of its partitions.
 */
export function expectedCondition(
  relation: string,
  entry: TableEntry,
  dialect: PolicyDialect,
): string | undefined {
  const workspace = WORKSPACE_IN[dialect];
  switch (entry.kind) {
    case "workspace":
      return `"workspaceId" = ${workspace}`;
    case "self":
      return `"id" = ${workspace}`;
    case "through":
      return (
        `EXISTS (SELECT 1 FROM public."${entry.parent}" AS parent ` +
        `WHERE parent."${entry.parentColumn}" = "${relation}"."${entry.column}" ` +
        `AND parent."workspaceId" = ${workspace})`
      );
    case "global":
      return undefined;
  }
}

export interface PolicyOptions {
  readonly dialect?: PolicyDialect;
  /** A partition, which gets its parent's policies but no rights: it is reached through the parent only. */
  readonly relation?: string;
}

/** Row-level security of one table as SQL that may be run again: enabled and forced, one policy a role, rights granted. */
export function policySql(
  table: string,
  entry: TableEntry,
  { dialect = "plain", relation = table }: PolicyOptions = {},
): string {
  const name = `public."${relation}"`;
  const policy = (policyName: string, role: string, condition: string) => [
    `DROP POLICY IF EXISTS ${policyName} ON ${name};`,
    `CREATE POLICY ${policyName} ON ${name} FOR ALL TO ${role} USING (${condition}) WITH CHECK (${condition});`,
  ];
  const condition = expectedCondition(relation, entry, dialect);
  const statements = [
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`,
    `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`,
    ...(condition === undefined
      ? []
      : policy("tenant_isolation", "dittofeed_app", condition)),
    ...policy("system_all", "dittofeed_system", "true"),
    ...policy("owner_all", "dittofeed_owner", "true"),
    `REVOKE ALL ON ${name} FROM PUBLIC, dittofeed_app, dittofeed_system;`,
  ];
  if (relation === table) {
    if (entry.kind !== "global") {
      statements.push(
        `GRANT ${entry.app.join(", ")} ON ${name} TO dittofeed_app;`,
      );
    }
    statements.push(`GRANT ${ALL.join(", ")} ON ${name} TO dittofeed_system;`);
  }
  return `${statements.join("\n")}\n`;
}

/** Turns an existing policy into another dialect in one statement: at no moment is there none. */
export function changePolicySql(relation: string, condition: string): string {
  return `ALTER POLICY tenant_isolation ON public."${relation}" USING (${condition}) WITH CHECK (${condition});`;
}

/** Undoes policySql: the table is as Dittofeed left it. */
export function dropPolicySql(table: string): string {
  const name = `public."${table}"`;
  return `${[
    ...["tenant_isolation", "system_all", "owner_all"].map(
      (policy) => `DROP POLICY IF EXISTS ${policy} ON ${name};`,
    ),
    `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY;`,
    `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY;`,
    `REVOKE ALL ON ${name} FROM dittofeed_app, dittofeed_system;`,
  ].join("\n")}\n`;
}
