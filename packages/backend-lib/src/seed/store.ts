// Writes the demo's users and events in bulk: a few large statements, as one row at a time would take minutes. Owns that
// what is written looks as if it had come in by the API. Names the workspace in every row, as it runs as the system.

import { sql } from "drizzle-orm";

import { type Transaction } from "../db";
import { type DemoUser } from "./activity";

const ROWS_PER_STATEMENT = 5000;

function chunks<T>(rows: readonly T[]): T[][] {
  return Array.from(
    { length: Math.ceil(rows.length / ROWS_PER_STATEMENT) },
    (_, index) =>
      rows.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}

const iso = (ms: number) => new Date(ms).toISOString();

function toUserRow({ userId, isAnonymous, traits, events }: DemoUser) {
  const first = events[0]?.at ?? 0;
  return {
    userId,
    isAnonymous,
    traits,
    traitTimes: Object.fromEntries(
      Object.keys(traits).map((trait) => [trait, first]),
    ),
    firstSeenAt: iso(first),
    lastSeenAt: iso(events.at(-1)?.at ?? first),
  };
}

function toEventRows({ userId, isAnonymous, events }: DemoUser) {
  return events.map(({ at, ...event }) => ({
    ...event,
    time: iso(at),
    userId: isAnonymous ? null : userId,
    anonymousId: isAnonymous ? userId : null,
    owner: userId,
  }));
}

const insertUsers = (workspaceId: string, rows: string) => sql`
INSERT INTO public."WorkspaceUser"
  ("workspaceId", "userId", "isAnonymous", "traits", "traitTimes", "firstSeenAt", "lastSeenAt")
SELECT ${workspaceId}::uuid, item.*
FROM jsonb_to_recordset(${rows}::jsonb) AS item("userId" text, "isAnonymous" boolean, "traits" jsonb,
  "traitTimes" jsonb, "firstSeenAt" timestamptz, "lastSeenAt" timestamptz)`;

const insertEvents = (workspaceId: string, rows: string) => sql`
WITH input AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(${rows}::jsonb) AS item("messageId" text, "time" timestamptz, "eventType" text,
    "event" text, "userId" text, "anonymousId" text, "owner" text, "properties" jsonb)
), receipt AS (
  INSERT INTO public."UserEventReceipt" ("workspaceId", "messageId", "receivedAt")
  SELECT ${workspaceId}::uuid, "messageId", "time" FROM input
)
INSERT INTO public."UserEvent" ("workspaceId", "messageId", "processingTime", "eventTime", "eventType", "event",
  "userId", "anonymousId", "userOrAnonymousId", "properties")
SELECT ${workspaceId}::uuid, "messageId", "time", "time", "eventType", "event", "userId", "anonymousId", "owner",
  "properties" FROM input`;

/** Stores users and all their events; resolves to how many events that were. */
export async function storeUsers(
  tx: Transaction,
  workspaceId: string,
  users: readonly DemoUser[],
): Promise<number> {
  for (const rows of chunks(users.map(toUserRow))) {
    await tx.execute(insertUsers(workspaceId, JSON.stringify(rows)));
  }
  const events = users.flatMap(toEventRows);
  for (const rows of chunks(events)) {
    await tx.execute(insertEvents(workspaceId, JSON.stringify(rows)));
  }
  return events.length;
}
