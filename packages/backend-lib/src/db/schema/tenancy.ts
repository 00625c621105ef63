// Our own plain tables. Keys lead with "workspaceId", so that Citus can distribute them. Moments carry a zone here,
// since nothing binds these tables to Dittofeed's habit of leaving it out.

import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
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

/** Someone the workspace sends messages to: exists from the first event that names them until deleted. */
export const workspaceUser = pgTable(
  "WorkspaceUser",
  {
    workspaceId: uuid().notNull(),
    userId: text().notNull(),
    /** True while only an anonymous id is known by this name. */
    isAnonymous: boolean().default(false).notNull(),
    traits: jsonb()
      .$type<Record<string, unknown>>()
      .default(sql`'{}'::jsonb`)
      .notNull(),
    /** How much the traits take in their text form; what counts as storage. */
    traitsBytes: bigint({ mode: "number" })
      .generatedAlwaysAs(sql`octet_length(("traits")::text)`)
      .notNull(),
    /** When each trait was said, in Unix milliseconds of event time: of a trait's values the latest stays. */
    traitTimes: jsonb()
      .$type<Record<string, number>>()
      .default(sql`'{}'::jsonb`)
      .notNull(),
    firstSeenAt: moment().defaultNow().notNull(),
    lastSeenAt: moment().defaultNow().notNull(),
  },
  (t) => [
    primaryKey({
      name: "WorkspaceUser_pkey",
      columns: [t.workspaceId, t.userId],
    }),
    reference("WorkspaceUser", t.workspaceId, workspace.id),
  ],
);

/** That a message was accepted: what makes ingestion idempotent across months. Holds no personal data. */
export const userEventReceipt = pgTable(
  "UserEventReceipt",
  {
    workspaceId: uuid().notNull(),
    messageId: text().notNull(),
    receivedAt: moment().defaultNow().notNull(),
  },
  (t) => [
    primaryKey({
      name: "UserEventReceipt_pkey",
      columns: [t.workspaceId, t.messageId],
    }),
    reference("UserEventReceipt", t.workspaceId, workspace.id),
  ],
);

export const tenantJobState = pgEnum("TenantJobState", [
  "Waiting",
  "Done",
  "Failed",
]);

/**
 * A workspace's work in the background. `Waiting` until it has succeeded or failed for good, also while it runs. One that
 * succeeded leaves no row, unless it had a key.
 */
export const tenantJob = pgTable(
  "TenantJob",
  {
    workspaceId: uuid().notNull(),
    /** Made in order of time (version 7): of jobs due at one moment the one asked for first runs first. */
    id: uuid().defaultRandom().notNull(),
    task: text().notNull(),
    /** Of two jobs with one key the second is not taken on. */
    key: text(),
    actor: jsonb().notNull(),
    requestId: text().notNull(),
    input: jsonb().notNull(),
    state: tenantJobState().default("Waiting").notNull(),
    attempts: bigint({ mode: "number" }).default(0).notNull(),
    maxAttempts: bigint({ mode: "number" }).default(25).notNull(),
    /** From when on it may be taken: by its time, after a failure later, and while it runs when its lease ends. */
    runAt: timestamp({ mode: "date", withTimezone: true })
      .defaultNow()
      .notNull(),
    /** Of the run under way, or of one that was abandoned when "runAt" has passed. */
    leaseId: uuid(),
    /** The kind of the last failure; its text, which may hold values, is in the log alone. */
    lastError: text(),
    createdAt: moment().defaultNow().notNull(),
    finishedAt: moment(),
  },
  (t) => [
    primaryKey({ name: "TenantJob_pkey", columns: [t.workspaceId, t.id] }),
    uniqueIndex("TenantJob_workspaceId_key_key").on(t.workspaceId, t.key),
    index("TenantJob_workspaceId_runAt_idx")
      .on(t.workspaceId, t.runAt, t.id)
      .where(sql`"state" = 'Waiting'`),
    index("TenantJob_workspaceId_leaseId_idx")
      .on(t.workspaceId, t.runAt)
      .where(sql`"leaseId" IS NOT NULL`),
    index("TenantJob_finishedAt_idx")
      .on(t.finishedAt)
      .where(sql`"finishedAt" IS NOT NULL`),
    reference("TenantJob", t.workspaceId, workspace.id),
  ],
);
