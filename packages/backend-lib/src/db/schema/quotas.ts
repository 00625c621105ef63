// Tables of the quotas: what a workspace may have, what it has, and what became of it. Rows of "WorkspaceUsage" and of the
// records beside it are written by the functions of migration 012 alone; the app role reads them within its policy.

import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  date,
  index,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

import { workspace } from "./dittofeed";
import { moment, reference } from "./reference";

const amount = () => bigint({ mode: "number" });
/** `-infinity` for what exists now, else the first day of the month, UTC. */
const period = () => date({ mode: "string" });

/** Whose word a limit is: its own admins', that of who stands above it, or on a parent what holds for its children. */
export const quotaLayer = pgEnum("QuotaLayer", [
  "limit",
  "ceiling",
  "children",
  "pool",
]);

/** What was set. A row with a null amount says unlimited; no row says nothing. */
export const workspaceQuota = pgTable(
  "WorkspaceQuota",
  {
    workspaceId: uuid().notNull(),
    resourceType: text().notNull(),
    layer: quotaLayer().notNull(),
    amount: amount(),
    createdAt: moment().defaultNow().notNull(),
    updatedAt: moment().defaultNow().notNull(),
  },
  (t) => [
    primaryKey({
      name: "WorkspaceQuota_pkey",
      columns: [t.workspaceId, t.resourceType, t.layer],
    }),
    check(
      "WorkspaceQuota_amount_check",
      sql`"amount" BETWEEN 0 AND 9007199254740991`,
    ),
    reference("WorkspaceQuota", t.workspaceId, workspace.id),
  ],
);

/** What holds where nothing was set; one row for each resource of the registry, brought up to date at start-up. */
export const quotaDefault = pgTable(
  "QuotaDefault",
  {
    resourceType: text().primaryKey(),
    isMonthly: boolean().notNull(),
    amount: amount(),
    updatedAt: moment().defaultNow().notNull(),
  },
  () => [
    check(
      "QuotaDefault_amount_check",
      sql`"amount" BETWEEN 0 AND 9007199254740991`,
    ),
  ],
);

/**
 * How much is used: the sum over the slots. A hot counter has several, so that transactions do not wait for each other;
 * each may be used by `room` more before all of them are looked at.
 */
export const workspaceUsage = pgTable(
  "WorkspaceUsage",
  {
    workspaceId: uuid().notNull(),
    resourceType: text().notNull(),
    period: period().notNull(),
    /** What the children of this workspace use together of the pool it gave them. */
    isPool: boolean().default(false).notNull(),
    slot: bigint({ mode: "number" }).default(0).notNull(),
    used: amount().default(0).notNull(),
    room: amount().default(0).notNull(),
    /** The parent whose pool is drawn on as well. */
    poolWorkspaceId: uuid(),
  },
  (t) => [
    primaryKey({
      name: "WorkspaceUsage_pkey",
      columns: [t.workspaceId, t.resourceType, t.period, t.isPool, t.slot],
    }),
    reference("WorkspaceUsage", t.workspaceId, workspace.id),
  ],
);

export const quotaReservationState = pgEnum("QuotaReservationState", [
  "Open",
  "Committed",
  "Released",
  "Expired",
]);

/** Room taken before its use is known. Counts as used while it is Open; a Committed one of a monthly resource for good. */
export const quotaReservation = pgTable(
  "QuotaReservation",
  {
    workspaceId: uuid().notNull(),
    id: uuid().defaultRandom().notNull(),
    resourceType: text().notNull(),
    period: period().notNull(),
    /** Of two requests with one key the second gets the first one's answer. */
    key: text(),
    requested: amount().notNull(),
    granted: amount().notNull(),
    /** What was really used, once it is Committed. */
    committed: amount(),
    state: quotaReservationState().default("Open").notNull(),
    expiresAt: moment().notNull(),
    createdAt: moment().defaultNow().notNull(),
    finishedAt: moment(),
  },
  (t) => [
    primaryKey({
      name: "QuotaReservation_pkey",
      columns: [t.workspaceId, t.id],
    }),
    uniqueIndex("QuotaReservation_workspaceId_resourceType_key_key").on(
      t.workspaceId,
      t.resourceType,
      t.key,
    ),
    index("QuotaReservation_workspaceId_state_expiresAt_idx").on(
      t.workspaceId,
      t.resourceType,
      t.state,
      t.expiresAt,
    ),
    index("QuotaReservation_expiresAt_idx")
      .on(t.expiresAt)
      .where(sql`"state" = 'Open'`),
    reference("QuotaReservation", t.workspaceId, workspace.id),
  ],
);

/** Rows that every workspace begins with: they are free, and are remembered by who made them. */
export const quotaExemption = pgTable(
  "QuotaExemption",
  {
    workspaceId: uuid().notNull(),
    /** An id is free as one thing, and as no other. */
    resourceType: text().notNull(),
    resourceId: uuid().notNull(),
  },
  (t) => [
    primaryKey({
      name: "QuotaExemption_pkey",
      columns: [t.workspaceId, t.resourceType, t.resourceId],
    }),
    reference("QuotaExemption", t.workspaceId, workspace.id),
  ],
);

