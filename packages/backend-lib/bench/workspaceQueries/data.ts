// What the workspaces hold, written in bulk by the database itself: users, their events of five months, and the product's
// resources, in proportion to a workspace's users. Owns those rows; workspaces lie mixed on the disk, as rows that came
// in over months do.

import type pg from "pg";

import { type BenchWorkspace, COUNTS } from "./workspaces";

const EVENTS_PER_USER = 4;

/** A fraction from 0 to 1, the same for the same number. */
const random = (seed: string) =>
  `((hashint8((${seed})::bigint) & 2147483647) / 2147483648.0)`;
/** The id of the tenant's thing of this kind and number; idOf() makes the same. */
const id = (kind: string, number: string) =>
  `md5('${kind}-' || rank || '-' || (${number}))::uuid`;

const TENANTS = `
CREATE TABLE bench.tenant AS
SELECT rank, id, users, ${Object.entries(COUNTS)
  .map(
    ([name, [least, step, most]]) =>
      `least(${most}, ${least} + users / ${step}) AS ${name}`,
  )
  .join(", ")}
FROM unnest($1::int[], $2::uuid[], $3::int[]) AS t(rank, id, users)`;

/** So many rows k of each tenant t; a moment of the last year, by the row's number. */
const each = (count: string) =>
  `FROM bench.tenant AS t, LATERAL generate_series(1, t.${count}) AS k`;
const MADE = `(now() - ${random("k * 7919 + rank")} * interval '365 days')::timestamp(3)`;
const TRAIT_SEGMENT = `jsonb_build_object('entryNode', jsonb_build_object('type', 'Trait', 'id', 'entry', 'path', 'plan',
  'operator', jsonb_build_object('type', 'Equals', 'value', 'pro')), 'nodes', '[]'::jsonb)`;

