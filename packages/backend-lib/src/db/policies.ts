// THE REGISTER: what each table is to a tenant. Row-level security follows from it: the SQL generated here is what the
// numbered migrations contain, and a test compares register, live catalog and Drizzle schema. A new table is entered
// here first. Leaves the running of migrations to migrate.ts.

/** What the app role may do with a table's rows, within its policy. */
export type Privilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE";

const ALL: readonly Privilege[] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
const READ: readonly Privilege[] = ["SELECT"];

export type TableEntry =
  /** Rows carry the workspace's id. */
  | { readonly kind: "workspace"; readonly app: readonly Privilege[] }
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

export const TABLES = {
  AdminApiKey: workspaceTable,
  Broadcast: workspaceTable,
  ComponentConfiguration: workspaceTable,
  ComputedPropertyPeriod: workspaceTable,
  DefaultEmailProvider: workspaceTable,
  DefaultSmsProvider: workspaceTable,
  EmailProvider: workspaceTable,
  EmailTemplate: workspaceTable,
  Feature: { kind: "workspace", app: READ }, // features are switched by the operator
  Integration: workspaceTable,
  Journey: workspaceTable,
  MessageTemplate: workspaceTable,
  OauthToken: workspaceTable,
  Secret: workspaceTable,
  Segment: workspaceTable,
  SegmentAssignment: workspaceTable,
  SegmentIOConfiguration: workspaceTable,
  SmsProvider: workspaceTable,
  SubscriptionGroup: workspaceTable,
  SubscriptionManagementTemplate: workspaceTable,
  UserEvent: workspaceTable,
  UserEventReceipt: workspaceTable,
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
  WorkspaceRelation: {
    kind: "global",
    reason:
      "Dittofeed's former record of parents and children; names two workspaces, read by neither",
  },
  WorkspaceUser: workspaceTable,
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
 * The workspace of the context; NULL, and so no row, without one. The sub-select makes it an InitPlan, evaluated once a
 * statement; nullif because a transaction-local setting reads '' after its transaction, and ''::uuid is an error.
 */
export const CURRENT_WORKSPACE = `nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid`;

/** The condition under which a row is the tenant's; undefined when no row ever is. */
function tenantCondition(table: string, entry: TableEntry): string | undefined {
  switch (entry.kind) {
    case "workspace":
      return `"workspaceId" = ${CURRENT_WORKSPACE}`;
    case "self":
      return `"id" = ${CURRENT_WORKSPACE}`;
    case "through":
      return (
        `EXISTS (SELECT 1 FROM public."${entry.parent}" AS parent ` +
        `WHERE parent."${entry.parentColumn}" = "${table}"."${entry.column}" ` +
        `AND parent."workspaceId" = ${CURRENT_WORKSPACE})`
      );
    case "global":
      return undefined;
  }
}

/**
 * Row-level security of one table as SQL that may be run again: enabled and forced, one policy a role, rights granted.
 * `relation` names a partition, which gets its parent's policies but no rights: it is reached through the parent only.
 */
export function policySql(
  table: string,
  entry: TableEntry,
  relation: string = table,
): string {
  const name = `public."${relation}"`;
  const policy = (policyName: string, role: string, condition: string) => [
    `DROP POLICY IF EXISTS ${policyName} ON ${name};`,
    `CREATE POLICY ${policyName} ON ${name} FOR ALL TO ${role} USING (${condition}) WITH CHECK (${condition});`,
  ];
  const condition = tenantCondition(relation, entry);
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
