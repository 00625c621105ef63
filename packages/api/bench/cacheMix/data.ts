// What the API serves in the mix: workspaces with an admin key, a write key and a few of every resource, put in by SQL. Owns the
// ids, which follow from the workspace's number, so that whoever draws requests knows them.

import { workspaceIdOf } from "backend-lib/bench/cache/workload";
import pg from "pg";

export const COUNTS = {
  segments: 5,
  journeys: 3,
  templates: 4,
  userProperties: 6,
  subscriptionGroups: 2,
};
export type Resource = keyof typeof COUNTS;

const KINDS: Readonly<Record<Resource | "secrets" | "internal", string>> = {
  segments: "1",
  journeys: "2",
  templates: "3",
  userProperties: "4",
  subscriptionGroups: "5",
  secrets: "6",
  internal: "7",
};

/** The id of the workspace's k-th of the resource, from 1; also in SQL, below. */
export const idOf = (resource: Resource, workspace: number, k: number) =>
  `be9cb00${KINDS[resource]}-0000-4000-8000-${(workspace * 100 + k).toString(16).padStart(12, "0")}`;

const idSql = (kind: string, n = "n", k = "k") =>
  `('be9cb00${kind}-0000-4000-8000-' || lpad(to_hex(${n} * 100 + ${k}), 12, '0'))::uuid`;
const WORKSPACE = idSql("0", "0", "n");

export const nameOf = (resource: Resource, k: number) => `${resource} ${k}`;

export const headersOf = (workspace: number) => ({
  authorization: `Bearer ${workspace.toString(16).padStart(64, "a")}`,
  "df-workspace-id": workspaceIdOf(workspace),
});

export const definitions = {
  segments: (value: string) => ({
    entryNode: {
      type: "Trait",
      id: "entry",
      path: "plan",
      operator: { type: "Equals", value },
    },
    nodes: [],
  }),
  journeys: (event: string) => ({
    entryNode: { type: "EventEntryNode", event, child: "ExitNode" },
    exitNode: { type: "ExitNode" },
    nodes: [],
  }),
  templates: (subject: string) => ({
    type: "Email",
    from: "hello@example.com",
    subject,
    body: "<mjml><mj-body><mj-text>Hello</mj-text></mj-body></mjml>",
  }),
  userProperties: (path: string) => ({ type: "Trait", path }),
};

const rows = (resource: Resource) =>
  `generate_series(0, $1::integer - 1) AS n, generate_series(1, ${COUNTS[resource]}) AS k`;
const json = (value: object) => `'${JSON.stringify(value)}'::jsonb`;
const insert = (table: string, columns: string, select: string) =>
  `INSERT INTO public."${table}" (${columns}, "updatedAt") SELECT ${select}, now() FROM`;

const STATEMENTS = [
  `${insert("Workspace", `"id", "name"`, `${WORKSPACE}, 'Workspace ' || n`)} generate_series(0, $1::integer - 1) AS n`,
  `${insert(
    "Secret",
    `"id", "workspaceId", "name", "value", "configValue"`,
    `${idSql(KINDS.secrets)}, ${WORKSPACE}, 'secret ' || k,
     CASE k WHEN 2 THEN 'value' END,
     CASE k WHEN 1 THEN jsonb_build_object('type', 'AdminApiKey', 'key', lpad(to_hex(n), 64, 'a'), 'permissions', '["Admin"]'::jsonb) END`,
  )} generate_series(0, $1::integer - 1) AS n, generate_series(1, 2) AS k`,
  `${insert("AdminApiKey", `"workspaceId", "name", "secretId"`, `${WORKSPACE}, 'bench', ${idSql(KINDS.secrets, "n", "1")}`)} generate_series(0, $1::integer - 1) AS n`,
  `${insert("WriteKey", `"workspaceId", "secretId"`, `${WORKSPACE}, ${idSql(KINDS.secrets, "n", "2")}`)} generate_series(0, $1::integer - 1) AS n`,
  `${insert("Segment", `"id", "workspaceId", "name", "definition"`, `${idSql(KINDS.segments)}, ${WORKSPACE}, 'segments ' || k, ${json(definitions.segments("pro"))}`)} ${rows("segments")}`,
  `${insert("Journey", `"id", "workspaceId", "name", "status", "definition"`, `${idSql(KINDS.journeys)}, ${WORKSPACE}, 'journeys ' || k, 'Running', ${json(definitions.journeys("Paid"))}`)} ${rows("journeys")}`,
  `${insert("MessageTemplate", `"id", "workspaceId", "name", "definition"`, `${idSql(KINDS.templates)}, ${WORKSPACE}, 'templates ' || k, ${json(definitions.templates("Hello"))}`)} ${rows("templates")}`,
  `${insert("UserProperty", `"id", "workspaceId", "name", "definition"`, `${idSql(KINDS.userProperties)}, ${WORKSPACE}, 'userProperties ' || k, ${json(definitions.userProperties("plan"))}`)} ${rows("userProperties")}`,
  `${insert("SubscriptionGroup", `"id", "workspaceId", "name", "type", "channel"`, `${idSql(KINDS.subscriptionGroups)}, ${WORKSPACE}, 'subscriptionGroups ' || k, 'OptOut', 'Email'`)} ${rows("subscriptionGroups")}`,
  `INSERT INTO public."Segment" ("id", "workspaceId", "name", "definition", "resourceType", "subscriptionGroupId", "updatedAt")
   SELECT ${idSql(KINDS.internal, "n", "(2 * k + part)")}, ${WORKSPACE}, 'group ' || k || ' part ' || part,
     jsonb_build_object('entryNode', jsonb_build_object(
       'type', CASE part WHEN 0 THEN 'SubscriptionGroup' ELSE 'SubscriptionGroupUnsubscribed' END, 'id', 'entry',
       'subscriptionGroupId', ${idSql(KINDS.subscriptionGroups)}, 'subscriptionGroupType', 'OptOut'), 'nodes', '[]'::jsonb),
     'Internal', ${idSql(KINDS.subscriptionGroups)}, now()
   FROM ${rows("subscriptionGroups")}, generate_series(0, 1) AS part`,
];

/** Puts in the workspaces, numbered from 0, and what counts statements. */
export async function fillDatabase(
  superuserUrl: string,
  workspaces: number,
): Promise<void> {
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  try {
    for (const statement of STATEMENTS) {
      await superuser.query(statement, [workspaces]);
    }
    await superuser.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    await superuser.query("ANALYZE");
  } finally {
    await superuser.end();
  }
}