const RESOURCES = [
  `INSERT INTO "Workspace" ("id", "name", "externalId", "createdAt", "updatedAt")
   SELECT id, 'Workspace ' || rank, 'external-' || rank, now() - interval '400 days', now() FROM bench.tenant ORDER BY id`,
  `INSERT INTO "Segment" ("id", "workspaceId", "name", "definition", "createdAt", "updatedAt", "resourceType")
   SELECT ${id("segment", "k")}, t.id, 'Segment ' || k, ${TRAIT_SEGMENT}, ${MADE}, ${MADE},
     (CASE WHEN k % 10 = 0 THEN 'Internal' ELSE 'Declarative' END)::"DBResourceType" ${each("segments")} ORDER BY 1`,
  `INSERT INTO "SubscriptionGroup" ("id", "workspaceId", "name", "type", "channel", "createdAt", "updatedAt")
   SELECT ${id("group", "k")}, t.id, 'Group ' || k, (CASE WHEN k % 2 = 0 THEN 'OptOut' ELSE 'OptIn' END)::"DBSubscriptionGroupType",
     'Email', ${MADE}, ${MADE} ${each("groups")} ORDER BY 1`,
  ...["subscriptionGroup-", "subscriptionGroup-unsubscribed-"].map(
    (prefix) => `
   INSERT INTO "Segment" ("id", "workspaceId", "name", "definition", "createdAt", "updatedAt", "resourceType", "subscriptionGroupId")
   SELECT ${id(prefix, "k")}, t.id, '${prefix}' || ${id("group", "k")}, ${TRAIT_SEGMENT}, ${MADE}, ${MADE}, 'Internal',
     ${id("group", "k")} ${each("groups")} ORDER BY 1`,
  ),
  `INSERT INTO "Journey" ("id", "workspaceId", "name", "status", "definition", "createdAt", "updatedAt")
   SELECT ${id("journey", "k")}, t.id, 'Journey ' || k, (CASE WHEN k % 3 = 0 THEN 'Running' ELSE 'Paused' END)::"JourneyStatus",
     '{"entryNode":{"type":"EventEntryNode","event":"Order Completed","child":"ExitNode"},"exitNode":{"type":"ExitNode"},"nodes":[]}',
     ${MADE}, ${MADE} ${each("journeys")} ORDER BY 1`,
  `INSERT INTO "MessageTemplate" ("id", "workspaceId", "name", "definition", "createdAt", "updatedAt", "resourceType")
   SELECT ${id("template", "k")}, t.id, 'Template ' || k, jsonb_build_object('type', 'Email', 'from', 'hello@example.com',
     'subject', 'Hello', 'body', repeat('<mj-text>Good to have you here.</mj-text>', 40)), ${MADE}, ${MADE},
     (CASE WHEN k % 10 = 0 THEN 'Internal' ELSE 'Declarative' END)::"DBResourceType" ${each("templates")} ORDER BY 1`,
  `INSERT INTO "UserProperty" ("id", "workspaceId", "name", "definition", "createdAt", "updatedAt")
   SELECT ${id("property", "k")}, t.id, CASE k WHEN 1 THEN 'id' WHEN 2 THEN 'anonymousId' ELSE 'property ' || k END,
     CASE k WHEN 1 THEN '{"type":"Id"}' WHEN 2 THEN '{"type":"AnonymousId"}' WHEN 3 THEN '{"type":"Trait","path":"plan"}'
       WHEN 4 THEN '{"type":"Trait","path":"email"}' WHEN 5 THEN '{"type":"Trait","path":"age"}'
       ELSE '{"type":"Trait","path":"city"}' END::jsonb,
     ${MADE}, ${MADE} ${each("properties")} ORDER BY 1`,
  `INSERT INTO "UserPropertyIndex" ("workspaceId", "userPropertyId", "type")
   SELECT t.id, ${id("property", "k")}, (CASE k WHEN 5 THEN 'Number' ELSE 'String' END)::"DBUserPropertyIndexType"
   FROM bench.tenant AS t, unnest(ARRAY[4, 5]) AS k ORDER BY 2`,
  `INSERT INTO "ComputedPropertyPeriod" ("workspaceId", "type", "computedPropertyId", "version", "from", "to", "step")
   SELECT t.id, 'Segment', ${id("segment", "k")}, '1', now() - n * interval '1 hour', now() - (n - 1) * interval '1 hour',
     'ProcessAssignments' ${each("segments")}, generate_series(1, 5) AS n ORDER BY md5(n || '-' || k || '-' || rank)`,
  `INSERT INTO "Broadcast" ("workspaceId", "name", "segmentId", "journeyId", "messageTemplateId", "createdAt", "updatedAt")
   SELECT t.id, 'Broadcast ' || k, ${id("segment", "1+k%segments")}, ${id("journey", "1+k%journeys")},
     ${id("template", "1+k%templates")}, ${MADE}, ${MADE} ${each("broadcasts")} ORDER BY md5(k || '-' || rank)`,
  ...["secret", "write-key", "admin-key"].map(
    (kind) => `
   INSERT INTO "Secret" ("id", "workspaceId", "name", "value", "configValue")
   SELECT ${id(kind, "k")}, t.id, ${kind === "admin-key" ? "'df-admin-api-key-'" : `'${kind} '`} || k, 'value', '{}'
   FROM bench.tenant AS t, LATERAL generate_series(1, ${kind === "secret" ? "t.secrets" : "2"}) AS k ORDER BY 1`,
  ),
  `INSERT INTO "WriteKey" ("workspaceId", "secretId")
   SELECT id, ${id("write-key", "k")} FROM bench.tenant, generate_series(1, 2) AS k ORDER BY 2`,
  `INSERT INTO "AdminApiKey" ("workspaceId", "secretId", "name")
   SELECT id, ${id("admin-key", "k")}, 'key ' || k FROM bench.tenant, generate_series(1, 2) AS k ORDER BY 2`,
  `INSERT INTO "EmailProvider" ("workspaceId", "secretId", "type")
   SELECT id, ${id("secret", "1")}, 'Test' FROM bench.tenant ORDER BY 2`,
  `INSERT INTO "SmsProvider" ("workspaceId", "secretId", "type")
   SELECT id, ${id("secret", "2")}, 'Test' FROM bench.tenant ORDER BY 2`,
  `INSERT INTO "WorkspaceMember" ("id", "email", "lastWorkspaceId")
   SELECT ${id("member", "k")}, 'member-' || k || '@workspace-' || rank || '.example.com', t.id ${each("members")} ORDER BY 1`,
  `INSERT INTO "WorkspaceMembeAccount" ("workspaceMemberId", "provider", "providerAccountId")
   SELECT "id", 'oidc', "id"::text FROM "WorkspaceMember"`,
  `INSERT INTO "WorkspaceMemberRole" ("workspaceId", "workspaceMemberId", "role")
   SELECT t.id, ${id("member", "k")}, (CASE k WHEN 1 THEN 'Admin' ELSE 'Author' END)::"DBRoleType" ${each("members")} ORDER BY 2`,
];

/** So many rows k of each user of each tenant, with the user's id and their number u, and a random number r. */
const eachOfUser = (count: number) =>
  `(SELECT t.*, u, k, 'user-' || u AS user_id, ${random("u * 31 + k * 104729 + rank * 7")} AS r,
      ${random("u * 17 + k * 1299709 + rank * 3")} AS r2
    FROM bench.tenant AS t, LATERAL generate_series(1, t.users) AS u, generate_series(1, ${count}) AS k) AS row`;
const CHOICE = `INSERT INTO "SegmentAssignment" ("workspaceId", "userId", "segmentId", "inSegment")
   SELECT row.id, user_id,`;
/** The number of a segment: the first ones have most of the users. */
const SEGMENT_NUMBER = "(1 + floor(segments * r * r * r)::int)";

