// Events that the host itself adds to users' histories, when somebody changes what a user is part of, and the users that
// such a change names first. Owns only how they get into the store: events by the way of every event.

import { randomUUID } from "node:crypto";

import { sql } from "drizzle-orm";
import {
  type BatchTrackData,
  type InternalEventType,
  type JsonObject,
} from "isomorphic-lib/src/types";

import { clock } from "./clock";
import { type Transaction } from "./db";
import { ingestEvents } from "./userEvents";

export interface HostEvent {
  readonly userId: string;
  readonly event: InternalEventType;
  readonly properties: JsonObject;
}

/** In order of their ids, as ingestion does, so that two writers never wait for each other in a circle. */
const insertUsers = (workspaceId: string, userIds: string, now: string) => sql`
INSERT INTO public."WorkspaceUser" ("workspaceId", "userId", "firstSeenAt", "lastSeenAt")
SELECT ${workspaceId}::uuid, named."userId", ${now}::timestamptz, ${now}::timestamptz
FROM (SELECT DISTINCT "userId" FROM jsonb_array_elements_text(${userIds}::jsonb) AS item("userId")) AS named
ORDER BY named."userId"
ON CONFLICT ("workspaceId", "userId") DO NOTHING`;

/**
 * Makes users of those whom nobody had seen, in the transaction that says something of them: so they are counted with it, and
 * what there is no room for rejects as the database does (QT429), with nothing stored.
 */
export async function ensureUsers(
  tx: Transaction,
  workspaceId: string,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length > 0) {
    await tx.execute(
      insertUsers(
        workspaceId,
        JSON.stringify(userIds),
        clock().now().toISOString(),
      ),
    );
  }
}

/** How many events go into one statement. */
const EVENTS_AT_ONCE = 5000;

/** Stores the events as of now, in order; outside of any transaction, so after its commit. */
export async function storeHostEvents(
  workspaceId: string,
  hostEvents: readonly HostEvent[],
): Promise<void> {
  for (let start = 0; start < hostEvents.length; start += EVENTS_AT_ONCE) {
    const events = hostEvents
      .slice(start, start + EVENTS_AT_ONCE)
      .map((event): BatchTrackData => ({
        type: "track",
        messageId: randomUUID(),
        ...event,
      }));
    const stored = await ingestEvents({ workspaceId, events });
    if (stored.isErr()) {
      throw new Error(stored.error.message); // only files are refused, and these have none
    }
  }
}
