// Events that the host itself adds to users' histories, when somebody changes what a user is part of. Owns only how they
// get into the store: the way of every event, so that users nobody had seen are made there.

import { randomUUID } from "node:crypto";

import {
  type BatchTrackData,
  type InternalEventType,
  type JsonObject,
} from "isomorphic-lib/src/types";

import { ingestEvents } from "./userEvents";

export interface HostEvent {
  readonly userId: string;
  readonly event: InternalEventType;
  readonly properties: JsonObject;
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