const USERS = [
  `INSERT INTO "WorkspaceUser" ("workspaceId", "userId", "isAnonymous", "traits", "traitTimes", "firstSeenAt", "lastSeenAt")
   SELECT row.id, user_id, r < 0.2, jsonb_build_object('plan', CASE WHEN r2 < 0.1 THEN 'pro' ELSE 'free' END,
       'email', user_id || '@example.com', 'age', 18 + u % 60, 'city', 'City ' || u % 50, 'company', 'Company ' || u % 500),
     '{"plan": 1, "email": 1, "age": 1, "city": 1, "company": 1}', now() - r * interval '150 days', now() - r * interval '10 days'
   FROM ${eachOfUser(1)} ORDER BY r2`,
  `${CHOICE} ${id("segment", SEGMENT_NUMBER)}, r2 < 0.7 FROM ${eachOfUser(3)} ORDER BY r2 ON CONFLICT DO NOTHING`,
  `${CHOICE} ${id("subscriptionGroup-", "1+u%groups")}, r2 < 0.6 FROM ${eachOfUser(1)} WHERE r < 0.3 ORDER BY r2`,
  `${CHOICE} ${id("subscriptionGroup-unsubscribed-", "1+u%groups")}, r2 >= 0.6 FROM ${eachOfUser(1)} WHERE r < 0.3 ORDER BY r2`,
  `INSERT INTO "UserPropertyAssignment" ("workspaceId", "userId", "userPropertyId", "value")
   SELECT row.id, user_id, ${id("property", "k+2")}, '"value"' FROM ${eachOfUser(2)} ORDER BY r2`,
  `INSERT INTO "UserJourneyEvent" ("userId", "journeyId", "type", "journeyStartedAt", "nodeId")
   SELECT user_id, ${id("journey", "1+u%journeys")}, 'JourneyStarted', now() - r * interval '150 days', 'entry'
   FROM ${eachOfUser(1)} WHERE r < 0.3 ORDER BY r`,
];

/** A share of all events each: identify and page, then track events, some of them the host's own, of a journey. */
const EVENT_NAME = `CASE WHEN r2 < 0.15 THEN 'identify' WHEN r2 < 0.45 THEN 'Home' WHEN r2 < 0.55 THEN 'Pricing'
  WHEN r2 < 0.75 THEN 'Product Viewed' WHEN r2 < 0.87 THEN 'Product Added' WHEN r2 < 0.92 THEN 'Order Completed'
  WHEN r2 < 0.925 THEN 'Subscription Cancelled' WHEN r2 < 0.97 THEN 'DFInternalMessageSent' ELSE 'DFEmailOpened' END`;
const EVENTS = [
  `INSERT INTO "UserEvent" ("workspaceId", "messageId", "processingTime", "position", "eventTime", "eventType", "event", "userId",
     "anonymousId", "userOrAnonymousId", "properties", "context")
   SELECT row.id, md5('message-' || rank || '-' || u || '-' || k)::uuid::text, now() - r * interval '150 days', 0,
     now() - r * interval '150 days', CASE WHEN r2 < 0.15 THEN 'identify' WHEN r2 < 0.55 THEN 'page' ELSE 'track' END, ${EVENT_NAME},
     user_id, CASE WHEN k = 1 THEN 'anonymous-' || u END, user_id,
     CASE WHEN r2 < 0.925 THEN jsonb_build_object('path', '/page/' || u % 97, 'price', u % 300, 'title', repeat('word ', 12))
       ELSE jsonb_build_object('journeyId', ${id("journey", "(1+u%journeys)")}, 'broadcastId', ${id("broadcast", "(1+u%broadcasts)")},
         'messageId', 'm', 'nodeId', 'email') END,
     '{"ip": "192.0.2.1", "library": {"name": "analytics"}}'
   FROM ${eachOfUser(EVENTS_PER_USER)} ORDER BY r`,
  `INSERT INTO "UserEventReceipt" ("workspaceId", "messageId", "receivedAt")
   SELECT "workspaceId", "messageId", "processingTime" FROM "UserEvent"`,
];

/** Fills a migrated database that is empty. `client` is a superuser's: no reference is checked on the way. */
export async function fillDatabase(
  client: pg.Client,
  workspaces: readonly BenchWorkspace[],
): Promise<void> {
  await client.query("SET session_replication_role = replica");
  await client.query("SET work_mem = '256MB'");
  await client.query("SET synchronous_commit = off");
  await client.query("CREATE SCHEMA bench");
  await client.query(TENANTS, [
    workspaces.map(({ rank }) => rank),
    workspaces.map((workspace) => workspace.id),
    workspaces.map(({ users }) => users),
  ]);
  await client.query(
    "SELECT public.ensure_user_event_partitions((now() - interval '6 months')::date, now()::date)",
  );
  for (const statement of [...RESOURCES, ...USERS, ...EVENTS]) {
    await client.query(statement);
  }
  await client.query("RESET ALL");
}
