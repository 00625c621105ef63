// Every list, filter and look-up that the API makes, as a call of the product's own service with an ordinary request, so what
// is measured is what the product sends. Owns which; timing is measure.ts's, changes are in changes.ts.

import { listAdminApiKeys } from "../../src/adminApiKeys";
import { validateAdminApiKey, validateWriteKey } from "../../src/auth";
import { listDataSources } from "../../src/dataSources";
import { getJourneys } from "../../src/journeys";
import { getMessageTemplates } from "../../src/messageTemplates";
import { addMemberRole, listMemberRoles } from "../../src/rbac";
import { listSessionWorkspaces } from "../../src/requestContext";
import { listSecrets } from "../../src/secrets";
import { getManualSegmentStatus, getSegments } from "../../src/segments";
import { getSubscriptionGroups } from "../../src/subscriptionGroups";
import { getEvents, getProperties, getTraits } from "../../src/userEvents";
import { getUserProperties } from "../../src/userProperties";
import { getUserPropertyIndices } from "../../src/userPropertyIndices";
import { countUsers, getUsers, getUserSubscriptions } from "../../src/users";
import { listWriteKeys } from "../../src/writeKeys";
import { type BenchWorkspace, countOf, idOf } from "./workspaces";

export interface BenchQuery {
  readonly name: string;
  /** Whether it reads Dittofeed's tables alone, or also those that only this extension has. */
  readonly tables: "Dittofeed's" | "ours";
  /** Runs in the workspace's context; resolves when the answer is there. */
  readonly run: (workspace: BenchWorkspace) => Promise<unknown>;
}

const of = (kind: string, { rank }: BenchWorkspace, number: number) =>
  idOf(`${kind}-${rank}-${number}`);
const thing = (kind: string, number = 1) => ({
  id: (workspace: BenchWorkspace) => of(kind, workspace, number),
});
/** The first segment has a fifth of a workspace's users, one in the middle of the list a few. */
const bigSegment = thing("segment").id;
const smallSegment = (workspace: BenchWorkspace) =>
  of("segment", workspace, Math.ceil(countOf("segments", workspace) / 2));
const user = ({ users }: BenchWorkspace) => `user-${Math.ceil(users / 2)}`;
const three = (kind: string) => (workspace: BenchWorkspace) =>
  [1, 2, 3].map((number) => of(kind, workspace, number));
const optInGroup = thing("group", 1).id;
const optOutGroup = thing("group", 2).id;
const plan = thing("property", 3).id;
const email = thing("property", 4).id;

/** A query whose request is the workspace's id and what `more` adds. */
function query<R extends object>(
  name: string,
  tables: BenchQuery["tables"],
  service: (request: { workspaceId: string } & R) => Promise<unknown>,
  more: (workspace: BenchWorkspace) => R,
): BenchQuery {
  return {
    name,
    tables,
    run: (workspace) =>
      service({ workspaceId: workspace.id, ...more(workspace) }),
  };
}

const DITTOFEED = "Dittofeed's";
const none = () => ({});

const RESOURCES: readonly BenchQuery[] = [
  query("segments", DITTOFEED, getSegments, none),
  query("segments: resource type", DITTOFEED, getSegments, () => ({
    resourceType: "Declarative" as const,
  })),
  query("segments: ids", DITTOFEED, getSegments, (w) => ({
    ids: three("segment")(w),
  })),
  query(
    "segment: status of a list",
    DITTOFEED,
    getManualSegmentStatus,
    (w) => ({
      segmentId: bigSegment(w),
    }),
  ),
  query("journeys", DITTOFEED, getJourneys, none),
  query("journeys: partial", DITTOFEED, getJourneys, () => ({
    getPartial: true,
  })),
  query("journeys: ids", DITTOFEED, getJourneys, (w) => ({
    ids: three("journey")(w),
  })),
  query("templates", DITTOFEED, getMessageTemplates, none),
  query("templates: resource type", DITTOFEED, getMessageTemplates, () => ({
    resourceType: "Declarative" as const,
  })),
  query("templates: ids", DITTOFEED, getMessageTemplates, (w) => ({
    ids: three("template")(w),
  })),
  query("user properties", DITTOFEED, getUserProperties, none),
  query("user property indices", DITTOFEED, getUserPropertyIndices, none),
  query("subscription groups", DITTOFEED, getSubscriptionGroups, none),
  query("subscriptions of a user", DITTOFEED, getUserSubscriptions, (w) => ({
    userId: user(w),
  })),
  query("admin API keys", DITTOFEED, listAdminApiKeys, none),
  query("write keys", DITTOFEED, listWriteKeys, none),
  query("secrets", DITTOFEED, listSecrets, none),
  query("data sources", DITTOFEED, listDataSources, none),
  query("members", DITTOFEED, listMemberRoles, none),
];

