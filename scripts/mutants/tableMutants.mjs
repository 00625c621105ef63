// Mutants of tables: a policy, row-level security or a right of one table, and tables of each kind of the register. Each is
// tried with the matrix of that table, and where nothing can be done with it, with the catalog's rules.

const CONTEXT = `nullif((SELECT current_setting('app.current_workspace_id', true)), '')::uuid`;
const OWN = `"workspaceId" = ${CONTEXT}`;

/**
 * @param {string} table
 * @param {string} name
 * @param {string} weakens
 * @param {string} sql `%t` is the table
 * @returns {import("./list.mjs").DatabaseMutant}
 */
const ofTable = (table, name, weakens, sql) => ({
  name: `${table}: ${name}`,
  weakens,
  table,
  sql: sql.replaceAll("%t", `public."${table}"`),
  suites: ["matrix", "catalog"],
});

/** @type {readonly import("./list.mjs").DatabaseMutant[]} policies and row-level security of tables of each kind */
const POLICIES = [
  ofTable(
    "Segment",
    "no policy",
    "the tenant's policy is dropped",
    "DROP POLICY tenant_isolation ON %t",
  ),
  ofTable(
    "Journey",
    "not enabled",
    "row-level security is off",
    "ALTER TABLE %t DISABLE ROW LEVEL SECURITY",
  ),
  ofTable(
    "SegmentAssignment",
    "not enabled",
    "row-level security is off on a large table",
    "ALTER TABLE %t DISABLE ROW LEVEL SECURITY",
  ),
  ofTable(
    "Secret",
    "not forced",
    "the owner is not bound",
    "ALTER TABLE %t NO FORCE ROW LEVEL SECURITY",
  ),
  ofTable(
    "Workspace",
    "not forced",
    "the owner is not bound",
    "ALTER TABLE %t NO FORCE ROW LEVEL SECURITY",
  ),
  ofTable(
    "MessageTemplate",
    "reads all",
    "USING (true)",
    "ALTER POLICY tenant_isolation ON %t USING (true)",
  ),
  ofTable(
    "WriteKey",
    "writes all",
    "WITH CHECK (true)",
    "ALTER POLICY tenant_isolation ON %t WITH CHECK (true)",
  ),
  ofTable(
    "Broadcast",
    "reads and writes all",
    "USING and WITH CHECK (true)",
    "ALTER POLICY tenant_isolation ON %t USING (true) WITH CHECK (true)",
  ),
  ofTable(
    "UserProperty",
    "any workspace will do",
    'USING ("workspaceId" IS NOT NULL)',
    'ALTER POLICY tenant_isolation ON %t USING ("workspaceId" IS NOT NULL)',
  ),
  ofTable(
    "Integration",
    "or true",
    "a branch of the policy that always holds",
    `ALTER POLICY tenant_isolation ON %t USING (${OWN} OR true)`,
  ),
  ofTable(
    "EmailTemplate",
    "no context, all rows",
    "without a context everything is shown",
    `ALTER POLICY tenant_isolation ON %t USING (${OWN} OR coalesce(current_setting('app.current_workspace_id', true), '') = '')`,
  ),
  ofTable(
    "EmailProvider",
    "no context, own id",
    "without a context each row is its own context's",
    `ALTER POLICY tenant_isolation ON %t USING ("workspaceId" = coalesce(${CONTEXT}, "workspaceId"))`,
  ),
  ofTable(
    "SmsProvider",
    "a bypass by setting",
    "another setting switches the policy off",
    `ALTER POLICY tenant_isolation ON %t USING (${OWN} OR current_setting('app.bypass', true) = 'on')`,
  ),
  ofTable(
    "SubscriptionGroup",
    "the wrong column",
    'USING compares "id"',
    `ALTER POLICY tenant_isolation ON %t USING ("id" = ${CONTEXT})`,
  ),
  ofTable(
    "OauthToken",
    "all but one's own",
    "USING is negated",
    `ALTER POLICY tenant_isolation ON %t USING (NOT (${OWN}))`,
  ),
  ofTable(
    "ComponentConfiguration",
    "policy to everybody",
    "the policy is TO PUBLIC",
    "ALTER POLICY tenant_isolation ON %t TO PUBLIC",
  ),
  ofTable(
    "AdminApiKey",
    "a second policy reads",
    "one more permissive policy FOR SELECT",
    "CREATE POLICY helpful ON %t FOR SELECT TO dittofeed_app USING (true)",
  ),
  ofTable(
    "UserEventReceipt",
    "a second policy inserts",
    "one more permissive policy FOR INSERT",
    "CREATE POLICY helpful ON %t FOR INSERT TO dittofeed_app WITH CHECK (true)",
  ),
  ofTable(
    "UserPropertyAssignment",
    "a second policy updates",
    "one more permissive policy FOR UPDATE",
    `CREATE POLICY helpful ON %t FOR UPDATE TO dittofeed_app USING (${OWN}) WITH CHECK (true)`,
  ),
  ofTable(
    "ComputedPropertyPeriod",
    "a second policy deletes",
    "one more permissive policy FOR DELETE",
    "CREATE POLICY helpful ON %t FOR DELETE TO PUBLIC USING (true)",
  ),
  ofTable(
    "WorkspaceUser",
    "the system's policy for the app",
    "system_all is the app role's as well",
    "ALTER POLICY system_all ON %t TO dittofeed_system, dittofeed_app",
  ),
  ofTable(
    "UserPropertyIndex",
    "the owner's policy for everybody",
    "owner_all is TO PUBLIC",
    "ALTER POLICY owner_all ON %t TO PUBLIC",
  ),
  ofTable(
    "WorkspaceOccupantSetting",
    "only some rows are guarded",
    "a column decides whether the policy holds",
    `ALTER POLICY tenant_isolation ON %t USING (${OWN} OR "secretId" IS NULL)`,
  ),
  ofTable(
    "SegmentIOConfiguration",
    "moves rows away",
    "WITH CHECK asks for any workspace there is",
    `ALTER POLICY tenant_isolation ON %t WITH CHECK (EXISTS (SELECT 1 FROM public."Workspace"))`,
  ),
  ofTable(
    "UserJourneyEvent",
    "any journey will do",
    "the policy through the parent does not ask whose it is",
    `ALTER POLICY tenant_isolation ON %t USING ("journeyId" IS NOT NULL)`,
  ),
  ofTable(
    "UserJourneyEvent",
    "writes to any journey",
    "WITH CHECK (true) on a table that is reached through another",
    "ALTER POLICY tenant_isolation ON %t WITH CHECK (true)",
  ),
  ofTable(
    "WorkspaceMember",
    "every member",
    "USING (true) on a table that is reached through another",
    "ALTER POLICY tenant_isolation ON %t USING (true)",
  ),
  ofTable(
    "Workspace",
    "its children too",
    "a workspace's own row, or its parent's",
    `ALTER POLICY tenant_isolation ON %t USING ("id" = ${CONTEXT} OR "parentWorkspaceId" = ${CONTEXT})`,
  ),
  ofTable(
    "Workspace",
    "every active one",
    "every Active workspace is shown",
    `ALTER POLICY tenant_isolation ON %t USING ("status" = 'Active')`,
  ),
  ofTable(
    "WorkspaceMembeAccount",
    "open to the app",
    "a table of no tenant's is the app role's to read",
    "GRANT SELECT ON %t TO dittofeed_app; CREATE POLICY helpful ON %t FOR SELECT TO dittofeed_app USING (true)",
  ),
  ofTable(
    "WorkspaceRelation",
    "a right without a policy",
    "a right on a table of no tenant's",
    "GRANT SELECT ON %t TO dittofeed_app",
  ),
  ofTable(
    "UserEvent",
    "no policy on the parent",
    "the partitioned table's policy reads all",
    "ALTER POLICY tenant_isolation ON %t USING (true)",
  ),
  ofTable(
    "UserEvent",
    "not enabled on the parent",
    "row-level security is off on the partitioned table",
    "ALTER TABLE %t DISABLE ROW LEVEL SECURITY",
  ),
];

