// Our partitioned tables. drizzle-kit knows no partitions, so it never sees this file: hand-written migrations create
// what is declared here, and a test compares the two.

import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";

import { workspace } from "./dittofeed";
import { moment, reference } from "./reference";

/** One event. Partitioned by month of `processingTime`, the server's clock, which no client can set. */
export const userEvent = pgTable(
  "UserEvent",
  {
    workspaceId: uuid().notNull(),
    messageId: text().notNull(),
    processingTime: moment().notNull(),
    /** Place in the batch it came in: orders events of one moment. */
    position: integer().default(0).notNull(),
    eventTime: moment().notNull(),
    eventType: text().notNull(),
    event: text().notNull(),
    userId: text(),
    anonymousId: text(),
    userOrAnonymousId: text().notNull(),
    /** Traits of an identify, properties of the others. */
    properties: jsonb()
      .$type<Record<string, unknown>>()
      .default(sql`'{}'::jsonb`)
      .notNull(),
    context: jsonb().$type<Record<string, unknown>>(),
    hidden: boolean().default(false).notNull(),
  },
  (t) => [
    primaryKey({
      name: "UserEvent_pkey",
      columns: [t.workspaceId, t.processingTime, t.messageId],
    }),
    index("UserEvent_workspaceId_userOrAnonymousId_idx").on(
      t.workspaceId,
      t.userOrAnonymousId,
      t.processingTime,
    ),
    index("tenancy_UserEvent_workspaceId_event_idx").on(
      t.workspaceId,
      t.event,
      t.processingTime,
    ),
    index("tenancy_UserEvent_workspaceId_eventType_idx").on(
      t.workspaceId,
      t.eventType,
      t.processingTime,
    ),
    index("tenancy_UserEvent_workspaceId_journey_idx")
      .on(t.workspaceId, t.processingTime)
      .where(sql`"properties" ->> 'journeyId' IS NOT NULL`),
    index("tenancy_UserEvent_workspaceId_broadcast_idx")
      .on(t.workspaceId, t.processingTime)
      .where(sql`"properties" ->> 'broadcastId' IS NOT NULL`),
    reference("UserEvent", t.workspaceId, workspace.id),
  ],
);
