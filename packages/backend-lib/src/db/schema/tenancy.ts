// Our own plain tables. Keys lead with "workspaceId", so that Citus can distribute them. Moments carry a zone here,
// since nothing binds these tables to Dittofeed's habit of leaving it out.

import { sql } from "drizzle-orm";
import {
  boolean,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";

import { workspace } from "./dittofeed";
import { reference } from "./reference";

const moment = () =>
  timestamp({ precision: 3, mode: "date", withTimezone: true });

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
