// THE REGISTRY of what can run out: each resource once, with what is counted and what holds where nobody set a limit. Schemas,
// routes, forms and documents follow from it; what a row counts for is said in the database, by its table's triggers.

export interface QuotaResourceSpec {
  /** Its field in WorkspaceQuota. */
  readonly field: `max${string}`;
  /** For people: "Segments". */
  readonly label: string;
  /** One of it, and several: "segment", "segments". */
  readonly unit: readonly [one: string, many: string];
  /** `gauge`: what exists now; `monthly`: what was used since the first of the month, UTC. */
  readonly kind: "gauge" | "monthly";
  /** Where nobody set a limit; null: unlimited. DEFAULT_WORKSPACE_QUOTAS changes it. */
  readonly default: number | null;
  /** The lowest limit that may be set. */
  readonly minimum: number;
}

export const QUOTA_RESOURCES = {
  users: {
    field: "maxUsers",
    label: "Users",
    unit: ["user", "users"],
    kind: "gauge",
    default: 100_000,
    minimum: 0,
  },
  segments: {
    field: "maxSegments",
    label: "Segments",
    unit: ["segment", "segments"],
    kind: "gauge",
    default: 1_000,
    minimum: 1,
  },
  journeys: {
    field: "maxJourneys",
    label: "Journeys",
    unit: ["journey", "journeys"],
    kind: "gauge",
    default: 1_000,
    minimum: 1,
  },
  templates: {
    field: "maxTemplates",
    label: "Message templates",
    unit: ["template", "templates"],
    kind: "gauge",
    default: 1_000,
    minimum: 1,
  },
  storage: {
    field: "maxStorageBytes",
    label: "Storage",
    unit: ["byte", "bytes"],
    kind: "gauge",
    default: 10_737_418_240,
    minimum: 0,
  },
  messages: {
    field: "maxMessagesPerMonth",
    label: "Messages a month",
    unit: ["message", "messages"],
    kind: "monthly",
    default: 1_000_000,
    minimum: 0,
  },
  broadcasts: {
    field: "maxBroadcasts",
    label: "Broadcasts",
    unit: ["broadcast", "broadcasts"],
    kind: "gauge",
    default: 10_000,
    minimum: 0,
  },
  subscriptionGroups: {
    field: "maxSubscriptionGroups",
    label: "Subscription groups",
    unit: ["subscription group", "subscription groups"],
    kind: "gauge",
    default: 1_000,
    minimum: 0,
  },
  userProperties: {
    field: "maxUserProperties",
    label: "User properties",
    unit: ["user property", "user properties"],
    kind: "gauge",
    default: 1_000,
    minimum: 0,
  },
  members: {
    field: "maxMembers",
    label: "Members",
    unit: ["member", "members"],
    kind: "gauge",
    default: 1_000,
    minimum: 1,
  },
  events: {
    field: "maxEventsPerMonth",
    label: "Events a month",
    unit: ["event", "events"],
    kind: "monthly",
    default: null,
    minimum: 0,
  },
} as const satisfies Record<string, QuotaResourceSpec>;

/** The name of a resource, as requests and answers say it in `resourceType`. */
export type QuotaResource = keyof typeof QUOTA_RESOURCES;

/** The names, in the order of the registry. */
export const QUOTA_RESOURCE_NAMES: readonly QuotaResource[] =
  Object.keys(QUOTA_RESOURCES).filter(isQuotaResource);

/** Every resource with what is known of it, in the order of the registry. */
export function quotaResources(): (readonly [
  QuotaResource,
  QuotaResourceSpec,
])[] {
  return QUOTA_RESOURCE_NAMES.map((name) => [name, QUOTA_RESOURCES[name]]);
}

/** Whether a text is the name of a resource. */
export function isQuotaResource(name: string): name is QuotaResource {
  return Object.hasOwn(QUOTA_RESOURCES, name);
}