const USERS: readonly BenchQuery[] = [
  query("users", "ours", getUsers, none),
  query("users: next page", "ours", getUsers, (w) => ({
    cursor: Buffer.from(JSON.stringify({ u: user(w) })).toString("base64"),
  })),
  query("users: previous page", "ours", getUsers, (w) => ({
    cursor: Buffer.from(JSON.stringify({ u: user(w) })).toString("base64"),
    direction: "before" as const,
  })),
  query("users: with subscriptions", "ours", getUsers, () => ({
    includeSubscriptions: true,
  })),
  query("users: ids", "ours", getUsers, (w) => ({
    userIds: [user(w), "user-1"],
  })),
  query("users: in a large segment", "ours", getUsers, (w) => ({
    segmentFilter: [bigSegment(w)],
  })),
  query("users: in a small segment", "ours", getUsers, (w) => ({
    segmentFilter: [smallSegment(w)],
  })),
  query("users: in two segments", "ours", getUsers, (w) => ({
    segmentFilter: [bigSegment(w), smallSegment(w)],
  })),
  query("users: not in a segment", "ours", getUsers, (w) => ({
    negativeSegmentFilter: [bigSegment(w)],
  })),
  query("users: in an opt-in group", "ours", getUsers, (w) => ({
    subscriptionGroupFilter: [optInGroup(w)],
  })),
  query("users: in an opt-out group", "ours", getUsers, (w) => ({
    subscriptionGroupFilter: [optOutGroup(w)],
  })),
  query("users: not in an opt-in group", "ours", getUsers, (w) => ({
    negativeSubscriptionGroupFilter: [optInGroup(w)],
  })),
  query("users: unsubscribed", "ours", getUsers, (w) => ({
    unsubscribedFromFilter: [optOutGroup(w)],
  })),
  query("users: property", "ours", getUsers, (w) => ({
    userPropertyFilter: [{ id: plan(w), values: ["pro"] }],
  })),
  query("users: by a property", "ours", getUsers, (w) => ({
    sortBy: email(w),
  })),
  query("users: count", "ours", countUsers, none),
  query("users: count in a large segment", "ours", countUsers, (w) => ({
    segmentFilter: [bigSegment(w)],
  })),
  query("users: count in a small segment", "ours", countUsers, (w) => ({
    segmentFilter: [smallSegment(w)],
  })),
  query("users: count unsubscribed", "ours", countUsers, (w) => ({
    unsubscribedFromFilter: [optOutGroup(w)],
  })),
  query("users: count of a property", "ours", countUsers, (w) => ({
    userPropertyFilter: [{ id: plan(w), values: ["pro"] }],
  })),
];

const DAY_MS = 86_400_000;

const EVENTS: readonly BenchQuery[] = [
  query("events", "ours", getEvents, none),
  query("events: third page", "ours", getEvents, () => ({ offset: 200 })),
  query("events: last week", "ours", getEvents, () => ({
    startDate: Date.now() - 7 * DAY_MS,
  })),
  query("events: user", "ours", getEvents, (w) => ({ userId: user(w) })),
  query("events: user and name", "ours", getEvents, (w) => ({
    userId: user(w),
    event: ["Home"],
  })),
  query("events: frequent name", "ours", getEvents, () => ({
    event: ["Product Viewed"],
  })),
  query("events: rare name", "ours", getEvents, () => ({
    event: ["Subscription Cancelled"],
  })),
  query("events: two names", "ours", getEvents, () => ({
    event: ["Order Completed", "Product Added"],
  })),
  query("events: name, last week", "ours", getEvents, () => ({
    event: ["Order Completed"],
    startDate: Date.now() - 7 * DAY_MS,
  })),
  query("events: type", "ours", getEvents, () => ({
    eventType: "identify" as const,
  })),
  query("events: message", "ours", getEvents, ({ rank }) => ({
    messageId: idOf(`message-${rank}-1-1`),
  })),
  query("events: journey", "ours", getEvents, (w) => ({
    journeyId: thing("journey").id(w),
  })),
  query("events: broadcast", "ours", getEvents, (w) => ({
    broadcastId: thing("broadcast").id(w),
  })),
  query("events: search", "ours", getEvents, () => ({ searchTerm: "cancel" })),
  query("names of traits", "ours", getTraits, none),
  query("names of event properties", "ours", getProperties, none),
];

const memberOf = (workspace: BenchWorkspace) => of("member", workspace, 1);

/** What each request asks before it has a workspace, or about one person. */
const LOOKUPS: readonly BenchQuery[] = [
  {
    name: "admin API key, workspace by id",
    tables: DITTOFEED,
    run: ({ id: workspaceId }) =>
      validateAdminApiKey({
        authorization: "Bearer none",
        selector: { by: "id", workspaceId },
      }),
  },
  {
    name: "admin API key, workspace by external id",
    tables: DITTOFEED,
    run: ({ rank }) =>
      validateAdminApiKey({
        authorization: "Bearer none",
        selector: { by: "externalId", externalId: `external-${rank}` },
      }),
  },
  {
    name: "write key",
    tables: DITTOFEED,
    run: (workspace) =>
      validateWriteKey({
        authorization: `Basic ${Buffer.from(`${of("write-key", workspace, 1)}:none`).toString("base64")}`,
      }),
  },
  {
    name: "workspaces of a member",
    tables: DITTOFEED,
    run: (workspace) =>
      listSessionWorkspaces({
        type: "member",
        lastWorkspaceId: null,
        member: { id: memberOf(workspace), email: "" },
      }),
  },
  {
    name: "member by e-mail address",
    tables: DITTOFEED,
    run: ({ id: workspaceId, rank }) =>
      addMemberRole({
        workspaceId,
        actorRole: "Admin",
        email: `member-1@workspace-${rank}.example.com`,
        role: "Viewer",
      }),
  },
];

/** All of them, in the order of the table. */
export const READS: readonly BenchQuery[] = [
  ...RESOURCES,
  ...USERS,
  ...EVENTS,
  ...LOOKUPS,
];