/** Who changed which limit, from what to what. `isSet` tells "unlimited" (set, null) from "not set". */
export const quotaChange = pgTable(
  "QuotaChange",
  {
    workspaceId: uuid().notNull(),
    id: uuid().defaultRandom().notNull(),
    resourceType: text().notNull(),
    layer: quotaLayer().notNull(),
    wasSet: boolean().notNull(),
    oldAmount: amount(),
    isSet: boolean().notNull(),
    newAmount: amount(),
    changedAt: moment().defaultNow().notNull(),
    actor: jsonb(),
    requestId: text(),
  },
  (t) => [
    primaryKey({ name: "QuotaChange_pkey", columns: [t.workspaceId, t.id] }),
    index("QuotaChange_workspaceId_changedAt_idx").on(
      t.workspaceId,
      t.changedAt,
      t.id,
    ),
    reference("QuotaChange", t.workspaceId, workspace.id),
  ],
);

/** That usage rose to a share of the limit; open until it fell below it again, or the month ended. */
export const quotaCrossing = pgTable(
  "QuotaCrossing",
  {
    workspaceId: uuid().notNull(),
    id: uuid().defaultRandom().notNull(),
    resourceType: text().notNull(),
    period: period().notNull(),
    isPool: boolean().default(false).notNull(),
    percent: amount().notNull(),
    used: amount().notNull(),
    limit: amount().notNull(),
    crossedAt: moment().defaultNow().notNull(),
    resolvedAt: moment(),
  },
  (t) => [
    primaryKey({ name: "QuotaCrossing_pkey", columns: [t.workspaceId, t.id] }),
    uniqueIndex("QuotaCrossing_open_key")
      .on(t.workspaceId, t.resourceType, t.period, t.isPool, t.percent)
      .where(sql`"resolvedAt" IS NULL`),
    index("QuotaCrossing_workspaceId_crossedAt_idx").on(
      t.workspaceId,
      t.crossedAt,
      t.id,
    ),
    reference("QuotaCrossing", t.workspaceId, workspace.id),
  ],
);

/** Where a workspace is told of crossings, and at which shares. The webhook's secret is a row of "Secret". */
export const quotaNotification = pgTable(
  "QuotaNotification",
  {
    workspaceId: uuid().primaryKey(),
    webhookUrl: text(),
    /** Percents by resource, `default` for the others; null: 80, 95, 100. */
    thresholds: jsonb().$type<Record<string, number[]>>(),
    updatedAt: moment().defaultNow().notNull(),
  },
  (t) => [reference("QuotaNotification", t.workspaceId, workspace.id)],
);

/** Usage in the course of time, by the hour: how it stood at its end, and the most there was. */
export const workspaceUsageSample = pgTable(
  "WorkspaceUsageSample",
  {
    workspaceId: uuid().notNull(),
    resourceType: text().notNull(),
    hour: timestamp({ mode: "date", withTimezone: true }).notNull(),
    period: period().notNull(),
    used: amount().notNull(),
    peak: amount().notNull(),
  },
  (t) => [
    primaryKey({
      name: "WorkspaceUsageSample_pkey",
      columns: [t.workspaceId, t.resourceType, t.hour, t.period],
    }),
    index("WorkspaceUsageSample_hour_idx").on(t.hour),
    reference("WorkspaceUsageSample", t.workspaceId, workspace.id),
  ],
);

/** Events that wait for room, in the order of their coming. */
export const heldEvent = pgTable(
  "HeldEvent",
  {
    workspaceId: uuid().notNull(),
    /** Made in order of time (version 7). */
    id: uuid().defaultRandom().notNull(),
    messageId: text().notNull(),
    userOrAnonymousId: text().notNull(),
    /** The resource that there was no room for. */
    resourceType: text().notNull(),
    /** The event as it would have been stored. */
    event: jsonb().$type<Record<string, unknown>>().notNull(),
    receivedAt: moment().notNull(),
  },
  (t) => [
    primaryKey({ name: "HeldEvent_pkey", columns: [t.workspaceId, t.id] }),
    uniqueIndex("HeldEvent_workspaceId_messageId_key").on(
      t.workspaceId,
      t.messageId,
    ),
    index("HeldEvent_workspaceId_userOrAnonymousId_idx").on(
      t.workspaceId,
      t.userOrAnonymousId,
      t.id,
    ),
    index("HeldEvent_workspaceId_resourceType_idx").on(
      t.workspaceId,
      t.resourceType,
      t.id,
    ),
    index("HeldEvent_receivedAt_idx").on(t.receivedAt),
    reference("HeldEvent", t.workspaceId, workspace.id),
  ],
);

/** What became of held events so far. How many wait is the number of rows, kept here so that it need not be counted. */
export const heldEventFigures = pgTable(
  "HeldEventFigures",
  {
    workspaceId: uuid().primaryKey(),
    waiting: amount().default(0).notNull(),
    held: amount().default(0).notNull(),
    admitted: amount().default(0).notNull(),
    /** Not taken, since as many waited as may. */
    droppedFull: amount().default(0).notNull(),
    /** Waited for too long. */
    droppedAged: amount().default(0).notNull(),
    /** Dropped by an admin, or with its user. */
    dropped: amount().default(0).notNull(),
    /** Processing time of the last events that were stored in turn: what comes after them is later. */
    storedUntil: moment(),
  },
  (t) => [reference("HeldEventFigures", t.workspaceId, workspace.id)],
);
