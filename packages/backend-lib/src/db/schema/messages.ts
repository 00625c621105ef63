// What is sent to users: one row a message, from its acceptance to its end. A row counts against the month's messages
// from the moment it exists (migration 012), unless it was skipped before it was handed to a provider.

import { sql } from "drizzle-orm";
import {
  bigint,
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

import { dbChannelType, workspace } from "./dittofeed";
import { moment, reference } from "./reference";

/**
 * `Queued` waits for the worker; `Sending` was written before the provider was called, so that no end of the process can
 * send it twice; `Unknown` is a message whose process ended in between: it may have been sent, and is not sent again.
 */
export const messageState = pgEnum("MessageState", [
  "Queued",
  "Sending",
  "Sent",
  "Failed",
  "Unknown",
  "Skipped",
]);

export const message = pgTable(
  "Message",
  {
    workspaceId: uuid().notNull(),
    id: uuid().defaultRandom().notNull(),
    /** The client's id of the message: the same one is sent once. */
    messageId: text().notNull(),
    userId: text().notNull(),
    channel: dbChannelType().notNull(),
    templateId: uuid(),
    broadcastId: uuid(),
    subscriptionGroupId: uuid(),
    /** The provider asked for; null: the workspace's default when it is sent. */
    provider: text(),
    state: messageState().default("Queued").notNull(),
    /** Why it was skipped, or how it failed. Holds no address and no text of the message. */
    reason: text(),
    /** First day of the month that it counts in, UTC. */
    period: date({ mode: "string" })
      .default(sql`(date_trunc('month', now() AT TIME ZONE 'UTC'))::date`)
      .notNull(),
    /** What is handed to the provider: to, from, subject, body … */
    content: jsonb().$type<Record<string, unknown>>().notNull(),
    attempts: bigint({ mode: "number" }).default(0).notNull(),
    /** Not tried before. */
    runAt: timestamp({ mode: "date", withTimezone: true })
      .defaultNow()
      .notNull(),
    createdAt: moment().defaultNow().notNull(),
    updatedAt: moment().defaultNow().notNull(),
    sentAt: moment(),
  },
  (t) => [
    primaryKey({ name: "Message_pkey", columns: [t.workspaceId, t.id] }),
    uniqueIndex("Message_workspaceId_messageId_key").on(
      t.workspaceId,
      t.messageId,
    ),
    index("Message_workspaceId_runAt_idx")
      .on(t.workspaceId, t.runAt, t.id)
      .where(sql`"state" IN ('Queued', 'Sending')`),
    index("Message_workspaceId_createdAt_idx").on(
      t.workspaceId,
      t.createdAt,
      t.id,
    ),
    index("Message_workspaceId_broadcastId_idx")
      .on(t.workspaceId, t.broadcastId, t.id)
      .where(sql`"broadcastId" IS NOT NULL`),
    index("Message_workspaceId_userId_idx").on(
      t.workspaceId,
      t.userId,
      t.createdAt,
    ),
    reference("Message", t.workspaceId, workspace.id),
  ],
);