/** @type {readonly import("./list.mjs").DatabaseMutant[]} rights on tables */
const RIGHTS = [
  ofTable(
    "Segment",
    "TRUNCATE",
    "the app role may empty a table, policies or not",
    "GRANT TRUNCATE ON %t TO dittofeed_app",
  ),
  ofTable(
    "Journey",
    "REFERENCES",
    "the app role may refer to a table and so ask it",
    "GRANT REFERENCES ON %t TO dittofeed_app",
  ),
  ofTable(
    "Secret",
    "TRIGGER",
    "the app role may put code on a table",
    "GRANT TRIGGER ON %t TO dittofeed_app",
  ),
  ofTable(
    "Workspace",
    "UPDATE",
    "a workspace may change its own row",
    "GRANT UPDATE ON %t TO dittofeed_app",
  ),
  ofTable(
    "Workspace",
    "UPDATE of a column",
    "a workspace may change its own status",
    'GRANT UPDATE ("status") ON %t TO dittofeed_app',
  ),
  ofTable(
    "Feature",
    "INSERT",
    "a workspace may switch its own features on",
    "GRANT INSERT ON %t TO dittofeed_app",
  ),
  ofTable(
    "WorkspaceMemberRole",
    "INSERT",
    "a workspace's code may give roles",
    "GRANT INSERT ON %t TO dittofeed_app",
  ),
  ofTable(
    "MessageTemplate",
    "to PUBLIC",
    "everybody may read a table",
    "GRANT SELECT ON %t TO PUBLIC",
  ),
  ofTable(
    "UserProperty",
    "owned by the app role",
    "the app role owns a table",
    "ALTER TABLE %t OWNER TO dittofeed_app",
  ),
];

export const TABLE_MUTANTS = [...POLICIES, ...RIGHTS];
